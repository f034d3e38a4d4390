#include "roles/ingest/ingest_role.h"

#include <utility>

#include "base/status.h"
#include "roles/ingest/received_events.h"

namespace tenantry::roles {

using identity::Permission;
using net::HttpResponse;
using net::Problem;

void IngestOptions::Declare(runtime::OptionSet& options) {
  options.AddInt("ingest.events_max", &events_max, 1, 1'000'000, "events of one request");
  options.AddBytes("ingest.body_bytes_max", &body_bytes_max, 1 << 10, int64_t{1} << 30,
                   "body of one request");
  options.AddBytes("ingest.event_bytes_max", &event_bytes_max, 1 << 10, 16 << 20, "one event");
  options.AddInt("ingest.problems_max", &problems_max, 0, 10'000,
                 "rejected events that an answer tells of");
  options.AddDuration("ingest.heartbeat", &heartbeat, absl::Seconds(1), absl::Minutes(10),
                      "sign of life on a stream without events");
  options.AddInt("ingest.streams_per_tenant_max", &streams_per_tenant_max, 1, 100'000,
                 "streams that one tenant's people and keys follow at the same time");
  options.AddDuration("ingest.stream_check_interval", &stream_check_interval, absl::Milliseconds(1),
                      absl::Hours(1),
                      "time between looks at whether who follows a stream still may");
}

IngestRole::IngestRole(eventlog::EventLog& log, const base::Clock& clock, const Doorkeeper& door,
                       const IngestOptions& options, runtime::Metrics& metrics)
    : log_(log),
      clock_(clock),
      door_(door),
      options_(options),
      accepted_(metrics.AddCounter("tenantry_ingest_events_total", "Events received",
                                   {{"outcome", "accepted"}})),
      repeated_(metrics.AddCounter("tenantry_ingest_events_total", "Events received",
                                   {{"outcome", "repeated"}})),
      rejected_(metrics.AddCounter("tenantry_ingest_events_total", "Events received",
                                   {{"outcome", "rejected"}})) {}

std::vector<net::Route> IngestRole::Routes() {
  net::Route send{
      "POST", "/api/v1/events", "sendEvents",
      door_.Creating(Permission::kSendEvents, [this](const auto& request, const auto& caller) {
        return SendEvents(request, caller);
      })};
  send.body_limit = {options_.body_bytes_max, "ingest.body_bytes_max"};
  send.admit = door_.Admitting(Permission::kSendEvents);
  return {std::move(send),
          {"GET",
           "/api/v1/streams/{stream}",
           "followStream",
           door_.Authenticated([this](const auto& request, const auto& caller) {
             return FollowStream(request, caller);
           }),
           {"from"}}};
}

HttpResponse IngestRole::SendEvents(const net::HttpRequest& request,
                                    const identity::Caller& caller) {
  ReceivedEvents received(caller, OriginOf(request).traceparent, clock_.Now(), options_);
  const absl::Status read = received.Read(request);
  if (absl::IsUnimplemented(read)) {
    return Problem(415, "Unsupported Media Type", base::Message(read));
  }
  if (absl::IsResourceExhausted(read))
    return Problem(413, "Content Too Large", base::Message(read));
  if (!read.ok()) return Problem(read);
  for (auto& [stream, records] : received.records()) {
    const absl::Status appended = log_.Append(stream, std::move(records));
    if (!appended.ok()) {
      // Those of another stream may be in the log already.
      return Problem(base::Unavailable(
          "not all of the events were taken: send all of them again under the same ids, and plain "
          "forms under the same Idempotency-Key; those that were taken are not counted twice ({})",
          base::Message(appended)));
    }
  }
  accepted_.Increment(static_cast<double>(received.accepted()));
  repeated_.Increment(static_cast<double>(received.repeated()));
  rejected_.Increment(static_cast<double>(received.rejected()));
  return HttpResponse::JsonText(202, received.AnswerJson());
}

}  // namespace tenantry::roles
