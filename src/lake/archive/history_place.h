#pragma once

#include <cstdint>

#include "eventlog/event_log.h"

namespace tenantry::lake::archive {

/// How far a reading of everybody's events has come: nowhere at first. Good for the archive and the
/// log that it was made with, while the process runs.
struct HistoryPlace {
  uint64_t flush = 0;          ///< of the archive, read to its end
  eventlog::LogPositions log;  ///< behind the archive
};

}  // namespace tenantry::lake::archive
