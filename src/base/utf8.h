#pragma once

#include <string_view>

namespace tenantry::base {

/// True when `bytes` is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms, at most
/// U+10FFFF). For short texts; bulk JSON is checked by its parser.
bool IsUtf8(std::string_view bytes);

}  // namespace tenantry::base
