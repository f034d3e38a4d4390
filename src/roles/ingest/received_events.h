#pragma once

#include <absl/container/flat_hash_set.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eventlog/event_log.h"
#include "events/event_codec.h"
#include "identity/caller.h"
#include "net/http.h"
#include "roles/ingest/ingest_options.h"

namespace tenantry::roles {

/// What one request brought: records to append by stream, and what became of the others. Used once.
class ReceivedEvents {
 public:
  /// `options` outlives this.
  ReceivedEvents(const identity::Caller& caller, std::string traceparent, absl::Time now,
                 const IngestOptions& options)
      : caller_(caller), traceparent_(std::move(traceparent)), now_(now), options_(options) {}

  /// Reads a request in any of its forms. InvalidArgument: the request as a whole can't be read;
  /// ResourceExhausted: too many events; Unimplemented: a content type that is not taken. An event
  /// that is refused is told of in the answer.
  absl::Status Read(const net::HttpRequest& request);

  /// The records to append, by stream.
  std::map<std::string, std::vector<eventlog::LogRecord>>& records() { return records_; }

  /// How many events were taken, repeated within the request, refused.
  int64_t accepted() const { return accepted_; }
  int64_t repeated() const { return repeated_; }
  int64_t rejected() const { return rejected_; }

  /// The answer's JSON.
  std::string AnswerJson() const;

 private:
  void Take(int64_t index, std::string_view json);
  absl::Status TakeEvent(std::string_view json);
  absl::Status TakePlain(int64_t index, std::string_view json);
  std::string PlainType(int64_t index, std::string_view json) const;
  absl::Status CheckType(const events::EventView& event) const;
  absl::Status CheckRecord(std::string_view key, std::string_view value) const;
  absl::Status TakeAll(const std::vector<std::string_view>& texts);

  const identity::Caller& caller_;
  const std::string traceparent_;
  const absl::Time now_;
  const IngestOptions& options_;
  std::string key_;  // the request's Idempotency-Key
  events::EventParser parser_;
  absl::flat_hash_set<std::string> seen_;  // tenant, source and id of this request's events
  std::map<std::string, std::vector<eventlog::LogRecord>> records_;
  std::vector<std::pair<int64_t, std::string>> problems_;
  int64_t accepted_ = 0;
  int64_t repeated_ = 0;
  int64_t rejected_ = 0;
};

}  // namespace tenantry::roles
