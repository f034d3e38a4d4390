#include "runtime/toml_keys.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "base/status.h"

namespace tenantry::runtime {
namespace {

// Where the text that begins with a quote at `at` ends: behind its closing quotes, or where a text
// of one line ends without them, at which the parser gives up.
size_t EndOfText(std::string_view document, size_t at) {
  const char quote = document[at];
  const bool has_lines = document.substr(at, 3) == std::string(3, quote);
  const std::string closing(has_lines ? 3 : 1, quote);
  for (size_t i = at + closing.size(); i < document.size(); ++i) {
    if (document[i] == '\\' && quote == '"') {
      ++i;
    } else if (document[i] == '\n' && !has_lines) {
      return i;
    } else if (document.substr(i, closing.size()) == closing) {
      i += closing.size();
      // Up to two more quotes are the text's own last ones.
      const size_t last = has_lines ? std::min(i + 2, document.size()) : i;
      while (i < last && document[i] == quote) ++i;
      return i;
    }
  }
  return document.size();
}

bool EndsKey(char c) {
  return c == '\n' || c == '=' || c == ',' || c == '[' || c == ']' || c == '{' || c == '}';
}

}  // namespace

absl::Status CheckTomlKeys(std::string_view document) {
  int64_t line = 1;
  int dots = 0;
  for (size_t at = 0; at < document.size();) {
    const char c = document[at];
    size_t next = at + 1;
    if (c == '"' || c == '\'') next = EndOfText(document, at);
    if (c == '#') next = std::min(document.find('\n', at), document.size());
    if (EndsKey(c)) dots = 0;
    if (c == '.' && ++dots > kTomlKeyDotsMax) {
      return base::InvalidArgument("line {}: a key has more than {} dots", line, kTomlKeyDotsMax);
    }
    line += std::count(document.begin() + static_cast<ptrdiff_t>(at),
                       document.begin() + static_cast<ptrdiff_t>(next), '\n');
    at = next;
  }
  return absl::OkStatus();
}

}  // namespace tenantry::runtime
