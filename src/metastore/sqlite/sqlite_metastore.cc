#include "metastore/sqlite/sqlite_metastore.h"

#include <absl/cleanup/cleanup.h>

#include <utility>
#include <vector>

#include "base/monitor.h"
#include "base/status.h"
#include "metastore/listeners.h"
#include "metastore/sqlite/sqlite_connection.h"

namespace tenantry::metastore {

using sqlite::Access;
using sqlite::SqliteConnection;

void MetastoreOptions::Declare(runtime::OptionSet& options) {
  options.AddInt("metastore.readers", &readers, 1, 64, "connections that read at the same time");
  options.AddDuration("metastore.busy_timeout", &busy_timeout, absl::Milliseconds(1),
                      absl::Minutes(5), "longest wait for one's turn at the database");
  options.AddDuration("metastore.transaction_timeout", &transaction_timeout, absl::Milliseconds(10),
                      absl::Hours(1), "longest a transaction may take, then it is rolled back");
}

namespace {

constexpr char kMemory[] = ":memory:";

class SqliteStore final : public Metastore {
 public:
  SqliteStore(std::string file, const MetastoreOptions& options, base::Faults& faults)
      : file_(std::move(file)), options_(options), faults_(faults) {}

  absl::Status Open();
  absl::Status Write(const TenantScope& scope, const Work& work) override;
  absl::Status Read(const TenantScope& scope, const Work& work) override;
  Subscription Subscribe(std::string topic, Listener listener) override {
    return listeners_.Add(std::move(topic), std::move(listener));
  }

 private:
  // Connections that wait for their next user.
  using Pool = std::vector<std::unique_ptr<SqliteConnection>>;

  absl::StatusOr<std::unique_ptr<SqliteConnection>> Borrow(Pool& pool, std::string_view whose);
  void GiveBack(Pool& pool, std::unique_ptr<SqliteConnection> connection);
  absl::Status CheckDurable();

  const std::string file_;
  const MetastoreOptions options_;
  base::Faults& faults_;
  Listeners listeners_;
  base::Monitor mutex_;
  Pool writers_ ABSL_GUARDED_BY(mutex_);  // one
  Pool readers_ ABSL_GUARDED_BY(mutex_);
  absl::Status broken_ ABSL_GUARDED_BY(mutex_);  // a commit that could not be trusted
};

absl::Status SqliteStore::Open() {
  TENANTRY_ASSIGN_OR_RETURN(auto writer, SqliteConnection::Open(file_, options_, Access::kWrite));
  TENANTRY_RETURN_IF_ERROR(writer->CheckNotLocked());
  base::MonitorLock lock(&mutex_);
  writers_.push_back(std::move(writer));
  for (int64_t i = 0; file_ != kMemory && i < options_.readers; ++i) {
    TENANTRY_ASSIGN_OR_RETURN(auto reader, SqliteConnection::Open(file_, options_, Access::kRead));
    readers_.push_back(std::move(reader));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<SqliteConnection>> SqliteStore::Borrow(Pool& pool,
                                                                      std::string_view whose) {
  base::MonitorLock lock(&mutex_);
  auto waits = [&pool] { return !pool.empty(); };
  if (!mutex_.AwaitFor(absl::Condition(&waits), options_.busy_timeout)) {
    return base::Unavailable("{} is busy: no turn for a {} within {}", file_, whose,
                             absl::FormatDuration(options_.busy_timeout));
  }
  auto connection = std::move(pool.back());
  pool.pop_back();
  return connection;
}

void SqliteStore::GiveBack(Pool& pool, std::unique_ptr<SqliteConnection> connection) {
  base::MonitorLock lock(&mutex_);
  pool.push_back(std::move(connection));
}

absl::Status SqliteStore::CheckDurable() {
  base::MonitorLock lock(&mutex_);
  return broken_;
}

absl::Status SqliteStore::Write(const TenantScope& scope, const Work& work) {
  TENANTRY_RETURN_IF_ERROR(faults_.At("metastore.begin"));
  TENANTRY_ASSIGN_OR_RETURN(auto connection, Borrow(writers_, "writer"));
  Notifications told;
  absl::Status status;
  {
    const absl::Cleanup done = [&] { GiveBack(writers_, std::move(connection)); };
    TENANTRY_RETURN_IF_ERROR(CheckDurable());
    status = connection->Write(scope, work, faults_, told);
    if (connection->broken()) {
      base::MonitorLock lock(&mutex_);
      broken_ = status;
    }
  }
  TENANTRY_RETURN_IF_ERROR(status);
  listeners_.Tell(told);
  return absl::OkStatus();
}

absl::Status SqliteStore::Read(const TenantScope& scope, const Work& work) {
  TENANTRY_RETURN_IF_ERROR(faults_.At("metastore.begin"));
  Pool& pool = file_ == kMemory ? writers_ : readers_;
  TENANTRY_ASSIGN_OR_RETURN(auto connection, Borrow(pool, "reader"));
  const absl::Cleanup done = [&] { GiveBack(pool, std::move(connection)); };
  return connection->Read(scope, work);
}

absl::StatusOr<std::unique_ptr<Metastore>> OpenStore(const std::string& file,
                                                     const MetastoreOptions& options,
                                                     base::Faults& faults) {
  auto store = std::make_unique<SqliteStore>(file, options, faults);
  TENANTRY_RETURN_IF_ERROR(store->Open());
  return store;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Metastore>> SqliteMetastore::Open(const std::string& file,
                                                                 const MetastoreOptions& options,
                                                                 base::Faults& faults) {
  if (file == kMemory) return base::InvalidArgument("{} is no file", file);
  return OpenStore(file, options, faults);
}

absl::StatusOr<std::unique_ptr<Metastore>> SqliteMetastore::OpenInMemory(
    const MetastoreOptions& options, base::Faults& faults) {
  return OpenStore(kMemory, options, faults);
}

}  // namespace tenantry::metastore
