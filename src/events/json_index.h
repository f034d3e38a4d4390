#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <memory>
#include <string_view>

#include "events/json_text.h"

namespace tenantry::events {

/// Where the tokens of one JSON text begin, as simdjson's first stage finds
/// them with the widest instructions there are: `{ } [ ] : ,` outside of
/// strings, the opening quote of each string, the first byte of each other
/// scalar. Building it proves that the text is UTF-8, that its strings end, and
/// that no control character stands in them; the order of the tokens, scalars
/// and escapes are for JsonReader to check. Not thread-safe; reuses its memory.
class JsonIndex {
 public:
  JsonIndex();
  ~JsonIndex();
  JsonIndex(const JsonIndex&) = delete;
  JsonIndex& operator=(const JsonIndex&) = delete;

  /// Indexes `text`, which must outlive what is read of it. InvalidArgument,
  /// saying why, when it can be no JSON, or is 4 GiB and larger.
  absl::Status Build(std::string_view text);

  /// What was indexed.
  std::string_view text() const { return text_; }

  /// The tokens' places in the text, ascending; one more after the last holds
  /// the text's size.
  const uint32_t* begin() const { return begin_; }
  /// One past the last token.
  const uint32_t* end() const { return end_; }

 private:
  struct Stage;
  std::unique_ptr<Stage> stage_;
  std::string_view text_;
  const uint32_t* begin_ = nullptr;
  const uint32_t* end_ = nullptr;
};

/// What stands from `begin` to where the next token begins, without the white space before that.
inline std::string_view TrimmedToken(const char* begin, const char* next) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
  while (next[-1] <= ' ' && is_blank(next[-1])) --next;
  return {begin, static_cast<size_t>(next - begin)};
}

/// Walks the tokens of an index and refuses what is no JSON: RFC 8259 to the
/// letter, but that lone surrogates may be written as escapes. A mistake is
/// remembered: after it every step fails, and `status` says what was wrong
/// where. Views are into the index's text. Small functions stand here because
/// every event goes through them many times.
class JsonReader {
 public:
  /// Containers deeper than these are refused. The oracle's parser stops at the
  /// same depths, an object earlier than an array.
  static constexpr int kArrayDepthMax = 992;
  static constexpr int kObjectDepthMax = 989;

  /// Begins at the first token; the index outlives this and is not built again
  /// meanwhile.
  explicit JsonReader(const JsonIndex& index)
      : text_(index.text().data()),
        at_(index.begin()),
        end_(index.end()),
        escapes_(index.text().find('\\') != std::string_view::npos) {}

  /// True when the text holds a backslash anywhere: without one no string needs
  /// unescaping.
  bool escapes() const { return escapes_; }

  /// The kind of the value that begins here: its first byte; 0 at the end of
  /// the text.
  char Peek() const { return at_ == end_ ? '\0' : text_[*at_]; }

  /// Steps into the object that begins here; `depth` counts the containers
  /// around it and itself.
  bool EnterObject(int depth) {
    if (Peek() != '{') return Fail("an object is wanted");
    if (depth > kObjectDepthMax) return Fail("values are nested too deep");
    ++at_;
    return true;
  }

  /// Steps into the array that begins here; see EnterObject.
  bool EnterArray(int depth) {
    if (Peek() != '[') return Fail("an array is wanted");
    if (depth > kArrayDepthMax) return Fail("values are nested too deep");
    ++at_;
    return true;
  }

  /// The next name of the object just entered (`first`) or already read from,
  /// its escapes untouched; stands at its value then. False at the object's
  /// end, which is stepped over, and after a mistake.
  bool NextName(bool first, std::string_view& raw_name) {
    char next = Peek();
    if (next == '}') {
      ++at_;
      return false;
    }
    if (!first) {
      if (next != ',') return Fail("a comma or the object's end is wanted");
      ++at_;
      next = Peek();
    }
    if (next != '"') return Fail("a name is wanted");
    std::string_view token;
    if (!String(token)) return false;
    raw_name = token.substr(1, token.size() - 2);
    if (Peek() != ':') return Fail("a colon is wanted");
    ++at_;
    return true;
  }

  /// True when another item of the array follows, and stands at it; otherwise
  /// as NextName.
  bool NextItem(bool first);

  /// Steps over a value of any kind, checking all of it; its text, trimmed,
  /// goes to `value`. `depth` is that of a container that begins here.
  bool Value(int depth, std::string_view& value) {
    const char kind = Peek();
    if (kind == '"') return String(value);
    if (kind == '{' || kind == '[') return Container(depth, value);
    return Scalar(value);
  }

  /// True when every token was stepped over and nothing was wrong.
  bool AtEnd();

  /// OK, or what is no JSON and at which byte.
  absl::Status status() const;

 private:
  bool Container(int depth, std::string_view& value);
  bool Object(int depth);
  bool Array(int depth);
  bool Scalar(std::string_view& token);
  bool Fail(std::string_view what);

  bool String(std::string_view& token) {
    token = Token();
    if (escapes_ && !AreJsonEscapes(token.substr(1, token.size() - 2))) {
      return Fail("a string has a broken escape");
    }
    ++at_;
    return true;
  }

  // The text from here to the next token, trimmed. After a string or a bracket
  // it holds white space alone: whatever else follows them begins a token of
  // its own.
  std::string_view Token() const { return TrimmedToken(text_ + at_[0], text_ + at_[1]); }

  const char* text_;
  const uint32_t* at_;
  const uint32_t* end_;
  bool escapes_;
  std::string_view mistake_;
  size_t mistake_at_ = 0;
};

}  // namespace tenantry::events
