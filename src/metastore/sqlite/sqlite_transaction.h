#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <string>
#include <string_view>
#include <vector>

#include "metastore/listeners.h"
#include "metastore/metastore.h"

namespace soci {
class session;  // NOLINT(readability-identifier-naming): theirs
}

namespace tenantry::metastore::sqlite {

/// A transaction that was begun on a session; who began it commits or rolls back.
class SqliteTransaction final : public Transaction {
 public:
  /// The references outlive this. Statements that begin after `deadline` (by base::SteadyNow()) are
  /// refused.
  SqliteTransaction(soci::session& session, const std::string& file, const TenantScope& scope,
                    absl::Duration deadline)
      : session_(session), file_(file), scope_(scope), deadline_(deadline) {}

  const TenantScope& scope() const override { return scope_; }
  absl::StatusOr<int64_t> Execute(std::string_view sql,
                                  const std::vector<Value>& parameters) override;
  absl::StatusOr<std::vector<Row>> Query(std::string_view sql, const std::vector<Value>& parameters,
                                         size_t columns) override;
  void Notify(std::string topic, std::string payload) override {
    notifications_.emplace_back(std::move(topic), std::move(payload));
  }

  /// The first error of a statement: with it the transaction must not commit.
  const absl::Status& status() const { return status_; }

  /// What to tell once it has committed.
  const Notifications& notifications() const { return notifications_; }

 private:
  template <typename Call>
  absl::Status Run(const Call& call);

  soci::session& session_;
  const std::string& file_;
  const TenantScope& scope_;
  const absl::Duration deadline_;
  absl::Status status_;
  Notifications notifications_;
};

}  // namespace tenantry::metastore::sqlite
