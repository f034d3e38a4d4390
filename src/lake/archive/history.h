#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/status.h>
#include <absl/time/time.h>

#include <optional>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "eventlog/event_log.h"
#include "lake/archive/event_archive.h"

namespace tenantry::lake::archive {

/// A record of the past, from the archive or the log. Views live as long as the callback runs.
struct HistoryRecord {
  const eventlog::PartitionId& from;
  const eventlog::LogOffset& offset;
  absl::Time appended;      ///< to the microsecond when it comes from the archive
  std::string_view tenant;  ///< the record's key; from the archive empty when it is no tenant id
  std::string_view content_type;
  std::string_view event;  ///< the exact bytes
};

/// Takes records; an error ends the reading and is returned.
using HistoryCallback = absl::FunctionRef<absl::Status(const HistoryRecord&)>;

/// Gives every record of `streams` since the beginning, or those of one tenant, each once: first
/// the archive's, by tenant, then the log's from where the archive reaches to where it ended when
/// reading came to it. Records of one tenant come as they were appended, whatever their streams; of
/// what was archived while a partition could not be read, only those of one partition do. DataLoss:
/// the archive is damaged, or the log dropped records before they were archived; Unavailable: the
/// log dropped records while this read, which a second call finds archived; else the errors of
/// archive and log.
absl::Status ReadHistory(EventArchive& archive, eventlog::EventLog& log,
                         const std::vector<eventlog::StreamName>& streams,
                         const std::optional<base::TenantId>& tenant, HistoryCallback record);

/// Gives the events of everybody in the archived streams behind `place`, which goes along, as
/// EventArchive::ReadEvents and then the log give them: what ReadHistory gives, but only what the
/// analytics count of it, and fast. From the beginning each comes once; behind another place those
/// that the log gave before may come again from the archive, and after an error any. Errors as
/// ReadHistory.
absl::Status ReadEventHistory(EventArchive& archive, eventlog::EventLog& log,
                              const std::vector<eventlog::StreamName>& streams, HistoryPlace& place,
                              EventCallback event);

}  // namespace tenantry::lake::archive
