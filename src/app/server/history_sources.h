#pragma once

#include <vector>

#include "activity/intake/log_pump.h"
#include "activity/live_analytics.h"
#include "eventlog/event_log.h"
#include "lake/archive/event_archive.h"

namespace tenantry::app::server {

/// The lake's archive as the log pump reads it. The archive outlives the reader.
activity::ArchiveReader ArchiveSource(lake::archive::EventArchive& archive);

/// The lake's archive and the log's tail as the analytics read history. Both outlive the reader.
activity::HistoryReader HistorySource(lake::archive::EventArchive& archive, eventlog::EventLog& log,
                                      std::vector<eventlog::StreamName> streams);

/// What is counted of everybody's events, as the analytics read it. Both outlive the reader.
activity::EventsReader EventsSource(lake::archive::EventArchive& archive, eventlog::EventLog& log,
                                    std::vector<eventlog::StreamName> streams);

}  // namespace tenantry::app::server
