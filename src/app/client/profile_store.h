#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string>

namespace tenantry::app::client {

/// What `login` saved for one server.
struct Profile {
  std::string token;
  std::string expires;  ///< RFC 3339, as the server told
  std::string user_id;
  std::string tenant_id;  ///< empty for the operator's people
};

/// The profiles of one person, by server: `profiles.json` in a folder of mode 0700, itself 0600,
/// replaced whole. A token is never sent to a server other than the one that gave it. Not
/// thread-safe; of two processes that write at the same moment one wins.
class ProfileStore {
 public:
  /// Keeps profiles in `folder`, which may not exist yet; empty = there is no place for any.
  explicit ProfileStore(std::string folder) : folder_(std::move(folder)) {}

  /// The profile of `server`, or nothing. FailedPrecondition: the file can't be understood; the
  /// message says what to do. PermissionDenied and others as runtime::ReadFile.
  absl::StatusOr<std::optional<Profile>> Find(const std::string& server) const;

  /// Saves the profile of `server`. FailedPrecondition without a folder; others as Find and
  /// runtime::WriteFileAtomically.
  absl::Status Save(const std::string& server, const Profile& profile);

  /// Forgets the profile of `server`; OK when there is none. Errors as Save.
  absl::Status Forget(const std::string& server);

  /// Where the profiles are.
  std::string path() const { return folder_ + "/profiles.json"; }

 private:
  std::string folder_;
};

}  // namespace tenantry::app::client
