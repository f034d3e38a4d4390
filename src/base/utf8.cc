#include "base/utf8.h"

#include <cstdint>

namespace tenantry::base {
namespace {

struct Sequence {
  int continuation_bytes;
  uint32_t lowest;  // smallest code point that may take this many bytes
  uint32_t bits;    // payload of the first byte
};

bool Decode(unsigned char first, Sequence& sequence) {
  if (first < 0x80) {
    sequence = {0, 0, first};
  } else if ((first & 0xE0) == 0xC0) {
    sequence = {1, 0x80, first & 0x1Fu};
  } else if ((first & 0xF0) == 0xE0) {
    sequence = {2, 0x800, first & 0x0Fu};
  } else if ((first & 0xF8) == 0xF0) {
    sequence = {3, 0x10000, first & 0x07u};
  } else {
    return false;
  }
  return true;
}

}  // namespace

bool IsUtf8(std::string_view bytes) {
  for (size_t i = 0; i < bytes.size();) {
    Sequence sequence;
    if (!Decode(static_cast<unsigned char>(bytes[i++]), sequence)) return false;
    uint32_t point = sequence.bits;
    for (int k = 0; k < sequence.continuation_bytes; ++k, ++i) {
      if (i == bytes.size()) return false;
      const auto next = static_cast<unsigned char>(bytes[i]);
      if ((next & 0xC0) != 0x80) return false;
      point = point << 6 | (next & 0x3Fu);
    }
    if (point < sequence.lowest || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) {
      return false;
    }
  }
  return true;
}

}  // namespace tenantry::base
