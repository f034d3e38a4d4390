#include "roles/ingest/stream_follower.h"

#include <algorithm>

#include "base/status.h"
#include "roles/ingest/stream_cursor.h"
#include "runtime/logging.h"

namespace tenantry::roles {
namespace {

// After which a quiet stream looks whether its reader is still there and still allowed.
constexpr absl::Duration kLookEvery = absl::Milliseconds(50);

// An event on one line, as server-sent events and NDJSON want it: line breaks in JSON are white
// space.
std::string OneLine(std::string_view json) {
  std::string line(json);
  for (char& c : line) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return line;
}

}  // namespace

absl::Status StreamFollower::Open() {
  for (const auto& [partition, offset] : positions_) {
    TENANTRY_ASSIGN_OR_RETURN(auto reader, log_.Read(partition, offset));
    readers_.emplace_back(partition, std::move(reader));
  }
  return absl::OkStatus();
}

absl::Status StreamFollower::Run(net::SseWriter& writer) {
  TENANTRY_RETURN_IF_ERROR(Open());
  // Who has no event yet comes back to where they began.
  TENANTRY_RETURN_IF_ERROR(writer.SendPlace(ShowCursor(positions_)));
  while (true) {
    TENANTRY_RETURN_IF_ERROR(allowed_());
    TENANTRY_ASSIGN_OR_RETURN(const bool any, Turn(writer));
    if (!any) {
      TENANTRY_RETURN_IF_ERROR(
          log_.AwaitNews(positions_, std::min(kLookEvery, writer.UntilHeartbeat())));
    }
    const bool long_silent = writer.UntilHeartbeat() == absl::ZeroDuration();
    if (!any) TENANTRY_RETURN_IF_ERROR(writer.Idle());
    // While only others' records pass, the reader's place moves on with them.
    if (long_silent) TENANTRY_RETURN_IF_ERROR(writer.SendPlace(ShowCursor(positions_)));
  }
}

// Sends the next batch of every partition; false when there was none.
absl::StatusOr<bool> StreamFollower::Turn(net::SseWriter& writer) {
  bool any = false;
  for (auto& [partition, reader] : readers_) {
    TENANTRY_ASSIGN_OR_RETURN(const eventlog::LogBatch batch, reader->Next(absl::ZeroDuration()));
    positions_[partition] = batch.first;
    if (batch.records.empty()) continue;
    any = true;
    TENANTRY_RETURN_IF_ERROR(Send(writer, batch));
  }
  return any;
}

absl::Status StreamFollower::Send(net::SseWriter& writer, const eventlog::LogBatch& batch) {
  for (size_t i = 0; i < batch.records.size(); ++i) {
    positions_[batch.from] = batch.OffsetOf(i + 1);
    const eventlog::RecordView& record = batch.records[i];
    if (tenant_ && record.key != tenant_->value()) continue;
    TENANTRY_RETURN_IF_ERROR(writer.Send({ShowCursor(positions_), "", OneLine(record.value)}));
  }
  positions_[batch.from] = batch.next;
  return absl::OkStatus();
}

}  // namespace tenantry::roles
