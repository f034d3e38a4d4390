#pragma once

#include <absl/status/status.h>

namespace tenantry::base {

/// `status`, an error, noted as a disk without room: what helps is to free some, not to wait. HTTP
/// 507 whatever its code.
absl::Status AsFullDisk(absl::Status status);

/// True for what AsFullDisk noted.
bool IsFullDisk(const absl::Status& status);

}  // namespace tenantry::base
