#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "app/console/format.h"

namespace tenantry::app::client {

/// The text of a body to send. InvalidArgument: a text in it is not UTF-8; two different ones must
/// not become the same on their way.
absl::StatusOr<std::string> JsonText(const console::Json& body);

}  // namespace tenantry::app::client
