#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tenantry::net {

/// `text` with every byte but RFC 3986's unreserved ones (letters, digits, `-._~`) as %XX. Fit for
/// one path segment, for a query name and for a query value.
std::string PercentEncode(std::string_view text);

/// `name=value&...` with names and values encoded; empty for no parameters.
std::string EncodeQuery(const std::vector<std::pair<std::string, std::string>>& parameters);

/// Undoes percent encoding of one path segment. InvalidArgument: a `%` without two hexadecimal
/// digits, or a result that is not UTF-8.
absl::StatusOr<std::string> PercentDecode(std::string_view text);

/// The parameters of a query (what follows `?`), in which `+` is a space as forms write it. A name
/// without `=` has an empty value; empty pieces are skipped. InvalidArgument as PercentDecode.
absl::StatusOr<std::multimap<std::string, std::string>> ParseQuery(std::string_view query);

}  // namespace tenantry::net
