#pragma once

#include <algorithm>
#include <string>

namespace tenantry::base {

/// A decimal number's text with commas between groups of three before its point: "-1,234.5".
inline std::string Grouped(std::string digits) {
  const size_t sign = digits.starts_with('-') ? 1 : 0;
  for (size_t at = std::min(digits.find('.'), digits.size()); at > sign + 3;) {
    digits.insert(at -= 3, ",");
  }
  return digits;
}

}  // namespace tenantry::base
