#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace tenantry::runtime {

/// The bytes of a file. NotFound: there is none; PermissionDenied: it may not be read;
/// InvalidArgument: it is a folder or holds more than `bytes_max`; Internal: the system's own
/// words.
absl::StatusOr<std::string> ReadFile(const std::string& path, int64_t bytes_max);

/// Writes `bytes` as the file `path`, whole or not at all: an AtomicFile in one call, with its
/// errors.
absl::Status WriteFileAtomically(const std::string& path, std::string_view bytes, uint32_t mode);

/// Makes the folder and those above it with permissions `mode` where they are absent. Errors as
/// above.
absl::Status MakeFolders(const std::string& path, uint32_t mode);

/// `text` without the line ends at its end: how a secret is read from a file.
std::string_view WithoutLineEnd(std::string_view text);

/// The status that the system's error number means, `what` before its words; notes a full disk.
absl::Status ErrnoStatus(int error, std::string_view what);

}  // namespace tenantry::runtime
