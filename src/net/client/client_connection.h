#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string_view>

#include "net/wire/asio.h"
#include "net/wire/host_port.h"
#include "net/wire/read_buffer.h"
#include "net/wire/transport.h"

namespace tenantry::net::client {

/// A client's connection, whose coroutines run in the thread that calls Run. Not thread-safe, but
/// for Cancel.
class ClientConnection {
 public:
  /// Connects to `server` when told to; `ca_file` as in ClientOptions.
  ClientConnection(wire::BaseUrl server, std::string ca_file);
  ~ClientConnection();

  /// Runs `work`, which uses the functions below, to its end. Cancelled when Cancel was called;
  /// then and after any other error of the connection it is closed.
  absl::Status Run(std::function<wire::Task<absl::Status>()> work);

  /// Makes the present Run, or the next, return Cancelled. Thread-safe.
  void Cancel();

  /// True when there is a connection that the server has not closed. Call outside of Run.
  bool IsOpen();

  /// Closes; the next Connect makes a new connection.
  void Close();

  /// Connects, with a TLS handshake for https. Unavailable: nothing answers within `timeout`, or it
  /// speaks no TLS. Unauthenticated: its certificate is not trusted. InvalidArgument: the CA file.
  wire::Task<absl::Status> Connect(absl::Duration timeout);

  /// Sends all of `bytes`. DeadlineExceeded when nothing is taken for `timeout`; Unavailable when
  /// the connection broke.
  wire::Task<absl::Status> Write(std::string_view bytes, absl::Duration timeout);

  /// Reads some bytes into `received()`. OutOfRange at the end; errors as Write.
  wire::Task<absl::Status> Fill(absl::Duration timeout);

  /// What was read and not yet used.
  wire::ReadBuffer& received() { return received_; }

 private:
  using Clock = std::chrono::steady_clock;

  void SetDeadline(absl::Duration timeout);
  void Interrupt();
  absl::Status LoadTls();
  absl::Status ConnectFailed(const wire::ErrorCode& error) const;
  absl::Status Broken(const wire::ErrorCode& error) const;
  wire::Task<wire::ErrorCode> ConnectTcp(std::unique_ptr<wire::Transport>& transport);

  const wire::BaseUrl server_;
  const std::string ca_file_;
  wire::asio::io_context context_;
  std::shared_ptr<boost::asio::ssl::context> tls_;  // as MakeTlsClientTransport takes it
  std::unique_ptr<wire::Transport> transport_;
  wire::Socket* connecting_ = nullptr;
  wire::ReadBuffer received_;
  Clock::time_point deadline_ = Clock::time_point::max();
  absl::Duration timeout_;
  bool expired_ = false;
  std::atomic<bool> cancelled_ = false;
};

}  // namespace tenantry::net::client
