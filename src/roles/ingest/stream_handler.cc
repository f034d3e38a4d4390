#include <algorithm>
#include <utility>

#include "base/instant.h"
#include "base/status.h"
#include "base/steady_time.h"
#include "net/sse.h"
#include "roles/http/session_cookie.h"
#include "roles/ingest/ingest_role.h"
#include "roles/ingest/stream_cursor.h"
#include "roles/ingest/stream_follower.h"
#include "runtime/logging.h"

namespace tenantry::roles {

namespace {

// A time, or a day, which means its beginning.
absl::StatusOr<base::Instant> ReadSince(const std::string& from) {
  if (const auto day = base::ParseDay(from); day.ok()) {
    return base::Instant{int64_t{*day} * base::kSecondsPerDay, 0};
  }
  auto instant = base::ParseRfc3339(from);
  if (instant.ok()) return instant;
  return base::InvalidArgument(
      "from '{}' is neither oldest nor newest, no day such as 2025-01-31 and no time such as "
      "2025-01-31T12:00:00Z",
      from.substr(0, 64));
}

}  // namespace

// Where reading begins: at Last-Event-ID, else where `from` says, else at the end. A tenant reads
// the partition that holds its records alone, so that the ids of its events tell nothing of the
// others.
absl::StatusOr<eventlog::LogPositions> IngestRole::StreamStart(
    const net::HttpRequest& request, const std::string& stream,
    const std::optional<base::TenantId>& tenant) {
  TENANTRY_ASSIGN_OR_RETURN(auto partitions, log_.Partitions(stream));
  if (tenant) {
    TENANTRY_ASSIGN_OR_RETURN(const auto own, log_.PartitionOf(stream, tenant->value()));
    std::erase_if(partitions, [&](const auto& partition) { return partition.id != own; });
  }
  eventlog::LogPositions known;
  const std::string_view last = request.Header("Last-Event-ID");
  if (!last.empty()) {
    TENANTRY_ASSIGN_OR_RETURN(known, ReadCursor(stream, last));
  }
  const std::string from = request.Query("from").value_or("newest");
  std::optional<base::Instant> since;
  if (last.empty() && from != "oldest" && from != "newest") {
    TENANTRY_ASSIGN_OR_RETURN(since, ReadSince(from));
  }
  const bool of_stream = std::ranges::any_of(
      partitions, [&](const auto& partition) { return known.contains(partition.id); });
  if (!last.empty() && !of_stream) {
    return base::InvalidArgument(
        "Last-Event-ID names no partition of this stream: send one as it was received");
  }
  eventlog::LogPositions positions;
  for (const auto& partition : partitions) {
    const auto at = known.find(partition.id);
    if (at != known.end()) {
      if (at->second < partition.begin) {
        return base::Error(
            absl::StatusCode::kOutOfRange,
            "the place of Last-Event-ID is no longer kept: begin again with from=oldest");
      }
      if (at->second > partition.end) {
        return base::InvalidArgument(
            "the place of Last-Event-ID lies past the end of the stream: begin again with "
            "from=oldest");
      }
      positions[partition.id] = at->second;
    } else if (!last.empty() || from == "oldest") {
      positions[partition.id] = partition.begin;
    } else if (since) {
      TENANTRY_ASSIGN_OR_RETURN(positions[partition.id],
                                log_.OffsetAt(partition.id, base::ToTime(*since)));
    } else {
      positions[partition.id] = partition.end;
    }
  }
  return positions;
}

// OK while who opened a stream may follow it still: their token is looked at again now and then,
// for keys are revoked, people log off and tenants are suspended while streams run.
std::function<absl::Status()> IngestRole::StillAllowed(const net::HttpRequest& request) {
  return [this, credential = CredentialOf(request).value_or(""),
          looked = base::SteadyNow()]() mutable -> absl::Status {
    const absl::Duration now = base::SteadyNow();
    if (now - looked < options_.stream_check_interval) return absl::OkStatus();
    looked = now;
    TENANTRY_ASSIGN_OR_RETURN(const identity::Caller caller, door_.CallerNow(credential));
    return identity::Authorize(caller, identity::Permission::kReadStreams);
  };
}

net::HttpResponse IngestRole::FollowStream(const net::HttpRequest& request,
                                           const identity::Caller& caller) {
  const absl::Status allowed = identity::Authorize(caller, identity::Permission::kReadStreams);
  if (!allowed.ok()) return net::Problem(allowed);
  auto start = StreamStart(request, request.Param("stream"), caller.tenant);
  if (!start.ok()) return net::Problem(start.status());
  auto place = streams_.Take(caller.tenant);
  if (!place.ok()) return net::Problem(place.status());
  return net::SseResponse(
      clock_, options_.heartbeat,
      [this, start = *std::move(start), tenant = caller.tenant, allowed = StillAllowed(request),
       place = *std::move(place)](net::SseWriter& writer) {
        const absl::Status ended = StreamFollower(log_, start, tenant, allowed).Run(writer);
        if (absl::IsCancelled(ended)) return;
        runtime::Log(runtime::LogLevel::kWarning, "ingest", "a stream ended: {}",
                     base::Message(ended));
        writer.Send({"", "error", std::string(base::Message(ended))}).IgnoreError();
      });
}

}  // namespace tenantry::roles
