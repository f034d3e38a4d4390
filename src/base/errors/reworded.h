#pragma once

#include <absl/status/status.h>

#include <string_view>

namespace tenantry::base {

/// The error `status` in other words: its code and what was noted with it stay. OK stays OK.
absl::Status Reworded(const absl::Status& status, std::string_view message);

}  // namespace tenantry::base
