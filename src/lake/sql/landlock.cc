#include "lake/sql/landlock.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "base/status.h"
#include "runtime/disk/files.h"

namespace tenantry::lake::sql {
namespace {

// What the headers of Debian 12 (Linux 6.1) do not know yet; numbers are the kernel's interface.
constexpr uint64_t kTruncate = 1ULL << 14;       // since version 3
constexpr uint64_t kDeviceControl = 1ULL << 15;  // since version 5
constexpr uint64_t kTcp = 3;                     // bind and connect, since version 4
constexpr uint64_t kScopes = 3;                  // abstract sockets and signals, since version 6

struct RulesetAttributes {
  uint64_t files;
  uint64_t network;
  uint64_t scopes;
};

constexpr uint64_t kRead = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr uint64_t kWrite = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                            LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
                            LANDLOCK_ACCESS_FS_MAKE_REG | kTruncate;

// Every right that version `version` can take away.
uint64_t AllRights(int version) {
  uint64_t rights = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
  if (version >= 2) rights |= LANDLOCK_ACCESS_FS_REFER;
  if (version >= 3) rights |= kTruncate;
  if (version >= 5) rights |= kDeviceControl;
  return rights;
}

absl::Status Allow(int ruleset, const std::string& folder, uint64_t rights) {
  const int fd = open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return runtime::ErrnoStatus(errno, "opening " + folder);
  landlock_path_beneath_attr rule{};
  rule.allowed_access = rights;
  rule.parent_fd = fd;
  const long result = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
  const int error = errno;
  close(fd);
  if (result == 0) return absl::OkStatus();
  return runtime::ErrnoStatus(error, "restricting files to " + folder);
}

absl::Status AllowAll(int ruleset, const FileRights& rights, uint64_t all) {
  for (const std::string& folder : rights.writable) {
    TENANTRY_RETURN_IF_ERROR(Allow(ruleset, folder, (kRead | kWrite) & all));
  }
  for (const std::string& folder : rights.readable) {
    TENANTRY_RETURN_IF_ERROR(Allow(ruleset, folder, kRead & all));
  }
  if (syscall(SYS_landlock_restrict_self, ruleset, 0) != 0) {
    return runtime::ErrnoStatus(errno, "restricting files");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<bool> RestrictFiles(const FileRights& rights) {
  const long version =
      syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) return false;
  RulesetAttributes attributes{AllRights(static_cast<int>(version)), version >= 4 ? kTcp : 0,
                               version >= 6 ? kScopes : 0};
  const size_t size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
  const int ruleset = static_cast<int>(syscall(SYS_landlock_create_ruleset, &attributes, size, 0));
  if (ruleset < 0) return runtime::ErrnoStatus(errno, "restricting files");
  const absl::Status status = AllowAll(ruleset, rights, attributes.files);
  close(ruleset);
  TENANTRY_RETURN_IF_ERROR(status);
  return true;
}

}  // namespace tenantry::lake::sql
