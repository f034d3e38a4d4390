#include "eventlog/rocksdb/synced_writer.h"

#include "base/status.h"
#include "eventlog/rocksdb/rocksdb_store.h"
#include "runtime/logging.h"

namespace tenantry::eventlog {

absl::Status SyncedWriter::failed() const {
  absl::MutexLock lock(&mutex_);
  return failed_;
}

absl::Status SyncedWriter::Check() const {
  TENANTRY_RETURN_IF_ERROR(failed());
  return reserve_.Check();
}

absl::Status SyncedWriter::CheckRoom(WriteKind kind) const {
  const bool little = kind == WriteKind::kLittle;
  TENANTRY_RETURN_IF_ERROR(faults_.At(little ? "eventlog.little_room" : "eventlog.room"));
  return (little ? little_reserve_ : reserve_).Check();
}

absl::Status SyncedWriter::Write(WriteKind kind, rocksdb::WriteBatch& batch,
                                 std::string_view doing) {
  TENANTRY_RETURN_IF_ERROR(failed());
  TENANTRY_RETURN_IF_ERROR(CheckRoom(kind));
  absl::Status status = faults_.At("eventlog.write");
  if (status.ok()) {
    rocksdb::WriteOptions synced;
    synced.sync = true;
    status = FromRocks(db_.Write(synced, &batch), doing);
  }
  if (status.ok()) return status;
  // After a failed write or sync nobody knows what the disk holds: it is never tried again.
  absl::MutexLock lock(&mutex_);
  if (failed_.ok()) {
    failed_ = base::Unavailable("the event log stopped after a failed write ({}): restart",
                                base::Message(status));
    runtime::Log(runtime::LogLevel::kError, "eventlog", "{}", base::Message(failed_));
  }
  return failed_;
}

}  // namespace tenantry::eventlog
