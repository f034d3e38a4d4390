#include "lake/sql/wire.h"

#include <cstring>

#include "base/status.h"

namespace tenantry::lake::sql {
namespace {

template <typename T>
void AppendInteger(std::string& bytes, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) {
    bytes.push_back(static_cast<char>((value >> (8 * i)) & 0xff));
  }
}

template <typename T>
T ToInteger(std::string_view bytes) {
  T value = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    value |= static_cast<T>(static_cast<T>(static_cast<uint8_t>(bytes[i])) << (8 * i));
  }
  return value;
}

}  // namespace

void WireWriter::U8(uint8_t value) { bytes_.push_back(static_cast<char>(value)); }
void WireWriter::U32(uint32_t value) { AppendInteger(bytes_, value); }
void WireWriter::U64(uint64_t value) { AppendInteger(bytes_, value); }

void WireWriter::Text(std::string_view text) {
  U32(static_cast<uint32_t>(text.size()));
  Raw(text);
}

uint8_t WireReader::U8() { return ToInteger<uint8_t>(Raw(1)); }
uint32_t WireReader::U32() { return ToInteger<uint32_t>(Raw(4)); }
uint64_t WireReader::U64() { return ToInteger<uint64_t>(Raw(8)); }

std::string_view WireReader::Text() {
  const uint32_t size = U32();
  return Raw(size);
}

std::string_view WireReader::Raw(size_t count) {
  if (!ok_ || count > bytes_.size()) {
    ok_ = false;
    return {};
  }
  const std::string_view taken = bytes_.substr(0, count);
  bytes_.remove_prefix(count);
  return taken;
}

std::string FrameHeader(FrameKind kind, size_t payload_bytes) {
  WireWriter writer;
  writer.U32(static_cast<uint32_t>(payload_bytes));
  writer.U8(static_cast<uint8_t>(kind));
  return writer.Take();
}

std::string WorkerSettings::Encode() const {
  WireWriter writer;
  writer.U64(static_cast<uint64_t>(server_pid));
  writer.Text(duckdb_library);
  writer.Text(work_folder);
  writer.U64(static_cast<uint64_t>(memory_bytes));
  writer.U64(static_cast<uint64_t>(spill_bytes));
  writer.U64(static_cast<uint64_t>(cpu_seconds));
  writer.U64(static_cast<uint64_t>(file_bytes));
  writer.U32(static_cast<uint32_t>(threads));
  for (const auto* list : {&folders, &read_only}) {
    writer.U32(static_cast<uint32_t>(list->size()));
    for (const std::string& folder : *list) writer.Text(folder);
  }
  return writer.Take();
}

absl::StatusOr<WorkerSettings> WorkerSettings::Decode(std::string_view payload) {
  WireReader reader(payload);
  WorkerSettings settings;
  settings.server_pid = static_cast<int64_t>(reader.U64());
  settings.duckdb_library = reader.Text();
  settings.work_folder = reader.Text();
  settings.memory_bytes = static_cast<int64_t>(reader.U64());
  settings.spill_bytes = static_cast<int64_t>(reader.U64());
  settings.cpu_seconds = static_cast<int64_t>(reader.U64());
  settings.file_bytes = static_cast<int64_t>(reader.U64());
  settings.threads = static_cast<int32_t>(reader.U32());
  for (auto* list : {&settings.folders, &settings.read_only}) {
    const uint32_t count = reader.U32();
    for (uint32_t i = 0; i < count && reader.ok(); ++i) list->emplace_back(reader.Text());
  }
  if (!reader.done()) return base::InvalidArgument("the settings of the SQL worker are malformed");
  return settings;
}

}  // namespace tenantry::lake::sql
