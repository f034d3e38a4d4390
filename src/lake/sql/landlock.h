#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

namespace tenantry::lake::sql {

/// What a process may touch in the file system once it is restricted: these folders with all below
/// them, and nothing else, whatever links lie in them.
struct FileRights {
  std::vector<std::string> writable;  ///< read, write, create, remove
  std::vector<std::string> readable;  ///< read only
};

/// Binds the calling thread, and those it starts later, to `rights`, and to no TCP at all, by the
/// kernel's Landlock; there is no way back. Needs no_new_privs. Gives false, changing nothing, on a
/// kernel without Landlock. NotFound: a folder is absent; Internal: the kernel refused.
absl::StatusOr<bool> RestrictFiles(const FileRights& rights);

}  // namespace tenantry::lake::sql
