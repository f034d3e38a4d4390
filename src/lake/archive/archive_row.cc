#include "lake/archive/archive_row.h"

#include <fmt/format.h>

#include "base/status.h"
#include "base/utf8.h"

namespace tenantry::lake::archive {
namespace {

using sql::SqlChunk;
using sql::SqlColumn;
using sql::SqlType;
using sql::SqlValues;

enum Column : size_t {
  kStream,
  kPartition,
  kOffset,
  kAppended,
  kTime,
  kType,
  kSource,
  kId,
  kTenant,
  kContentType,
  kEvent,
};

// Text that is not UTF-8 can't be a text column's value; the event's own bytes keep it.
void AddText(std::string_view text, SqlValues& values) {
  if (text.empty() || !base::IsUtf8(text)) return values.AddNull();
  values.AddBytes(text);
}

int64_t Microseconds(base::Instant instant) {
  return instant.seconds * 1'000'000 + instant.nanoseconds / 1000;
}

base::Instant FromMicroseconds(int64_t microseconds) {
  int64_t seconds = microseconds / 1'000'000;
  int64_t rest = microseconds % 1'000'000;
  if (rest < 0) {
    --seconds;
    rest += 1'000'000;
  }
  return {seconds, static_cast<int32_t>(rest * 1000)};
}

}  // namespace

const std::vector<SqlColumn>& ArchiveColumns() {
  static const std::vector<SqlColumn>* const columns =
      new std::vector<SqlColumn>{{"stream", SqlType::kText},    {"partition", SqlType::kText},
                                 {"offset", SqlType::kText},    {"appended", SqlType::kTimestamp},
                                 {"time", SqlType::kTimestamp}, {"type", SqlType::kText},
                                 {"source", SqlType::kText},    {"id", SqlType::kText},
                                 {"tenantid", SqlType::kText},  {"content_type", SqlType::kText},
                                 {"event", SqlType::kBlob}};
  return *columns;
}

std::string ArchiveColumnList() {
  std::string list;
  for (const SqlColumn& column : ArchiveColumns()) {
    list += fmt::format("{}\"{}\"", list.empty() ? "" : ", ", column.name);
  }
  return list;
}

void AddArchiveRow(const ArchiveRow& row, size_t first, SqlChunk& chunk) {
  const auto column = [&](Column which) -> SqlValues& { return chunk.column(first + which); };
  column(kStream).AddBytes(row.from.stream);
  column(kPartition).AddBytes(row.from.partition);
  column(kOffset).AddBytes(row.offset.text());
  column(kAppended).AddInteger(absl::ToUnixMicros(row.appended));
  if (row.time.has_value()) {
    column(kTime).AddInteger(Microseconds(*row.time));
  } else {
    column(kTime).AddNull();
  }
  AddText(row.type, column(kType));
  AddText(row.source, column(kSource));
  AddText(row.id, column(kId));
  AddText(row.tenant.value(), column(kTenant));
  AddText(row.content_type, column(kContentType));
  column(kEvent).AddBytes(row.event);
}

absl::StatusOr<ArchiveRow> ToArchiveRow(const SqlChunk& chunk, size_t index) {
  const auto text = [&](Column which) { return std::string(chunk.column(which).Bytes(index)); };
  ArchiveRow row;
  row.from = {text(kStream), text(kPartition)};
  auto offset = eventlog::LogOffset::Parse(chunk.column(kOffset).Bytes(index));
  if (!offset.ok()) return base::DataLoss("the archive holds an offset that is none");
  row.offset = *std::move(offset);
  row.appended = absl::FromUnixMicros(chunk.column(kAppended).Integer(index));
  if (!chunk.column(kTime).IsNull(index)) {
    row.time = FromMicroseconds(chunk.column(kTime).Integer(index));
  }
  row.type = text(kType);
  row.source = text(kSource);
  row.id = text(kId);
  row.tenant = base::TenantId(text(kTenant));
  row.content_type = text(kContentType);
  row.event = text(kEvent);
  return row;
}

}  // namespace tenantry::lake::archive
