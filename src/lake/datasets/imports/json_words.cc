#include "lake/datasets/imports/json_words.h"

#include <cmath>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "base/status.h"
#include "lake/datasets/blob_copy.h"

namespace tenantry::lake::datasets {
namespace {

constexpr size_t kWordBytesMax = 4096;
constexpr size_t kTextBytesMax = 256;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || IsDigit(c) || c == '-' || c == '+' ||
         c == '.' || c == '_';
}

// What is wrong with a number; empty: nothing.
std::string FaultOfNumber(const std::string& word) {
  if (word.size() >= kWordBytesMax) return "the number is too long: write it as a text, in quotes";
  if (word.find_first_of(".eE") == std::string::npos) return "";
  const double value = std::strtod(word.c_str(), nullptr);
  const bool vanishes =
      value == 0 &&
      word.substr(0, word.find_first_of("eE")).find_first_of("123456789") != std::string::npos;
  if (!std::isinf(value) && !vanishes) return "";
  return "is beyond what a DOUBLE holds: fix it, or write it as a text, in quotes";
}

// What is wrong with a word outside of texts; empty: nothing.
std::string FaultOf(const std::string& word) {
  if (word == "true" || word == "false" || word == "null") return "";
  const size_t digit = word.starts_with('-') ? 1 : 0;
  if (digit < word.size() && IsDigit(word[digit])) return FaultOfNumber(word);
  return "is no JSON: write null, or a text, in quotes";
}

// Walks JSON that was read before, byte by byte.
class Walk {
 public:
  // True once a problem is found.
  bool Take(char c) {
    if (in_text_) return TakeOfText(c);
    if (IsWord(c)) {
      if (word_.size() < kWordBytesMax) word_ += c;
      comma_ = false;
      return false;
    }
    return EndWord() || TakeSign(c);
  }

  // As Take, behind the last byte.
  bool EndWord() {
    if (word_.empty()) return false;
    const std::string word = std::exchange(word_, "");
    return Found(FaultOf(word), word);
  }

  std::optional<ImportProblem> TakeProblem() { return std::move(problem_); }

 private:
  bool TakeOfText(char c) {
    if (text_.size() < kTextBytesMax) text_ += c;
    if (c == '"' && !escaped_) {
      in_text_ = false;
      if (text_.ends_with('"')) text_.pop_back();
    }
    escaped_ = c == '\\' && !escaped_;
    return false;
  }

  bool TakeSign(char c) {
    if (c == ' ' || c == '\t' || c == '\r') return false;
    if ((c == '}' || c == ']') && comma_) {
      return Found("a comma stands before the closing bracket: take it out", "");
    }
    comma_ = c == ',';
    if (c == '"') {
      in_text_ = true;
      text_.clear();
    } else if (c == ':') {
      key_ = text_;
    } else if (c == '\n') {
      ++line_;
      key_.clear();
    }
    return false;
  }

  bool Found(std::string fault, const std::string& word) {
    if (fault.empty()) return false;
    problem_ = ImportProblem{
        .line = line_, .column_name = Cut(key_), .value = Cut(word), .detail = std::move(fault)};
    return true;
  }

  std::optional<ImportProblem> problem_;
  std::string word_;
  std::string text_;  // the last one, its beginning
  std::string key_;   // the last text before a colon
  int64_t line_ = 1;
  bool in_text_ = false;
  bool escaped_ = false;
  bool comma_ = false;  // the last sign was one
};

}  // namespace

absl::StatusOr<std::optional<ImportProblem>> FindJsonProblem(const std::string& file) {
  Walk walk;
  bool found = false;
  const absl::Status read = ReadWholeFile(file, [&](std::string_view bytes) -> absl::Status {
    for (const char c : bytes) {
      if (found = walk.Take(c); found) return absl::CancelledError();
    }
    return absl::OkStatus();
  });
  if (!read.ok() && !found) return read;
  if (!found) walk.EndWord();
  return walk.TakeProblem();
}

}  // namespace tenantry::lake::datasets
