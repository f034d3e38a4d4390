#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/faults.h"
#include "base/status.h"
#include "metastore/metastore.h"

namespace tenantry::metastore {

/// Passes everything on to another store, but fails where `faults` say so: at `metastore.write` and
/// `metastore.read` before a transaction begins, at `metastore.statement` before each statement, at
/// `metastore.committing` after the last one, and at `metastore.committed` when the transaction has
/// committed but the caller is not to learn of it, as when the process dies there. Thread-safe.
class FaultyMetastore final : public Metastore {
 public:
  using Metastore::Read;
  using Metastore::Write;

  /// Both outlive this.
  FaultyMetastore(Metastore& store, base::Faults& faults) : store_(store), faults_(faults) {}

  absl::Status Write(const TenantScope& scope, const Work& work) override {
    TENANTRY_RETURN_IF_ERROR(faults_.At("metastore.write"));
    TENANTRY_RETURN_IF_ERROR(store_.Write(scope, [&](Transaction& transaction) -> absl::Status {
      FaultyTransaction faulty(transaction, faults_);
      TENANTRY_RETURN_IF_ERROR(work(faulty));
      TENANTRY_RETURN_IF_ERROR(faulty.status());
      return faults_.At("metastore.committing");
    }));
    return faults_.At("metastore.committed");
  }
  absl::Status Read(const TenantScope& scope, const Work& work) override {
    TENANTRY_RETURN_IF_ERROR(faults_.At("metastore.read"));
    return store_.Read(scope, [&](Transaction& transaction) -> absl::Status {
      FaultyTransaction faulty(transaction, faults_);
      TENANTRY_RETURN_IF_ERROR(work(faulty));
      return faulty.status();
    });
  }
  Subscription Subscribe(std::string topic, Listener listener) override {
    return store_.Subscribe(std::move(topic), std::move(listener));
  }

 private:
  // A transaction whose statements may fail; the first failure dooms it.
  class FaultyTransaction final : public Transaction {
   public:
    FaultyTransaction(Transaction& transaction, base::Faults& faults)
        : transaction_(transaction), faults_(faults) {}

    const absl::Status& status() const { return status_; }
    const TenantScope& scope() const override { return transaction_.scope(); }
    absl::StatusOr<int64_t> Execute(std::string_view sql,
                                    const std::vector<Value>& parameters) override {
      if (status_.ok()) status_ = faults_.At("metastore.statement");
      if (!status_.ok()) return status_;
      return transaction_.Execute(sql, parameters);
    }
    absl::StatusOr<std::vector<Row>> Query(std::string_view sql,
                                           const std::vector<Value>& parameters,
                                           size_t columns) override {
      if (status_.ok()) status_ = faults_.At("metastore.statement");
      if (!status_.ok()) return status_;
      return transaction_.Query(sql, parameters, columns);
    }
    void Notify(std::string topic, std::string payload) override {
      transaction_.Notify(std::move(topic), std::move(payload));
    }

   private:
    Transaction& transaction_;
    base::Faults& faults_;
    absl::Status status_;
  };

  Metastore& store_;
  base::Faults& faults_;
};

}  // namespace tenantry::metastore
