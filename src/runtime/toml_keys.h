#pragma once

#include <absl/status/status.h>

#include <string_view>

namespace tenantry::runtime {

/// How many dots a key of TOML, or a table's name, may have.
inline constexpr int kTomlKeyDotsMax = 16;

/// To be asked before a TOML document is parsed: the parser makes a table for each dot of a key,
/// and recurses into them without a bound of its own, so that a long key overflows the stack.
/// InvalidArgument, with the line, for a key of more than kTomlKeyDotsMax dots; whether the
/// document is TOML at all is the parser's to say.
absl::Status CheckTomlKeys(std::string_view document);

}  // namespace tenantry::runtime
