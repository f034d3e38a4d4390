#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "events/json_index.h"
#include "events/json_text.h"

namespace tenantry::events {

/// The quick walk over the tokens of an index that most events allow: objects in which names stand
/// before strings without escapes, numbers, words and other such objects. Offers JsonReader's
/// steps, and stops at anything else, be it wrong or not: whether it is, a JsonReader tells. It
/// looks for the end of the text between names alone, because a text that ends with a bracket has
/// another token behind every name, colon, comma and scalar. Views are into the index's text.
class FlatReader {
 public:
  /// Begins at the first token; the index outlives this and is not built again meanwhile.
  explicit FlatReader(const JsonIndex& index)
      : text_(index.text().data()), at_(index.begin()), end_(index.end()) {
    if (at_ == end_ || text_[*at_] != '{' || text_[end_[-1]] != '}' ||
        std::memchr(text_, '\\', index.text().size()) != nullptr) {
      Stop();
    }
  }

  /// False when there is nothing for this to walk over; no step must be taken then.
  bool usable() const { return !stopped_; }

  /// Steps into the object that begins here: the whole text, or what Peek showed to be one.
  bool EnterObject(int) {
    ++at_;
    return true;
  }

  /// The kind of the value that begins here: its first byte.
  char Peek() const { return text_[*at_]; }

  /// The next name of the object just entered (`first`) or already read from; stands at its value
  /// then. False at the object's end, which is stepped over, and where this stops.
  bool NextName(bool first, std::string_view& name) {
    if (at_ == end_) return Stop();
    if (text_[*at_] == '}') {
      ++at_;
      return false;
    }
    if (!first && text_[*at_++] != ',') return Stop();
    const char* const begin = text_ + at_[0];
    if (*begin != '"' || text_[at_[1]] != ':') return Stop();
    name = TrimmedToken(begin + 1, text_ + at_[1]);
    name.remove_suffix(1);
    at_ += 2;
    return true;
  }

  /// Steps over a string, a number or a word; its text goes to `value`.
  bool Value(int, std::string_view& value) {
    const char kind = Peek();
    if (kind == '{' || kind == '}' || kind == '[') return Stop();
    value = TrimmedToken(text_ + at_[0], text_ + at_[1]);
    if (kind != '"' && !IsJsonScalar(value)) return Stop();
    ++at_;
    return true;
  }

  /// True when every token was stepped over.
  bool AtEnd() const { return at_ == end_ && !stopped_; }

 private:
  bool Stop() {
    stopped_ = true;
    at_ = end_;
    return false;
  }

  const char* text_;
  const uint32_t* at_;
  const uint32_t* end_;
  bool stopped_ = false;
};

}  // namespace tenantry::events
