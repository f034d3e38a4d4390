#include "jobs/spec/sql_words.h"

#include <algorithm>

#include "base/status.h"

namespace tenantry::jobs {
namespace {

enum class TokenKind { kWord, kText, kSymbol };

struct Token {
  TokenKind kind = TokenKind::kSymbol;
  std::string text;  // of a word: the name; of a symbol: one byte
  size_t begin = 0;  // in the SQL
};

bool IsWordByte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '_' || c == '$';
}

int LineOf(std::string_view sql, size_t at) {
  return 1 +
         static_cast<int>(std::count(sql.begin(), sql.begin() + static_cast<ptrdiff_t>(at), '\n'));
}

// Cuts SQL into words, texts and symbols as DuckDB does, comments left out.
class Scanner {
 public:
  explicit Scanner(std::string_view sql) : sql_(sql) {}

  absl::StatusOr<std::vector<Token>> Scan() {
    std::vector<Token> tokens;
    while (at_ < sql_.size()) {
      const size_t begin = at_;
      const char c = sql_[at_];
      if (c == ' ' || (c >= '\t' && c <= '\r')) {
        ++at_;
      } else if (Starts("--")) {
        at_ = std::min(sql_.find('\n', at_), sql_.size());
      } else if (Starts("/*")) {
        TENANTRY_RETURN_IF_ERROR(SkipComment());
      } else if (c == '\'' || c == '"') {
        // A text after e or E takes backslashes.
        const bool escapes = c == '\'' && !tokens.empty() &&
                             tokens.back().kind == TokenKind::kWord &&
                             (tokens.back().text == "e" || tokens.back().text == "E") &&
                             tokens.back().begin + 1 == begin;
        if (escapes) tokens.pop_back();
        TENANTRY_ASSIGN_OR_RETURN(std::string inner, Quoted(c, escapes));
        tokens.push_back({c == '"' ? TokenKind::kWord : TokenKind::kText, std::move(inner), begin});
      } else if (c == '$' && DollarTag(begin) > 0) {
        TENANTRY_RETURN_IF_ERROR(SkipDollarText(DollarTag(begin)));
        tokens.push_back({TokenKind::kText, "", begin});
      } else if (IsWordByte(c)) {
        while (at_ < sql_.size() && IsWordByte(sql_[at_])) ++at_;
        tokens.push_back({TokenKind::kWord, std::string(sql_.substr(begin, at_ - begin)), begin});
      } else {
        ++at_;
        tokens.push_back({TokenKind::kSymbol, std::string(1, c), begin});
      }
    }
    return tokens;
  }

 private:
  bool Starts(std::string_view what) const { return sql_.substr(at_).starts_with(what); }

  absl::Status Unclosed(size_t begin, std::string_view what) const {
    return base::InvalidArgument("its line {}: {} that begins there is not closed",
                                 LineOf(sql_, begin), what);
  }

  absl::Status SkipComment() {
    const size_t begin = at_;
    int depth = 0;
    do {
      if (Starts("/*")) {
        ++depth;
        at_ += 2;
      } else if (Starts("*/")) {
        --depth;
        at_ += 2;
      } else if (++at_ >= sql_.size()) {
        return Unclosed(begin, "a comment");
      }
    } while (depth > 0);
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> Quoted(char quote, bool escapes) {
    const size_t begin = at_++;
    std::string inner;
    for (; at_ < sql_.size(); ++at_) {
      if (escapes && sql_[at_] == '\\') {
        ++at_;
      } else if (sql_[at_] == quote) {
        ++at_;
        if (at_ >= sql_.size() || sql_[at_] != quote) return inner;
      }
      if (at_ < sql_.size()) inner.push_back(sql_[at_]);
    }
    return Unclosed(begin, quote == '"' ? "a quoted name" : "a text");
  }

  // The size of a tag like $$ or $tag$ at `begin`; 0 where there is none.
  size_t DollarTag(size_t begin) const {
    size_t end = begin + 1;
    while (end < sql_.size() && sql_[end] != '$' && IsWordByte(sql_[end])) ++end;
    const bool closed = end < sql_.size() && sql_[end] == '$';
    const bool number = end > begin + 1 && sql_[begin + 1] >= '0' && sql_[begin + 1] <= '9';
    return closed && !number ? end + 1 - begin : 0;
  }

  absl::Status SkipDollarText(size_t tag_size) {
    const size_t begin = at_;
    const std::string_view tag = sql_.substr(begin, tag_size);
    const size_t end = sql_.find(tag, begin + tag_size);
    if (end == std::string_view::npos) return Unclosed(begin, "a text");
    at_ = end + tag_size;
    return absl::OkStatus();
  }

  const std::string_view sql_;
  size_t at_ = 0;
};

absl::Status CheckParentheses(std::string_view sql, const std::vector<Token>& tokens) {
  std::vector<size_t> open;
  for (const Token& token : tokens) {
    if (token.kind != TokenKind::kSymbol) continue;
    if (token.text == "(") open.push_back(token.begin);
    if (token.text != ")") continue;
    if (open.empty()) {
      return base::InvalidArgument("its line {}: a parenthesis is closed that was not opened",
                                   LineOf(sql, token.begin));
    }
    open.pop_back();
  }
  if (open.empty()) return absl::OkStatus();
  return base::InvalidArgument("its line {}: a parenthesis is not closed",
                               LineOf(sql, open.back()));
}

bool IsSymbol(const Token& token, const char* symbol) {
  return token.kind == TokenKind::kSymbol && token.text == symbol;
}

}  // namespace

absl::StatusOr<std::string> OneStatement(std::string_view sql) {
  TENANTRY_ASSIGN_OR_RETURN(std::vector<Token> tokens, Scanner(sql).Scan());
  size_t end = sql.size();
  while (!tokens.empty() && IsSymbol(tokens.back(), ";")) {
    end = tokens.back().begin;
    tokens.pop_back();
  }
  if (tokens.empty()) return base::InvalidArgument("it is empty: give a query, as SELECT 1");
  for (const Token& token : tokens) {
    if (!IsSymbol(token, ";")) continue;
    return base::InvalidArgument(
        "its line {}: there is more than one statement: give each a step of its own",
        LineOf(sql, token.begin));
  }
  TENANTRY_RETURN_IF_ERROR(CheckParentheses(sql, tokens));
  return std::string(sql.substr(0, end));
}

std::vector<std::string> TableWords(std::string_view sql) {
  std::vector<std::string> words;
  const auto tokens = Scanner(sql).Scan();
  if (!tokens.ok()) return words;
  for (size_t i = 0; i < tokens->size(); ++i) {
    if ((*tokens)[i].kind != TokenKind::kWord) continue;
    const bool of_main = i > 1 && (*tokens)[i - 2].text == "main";
    if (i > 0 && IsSymbol((*tokens)[i - 1], ".") && !of_main) continue;
    if (i + 1 < tokens->size() && IsSymbol((*tokens)[i + 1], "(")) continue;
    words.push_back((*tokens)[i].text);
  }
  return words;
}

}  // namespace tenantry::jobs
