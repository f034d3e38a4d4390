#include "lake/archive/intake/archive_fields.h"

#include <fmt/format.h>

#include <memory>

#include "events/event_codec.h"

namespace tenantry::lake::archive {

ArchiveFieldReader EventFieldReader() {
  // Shared because a std::function is copied; one thread uses it.
  auto parser = std::make_shared<events::EventParser>();
  return [parser](const eventlog::LogBatch& batch, size_t index) {
    const eventlog::RecordView& record = batch.records[index];
    const std::string place = fmt::format("{}/{}/{}", batch.from.stream, batch.from.partition,
                                          batch.OffsetOf(index).text());
    events::EventView event;
    ArchiveFields fields;
    if (!parser->ParseRecord(record.content_type, record.value, place, batch.appended, event)
             .ok()) {
      return fields;
    }
    fields.time = event.time;
    fields.type = event.type_name;
    fields.source = event.source;
    fields.id = event.id;
    return fields;
  };
}

}  // namespace tenantry::lake::archive
