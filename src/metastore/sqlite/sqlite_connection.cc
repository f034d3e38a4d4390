#include "metastore/sqlite/sqlite_connection.h"

#include <absl/cleanup/cleanup.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <utility>

#include "base/status.h"
#include "base/steady_time.h"
#include "metastore/sqlite/sqlite_errors.h"
#include "metastore/sqlite/sqlite_transaction.h"

namespace tenantry::metastore::sqlite {
namespace {

constexpr int kStepsBetweenLooks = 4000;  // of SQLite's machine: some tens of microseconds

// Called by SQLite while a statement runs; another answer than 0 interrupts it.
int PastDeadline(void* deadline) {
  return base::SteadyNow() >= *static_cast<const absl::Duration*>(deadline) ? 1 : 0;
}

}  // namespace

SqliteConnection::SqliteConnection(std::string file, const MetastoreOptions& options, Access access)
    : file_(std::move(file)), options_(options), access_(access) {}

SqliteConnection::~SqliteConnection() = default;

absl::StatusOr<std::unique_ptr<SqliteConnection>> SqliteConnection::Open(
    const std::string& file, const MetastoreOptions& options, Access access) {
  if (file.find('"') != std::string::npos) {
    return base::InvalidArgument("{}: a database's path can't hold quotation marks", file);
  }
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(file, options, access));
  TENANTRY_RETURN_IF_ERROR(Guard(file, [&] { return connection->Connect(); }));
  return connection;
}

absl::Status SqliteConnection::Connect() {
  session_ = std::make_unique<soci::session>(soci::sqlite3, "db=\"" + file_ + "\"");
  sqlite_api::sqlite3* const handle =
      static_cast<soci::sqlite3_session_backend*>(session_->get_backend())->conn_;
  sqlite_api::sqlite3_extended_result_codes(handle, 1);
  sqlite_api::sqlite3_progress_handler(handle, kStepsBetweenLooks, PastDeadline, &deadline_);
  *session_ << "PRAGMA busy_timeout = " << absl::ToInt64Milliseconds(options_.busy_timeout);
  std::string mode;
  *session_ << "PRAGMA journal_mode = WAL", soci::into(mode);
  if (mode != "wal" && mode != "memory") {
    return base::FailedPrecondition(
        "{}: its file system does not allow write-ahead logging (it gives '{}'): keep the data on "
        "a local disk",
        file_, mode);
  }
  *session_ << "PRAGMA synchronous = FULL";
  *session_ << "PRAGMA foreign_keys = ON";
  *session_ << "PRAGMA recursive_triggers = ON";  // or REPLACE would pass by the audit's triggers
  *session_ << "PRAGMA cache_size = -2000";
  if (access_ == Access::kRead) *session_ << "PRAGMA query_only = ON";
  return absl::OkStatus();
}

absl::Status SqliteConnection::Statement(const char* sql) {
  return Guard(file_, [&] {
    *session_ << sql;
    return absl::OkStatus();
  });
}

absl::Status SqliteConnection::CheckNotLocked() {
  const absl::Status begun = Statement("BEGIN IMMEDIATE");
  if (absl::IsUnavailable(begun)) {
    return base::FailedPrecondition("{} is locked by another process: stop that one first", file_);
  }
  TENANTRY_RETURN_IF_ERROR(begun);
  return Statement("ROLLBACK");
}

absl::Status SqliteConnection::Run(const char* begin, const TenantScope& scope,
                                   const Metastore::Work& work, base::Faults& faults,
                                   Notifications& told) {
  TENANTRY_RETURN_IF_ERROR(WhileOpen(Statement(begin)));
  // Also when `work` throws. SQLite may have rolled back by itself; then this fails, and is well.
  absl::Cleanup roll_back = [this] {
    deadline_ = absl::InfiniteDuration();
    Statement("ROLLBACK").IgnoreError();
  };
  deadline_ = base::SteadyNow() + options_.transaction_timeout;
  SqliteTransaction transaction(*session_, file_, scope, deadline_);
  TENANTRY_RETURN_IF_ERROR(Guard(file_, [&] { return work(transaction); }));
  TENANTRY_RETURN_IF_ERROR(transaction.status());
  TENANTRY_RETURN_IF_ERROR(faults.At("metastore.commit"));
  deadline_ = absl::InfiniteDuration();  // a commit is not interrupted
  const absl::Status committed = WhileOpen(Statement("COMMIT"));
  if (absl::IsDataLoss(committed)) broken_ = true;
  TENANTRY_RETURN_IF_ERROR(committed);
  std::move(roll_back).Cancel();
  told = transaction.notifications();
  return absl::OkStatus();
}

absl::Status SqliteConnection::Write(const TenantScope& scope, const Metastore::Work& work,
                                     base::Faults& faults, Notifications& told) {
  return Run("BEGIN IMMEDIATE", scope, work, faults, told);
}

absl::Status SqliteConnection::Read(const TenantScope& scope, const Metastore::Work& work) {
  base::NoFaults none;
  Notifications untold;
  if (access_ == Access::kRead) return Run("BEGIN", scope, work, none, untold);
  TENANTRY_RETURN_IF_ERROR(Statement("PRAGMA query_only = ON"));
  const absl::Cleanup may_write = [this] { Statement("PRAGMA query_only = OFF").IgnoreError(); };
  return Run("BEGIN", scope, work, none, untold);
}

}  // namespace tenantry::metastore::sqlite
