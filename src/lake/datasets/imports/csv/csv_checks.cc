#include "lake/datasets/imports/csv/csv_checks.h"

#include <algorithm>
#include <string_view>

#include "lake/datasets/blob_copy.h"

namespace tenantry::lake::datasets {
namespace {

constexpr size_t kTail = 3;  // looked at again with what follows: an end of a field, two quotes

// What is cut off at an end of `text` is none.
bool HasEmptyText(std::string_view text, char delimiter) {
  const auto ends = [&](size_t at) {
    return at < text.size() && (text[at] == delimiter || text[at] == '\n' || text[at] == '\r');
  };
  for (size_t at = text.find("\"\""); at != std::string_view::npos;
       at = text.find("\"\"", at + 1)) {
    if (at > 0 && ends(at - 1) && ends(at + 2)) return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<bool> HasEmptyTexts(const std::string& file, char delimiter) {
  std::string text = "\n";  // the end of what was looked at, and what is new
  bool found = false;
  const absl::Status read = ReadWholeFile(file, [&](std::string_view bytes) -> absl::Status {
    text.erase(0, text.size() - std::min(text.size(), kTail));
    text += bytes;
    found = HasEmptyText(text, delimiter);
    return found ? absl::CancelledError() : absl::OkStatus();
  });
  if (!read.ok() && !found) return read;
  return found || HasEmptyText(text + '\n', delimiter);
}

}  // namespace tenantry::lake::datasets
