#include "metastore/sqlite/sqlite_metastore.h"

#include <absl/synchronization/mutex.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sqlite3.h>

#include <deque>
#include <utility>

#include "base/status.h"

namespace tenantry::metastore {

void MetastoreOptions::Declare(runtime::OptionSet& options) {
  options.AddInt("metastore.readers", &readers, 1, 64, "connections that read at the same time");
  options.AddDuration("metastore.busy_timeout", &busy_timeout, absl::Milliseconds(1),
                      absl::Minutes(5), "longest wait for one's turn at the database");
}

namespace {

absl::StatusCode CodeOf(int result) {
  switch (result & 0xff) {
    case SQLITE_CONSTRAINT:
      return absl::StatusCode::kAlreadyExists;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return absl::StatusCode::kUnavailable;
    case SQLITE_FULL:
      return absl::StatusCode::kResourceExhausted;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      return absl::StatusCode::kPermissionDenied;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::StatusCode::kDataLoss;
    case SQLITE_IOERR:
      return absl::StatusCode::kUnavailable;
    default:
      return absl::StatusCode::kInternal;
  }
}

// Runs `call`; what SOCI throws becomes a status.
template <typename Call>
absl::Status Guard(const Call& call) {
  try {
    return call();
  } catch (const soci::sqlite3_soci_error& error) {
    return base::Error(CodeOf(error.result()), "the database: {}", error.what());
  } catch (const soci::soci_error& error) {
    return base::Internal("the database: {}", error.what());
  }
}

// Parameters bound to a statement; their storage outlives it.
class Binding {
 public:
  void Bind(soci::statement& statement, const std::vector<Value>& parameters) {
    for (size_t i = 0; i < parameters.size(); ++i) {
      const std::string name = "p" + std::to_string(i);
      if (const auto* number = std::get_if<int64_t>(&parameters[i])) {
        integers_.push_back(*number);
        statement.exchange(soci::use(integers_.back(), name));
      } else if (const auto* real = std::get_if<double>(&parameters[i])) {
        reals_.push_back(*real);
        statement.exchange(soci::use(reals_.back(), name));
      } else if (const auto* text = std::get_if<std::string>(&parameters[i])) {
        texts_.push_back(*text);
        statement.exchange(soci::use(texts_.back(), name));
      } else {
        texts_.emplace_back();
        statement.exchange(soci::use(texts_.back(), null_, name));
      }
    }
  }

 private:
  std::deque<long long> integers_;
  std::deque<double> reals_;
  std::deque<std::string> texts_;
  soci::indicator null_ = soci::i_null;
};

class SqliteTransaction final : public Transaction {
 public:
  explicit SqliteTransaction(soci::session& session) : session_(session) {}

  absl::StatusOr<int64_t> Execute(std::string_view sql,
                                  const std::vector<Value>& parameters) override {
    int64_t changed = 0;
    TENANTRY_RETURN_IF_ERROR(Guard([&] {
      soci::statement statement(session_);
      Binding binding;
      binding.Bind(statement, parameters);
      statement.alloc();
      statement.prepare(std::string(sql));
      statement.define_and_bind();
      statement.execute(true);
      changed = statement.get_affected_rows();
      return absl::OkStatus();
    }));
    return changed;
  }

  absl::StatusOr<std::vector<Row>> Query(std::string_view sql, const std::vector<Value>& parameters,
                                         size_t columns) override {
    std::vector<Row> rows;
    TENANTRY_RETURN_IF_ERROR(Guard([&] {
      soci::statement statement(session_);
      std::vector<std::string> texts(columns);
      std::vector<soci::indicator> indicators(columns, soci::i_ok);
      for (size_t i = 0; i < columns; ++i) {
        statement.exchange(soci::into(texts[i], indicators[i]));
      }
      Binding binding;
      binding.Bind(statement, parameters);
      statement.alloc();
      statement.prepare(std::string(sql));
      statement.define_and_bind();
      statement.execute();
      while (statement.fetch()) {
        std::vector<std::optional<std::string>> row(columns);
        for (size_t i = 0; i < columns; ++i) {
          if (indicators[i] != soci::i_null) row[i] = texts[i];
        }
        rows.emplace_back(std::move(row));
      }
      return absl::OkStatus();
    }));
    return rows;
  }

 private:
  soci::session& session_;
};

class SqliteStore final : public Metastore {
 public:
  SqliteStore(std::string file, const MetastoreOptions& options, base::Faults& faults)
      : file_(std::move(file)), options_(options), faults_(faults) {}

