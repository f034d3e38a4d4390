#include "lake/datasets/imports/loss_texts.h"

#include <fmt/format.h>

namespace tenantry::lake::datasets {
namespace {

constexpr const char* kOtherOrder =
    "does not begin with the year, so that day and month could be taken for each other: bring the "
    "column as text and read it in the query, as strptime(COLUMN, '%d/%m/%Y') does";

// How to give a column another type.
std::string GiveType(std::string_view types) {
  return fmt::format(
      "fix it, or give the column the type {0} (\"types\" of the upload, --type COLUMN={1} in the "
      "terminal)",
      types, types.substr(0, types.find(' ')));
}

// Such as 1/2/2026: digits, then a separator, then digits and the same again.
bool IsInOtherOrder(std::string_view value) {
  size_t digits = 0;
  size_t parts = 0;
  char separator = 0;
  for (const char c : value) {
    if (c >= '0' && c <= '9') {
      if (++digits > 2 && parts < 2) return false;
      continue;
    }
    const bool separates = c == '/' || c == '.' || c == '-';
    if (parts == 2) break;
    if (digits == 0 || !separates || (separator != 0 && c != separator)) return false;
    separator = c;
    ++parts;
    digits = 0;
  }
  return parts == 2 && digits > 0;
}

}  // namespace

std::string NotOfType(std::string_view type, std::string_view value) {
  if ((type == "DATE" || type.starts_with("TIMESTAMP")) && IsInOtherOrder(value)) {
    return kOtherOrder;
  }
  return fmt::format("is no {}; {}", type, GiveType("VARCHAR"));
}

std::string LossText(LossKind kind, std::string_view type) {
  if (kind == LossKind::kOrder) return kOtherOrder;
  if (kind == LossKind::kBeyond) {
    return "is beyond what a DOUBLE holds; " + GiveType("VARCHAR");
  }
  const char* other = type == "DATE"             ? "TIMESTAMP or VARCHAR"
                      : type.starts_with("TIME") ? "VARCHAR"
                                                 : "DOUBLE or VARCHAR";
  return fmt::format("is no {}, which would round or cut it; {}", type, GiveType(other));
}

}  // namespace tenantry::lake::datasets
