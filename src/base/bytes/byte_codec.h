#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace tenantry::base {

/// Writes numbers and texts one after the other: integers of variable length, seven bits a byte,
/// lowest first, the eighth set when more follow; signed ones folded so that small ones are short.
class ByteWriter {
 public:
  /// A number of 1 to 10 bytes.
  void Unsigned(uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<char>(value | 0x80));
    bytes_.push_back(static_cast<char>(value));
  }

  /// A number of either sign: 0, -1, 1, -2, … are written as 0, 1, 2, 3, ….
  void Signed(int64_t value) {
    Unsigned(static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63));
  }

  /// Eight bytes, lowest first: for hashes.
  void Fixed(uint64_t value) { bytes_.append(reinterpret_cast<const char*>(&value), sizeof value); }

  /// A text after its size in bytes.
  void Text(std::string_view text) {
    Unsigned(text.size());
    bytes_ += text;
  }

  /// Bytes as they are, without their number.
  void Raw(std::string_view bytes) { bytes_ += bytes; }

  /// How many bytes were written.
  size_t size() const { return bytes_.size(); }

  /// What was written.
  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Reads what ByteWriter wrote. After the first shortage or Fail every value is zero or empty.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  /// See ByteWriter.
  uint64_t Unsigned() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (!Has(1)) return 0;
      const auto byte = static_cast<unsigned char>(bytes_.front());
      bytes_.remove_prefix(1);
      value |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    Fail();
    return 0;
  }

  /// See ByteWriter.
  int64_t Signed() {
    const uint64_t folded = Unsigned();
    return static_cast<int64_t>(folded >> 1 ^ (~(folded & 1) + 1));
  }

  /// See ByteWriter.
  uint64_t Fixed() {
    uint64_t value = 0;
    if (!Has(sizeof value)) return 0;
    std::memcpy(&value, bytes_.data(), sizeof value);
    bytes_.remove_prefix(sizeof value);
    return value;
  }

  /// See ByteWriter.
  std::string Text() { return std::string(View()); }

  /// The same as a part of what is read.
  std::string_view View() { return Raw(Unsigned()); }

  /// So many bytes as a part of what is read.
  std::string_view Raw(uint64_t size) {
    if (!Has(size)) return {};
    const std::string_view bytes = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return bytes;
  }

  /// A number that must be 0 or 1.
  bool Flag() {
    const uint64_t value = Unsigned();
    if (value > 1) Fail();
    return value == 1;
  }

  /// Says that what was read makes no sense.
  void Fail() { ok_ = false; }

  /// True while everything could be read.
  bool ok() const { return ok_; }

  /// True when everything was read and nothing is left.
  bool done() const { return ok_ && bytes_.empty(); }

 private:
  bool Has(uint64_t size) {
    ok_ = ok_ && bytes_.size() >= size;
    return ok_;
  }

  std::string_view bytes_;
  bool ok_ = true;
};

}  // namespace tenantry::base
