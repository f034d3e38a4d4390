#pragma once

#include <memory>
#include <string>

#include "net/wire/asio.h"

namespace boost::asio::ssl {
class context;  // NOLINT(readability-identifier-naming): theirs
}

namespace tenantry::net::wire {

/// A connected socket, plain or TLS. Used on its socket's I/O thread; one read and one write may
/// wait at the same time.
class Transport {
 public:
  virtual ~Transport() = default;

  /// Makes the connection ready for HTTP. For TLS on the server's side `error` is
  /// `boost::asio::error::no_protocol_option` when the peer speaks no TLS; writes are then plain.
  virtual Task<void> Handshake(ErrorCode& error) = 0;

  /// Reads at least one byte into `room`; returns how many. `eof` when the peer ended its side.
  virtual Task<size_t> Read(asio::mutable_buffer room, ErrorCode& error) = 0;

  /// Writes at least one byte of `bytes`; returns how many.
  virtual Task<size_t> Write(asio::const_buffer bytes, ErrorCode& error) = 0;

  /// Tells the peer that nothing more comes.
  virtual Task<void> FinishWriting(ErrorCode& error) = 0;

  /// The socket underneath.
  virtual Socket& socket() = 0;

  /// Makes the operations that wait end with `operation_aborted`.
  void Cancel();

  /// Closes the socket; safe to call again.
  void Close();
};

/// HTTP over bare TCP.
std::unique_ptr<Transport> MakePlainTransport(Socket socket);

/// A server's side of TLS. `context` may be replaced while the connection lives, hence shared.
std::unique_ptr<Transport> MakeTlsServerTransport(
    Socket socket, std::shared_ptr<boost::asio::ssl::context> context);

/// A client's side of TLS, which checks that the certificate is for `host`.
std::unique_ptr<Transport> MakeTlsClientTransport(
    Socket socket, std::shared_ptr<boost::asio::ssl::context> context, const std::string& host);

}  // namespace tenantry::net::wire
