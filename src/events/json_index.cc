#include "events/json_index.h"

#include <simdjson.h>

#include <algorithm>

#include "base/status.h"

namespace tenantry::events {
namespace {

constexpr size_t kCapacityFirst = 16384;

absl::Status Explain(simdjson::error_code error) {
  switch (error) {
    case simdjson::UTF8_ERROR:
      return base::InvalidArgument("not UTF-8: send the event in UTF-8");
    case simdjson::UNESCAPED_CHARS:
      return base::InvalidArgument("no JSON: a control character stands unescaped in a string");
    case simdjson::UNCLOSED_STRING:
      return base::InvalidArgument("no JSON: a string has no end");
    case simdjson::EMPTY:
      return base::InvalidArgument("no JSON: the text is empty");
    case simdjson::CAPACITY:
      return base::InvalidArgument("no JSON that can be read: the text is 4 GiB or larger");
    default:
      return base::InvalidArgument("no JSON: {}", simdjson::error_message(error));
  }
}

}  // namespace

// simdjson's first stage without its second: the one that builds documents
// would refuse lone surrogates and numbers past a double, which events may
// hold, and the lazy one checks nothing of what it skips. The stage copies the
// text's last, partial block, so that it reads nothing behind.
struct JsonIndex::Stage {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> implementation;
  size_t capacity = 0;
};

JsonIndex::JsonIndex() : stage_(std::make_unique<Stage>()) {}
JsonIndex::~JsonIndex() = default;

absl::Status JsonIndex::Build(std::string_view text) {
  auto& implementation = stage_->implementation;
  if (stage_->capacity < text.size() || !implementation) {
    const size_t capacity = std::max(kCapacityFirst, text.size() + text.size() / 2);
    stage_->capacity = 0;
    const auto error = simdjson::get_active_implementation()->create_dom_parser_implementation(
        capacity, simdjson::DEFAULT_MAX_DEPTH, implementation);
    if (error) return Explain(error);
    stage_->capacity = capacity;
  }
  text_ = text;
  const auto error = implementation->stage1(reinterpret_cast<const uint8_t*>(text.data()),
                                            text.size(), simdjson::stage1_mode::regular);
  if (error) return Explain(error);
  begin_ = implementation->structural_indexes.get();
  end_ = begin_ + implementation->n_structural_indexes;
  return absl::OkStatus();
}

bool JsonReader::Fail(std::string_view what) {
  if (mistake_.empty()) {
    mistake_ = what;
    mistake_at_ = *at_;
  }
  at_ = end_;
  return false;
}

absl::Status JsonReader::status() const {
  if (mistake_.empty()) return absl::OkStatus();
  return base::InvalidArgument("no JSON: {} at byte {}", mistake_, mistake_at_);
}

bool JsonReader::NextItem(bool first) {
  const char next = Peek();
  if (next == ']') {
    ++at_;
    return false;
  }
  if (first) return next != '\0' || Fail("the array has no end");
  if (next != ',') return Fail("a comma or the array's end is wanted");
  ++at_;
  return true;
}

bool JsonReader::Container(int depth, std::string_view& value) {
  const char* const begin = text_ + *at_;
  if (!(*begin == '{' ? Object(depth) : Array(depth))) return false;
  value = {begin, static_cast<size_t>(text_ + at_[-1] + 1 - begin)};
  return true;
}

bool JsonReader::Scalar(std::string_view& token) {
  if (at_ == end_) return Fail("a value is missing");
  token = Token();
  if (!IsJsonScalar(token)) return Fail("neither a value nor its end");
  ++at_;
  return true;
}

bool JsonReader::Object(int depth) {
  if (!EnterObject(depth)) return false;
  std::string_view name, value;
  for (bool first = true; NextName(first, name); first = false) {
    if (!Value(depth + 1, value)) return false;
  }
  return mistake_.empty();
}

bool JsonReader::Array(int depth) {
  if (!EnterArray(depth)) return false;
  std::string_view value;
  for (bool first = true; NextItem(first); first = false) {
    if (!Value(depth + 1, value)) return false;
  }
  return mistake_.empty();
}

bool JsonReader::AtEnd() {
  if (!mistake_.empty()) return false;
  return at_ == end_ || Fail("something follows the JSON text");
}

}  // namespace tenantry::events
