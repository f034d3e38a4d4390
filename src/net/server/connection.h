#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/server/exchange.h"
#include "net/server/io_thread.h"
#include "net/server/server_core.h"
#include "net/server/stream_channel.h"
#include "net/wire/asio.h"
#include "net/wire/gate.h"

#include "net/wire/read_buffer.h"
#include "net/wire/request_parser.h"
#include "net/wire/transport.h"

namespace tenantry::net::server {

/// A client's connection: reads requests, has them answered, writes the answers, one after the
/// other. Lives on one I/O thread, where all its functions are called. Shared by its coroutines and
/// by the handlers and streams at work for it, since each of them may be the last.
class Connection final : public std::enable_shared_from_this<Connection> {
 public:
  using Clock = std::chrono::steady_clock;

  /// `slot` is the connection's place among all; an `overloaded` one is only told that there is
  /// none.
  Connection(ServerCore& core, IoThread& thread, std::unique_ptr<wire::Transport> transport,
             std::string remote_address, Share slot, bool overloaded);
  ~Connection();

  /// The connection's life, from the handshake until it is closed. Called once.
  wire::Task<void> Run();

  /// True when what it waits for is overdue.
  bool IsLate(Clock::time_point now) const { return now >= deadline_; }

  /// Ends the wait that is overdue.
  void Expire();

  /// Closes if nothing is in hand; otherwise after the answer in hand. Ends a stream.
  void Drain();

  /// Closes at once.
  void Abort();

 private:
  enum class Phase { kHandshake, kIdle, kHead, kBody, kHandler, kWrite, kStream, kLinger };

  void Enter(Phase phase, absl::Duration timeout);
  wire::Task<void> Serve();
  wire::Task<bool> Handshake();
  wire::Task<bool> ReadHead();
  wire::Task<bool> ServeRequest();
  wire::Task<bool> ReadBody(Exchange& exchange);
  wire::Task<bool> Handle(std::shared_ptr<Exchange> exchange);
  wire::Task<bool> SendAnswer(Exchange& exchange);
  wire::Task<bool> SendStream(Exchange& exchange);
  wire::Task<void> Pump(StreamChannel& channel);
  wire::Task<void> WatchForEnd();
  wire::Task<void> SendRefusal();
  wire::Task<bool> Fill(size_t room);
  wire::Task<bool> Send(std::string_view bytes);
  wire::Task<void> Linger();

  std::shared_ptr<Exchange> MakeExchange();
  bool Refuse(int status, wire::RefusalReason reason, std::string detail);
  std::optional<HttpResponse> Direct(Exchange& exchange);
  std::optional<HttpResponse> FindRoute(Exchange& exchange);
  std::optional<wire::Refusal> BodyFault(const Exchange& exchange) const;
  bool Post(const std::shared_ptr<Exchange>& exchange);
  bool StartStream(Exchange& exchange);
  void CountAnswer(const Exchange& exchange);

  ServerCore& core_;
  IoThread& thread_;
  const std::unique_ptr<wire::Transport> transport_;
  const std::string remote_address_;
  Share slot_;
  const bool overloaded_;

  Phase phase_ = Phase::kHandshake;
  Clock::time_point deadline_ = Clock::time_point::max();
  bool expired_ = false;   // the present wait was overdue
  bool closing_ = false;   // Abort was called
  bool at_end_ = false;    // the client ended its side
  bool lingers_ = false;   // the last answer was sent; the client should get to read it
  bool watching_ = false;  // WatchForEnd runs
  int64_t requests_ = 0;
  int64_t steps_ = 0;                     // requests and reads
  std::optional<wire::Refusal> refusal_;  // what the last answer will say
  wire::ReadBuffer buffer_;
  std::optional<wire::RequestParser> parser_;
  std::shared_ptr<Exchange> exchange_;
  std::shared_ptr<StreamChannel> stream_;
  wire::Gate gate_;
};

}  // namespace tenantry::net::server
