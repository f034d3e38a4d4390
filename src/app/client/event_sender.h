#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/client/api_client.h"
#include "app/client/line_source.h"
#include "app/console/terminal.h"

namespace tenantry::app::client {

/// How events are sent.
struct SendOptions {
  int64_t batch_events_max = 1000;
  int64_t batch_bytes_max = 4 << 20;
  /// How long one batch is tried again while the server is away or asks to wait, once it has
  /// answered at all.
  absl::Duration retry_for = absl::Seconds(60);
};

/// Where to go on in a source that was sent in part: the keys of its plain forms are made of `run`
/// and the line at which their batch begins, so that those in hand are not counted twice.
struct SendPlace {
  std::string run;
  int64_t line = 1;
};

/// A line that the server did not take.
struct RefusedLine {
  std::string source;  ///< the file
  int64_t line = 0;
  std::string detail;
};

/// What became of all lines.
struct SendSummary {
  int64_t accepted = 0;
  int64_t repeated = 0;
  int64_t rejected = 0;
  std::vector<RefusedLine> refused;  ///< the first kRefusedMax of the rejected
  std::optional<SendPlace> stopped;  ///< where a Send failed, once the server had answered
};

/// How many refused lines a summary names.
inline constexpr size_t kRefusedMax = 100;

/// Sends lines of NDJSON to /api/v1/events in batches, one after the other, so that the order of
/// the lines is the order of the events. Blank lines are skipped, a line longer than kLineBytesMax
/// is refused. A batch that the server finds too large is halved. A batch with plain forms, which
/// have no id to know a repeat by, goes under an Idempotency-Key, which is the same when a later
/// sender goes on where this one stopped. Used by one thread.
class EventSender {
 public:
  /// `api` and `terminal` outlive the sender.
  EventSender(ApiClient& api, console::Terminal& terminal, const SendOptions& options)
      : api_(api), terminal_(terminal), options_(options) {}

  /// Called after each batch with the lines read so far.
  using OnBatch = std::function<void(int64_t lines)>;

  /// Sends all lines of `source` from `from` on, whose name is used in the summary. Errors: those
  /// of the source, InvalidArgument when it ends before `from`, Unavailable when the server stayed
  /// away, others as ApiClient::StatusOf. The summary holds what was done before.
  absl::Status Send(LineSource& source, const std::string& name,
                    const std::optional<SendPlace>& from, const OnBatch& on_batch);

  /// What became of everything sent so far.
  const SendSummary& summary() const { return summary_; }

 private:
  struct Line {
    int64_t number = 0;
    std::string text;
  };
  using Lines = std::vector<Line>;

  absl::Status SendBatch(const std::string& name, const Lines& lines, size_t begin, size_t end);
  absl::Status StopAt(int64_t line, absl::Status status);
  absl::StatusOr<net::ClientResponse> Post(const std::string& body, const std::string& key);
  bool WaitToRetry(const absl::StatusOr<net::ClientResponse>& response, int attempt,
                   absl::Time deadline);
  absl::Status Count(const std::string& name, const Lines& lines, size_t begin, size_t end,
                     const net::ClientResponse& response);
  void Refuse(const std::string& name, int64_t line, std::string detail);

  ApiClient& api_;
  console::Terminal& terminal_;
  const SendOptions options_;
  SendSummary summary_;
  std::string run_;  // of the source in hand
  bool server_answered_ = false;
};

}  // namespace tenantry::app::client
