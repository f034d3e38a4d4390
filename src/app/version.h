#pragma once

#include <string_view>

namespace tenantry::app {

/// The version of this program, as `tenantry version` and /api/v1/version tell it (semver.org).
std::string_view Version();

}  // namespace tenantry::app