  absl::Status Open();
  absl::Status Write(const Work& work) override;
  absl::Status Read(const Work& work) override;
  void OnCommit(std::function<void()> notify) override {
    absl::MutexLock lock(&writer_mutex_);
    notify_ = std::move(notify);
  }

 private:
  absl::StatusOr<std::unique_ptr<soci::session>> Connect();
  absl::Status Run(soci::session& session, const char* begin, const Work& work);
  static bool CanRead(SqliteStore* store) { return !store->readers_.empty(); }

  const std::string file_;
  const MetastoreOptions options_;
  base::Faults& faults_;
  absl::Mutex writer_mutex_;  // held by the one who writes
  std::unique_ptr<soci::session> writer_;
  std::function<void()> notify_ ABSL_GUARDED_BY(writer_mutex_);
  absl::Mutex mutex_;
  std::deque<std::unique_ptr<soci::session>> readers_ ABSL_GUARDED_BY(mutex_);
};

absl::StatusOr<std::unique_ptr<soci::session>> SqliteStore::Connect() {
  std::unique_ptr<soci::session> session;
  TENANTRY_RETURN_IF_ERROR(Guard([&] {
    session = std::make_unique<soci::session>(soci::sqlite3, "db=\"" + file_ + "\"");
    *session << "PRAGMA busy_timeout = " << absl::ToInt64Milliseconds(options_.busy_timeout);
    *session << "PRAGMA journal_mode = WAL";
    *session << "PRAGMA synchronous = FULL";
    *session << "PRAGMA foreign_keys = ON";
    *session << "PRAGMA cache_size = -2000";
    return absl::OkStatus();
  }));
  return session;
}

absl::Status SqliteStore::Open() {
  TENANTRY_ASSIGN_OR_RETURN(writer_, Connect());
  absl::MutexLock lock(&mutex_);
  for (int64_t i = 0; i < options_.readers; ++i) {
    TENANTRY_ASSIGN_OR_RETURN(auto reader, Connect());
    readers_.push_back(std::move(reader));
  }
  return absl::OkStatus();
}

absl::Status SqliteStore::Run(soci::session& session, const char* begin, const Work& work) {
  TENANTRY_RETURN_IF_ERROR(Guard([&] {
    session << begin;
    return absl::OkStatus();
  }));
  SqliteTransaction transaction(session);
  absl::Status status = Guard([&] { return work(transaction); });
  if (status.ok()) status = faults_.At("metastore.commit");
  if (status.ok()) {
    status = Guard([&] {
      session << "COMMIT";
      return absl::OkStatus();
    });
  }
  if (!status.ok()) {
    // SQLite may have rolled back by itself; then this fails, and that is well.
    Guard([&] {
      session << "ROLLBACK";
      return absl::OkStatus();
    }).IgnoreError();
  }
  return status;
}

absl::Status SqliteStore::Write(const Work& work) {
  TENANTRY_RETURN_IF_ERROR(faults_.At("metastore.begin"));
  absl::MutexLock lock(&writer_mutex_);
  TENANTRY_RETURN_IF_ERROR(Run(*writer_, "BEGIN IMMEDIATE", work));
  if (notify_) notify_();
  return absl::OkStatus();
}

absl::Status SqliteStore::Read(const Work& work) {
  TENANTRY_RETURN_IF_ERROR(faults_.At("metastore.begin"));
  std::unique_ptr<soci::session> reader;
  {
    absl::MutexLock lock(&mutex_);
    if (!mutex_.AwaitWithTimeout(absl::Condition(&SqliteStore::CanRead, this),
                                 options_.busy_timeout)) {
      return base::Unavailable("the database: all {} readers are busy", options_.readers);
    }
    reader = std::move(readers_.front());
    readers_.pop_front();
  }
  const absl::Status status = Run(*reader, "BEGIN", work);
  absl::MutexLock lock(&mutex_);
  readers_.push_back(std::move(reader));
  return status;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Metastore>> SqliteMetastore::Open(const std::string& file,
                                                                 const MetastoreOptions& options,
                                                                 base::Faults& faults) {
  auto store = std::make_unique<SqliteStore>(file, options, faults);
  TENANTRY_RETURN_IF_ERROR(base::Annotate(store->Open(), "opening " + file));
  return store;
}

}  // namespace tenantry::metastore
