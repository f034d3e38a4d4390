#include "lake/datasets/query/json_numbers.h"

#include <utility>

namespace tenantry::lake::datasets {
namespace {

bool IsWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '+' || c == '.';
}

std::string Right(std::string word) {
  const std::string_view bare = word.starts_with('-') ? std::string_view(word).substr(1) : word;
  return bare == "NaN" || bare == "Infinity" || bare == "nan" || bare == "inf" ? "null" : word;
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
