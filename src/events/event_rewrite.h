#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>

#include "base/ids.h"

namespace tenantry::events {

/// A structured event with its `tenantid` set to `tenant`, whatever it was, and `traceparent` added
/// when the event has none and one is given; every other byte stays. InvalidArgument when `json` is
/// no JSON object or gives `tenantid` twice; whether it is an event is not looked at.
absl::StatusOr<std::string> WithTenant(std::string_view json, const base::TenantId& tenant,
                                       std::string_view traceparent = {});

}  // namespace tenantry::events
