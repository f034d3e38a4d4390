#include "eventlog/batch_codec.h"

#include <cstring>
#include <utility>

#include "base/status.h"
#include "eventlog/crc32.h"

namespace tenantry::eventlog {
namespace {

constexpr uint8_t kFormat = 1;
constexpr size_t kHeadBytes = 1 + 8 + 4;
constexpr size_t kCrcBytes = 4;

template <typename Integer>
void Put(std::string& bytes, Integer value) {
  char raw[sizeof value];
  std::memcpy(raw, &value, sizeof value);
  bytes.append(raw, sizeof value);
}

template <typename Integer>
bool Take(std::string_view& bytes, Integer& value) {
  if (bytes.size() < sizeof value) return false;
  std::memcpy(&value, bytes.data(), sizeof value);
  bytes.remove_prefix(sizeof value);
  return true;
}

void PutText(std::string& bytes, std::string_view text) {
  Put(bytes, static_cast<uint32_t>(text.size()));
  bytes += text;
}

bool TakeText(std::string_view& bytes, std::string_view& text) {
  uint32_t size;
  if (!Take(bytes, size) || size > bytes.size()) return false;
  text = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return true;
}

uint32_t Crc(const PartitionId& partition, uint64_t first, std::string_view bytes) {
  const std::string place = fmt::format("{}/{}/{}", partition.stream, partition.partition, first);
  return Crc32(Crc32(0, place), bytes);
}

absl::Status Damaged(const PartitionId& partition, uint64_t first, std::string_view what) {
  return base::DataLoss("the batch at {}/{}/{} is damaged ({}): restore the log from a backup",
                        partition.stream, partition.partition, first, what);
}

}  // namespace

absl::Status Missing(const PartitionId& partition, uint64_t place) {
  return base::DataLoss("no batch holds {}/{}/{}: restore the log from a backup", partition.stream,
                        partition.partition, place);
}

std::string EncodeBatch(const PartitionId& partition, uint64_t first, absl::Time appended,
                        const std::vector<LogRecord>& records) {
  std::string bytes;
  size_t size = kHeadBytes + kCrcBytes;
  for (const LogRecord& record : records) {
    size += record.key.size() + record.value.size() + record.content_type.size() + 12;
  }
  bytes.reserve(size);
  Put(bytes, kFormat);
  Put(bytes, absl::ToUnixMicros(appended));
  Put(bytes, static_cast<uint32_t>(records.size()));
  for (const LogRecord& record : records) {
    PutText(bytes, record.key);
    PutText(bytes, record.value);
    PutText(bytes,
            record.content_type == kUsualContentType ? std::string_view() : record.content_type);
  }
  Put(bytes, Crc(partition, first, bytes));
  return bytes;
}

absl::StatusOr<BatchHead> DecodeBatchHead(std::string_view bytes) {
  uint8_t format;
  int64_t appended;
  BatchHead head;
  if (!Take(bytes, format) || format != kFormat || !Take(bytes, appended) ||
      !Take(bytes, head.records)) {
    return base::DataLoss("a batch of the log has no head");
  }
  head.appended = absl::FromUnixMicros(appended);
  return head;
}

absl::StatusOr<LogBatch> DecodeBatch(const PartitionId& partition, uint64_t first,
                                     std::string stored) {
  const auto memory = std::make_shared<const std::string>(std::move(stored));
  const std::string_view bytes = *memory;
  if (bytes.size() < kHeadBytes + kCrcBytes) return Damaged(partition, first, "too short");
  std::string_view body = bytes.substr(0, bytes.size() - kCrcBytes);
  std::string_view tail = bytes.substr(body.size());
  uint32_t crc;
  Take(tail, crc);
  if (crc != Crc(partition, first, body)) return Damaged(partition, first, "checksum");
  TENANTRY_ASSIGN_OR_RETURN(const BatchHead head, DecodeBatchHead(body));
  body.remove_prefix(kHeadBytes);
  LogBatch batch;
  batch.from = partition;
  batch.first = LogOffset(first);
  batch.next = LogOffset(first + head.records);
  batch.appended = head.appended;
  batch.memory = memory;
  batch.records.resize(head.records);
  for (RecordView& record : batch.records) {
    if (!TakeText(body, record.key) || !TakeText(body, record.value) ||
        !TakeText(body, record.content_type)) {
      return Damaged(partition, first, "framing");
    }
    if (record.content_type.empty()) record.content_type = kUsualContentType;
  }
  if (!body.empty()) return Damaged(partition, first, "framing");
  return batch;
}

}  // namespace tenantry::eventlog
