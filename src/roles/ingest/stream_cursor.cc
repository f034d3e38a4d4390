#include "roles/ingest/stream_cursor.h"

#include "base/status.h"

namespace tenantry::roles {

std::string ShowCursor(const eventlog::LogPositions& positions) {
  std::string text;
  for (const auto& [partition, offset] : positions) {
    text += fmt::format("{}{}:{}", text.empty() ? "" : ",", partition.partition, offset.text());
  }
  return text;
}

absl::StatusOr<eventlog::LogPositions> ReadCursor(const std::string& stream,
                                                  std::string_view text) {
  eventlog::LogPositions positions;
  const absl::Status wrong = base::InvalidArgument(
      "Last-Event-ID is not the id of an event of this stream: send one as it was received");
  for (bool more = true; more;) {
    const size_t comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    more = comma != std::string_view::npos;
    if (more) text.remove_prefix(comma + 1);
    const size_t colon = part.find(':');
    if (colon == std::string_view::npos || colon == 0) return wrong;
    const auto offset = eventlog::LogOffset::Parse(part.substr(colon + 1));
    if (!offset.ok()) return wrong;
    const bool once =
        positions.try_emplace({stream, std::string(part.substr(0, colon))}, *offset).second;
    if (!once) return wrong;
  }
  return positions;
}

}  // namespace tenantry::roles
