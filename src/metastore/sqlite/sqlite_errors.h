#pragma once

#include <absl/status/status.h>

#include <string>
#include <string_view>

namespace tenantry::metastore::sqlite {

/// What an extended result code of SQLite means for the caller; `file` names the database and
/// `message` is SQLite's own, which holds no values.
absl::Status StatusOfCode(int code, const std::string& file, std::string_view message);

/// The status of the SOCI exception that is being handled; rethrows what is none. The values of the
/// statement's parameters, which SOCI adds to its messages, are left out: some are secrets.
absl::Status StatusOfException(const std::string& file);

/// Runs `call`, which gives a status; what SOCI throws becomes one.
template <typename Call>
absl::Status Guard(const std::string& file, const Call& call) {
  try {
    return call();
  } catch (...) {
    return StatusOfException(file);
  }
}

/// `status` as those see it who use a store that is open: a disk that is full or can't be written
/// is no fault of theirs, so that it is Unavailable; the message stays.
absl::Status WhileOpen(const absl::Status& status);

}  // namespace tenantry::metastore::sqlite
