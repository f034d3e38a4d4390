#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"

namespace tenantry::tenants {

/// Where a tenant stands in its life. Requested and provisioning come before it can be used,
/// deleting before it is gone.
enum class TenantStatus { kRequested, kProvisioning, kActive, kSuspended, kDeleting, kDeleted };

/// `requested`, `provisioning`, `active`, `suspended`, `deleting`, `deleted`.
std::string_view StatusName(TenantStatus status);

/// The status of that name. InvalidArgument names the six.
absl::StatusOr<TenantStatus> ParseStatus(std::string_view name);

/// What the Tenant Manager keeps of a tenant.
struct Tenant {
  base::TenantId id;
  std::string name;
  std::optional<std::string> industry;  ///< any text
  std::optional<double> revenue;        ///< millions of dollars
  std::optional<int64_t> employees;
  std::string plan = "free";          ///< free, team or enterprise
  std::string pattern = "bridge";     ///< pool, bridge or silo
  std::optional<double> monthly_fee;  ///< currency units
  std::optional<double> total_fee;    ///< currency units
  std::optional<double> sentiment;    ///< −1 to 1
  TenantStatus status = TenantStatus::kRequested;
  absl::Time created;
  absl::Time updated;
  int64_t version = 1;  ///< grows with every change; the ETag
};

/// The versions that a change is meant for; nullopt for whichever the record has.
using AnyVersion = std::optional<std::vector<int64_t>>;

/// Checks a tenant's fields as they came in JSON and writes them over `tenant`: those that are
/// there, and as null those that may be empty. InvalidArgument names the field, what is wrong with
/// it and what it may be; an unknown field is refused with the nearest known one, or with all of
/// them and `others`, which the caller has read and taken out.
absl::Status ReadTenantFields(const nlohmann::json& fields, Tenant& tenant,
                              const std::vector<std::string>& others = {});

/// The tenant as the API shows it.
nlohmann::json ToJson(const Tenant& tenant);

/// The data of its tenant.created and tenant.updated events: the whole record.
nlohmann::json EventData(const Tenant& tenant);

}  // namespace tenantry::tenants
