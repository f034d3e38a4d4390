#include "eventlog/rocksdb/record_files.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "base/status.h"

namespace tenantry::eventlog {
namespace {

// A block is a row of records, each crc(4) length(2) type(1) payload; less than a header at a
// block's end is zeros. The CRC is CRC-32C of type and payload, masked. (RocksDB, db/log_format.h)
constexpr size_t kBlockBytes = 32 << 10;
constexpr size_t kHeaderBytes = 7;
constexpr uint8_t kTypeMax = 11;
constexpr uint8_t kRecycledMin = 5,
                  kRecycledMax = 8;  // of reused files, which this log has none of

constexpr std::array<uint32_t, 256> CrcTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (crc % 2 == 1 ? 0x82f63b78u : 0);
    table[byte] = crc;
  }
  return table;
}

uint32_t Crc32c(std::string_view bytes) {
  static constexpr std::array<uint32_t, 256> kTable = CrcTable();
  uint32_t crc = ~0u;
  for (const char byte : bytes)
    crc = kTable[(crc ^ static_cast<uint8_t>(byte)) & 0xff] ^ (crc >> 8);
  return ~crc;
}

struct Header {
  uint32_t masked_crc = 0;
  size_t length = 0;
  uint8_t type = 0;
};

Header ReadHeader(std::string_view at) {
  Header header;
  std::memcpy(&header.masked_crc, at.data(), 4);
  header.length = static_cast<uint8_t>(at[4]) | static_cast<size_t>(static_cast<uint8_t>(at[5]))
                                                    << 8;
  header.type = static_cast<uint8_t>(at[6]);
  return header;
}

// True when a whole record of `length` bytes stands at the beginning of `at`.
bool IsRecord(std::string_view at, size_t length) {
  const Header header = ReadHeader(at);
  if (header.type == 0 || header.type > kTypeMax || kHeaderBytes + length > at.size()) return false;
  const uint32_t crc = Crc32c(at.substr(6, 1 + length));
  return header.masked_crc == ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}

// The record at the beginning of `rest` reaches past its end: is it whole with another length, or
// does a whole one follow?
bool IsDamaged(std::string_view rest) {
  if (IsRecord(rest, rest.size() - kHeaderBytes)) return true;
  for (size_t at = 1; at + kHeaderBytes < rest.size(); ++at) {
    const std::string_view from = rest.substr(at);
    const size_t length = ReadHeader(from).length;
    if (length > 0 && IsRecord(from, length)) return true;
  }
  return false;
}

// False when the records of a block do not end where they seem to.
bool IsSound(std::string_view block, bool last) {
  while (block.size() > kHeaderBytes) {
    const Header header = ReadHeader(block);
    if (header.type >= kRecycledMin && header.type <= kRecycledMax) return false;
    const size_t whole = kHeaderBytes + header.length;
    if (whole > block.size()) return !last || !IsDamaged(block);
    block.remove_prefix(whole);
  }
  return true;
}

absl::Status CheckFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string block(kBlockBytes, '\0');
  while (file) {
    file.read(block.data(), kBlockBytes);
    const auto size = static_cast<size_t>(file.gcount());
    const bool last = file.peek() == std::ifstream::traits_type::eof();
    if (!IsSound(std::string_view(block).substr(0, size), last)) {
      return base::DataLoss("{} is damaged: restore the log from a backup", path);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckRecordFiles(const std::string& folder) {
  std::error_code absent;
  for (const auto& entry : std::filesystem::directory_iterator(folder, absent)) {
    const std::string name = entry.path().filename();
    if (entry.path().extension() != ".log" && !name.starts_with("MANIFEST-")) continue;
    TENANTRY_RETURN_IF_ERROR(CheckFile(entry.path().string()));
  }
  return absl::OkStatus();
}

}  // namespace tenantry::eventlog
