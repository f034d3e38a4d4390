#include "lake/datasets/query/json_numbers.h"

#include <utility>

namespace tenantry::lake::datasets {
namespace {

bool IsWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '+' || c == '.';
}

std::string Right(std::string word) {
  const bool negative = word.starts_with('-');
  const std::string_view bare = std::string_view(word).substr(negative ? 1 : 0);
  if (bare == "NaN" || bare == "nan") return R"("NaN")";
  if (bare != "Infinity" && bare != "inf") return word;
  return negative ? R"("-Infinity")" : R"("Infinity")";
}

}  // namespace

std::string JsonNumbers::Next(std::string_view piece) {
  std::string right;
  right.reserve(piece.size() + 16);
  for (const char c : piece) {
    if (in_text_) {
      right.push_back(c);
      in_text_ = escaped_ || c != '"';
      escaped_ = !escaped_ && c == '\\';
      continue;
    }
    if (IsWord(c)) {
      word_.push_back(c);
      continue;
    }
    if (!word_.empty()) right += Right(std::exchange(word_, ""));
    right.push_back(c);
    in_text_ = c == '"';
  }
  return right;
}

std::string JsonNumbers::End() { return Right(std::exchange(word_, "")); }

}  // namespace tenantry::lake::datasets
