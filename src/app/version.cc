#include "app/version.h"

namespace tenantry::app {

std::string_view Version() { return "0.1.0"; }

}  // namespace tenantry::app
