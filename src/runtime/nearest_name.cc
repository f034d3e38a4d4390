#include "runtime/nearest_name.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

namespace tenantry::runtime {
namespace {

// Longer texts are no misspelt name: what lies beyond is not compared.
constexpr size_t kComparedMax = 128;
constexpr size_t kNamesMax = 20;

std::string Lowered(std::string_view text) {
  std::string lowered(text.substr(0, kComparedMax));
  for (char& letter : lowered) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return lowered;
}

}  // namespace

size_t EditDistance(std::string_view a, std::string_view b) {
  // Row i holds the distances of a's first i letters to every beginning of b.
  std::vector<size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
    std::swap(before_last, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

std::string NearestName(std::string_view name, const std::vector<std::string>& known) {
  const std::string wanted = Lowered(name);
  size_t least = std::numeric_limits<size_t>::max();
  std::string nearest;
  for (const std::string& candidate : known) {
    const size_t distance = EditDistance(wanted, Lowered(candidate));
    if (distance < least && 2 * distance <= std::max(wanted.size(), candidate.size())) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

std::string NameHint(std::string_view name, const std::vector<std::string>& known, char quote) {
  if (known.empty()) return "";
  const std::string nearest = NearestName(name, known);
  if (!nearest.empty()) return fmt::format("; did you mean {0}{1}{0}?", quote, nearest);
  const auto end = known.begin() + static_cast<ptrdiff_t>(std::min(known.size(), kNamesMax));
  return fmt::format("; known are {}{}", fmt::join(known.begin(), end, ", "),
                     known.size() > kNamesMax ? ", …" : "");
}

}  // namespace tenantry::runtime
