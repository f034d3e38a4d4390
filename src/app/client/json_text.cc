#include "app/client/json_text.h"

#include <nlohmann/json.hpp>

#include "base/status.h"

namespace tenantry::app::client {

absl::StatusOr<std::string> JsonText(const console::Json& body) {
  try {
    return body.dump();
  } catch (const console::Json::type_error&) {
    return base::InvalidArgument("what was given is not UTF-8: nothing was sent");
  }
}

}  // namespace tenantry::app::client
