#include "lake/archive/history.h"

#include <algorithm>

#include "base/status.h"
#include "eventlog/key_partitions.h"
#include "eventlog/merged_reader.h"
#include "lake/archive/excerpts/flush_excerpt.h"

namespace tenantry::lake::archive {
namespace {

using eventlog::LogOffset;
using eventlog::LogPositions;
using eventlog::PartitionId;
using eventlog::PartitionInfo;

constexpr size_t kExcerptBytesAtOnce = 256 << 10;

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

// The log dropped what lies between the archive's end and its own beginning.
absl::Status Lost(const EventArchive& archive, const PartitionId& partition,
                  const LogOffset& from) {
  const LogPositions now = archive.positions();
  const auto reached = now.find(partition);
  const std::string place = fmt::format("{}/{}", partition.stream, partition.partition);
  if (reached != now.end() && reached->second > from) {
    return base::Unavailable("records of {} were archived and dropped meanwhile: read again",
                             place);
  }
  return base::DataLoss("the log dropped records of {} from {} on before they were archived", place,
                        from.text());
}

// Gives what the log holds behind `reached`, where the archive ends or further on; returns where it
// ended itself.
absl::StatusOr<LogPositions> ReadTail(EventArchive& archive, eventlog::EventLog& log,
                                      const std::vector<eventlog::StreamName>& streams,
                                      const LogPositions& reached,
                                      const std::optional<base::TenantId>& tenant,
                                      HistoryCallback record) {
  eventlog::MergedReader reader(log);
  LogPositions ends;
  for (const eventlog::StreamName& stream : streams) {
    TENANTRY_ASSIGN_OR_RETURN(
        const auto infos,
        tenant ? eventlog::PartitionsOfKey(log, stream, tenant->value()) : log.Partitions(stream));
    for (const PartitionInfo& info : infos) {
      const auto place = reached.find(info.id);
      reader.Add(info.id, place == reached.end() ? LogOffset() : place->second, info.end);
      ends[info.id] = info.end;
    }
  }
  absl::Status trouble;
  while (true) {
    const auto batch = reader.Next([&](const PartitionId& partition, const LogOffset& place,
                                       const absl::Status& why) -> std::optional<LogOffset> {
      trouble.Update(absl::IsOutOfRange(why) ? Lost(archive, partition, place) : why);
      return std::nullopt;
    });
    TENANTRY_RETURN_IF_ERROR(trouble);
    if (!batch.has_value()) return ends;
    TENANTRY_RETURN_IF_ERROR(GiveBatch(*batch, ends[batch->from], tenant, record));
  }
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
  return ReadTail(archive, log, streams, reached, tenant, record).status();
}

absl::Status ReadEventHistory(EventArchive& archive, eventlog::EventLog& log,
                              const std::vector<eventlog::StreamName>& streams, HistoryPlace& place,
                              EventCallback event) {
  TENANTRY_ASSIGN_OR_RETURN(LogPositions reached, archive.ReadEvents(place, event));
  for (const auto& [partition, offset] : place.log) {
    LogOffset& from = reached[partition];
    from = std::max(from, offset);
  }
  // The log's events pass through an excerpt, too, so that ids are the same in both.
  RowExcerpter excerpter;
  const auto give = [&]() -> absl::Status {
    constexpr std::string_view kNoSeal = "0000000000000000";
    TENANTRY_ASSIGN_OR_RETURN(const Excerpt excerpt,
                              Excerpt::Parse(excerpter.Finish(kNoSeal), kNoSeal));
    return excerpt.ForEach(event);
  };
  TENANTRY_ASSIGN_OR_RETURN(
      LogPositions ends,
      ReadTail(archive, log, streams, reached, std::nullopt, [&](const HistoryRecord& record) {
        excerpter.Add(record.from, record.offset, record.appended, record.content_type,
                      record.event);
        return excerpter.size() < kExcerptBytesAtOnce ? absl::OkStatus() : give();
      }));
  TENANTRY_RETURN_IF_ERROR(give());
  place.log = std::move(ends);
  return absl::OkStatus();
}

}  // namespace tenantry::lake::archive
