#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/instant.h"
#include "eventlog/event_log.h"

namespace tenantry::lake::archive {

/// What the archive's columns tell of an event; nothing of one that can't be read.
struct ArchiveFields {
  std::optional<base::Instant> time;
  std::string type;
  std::string source;
  std::string id;
};

/// Reads the fields of a batch's record `index`. Called by one thread.
using ArchiveFieldReader =
    std::function<ArchiveFields(const eventlog::LogBatch& batch, size_t index)>;

/// A reader by the event catalogue's codec: what the analytics reject has no fields.
ArchiveFieldReader EventFieldReader();

}  // namespace tenantry::lake::archive
