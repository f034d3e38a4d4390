#include "app/server/history_sources.h"

#include <utility>

#include "base/status.h"
#include "lake/archive/history.h"

namespace tenantry::app::server {

using lake::archive::ArchiveRow;
using lake::archive::HistoryRecord;

activity::ArchiveReader ArchiveSource(lake::archive::EventArchive& archive) {
  return [&archive](const eventlog::PartitionId& partition, const eventlog::LogOffset& from,
                    const eventlog::LogOffset& to,
                    const std::function<absl::Status(const activity::PlacedRecord&)>& take) {
    return archive.ReadPartition(partition, from, to, [&](const ArchiveRow& row) {
      return take({{row.tenant.value(), row.event, row.content_type}, row.offset, row.appended});
    });
  };
}

activity::HistoryReader HistorySource(lake::archive::EventArchive& archive, eventlog::EventLog& log,
                                      std::vector<eventlog::StreamName> streams) {
  return [&archive, &log, streams = std::move(streams)](
             const std::optional<base::TenantId>& tenant,
             const std::function<absl::Status(const eventlog::PartitionId&,
                                              const activity::PlacedRecord&)>& take) {
    return lake::archive::ReadHistory(
        archive, log, streams, tenant, [&](const HistoryRecord& record) {
          return take(
              record.from,
              {{record.tenant, record.event, record.content_type}, record.offset, record.appended});
        });
  };
}

activity::EventsReader EventsSource(lake::archive::EventArchive& archive, eventlog::EventLog& log,
                                    std::vector<eventlog::StreamName> streams) {
  return [&archive, &log, streams = std::move(streams)](
             activity::EventsPlace& place,
             const std::function<absl::Status(const events::EventView&)>& take) {
    return lake::archive::ReadEventHistory(archive, log, streams, place, take);
  };
}

}  // namespace tenantry::app::server
