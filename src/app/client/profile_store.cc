#include "app/client/profile_store.h"

#include <nlohmann/json.hpp>

#include "app/console/format.h"
#include "base/status.h"
#include "runtime/disk/files.h"

namespace tenantry::app::client {
namespace {

using console::Json;
using console::TextOf;

constexpr int64_t kFileBytesMax = 1024 * 1024;

absl::StatusOr<Json> Load(const std::string& path) {
  const absl::StatusOr<std::string> bytes = runtime::ReadFile(path, kFileBytesMax);
  if (absl::IsNotFound(bytes.status())) return Json::object();
  if (!bytes.ok()) return bytes.status();
  Json profiles = Json::parse(*bytes, nullptr, false);
  if (profiles.is_object()) return profiles;
  return base::FailedPrecondition(
      "{} is no JSON object: delete it and log in again with `tenantry login`", path);
}

absl::Status Store(const std::string& folder, const std::string& path, const Json& profiles) {
  TENANTRY_RETURN_IF_ERROR(runtime::MakeFolders(folder, 0700));
  return runtime::WriteFileAtomically(
      path, profiles.dump(2, ' ', false, Json::error_handler_t::replace) + "\n", 0600);
}

}  // namespace

absl::StatusOr<std::optional<Profile>> ProfileStore::Find(const std::string& server) const {
  if (folder_.empty()) return std::nullopt;
  TENANTRY_ASSIGN_OR_RETURN(const Json profiles, Load(path()));
  const auto found = profiles.find(server);
  if (found == profiles.end()) return std::nullopt;
  Profile profile{TextOf(*found, "token"), TextOf(*found, "expires"), TextOf(*found, "userID"),
                  TextOf(*found, "tenantID")};
  if (profile.token.empty()) return std::nullopt;
  return profile;
}

absl::Status ProfileStore::Save(const std::string& server, const Profile& profile) {
  if (folder_.empty()) {
    return base::FailedPrecondition(
        "nowhere to keep the session: set HOME or XDG_CONFIG_HOME to an absolute path");
  }
  TENANTRY_ASSIGN_OR_RETURN(Json profiles, Load(path()));
  profiles[server] = {{"token", profile.token},
                      {"expires", profile.expires},
                      {"userID", profile.user_id},
                      {"tenantID", profile.tenant_id}};
  return Store(folder_, path(), profiles);
}

absl::Status ProfileStore::Forget(const std::string& server) {
  if (folder_.empty()) return absl::OkStatus();
  TENANTRY_ASSIGN_OR_RETURN(Json profiles, Load(path()));
  if (profiles.erase(server) == 0) return absl::OkStatus();
  return Store(folder_, path(), profiles);
}

}  // namespace tenantry::app::client
