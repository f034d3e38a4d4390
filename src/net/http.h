#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tenantry::net {

/// Orders header names without regard to case (ASCII).
struct CaseInsensitiveLess {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const;
};
using Headers = std::multimap<std::string, std::string, CaseInsensitiveLess>;

/// True when both are the same text without regard to case (ASCII).
bool SameWord(std::string_view a, std::string_view b);

/// A request as a handler sees it. The body is complete, decompressed and within the limits.
struct HttpRequest {
  std::string method;                              ///< "GET", "POST", ...
  std::string path;                                ///< as sent, without the query
  std::map<std::string, std::string> path_params;  ///< {name} of the route, percent-decoded
  std::multimap<std::string, std::string> query;   ///< percent-decoded
  Headers headers;
  std::string body;
  std::string remote_address;
  std::string request_id;   ///< taken from X-Request-ID when sane, else made
  std::string traceparent;  ///< W3C trace context to pass on; always set

  /// The first header of that name; empty when absent.
  std::string_view Header(std::string_view name) const;
  /// The first query parameter of that name; nullopt when absent.
  std::optional<std::string> Query(const std::string& name) const;
  /// A path parameter of the route; aborts when the route has none of that name.
  const std::string& Param(const std::string& name) const;
};

/// Takes the pieces of an answer that is sent while it is made (server-sent events, exports).
/// Used by one thread; Write blocks while the client is slow.
class StreamWriter {
 public:
  virtual ~StreamWriter() = default;
  /// Sends `bytes` now. Cancelled when the client went away or the server drains: stop then.
  virtual absl::Status Write(std::string_view bytes) = 0;
  /// True once the client went away or the server drains.
  virtual bool Cancelled() const = 0;
};

/// An answer. Either `body`, or `stream`, which is then called on a thread of its own with the
/// connection's writer, after status and headers were sent (chunked). A stream that fails midway
/// throws: the body is then left without its end, so that nobody takes it for complete.
struct HttpResponse {
  int status = 200;
  Headers headers;
  std::string body;
  std::function<void(StreamWriter&)> stream;

  /// `value` as JSON with its content type; bytes in it that are not UTF-8 become U+FFFD.
  static HttpResponse Json(int status, const nlohmann::json& value);
  /// Text that already is JSON.
  static HttpResponse JsonText(int status, std::string text);
  /// Any body with its content type.
  static HttpResponse Text(int status, std::string text, std::string_view content_type);
  /// 204.
  static HttpResponse NoContent();
};

/// Problem details (RFC 9457). `instance` and `requestID` are filled in by the server; 429 and 503
/// get a Retry-After, 401 a WWW-Authenticate.
HttpResponse Problem(int status, std::string_view title, std::string_view detail);
/// The problem that a status maps to by the one table from code to HTTP: InvalidArgument 400,
/// NotFound 404, PermissionDenied 403, Unauthenticated 401, AlreadyExists 409, FailedPrecondition
/// 409, Aborted 412 (If-Match), OutOfRange 410, ResourceExhausted 429 with Retry-After, Unavailable
/// 503 with Retry-After, DeadlineExceeded 504, Unimplemented 501, the rest 500 (whose detail is
/// logged, not sent); but 507 for what is noted as a full disk, 422 as past a limit.
HttpResponse Problem(const absl::Status& status);
/// The HTTP status of that table.
int HttpStatusOf(absl::StatusCode code);

/// The phrase of a status line: "Not Found" for 404; "Unknown" for what is not registered.
std::string_view ReasonPhrase(int status);

/// Answers a request on a thread of the worker pool; may block. Must not throw.
using Handler = std::function<HttpResponse(const HttpRequest&)>;

/// A route's own limit of its bodies.
struct BodyLimit {
  int64_t bytes_max = 0;  ///< also after decompression; 0 = the server's `net.body_bytes_max`
  std::string option;     ///< what raises it, for the 413: "ingest.body_bytes_max"
};

/// Answers what no route can: a path without one (404), a path or a query that can't be read (400).
/// `status` says which; nullopt: the problem of that status is the answer. Runs on an I/O thread:
/// microseconds, no waiting. Must not throw.
using Elsewhere = std::function<std::optional<HttpResponse>(const HttpRequest&, int status)>;

/// One operation of the API, declared once; a test compares all of them with api/openapi.yaml.
struct Route {
  std::string method;
  std::string pattern;    ///< "/api/v1/tenants/{tenantID}"; a parameter fills one segment
  std::string operation;  ///< operationId in api/openapi.yaml
  Handler handler;
  /// The names of the query parameters that it takes: others, and one given twice, are 400.
  std::vector<std::string> query;
  /// The greatest body this route takes; the server's limit unless it has one of its own.
  BodyLimit body_limit;
  /// Asked before a body is decompressed: an answer that refuses the request, from its head alone.
  /// For routes that take much; the handler looks at everything again.
  std::function<std::optional<HttpResponse>(const HttpRequest&)> admit;
  /// Runs the handler on the I/O thread: for handlers that take microseconds and never block. Saves
  /// the way to the worker pool and back; a slow one stalls every connection of its thread.
  bool inline_handler = false;
};

/// What is wrong with the names of a request's query parameters, for the detail of a 400: a name
/// that the route does not take, or one that is given twice; nullopt when they are as they should.
std::optional<std::string> QueryFault(const Route& route, const HttpRequest& request);

}  // namespace tenantry::net
