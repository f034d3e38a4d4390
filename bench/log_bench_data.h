#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "base/random.h"
#include "eventlog/event_log.h"

namespace tenantry::bench {

/// A batch of events of `bytes` each, as tenants send them: structured JSON with ids of their own.
inline std::vector<eventlog::LogRecord> EventBatch(base::Random& random, size_t events,
                                                   size_t bytes) {
  std::vector<eventlog::LogRecord> records;
  for (size_t i = 0; i < events; ++i) {
    const std::string tenant = "tenant" + std::to_string(random.Below(500));
    std::string value = fmt::format(
        R"({{"specversion":"1.0","id":"{}","source":"/tenants/{}",)"
        R"("type":"io.tenantry.job.submitted",)"
        R"("time":"2026-01-{:02}T{:02}:10:20.123456Z","tenantid":"{}","data":{{"jobID":"{}"}}}})",
        random.Uuid(), tenant, 1 + random.Below(28), random.Below(24), tenant, random.Hex(8));
    const size_t missing = bytes > value.size() + 9 ? bytes - value.size() - 9 : 0;
    value.insert(value.size() - 2,
                 R"(,"note":")" + random.Hex(missing / 2 + 1).substr(0, missing) + '"');
    records.push_back({tenant, std::move(value)});
  }
  return records;
}

}  // namespace tenantry::bench
