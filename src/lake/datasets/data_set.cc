#include "lake/datasets/data_set.h"

#include <algorithm>

#include "base/status.h"

namespace tenantry::lake::datasets {
namespace {

constexpr size_t kNameBytesMax = 63;

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// A name that could be an id would mean two things.
bool LooksLikeId(std::string_view name) {
  constexpr size_t kIdBytes = 27;  // "ds_" and 24 digits
  return name.size() == kIdBytes && name.starts_with("ds_") &&
         std::all_of(name.begin() + 3, name.end(),
                     [](char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); });
}

}  // namespace

absl::Status CheckDataSetName(std::string_view name) {
  if (name.empty()) return base::InvalidArgument("the data set has no name: give one");
  if (LooksLikeId(name)) {
    return base::InvalidArgument("a data set can't be named '{}': it looks like an id", name);
  }
  const bool good = name.size() <= kNameBytesMax && IsLetter(name.front()) &&
                    std::ranges::all_of(name, [](char c) { return IsLetter(c) || IsDigit(c); });
  if (good) return absl::OkStatus();
  return base::InvalidArgument(
      "a data set can't be named '{}': take 1 to {} letters A to Z, digits and _, no digit first",
      name.substr(0, kNameBytesMax + 1), kNameBytesMax);
}

std::string DataSetNameKey(std::string_view name) {
  std::string key(name);
  std::ranges::transform(key, key.begin(), [](char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
  return key;
}

}  // namespace tenantry::lake::datasets
