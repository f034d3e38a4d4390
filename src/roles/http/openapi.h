#pragma once

#include <string_view>

namespace tenantry::roles {

/// The text of api/openapi.yaml that this program was built with; lives as long as the process.
std::string_view OpenApiYaml();

}  // namespace tenantry::roles
