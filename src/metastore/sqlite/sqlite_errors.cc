#include "metastore/sqlite/sqlite_errors.h"

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <filesystem>

#include "base/full_disk.h"
#include "base/status.h"

namespace tenantry::metastore::sqlite {
namespace {

// SOCI puts its own function's name before SQLite's words.
std::string_view WithoutPlace(std::string_view message) {
  const size_t place = message.find("backend::");
  if (place == std::string_view::npos) return message;
  const size_t colon = message.find(": ", place);
  return colon == std::string_view::npos ? message : message.substr(colon + 2);
}

absl::Status FullDisk(const std::string& file) {
  return base::AsFullDisk(
      base::Error(absl::StatusCode::kResourceExhausted, "the disk of {} is full: make room", file));
}

// True when there is not even room for the smallest of SQLite's files beside `file`: it says no
// more than "disk I/O error" when it can't make one.
bool HasNoRoom(const std::string& file) {
  constexpr uintmax_t kSmallest = 64 << 10;
  std::error_code error;
  const auto space = std::filesystem::space(std::filesystem::path(file).parent_path(), error);
  return !error && space.available < kSmallest;
}

absl::Status ConstraintStatus(int code, std::string_view message) {
  switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return base::Error(absl::StatusCode::kAlreadyExists, "the database refuses: {}", message);
    case SQLITE_CONSTRAINT_FOREIGNKEY:
    case SQLITE_CONSTRAINT_TRIGGER:
      return base::FailedPrecondition("the database refuses: {}", message);
    default:
      return base::Internal("the database refuses: {}", message);
  }
}

}  // namespace

absl::Status StatusOfCode(int code, const std::string& file, std::string_view message) {
  if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC) {
    return base::DataLoss(
        "{} could not be made durable: nothing more is written; check the disk, then start again",
        file);
  }
  switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
      return ConstraintStatus(code, message);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return base::Unavailable("{} is busy: another process uses it", file);
    case SQLITE_INTERRUPT:
      return absl::DeadlineExceededError(
          fmt::format("{}: the transaction took longer than metastore.transaction_timeout", file));
    case SQLITE_FULL:
      return FullDisk(file);
    case SQLITE_NOMEM:
      return base::Error(absl::StatusCode::kResourceExhausted, "no memory for {}", file);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
    case SQLITE_AUTH:
      return base::Error(absl::StatusCode::kPermissionDenied,
                         "{} can't be opened for writing ({}): check that its folder exists and "
                         "who may write there",
                         file, message);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return base::DataLoss("{} is damaged or no database ({}): restore a backup", file, message);
    case SQLITE_IOERR:
      if (HasNoRoom(file)) return FullDisk(file);
      return base::Unavailable("{}: {}: look at its disk", file, message);
    default:
      return base::Internal("the database: {}", message);
  }
}

absl::Status WhileOpen(const absl::Status& status) {
  if (!absl::IsResourceExhausted(status) && !absl::IsPermissionDenied(status)) return status;
  const absl::Status unavailable = absl::UnavailableError(status.message());
  return base::IsFullDisk(status) ? base::AsFullDisk(unavailable) : unavailable;
}

absl::Status StatusOfException(const std::string& file) {
  try {
    throw;
  } catch (const soci::sqlite3_soci_error& error) {
    return StatusOfCode(error.result(), file, WithoutPlace(error.get_error_message()));
  } catch (const soci::soci_error& error) {
    return base::Internal("the database: {}", WithoutPlace(error.get_error_message()));
  }
}

}  // namespace tenantry::metastore::sqlite
