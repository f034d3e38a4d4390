#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace tenantry::base {

/// A number that is written already with its noun, as Counted says; `is_one`: it is 1.
inline std::string CountedAs(std::string_view number, bool is_one, std::string_view one,
                             std::string_view many = "") {
  if (is_one) return fmt::format("{} {}", number, one);
  return many.empty() ? fmt::format("{} {}s", number, one) : fmt::format("{} {}", number, many);
}

/// A whole number with its noun, as people say it: "1 job", "2 jobs", "0 jobs"; with `many` where
/// the plural is not the noun with an s: "2 queries".
template <typename Number>
std::string Counted(Number number, std::string_view one, std::string_view many = "") {
  return CountedAs(fmt::format("{}", number), number == Number{1}, one, many);
}

}  // namespace tenantry::base
