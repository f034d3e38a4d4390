#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "net/http.h"
#include "runtime/metrics.h"
#include "runtime/options.h"
#include "runtime/services/service.h"

namespace tenantry::net {

/// The options of the HTTP server; every limit refuses with a problem (RFC 9457) and is counted in
/// `tenantry_net_refused_total` by its reason.
struct HttpServerOptions {
  std::string listen =
      "127.0.0.1:8080";              ///< host:port; IPv6 hosts in brackets; port 0 = any free one
  bool allow_plain = false;          ///< listen beyond loopback without TLS
  std::string tls_certificate_file;  ///< PEM, leaf first; with tls_key_file makes this HTTPS
  std::string tls_key_file;          ///< PEM, not encrypted
  absl::Duration tls_reload_interval =
      absl::Seconds(5);  ///< how often the files' times are looked at

  int64_t io_threads = 2;           ///< threads that read and write sockets
  int64_t handler_threads = 8;      ///< threads that run handlers
  int64_t handler_queue_max = 512;  ///< requests that wait for such a thread; past it 503
  int64_t streams_max = 128;        ///< streamed answers at a time, each with a thread; past it 503

  int64_t connections_max = 4096;  ///< open connections; past it 503 and closed
  int64_t requests_max = 2048;     ///< requests in hand (head read, not yet answered); past it 503
  int64_t header_bytes_max = 32 << 10;   ///< request line and header fields; past it 431
  int64_t body_bytes_max = 16 << 20;     ///< a body, also after decompression; past it 413
  int64_t bodies_bytes_max = 512 << 20;  ///< all bodies in hand together; past it 503

  absl::Duration header_timeout = absl::Seconds(10);  ///< TLS handshake, or a head once begun; 408
  absl::Duration request_timeout =
      absl::Seconds(60);                             ///< from the head to the handler's answer: the
                                                     ///< body is late 408, the handler is late 504
  absl::Duration idle_timeout = absl::Seconds(75);   ///< between requests; closed without a word
  absl::Duration write_timeout = absl::Seconds(30);  ///< without the client taking a byte; closed

  /// Declares all of them as `net.<field>`.
  void Declare(runtime::OptionSet& options);

  /// Whether a server could start with these now: reads the TLS files, listens and stops listening
  /// at once. For asking before anything else is opened or made. With `any_port` whether the port
  /// is taken now is not looked at. Errors as HttpServer::Start.
  absl::Status Try(bool any_port = false) const;
};

/// Serves HTTP/1.1 and 1.0 over TCP or TLS (1.2 and newer) until stopped.
///
/// Handlers run on a bounded pool, streams on threads of their own, neither on an I/O thread (but
/// for Route::inline_handler). The server refuses what is malformed, too large, too slow or too
/// much, decompresses gzip bodies, compresses answers over 1 KiB for those who accept gzip, answers
/// HEAD and OPTIONS, and sets Date, Server, X-Request-ID, X-Content-Type-Options and, under /api,
/// Cache-Control: no-store unless the handler set another.
class HttpServer final : public runtime::Service {
 public:
  /// The references outlive the server. `elsewhere` is asked before a request without a route is
  /// refused.
  HttpServer(HttpServerOptions options, std::vector<Route> routes, const base::Clock& clock,
             base::Random& random, runtime::Metrics& metrics, Elsewhere elsewhere = nullptr);
  ~HttpServer() override;

  std::string_view name() const override { return "http"; }

  /// Listens; requests are answered once this returns. InvalidArgument: options or routes that make
  /// no sense, certificate files that can't be used. FailedPrecondition: the address is taken,
  /// needs rights, is not this machine's, or is beyond loopback without TLS; says what to do.
  absl::Status Start() override;

  /// Stops accepting, closes idle connections, cancels streams, and finishes the requests in hand
  /// until `deadline`. Answers sent meanwhile say `Connection: close`.
  void Drain(absl::Time deadline) override;

  /// Closes every connection and joins all threads; waits for handlers that run.
  void Stop() override;

  /// Unavailable before Start and once draining.
  absl::Status Ready() const override;

  /// `host:port` that is listened on, with the real port; empty before Start. Thread-safe.
  std::string bound_address() const;

  /// The base URL for clients on this machine: "http://127.0.0.1:8080", https with TLS. A wildcard
  /// address is shown as loopback.
  std::string url() const;

  /// Every operation that is served, as declared. Thread-safe.
  const std::vector<Route>& routes() const;

  /// Reads the certificate files again at once and uses them for new connections. After an error,
  /// which is also logged, the old ones stay in use. FailedPrecondition without TLS. Thread-safe.
  absl::Status ReloadTls();

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace tenantry::net
