#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>

#include "eventlog/event_log.h"

namespace tenantry::roles {

/// Where a reader of a stream stands in all its partitions, as the `id` of a server-sent event:
/// "partition:offset" of each, joined by commas.
std::string ShowCursor(const eventlog::LogPositions& positions);

/// Reads such an id for `stream`. InvalidArgument when it is none.
absl::StatusOr<eventlog::LogPositions> ReadCursor(const std::string& stream, std::string_view text);

}  // namespace tenantry::roles
