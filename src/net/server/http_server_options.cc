#include "net/http_server.h"
#include "net/wire/host_port.h"

namespace tenantry::net {

void HttpServerOptions::Declare(runtime::OptionSet& options) {
  options.AddString("net.listen", &listen,
                    "HOST:PORT to serve HTTP on; an IPv6 host in brackets, port 0 takes a free one",
                    [](std::string_view text) { return wire::ParseHostPort(text).status(); });
  options.AddBool("net.allow_plain", &allow_plain,
                  "listen beyond this machine without TLS, say behind a proxy that has it");
  options.AddString("net.tls_certificate_file", &tls_certificate_file,
                    "PEM file of the server's certificate and its chain; makes this HTTPS");
  options.AddString("net.tls_key_file", &tls_key_file, "PEM file of the certificate's key");
  options.AddDuration("net.tls_reload_interval", &tls_reload_interval, absl::Milliseconds(10),
                      absl::Hours(24), "how often to look whether the TLS files changed");
  options.AddInt("net.io_threads", &io_threads, 1, 256, "threads that read and write sockets");
  options.AddInt("net.handler_threads", &handler_threads, 1, 1024, "threads that run handlers");
  options.AddInt("net.handler_queue_max", &handler_queue_max, 1, 1'000'000,
                 "requests that wait for such a thread; past it 503");
  options.AddInt("net.streams_max", &streams_max, 0, 100'000,
                 "streamed answers at a time, each with a thread; past it 503");
  options.AddInt("net.connections_max", &connections_max, 1, 1'000'000,
                 "open connections; past it 503");
  options.AddInt("net.requests_max", &requests_max, 1, 1'000'000,
                 "requests in hand at a time; past it 503");
  options.AddBytes("net.header_bytes_max", &header_bytes_max, 1 << 10, 1 << 20,
                   "request line and header fields of a request; past it 431");
  options.AddBytes("net.body_bytes_max", &body_bytes_max, 1 << 10, int64_t{4} << 30,
                   "a request's body, also once decompressed; past it 413");
  options.AddBytes("net.bodies_bytes_max", &bodies_bytes_max, 1 << 20, int64_t{1} << 40,
                   "all bodies in hand together; past it 503");
  options.AddDuration("net.header_timeout", &header_timeout, absl::Milliseconds(10), absl::Hours(1),
                      "for the TLS handshake and for a request's head; then 408");
  options.AddDuration("net.request_timeout", &request_timeout, absl::Milliseconds(10),
                      absl::Hours(24),
                      "for a body (and a second more for each 16 KiB of it), then 408; for its "
                      "handler, then 504");
  options.AddDuration("net.idle_timeout", &idle_timeout, absl::Milliseconds(10), absl::Hours(24),
                      "between two requests of a connection; then it is closed");
  options.AddDuration("net.write_timeout", &write_timeout, absl::Milliseconds(10), absl::Hours(24),
                      "without the client taking a byte of its answer; then it is cut off");
}

}  // namespace tenantry::net
