#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "net/http.h"
#include "net/sse.h"

namespace tenantry::net {

/// How a client reaches its server.
struct ClientOptions {
  std::string base_url =
      "http://127.0.0.1:8080";  ///< http or https, host, port; a path is a prefix
  std::string ca_file;          ///< PEM of the authorities to trust; empty = the system's
  absl::Duration connect_timeout =
      absl::Seconds(5);  ///< TCP and TLS; names take what the system takes
  absl::Duration read_timeout = absl::Seconds(60);   ///< without a byte from the server
  absl::Duration write_timeout = absl::Seconds(60);  ///< without the server taking a byte
  int64_t response_bytes_max = 256 << 20;            ///< a body of Send, also after decompression
  bool accept_gzip = true;                           ///< ask for gzip and undo it
  Headers default_headers;  ///< sent with every request that has no such header itself
};

/// A whole answer.
struct ClientResponse {
  int status = 0;
  Headers headers;
  std::string body;

  /// The first header of that name; empty when absent.
  std::string_view Header(std::string_view name) const;
};

/// A blocking HTTP/1.1 client of one server, for the command line, tests and other roles. Keeps one
/// connection and uses it again. Not thread-safe, but for Cancel.
///
/// Errors of all calls: InvalidArgument, the base URL or a header is malformed; Unavailable,
/// nothing answers there or the connection broke (the message names the address and what to do);
/// DeadlineExceeded, a time-out passed; Unauthenticated, the certificate is not trusted; Cancelled;
/// DataLoss, the answer is no HTTP; ResourceExhausted, it is larger than `response_bytes_max`. An
/// HTTP status of any kind is an answer, not an error.
class HttpClient {
 public:
  explicit HttpClient(ClientOptions options);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Sends a request and waits for its answer. `path_and_query` begins with `/` and is already
  /// encoded (net/percent.h). A connection that the server closed meanwhile is replaced; a request
  /// that may have reached the server is repeated only when its method is idempotent.
  absl::StatusOr<ClientResponse> Send(std::string_view method, std::string_view path_and_query,
                                      const Headers& headers = {}, std::string_view body = {});

  /// Called with each piece of a body as it comes; false ends the stream.
  using ChunkCallback = std::function<bool(std::string_view bytes)>;

  /// GETs a body of any length. For status 200 its pieces go to `on_chunk` and the response
  /// returned has an empty body; any other status is returned as Send does, without a call.
  /// `read_timeout` holds between pieces. OK too when `on_chunk` ended it.
  absl::StatusOr<ClientResponse> Stream(std::string_view path_and_query, const Headers& headers,
                                        const ChunkCallback& on_chunk);

  /// Called with each server-sent event; false ends the stream.
  using EventCallback = std::function<bool(const SseEvent& event)>;

  /// Called with the id to come back with, empty before there is one.
  using PlaceCallback = std::function<void(const std::string& last_id)>;

  /// As Stream, for `text/event-stream`: parses it into events. `on_place`, where there is one, is
  /// called after each piece that came, be it with an event or without. Does not reconnect by
  /// itself: pass the last id in `Last-Event-ID` to go on.
  absl::StatusOr<ClientResponse> StreamEvents(std::string_view path_and_query,
                                              const Headers& headers, const EventCallback& on_event,
                                              const PlaceCallback& on_place = nullptr);

  /// Ends the call that another thread is in, which returns Cancelled; or, if there is none, the
  /// next one. Thread-safe.
  void Cancel();

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace tenantry::net
