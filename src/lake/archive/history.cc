#include "lake/archive/history.h"

#include <algorithm>

#include "base/status.h"

namespace tenantry::lake::archive {
namespace {

using eventlog::LogOffset;
using eventlog::LogPositions;
using eventlog::PartitionInfo;

absl::Status GiveBatch(const eventlog::LogBatch& batch, const LogOffset& end,
                       const std::optional<base::TenantId>& tenant, HistoryCallback callback) {
  for (size_t i = 0; i < batch.records.size(); ++i) {
    const eventlog::RecordView& record = batch.records[i];
    const LogOffset offset = batch.OffsetOf(i);
    if (offset >= end) break;
    if (tenant.has_value() && record.key != tenant->value()) continue;
    TENANTRY_RETURN_IF_ERROR(callback(
        {batch.from, offset, batch.appended, record.key, record.content_type, record.value}));
  }
  return absl::OkStatus();
}

absl::Status ReadTail(eventlog::EventLog& log, const PartitionInfo& partition,
                      const LogOffset& from, const std::optional<base::TenantId>& tenant,
                      HistoryCallback callback) {
  TENANTRY_ASSIGN_OR_RETURN(auto reader, log.Read(partition.id, from));
  for (LogOffset next = from; next < partition.end;) {
    auto batch = reader->Next(absl::ZeroDuration());
    TENANTRY_RETURN_IF_ERROR(batch.status());
    if (batch->records.empty()) break;
    TENANTRY_RETURN_IF_ERROR(GiveBatch(*batch, partition.end, tenant, callback));
    next = batch->next;
  }
  return absl::OkStatus();
}

// The log dropped what lies between the archive's end and its own beginning.
absl::Status Lost(const EventArchive& archive, const PartitionInfo& partition,
                  const LogOffset& from) {
  const LogPositions now = archive.positions();
  const auto reached = now.find(partition.id);
  const std::string place = fmt::format("{}/{}", partition.id.stream, partition.id.partition);
  if (reached != now.end() && reached->second > from) {
    return base::Unavailable("records of {} were archived and dropped meanwhile: read again",
                             place);
  }
  return base::DataLoss("the log dropped records of {} from {} on before they were archived", place,
                        from.text());
}

}  // namespace

absl::Status ReadHistory(EventArchive& archive, eventlog::EventLog& log,
                         const std::vector<eventlog::StreamName>& streams,
                         const std::optional<base::TenantId>& tenant, HistoryCallback record) {
  const auto wanted = [&](const eventlog::StreamName& stream) {
    return std::find(streams.begin(), streams.end(), stream) != streams.end();
  };
  TENANTRY_ASSIGN_OR_RETURN(
      const LogPositions reached, archive.Read(tenant, [&](const ArchiveRow& row) {
        if (!wanted(row.from.stream)) return absl::OkStatus();
        return record(
            {row.from, row.offset, row.appended, row.tenant.value(), row.content_type, row.event});
      }));
  for (const eventlog::StreamName& stream : streams) {
    TENANTRY_ASSIGN_OR_RETURN(const auto partitions, log.Partitions(stream));
    for (const PartitionInfo& partition : partitions) {
      const auto place = reached.find(partition.id);
      const LogOffset from = place == reached.end() ? LogOffset() : place->second;
      const absl::Status status = ReadTail(log, partition, from, tenant, record);
      if (absl::IsOutOfRange(status)) return Lost(archive, partition, from);
      TENANTRY_RETURN_IF_ERROR(status);
    }
  }
  return absl::OkStatus();
}

}  // namespace tenantry::lake::archive
