#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "net/http.h"

namespace tenantry::net {

/// A server-sent event (WHATWG HTML, 9.2).
struct SseEvent {
  std::string id;     ///< empty = none; a reader comes back with it in Last-Event-ID
  std::string event;  ///< the kind; empty = "message"
  std::string data;   ///< may have several lines
};

/// `event` on the wire, its blank line included. Line breaks and NUL inside `id` and `event`, which
/// the format can't carry, are left out; CR LF and CR inside `data` arrive as LF.
std::string FormatSse(const SseEvent& event);

/// An `id` alone on the wire: no event, and a reader comes back with it all the same.
std::string FormatSsePlace(std::string_view id);

/// A comment line, which readers ignore: a heartbeat.
std::string FormatSseComment(std::string_view text);

/// Sends events over a stream. Used by the one thread that the stream runs on.
class SseWriter {
 public:
  /// `writer` and `clock` outlive this. After `heartbeat` without an event, Idle sends a comment.
  SseWriter(StreamWriter& writer, const base::Clock& clock, absl::Duration heartbeat);

  /// Sends `event`. Cancelled as StreamWriter::Write.
  absl::Status Send(const SseEvent& event);

  /// Sends where the reader stands without an event. Cancelled as StreamWriter::Write.
  absl::Status SendPlace(std::string_view id);

  /// Sends text that FormatSse made, say several events at once. Cancelled as StreamWriter::Write.
  absl::Status SendFormatted(std::string_view text);

  /// Call when there was nothing to send: sends a heartbeat when one is due. Cancelled when the
  /// client went away or the server drains, also if no heartbeat is due.
  absl::Status Idle();

  /// How long a handler may wait for news before it calls Idle; never negative.
  absl::Duration UntilHeartbeat() const;

 private:
  StreamWriter& writer_;
  const base::Clock& clock_;
  const absl::Duration heartbeat_;
  absl::Time last_;
};

/// A 200 answer of `text/event-stream`; `produce` is called on the stream's thread and returns when
/// there is nothing more to send or the writer says Cancelled. `clock` outlives the answer. A
/// comment is sent first, so that the reader sees at once that it is connected.
HttpResponse SseResponse(const base::Clock& clock, absl::Duration heartbeat,
                         std::function<void(SseWriter&)> produce);

/// Reads an event stream that arrives in pieces. Not thread-safe.
class SseParser {
 public:
  /// An event may have up to `event_bytes_max` bytes.
  explicit SseParser(size_t event_bytes_max = 16 << 20) : event_bytes_max_(event_bytes_max) {}

  /// Takes the next piece and calls `on_event` for every event that it completes; stops when
  /// `on_event` returns false. Events get the last id seen, as the standard says.
  /// ResourceExhausted: an event is too large.
  absl::Status Feed(std::string_view bytes, const std::function<bool(const SseEvent&)>& on_event);

  /// The id to come back with.
  const std::string& last_id() const { return last_id_; }

 private:
  bool EndLine(const std::function<bool(const SseEvent&)>& on_event);
  void TakeField(std::string_view name, std::string_view value);

  const size_t event_bytes_max_;
  std::string line_;
  bool after_cr_ = false;
  bool at_start_ = true;
  bool has_data_ = false;
  std::string event_;
  std::string data_;
  std::string last_id_;
};

}  // namespace tenantry::net
