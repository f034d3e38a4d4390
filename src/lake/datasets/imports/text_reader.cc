#include "lake/datasets/imports/text_reader.h"

#include <utility>

#include "base/status.h"

namespace tenantry::lake::datasets {
namespace {

constexpr size_t kMarkBytesMax = 3;
constexpr std::string_view kUtf8Mark = "\xef\xbb\xbf";

void AppendUtf8(uint32_t code, std::string& text) {
  const auto put = [&](uint32_t byte) { text.push_back(static_cast<char>(byte)); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xc0 | (code >> 6));
  } else if (code < 0x10000) {
    put(0xe0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3f));
  } else {
    put(0xf0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3f));
    put(0x80 | ((code >> 6) & 0x3f));
  }
  put(0x80 | (code & 0x3f));
}

uint32_t Byte(std::string_view text, size_t at) { return static_cast<unsigned char>(text[at]); }

}  // namespace

// Looks at the first bytes and takes the mark away.
void TextReader::Begin() {
  begun_ = true;
  const bool little = kept_.starts_with("\xff\xfe");
  const bool big = kept_.starts_with("\xfe\xff");
  if (encoding_ == TextEncoding::kDetect) {
    encoding_ = little || big ? TextEncoding::kUtf16 : TextEncoding::kUtf8;
  }
  size_t mark = 0;
  if (encoding_ == TextEncoding::kUtf16 && (little || big)) mark = 2;
  if (encoding_ == TextEncoding::kUtf8 && kept_.starts_with(kUtf8Mark)) mark = kUtf8Mark.size();
  big_endian_ = big;
  kept_.erase(0, mark);
  place_ += static_cast<int64_t>(mark);
}

absl::StatusOr<std::string> TextReader::Next(std::string_view bytes) {
  kept_.append(bytes);
  if (!begun_) {
    if (kept_.size() < kMarkBytesMax) return std::string();
    Begin();
  }
  if (encoding_ == TextEncoding::kUtf8) return std::exchange(kept_, "");
  std::string text;
  if (encoding_ == TextEncoding::kLatin1) {
    for (size_t i = 0; i < kept_.size(); ++i) AppendUtf8(Byte(kept_, i), text);
    kept_.clear();
    return text;
  }
  TENANTRY_RETURN_IF_ERROR(Utf16(text));
  return text;
}

absl::Status TextReader::Utf16(std::string& text) {
  size_t at = 0;
  for (; at + 1 < kept_.size(); at += 2, place_ += 2) {
    const uint32_t high = Byte(kept_, at + (big_endian_ ? 0 : 1));
    const uint32_t unit = (high << 8) | Byte(kept_, at + (big_endian_ ? 1 : 0));
    const bool second = unit >= 0xdc00 && unit < 0xe000;
    if (second != (surrogate_ != 0)) {
      return base::InvalidArgument("the text is no UTF-16: half a character at byte {}", place_);
    }
    if (second) {
      const uint32_t first = std::exchange(surrogate_, 0U);
      AppendUtf8(0x10000 + ((first - 0xd800) << 10) + (unit - 0xdc00), text);
    } else if (unit >= 0xd800 && unit < 0xdc00) {
      surrogate_ = unit;
    } else {
      AppendUtf8(unit, text);
    }
  }
  kept_.erase(0, at);
  return absl::OkStatus();
}

absl::StatusOr<std::string> TextReader::End() {
  if (!begun_) Begin();
  TENANTRY_ASSIGN_OR_RETURN(std::string text, Next(""));
  if (kept_.empty() && surrogate_ == 0) return text;
  return base::InvalidArgument("the text is no UTF-16: it ends in half a character, at byte {}",
                               place_);
}

}  // namespace tenantry::lake::datasets
