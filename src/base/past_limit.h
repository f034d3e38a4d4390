#pragma once

#include <absl/status/status.h>

namespace tenantry::base {

/// `status`, an error, noted as a request that takes more than a limit allows: what helps is to ask
/// for less, not to try again. HTTP 422, without Retry-After, whatever its code.
absl::Status AsPastLimit(absl::Status status);

/// True for what AsPastLimit noted.
bool IsPastLimit(const absl::Status& status);

}  // namespace tenantry::base
