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
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    const size_t colon = part.find(':');
    if (colon == std::string_view::npos) return wrong;
    const auto offset = eventlog::LogOffset::Parse(part.substr(colon + 1));
    if (!offset.ok()) return wrong;
    positions[{stream, std::string(part.substr(0, colon))}] = *offset;
  }
  if (positions.empty()) return wrong;
  return positions;
}

}  // namespace tenantry::roles
