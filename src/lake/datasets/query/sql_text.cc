#include "lake/datasets/query/sql_text.h"

#include <algorithm>

namespace tenantry::lake::datasets {
namespace {

std::string Quoted(std::string_view text, char quote) {
  std::string quoted(1, quote);
  for (const char c : text) {
    if (c == quote) quoted.push_back(quote);
    quoted.push_back(c);
  }
  quoted.push_back(quote);
  return quoted;
}

// The place behind `end`, looked for from `from`; the text's end when it is not there.
size_t Behind(std::string_view sql, std::string_view end, size_t from) {
  const size_t at = sql.find(end, from);
  return at == std::string_view::npos ? sql.size() : at + end.size();
}

// The place behind a $tag$ … $tag$ that begins at `at`; `at` + 1 when none does.
size_t BehindDollars(std::string_view sql, size_t at) {
  const size_t close = sql.find('$', at + 1);
  if (close == std::string_view::npos) return at + 1;
  const std::string_view tag = sql.substr(at, close - at + 1);
  const bool named = std::all_of(tag.begin() + 1, tag.end() - 1, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
  return named ? Behind(sql, tag, close + 1) : at + 1;
}

}  // namespace

std::string SqlLiteral(std::string_view text) { return Quoted(text, '\''); }

std::string SqlIdentifier(std::string_view name) { return Quoted(name, '"'); }

std::string_view WithoutSemicolon(std::string_view sql) {
  for (size_t at = 0; at < sql.size();) {
    const char c = sql[at];
    const std::string_view rest = sql.substr(at);
    if (c == ';') return sql.substr(0, at);
    if (c == '\'' || c == '"') {
      at = Behind(sql, rest.substr(0, 1), at + 1);
    } else if (rest.starts_with("--")) {
      at = Behind(sql, "\n", at);
    } else if (rest.starts_with("/*")) {
      at = Behind(sql, "*/", at + 2);
    } else if (c == '$') {
      at = BehindDollars(sql, at);
    } else {
      ++at;
    }
  }
  return sql;
}

}  // namespace tenantry::lake::datasets
