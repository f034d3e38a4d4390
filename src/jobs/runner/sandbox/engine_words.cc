#include "jobs/runner/sandbox/engine_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace tenantry::jobs {
namespace {

constexpr size_t kBytesMax = 2000;
constexpr std::string_view kLine = "\nLINE ";

// The line of the SQL that the engine points at; 0 when it points at none.
int64_t LineOf(std::string_view message) {
  const size_t at = message.rfind(kLine);
  if (at == std::string_view::npos) return 0;
  int64_t line = 0;
  std::from_chars(message.data() + at + kLine.size(), message.data() + message.size(), line);
  return line;
}

// Line breaks as marks between what stood on lines of its own.
std::string InOneLine(std::string_view text) {
  std::string line;
  for (const char c : text) {
    if (c != '\n' && c != '\r') {
      line += c;
    } else if (!line.empty() && !line.ends_with("; ")) {
      line += "; ";
    }
  }
  while (line.ends_with(' ') || line.ends_with(';')) line.pop_back();
  return line;
}

}  // namespace

std::string EngineWords(std::string_view message, std::string_view sql) {
  const int64_t line = LineOf(message);
  for (const std::string_view end : {kLine, std::string_view("\nPossible solutions"),
                                     std::string_view("\n* "), std::string_view("\n\nSee also")}) {
    message = message.substr(0, message.find(end));
  }
  std::string words = InOneLine(message);
  if (words.size() > kBytesMax) {
    size_t end = kBytesMax;
    while (end > 0 && (static_cast<unsigned char>(words[end]) & 0xc0) == 0x80) --end;
    words.resize(end);
    words += " …";
  }
  if (line > 0 && sql.find('\n') != std::string_view::npos) {
    words += fmt::format(" (line {} of its SQL)", line);
  }
  return words;
}

}  // namespace tenantry::jobs
