#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <memory>
#include <string>

#include "base/faults.h"
#include "metastore/listeners.h"
#include "metastore/metastore.h"
#include "metastore/sqlite/sqlite_options.h"

namespace soci {
class session;  // NOLINT(readability-identifier-naming): theirs
}

namespace tenantry::metastore::sqlite {

/// What a connection is for.
enum class Access { kRead, kWrite };

/// One connection to a database file. Used by one thread at a time.
class SqliteConnection {
 public:
  /// Connects; the file is made when it is absent. ":memory:" is a database of this connection
  /// alone. Errors: see SqliteMetastore::Open.
  static absl::StatusOr<std::unique_ptr<SqliteConnection>> Open(const std::string& file,
                                                                const MetastoreOptions& options,
                                                                Access access);
  ~SqliteConnection();

  /// Runs `work` in one transaction and commits it when all went well; `told` then holds what it
  /// wants told. `faults` are asked at `metastore.commit`.
  absl::Status Write(const TenantScope& scope, const Metastore::Work& work, base::Faults& faults,
                     Notifications& told);

  /// Runs `work` in one transaction that can't write, whatever the connection is for.
  absl::Status Read(const TenantScope& scope, const Metastore::Work& work);

  /// Takes and gives back the right to write: FailedPrecondition when another process keeps it.
  absl::Status CheckNotLocked();

  /// True once a commit could not be made durable, or met damage: what later ones say can't be
  /// trusted.
  bool broken() const { return broken_; }

 private:
  SqliteConnection(std::string file, const MetastoreOptions& options, Access access);

  absl::Status Connect();
  absl::Status Statement(const char* sql);
  absl::Status Run(const char* begin, const TenantScope& scope, const Metastore::Work& work,
                   base::Faults& faults, Notifications& told);

  const std::string file_;
  const MetastoreOptions options_;
  const Access access_;
  std::unique_ptr<soci::session> session_;
  bool broken_ = false;
  absl::Duration deadline_ = absl::InfiniteDuration();  // asked about while a statement runs
};

}  // namespace tenantry::metastore::sqlite
