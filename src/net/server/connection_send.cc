// The sending half of a connection: answers, streams, refusals and the end.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <exception>

#include "net/server/connection.h"
#include "runtime/logging.h"

namespace tenantry::net::server {
namespace {

namespace asio = wire::asio;
using wire::ErrorCode;
using wire::Refusal;
using wire::RefusalReason;
using wire::Task;

constexpr size_t kWatchRoom = 4 << 10;
// Up to this size head and body go out in one piece, which saves a system call.
constexpr size_t kJoinedMax = 16 << 10;
// How long a client has to read the last answer before the connection is torn down.
constexpr absl::Duration kLingerTimeout = absl::Seconds(2);

}  // namespace

Task<bool> Connection::Send(std::string_view bytes) {
  const Phase phase = phase_ == Phase::kStream ? Phase::kStream : Phase::kWrite;
  while (!bytes.empty()) {
    Enter(phase, core_.options.write_timeout);
    ErrorCode error;
    const size_t written =
        co_await transport_->Write(asio::const_buffer(bytes.data(), bytes.size()), error);
    if (error || closing_) co_return false;
    bytes.remove_prefix(written);
  }
  Enter(phase, absl::InfiniteDuration());
  co_return true;
}

Task<bool> Connection::SendAnswer(Exchange& exchange) {
  wire::Answer& answer = exchange.answer;
  if (answer.stream && !StartStream(exchange)) {
    core_.metrics.Refused(RefusalReason::kTooManyStreams);
    answer = wire::MakeAnswer(
        Problem(503, ReasonPhrase(503), "The server has as many streams as it takes: try again."),
        exchange.shape);
  }
  const bool keep = parser_->keeps_alive() && !answer.close && !core_.draining;
  wire::FinishHead(answer, thread_.DateField(), keep, exchange.shape.http_1_0);
  CountAnswer(exchange);
  if (stream_) {
    const bool sent = co_await SendStream(exchange);
    lingers_ = sent;
    co_return false;
  }
  if (answer.body.size() <= kJoinedMax) answer.head += std::exchange(answer.body, {});
  bool sent = co_await Send(answer.head);
  if (sent && !answer.body.empty()) sent = co_await Send(answer.body);
  lingers_ = sent && !keep;
  sent = sent && keep;
  co_return sent;
}

void Connection::CountAnswer(const Exchange& exchange) {
  const absl::Duration took = absl::FromChrono(Clock::now() - exchange.begun);
  core_.metrics.Answered(exchange.route_index, exchange.answer.status, took);
  if (!runtime::LogsAt(runtime::LogLevel::kDebug)) return;
  const runtime::LogContext context(exchange.request.request_id, exchange.tenant);
  runtime::Log(runtime::LogLevel::kDebug, "net", "{} {} {} {} bytes {} from {}",
               exchange.request.method, exchange.request.path, exchange.answer.status,
               exchange.answer.body.size(), absl::FormatDuration(took), remote_address_);
}

// Runs the stream on a thread of its own, whose first piece waits until the head is sent.
bool Connection::StartStream(Exchange& exchange) {
  const auto channel = std::make_shared<StreamChannel>(
      [self = shared_from_this()] {
        asio::post(self->thread_.context(), [self] { self->gate_.Fire(); });
      },
      exchange.answer.chunked);
  const bool started = core_.stream_threads.Start([channel, stream = exchange.answer.stream,
                                                   request_id = exchange.request.request_id,
                                                   tenant = exchange.tenant] {
    const runtime::LogContext context(request_id, tenant);
    bool complete = false;
    try {
      stream(*channel);
      complete = true;
    } catch (const std::exception& error) {
      runtime::Log(runtime::LogLevel::kError, "net", "a stream threw: {}", error.what());
    } catch (...) {
      runtime::Log(runtime::LogLevel::kError, "net", "a stream threw");
    }
    channel->Finish(complete);
  });
  if (!started) return false;
  stream_ = channel;
  if (core_.draining) channel->Cancel();
  return true;
}

Task<bool> Connection::SendStream(Exchange& exchange) {
  const std::shared_ptr<StreamChannel> channel = stream_;
  phase_ = Phase::kStream;
  watching_ = true;
  asio::co_spawn(
      thread_.context(), [self = shared_from_this()] { return self->WatchForEnd(); },
      asio::detached);
  bool sent = co_await Send(exchange.answer.head);
  if (!sent) channel->Cancel();
  co_await Pump(*channel);
  stream_.reset();
  // The watcher has to be gone before the connection is ended in order.
  const bool client_left = !watching_ || expired_;
  if (watching_) transport_->Cancel();
  while (watching_) co_await gate_.Wait();
  if (client_left || closing_ || !channel->complete()) co_return false;
  if (sent && exchange.answer.chunked) sent = co_await Send(wire::kLastChunk);
  co_return sent;
}

// Sends pieces until the stream's function has returned.
Task<void> Connection::Pump(StreamChannel& channel) {
  std::string piece;
  bool broken = false;
  for (;;) {
    while (!broken && channel.Take(piece)) {
      const bool sent = co_await Send(piece);
      channel.Sent();
      if (sent) continue;
      broken = true;
      channel.Cancel();
    }
    if (channel.finished()) co_return;
    co_await gate_.Wait();
  }
}

// Notices that a stream's client went away, which writing alone does not.
Task<void> Connection::WatchForEnd() {
  bool here = true;
  while (here) {
    buffer_.Consume(buffer_.bytes().size());
    here = co_await Fill(kWatchRoom);
  }
  watching_ = false;
  if (stream_) stream_->Cancel();
  gate_.Fire();
}

// The last answer will be this one. Always false.
bool Connection::Refuse(int status, RefusalReason reason, std::string detail) {
  refusal_ = Refusal{status, reason, std::move(detail)};
  return false;
}

Task<void> Connection::SendRefusal() {
  core_.metrics.Refused(refusal_->reason);
  wire::AnswerShape shape;
  absl::Duration took;
  size_t route = ServerMetrics::kNoRoute;
  if (exchange_) {
    shape = exchange_->shape;
    took = absl::FromChrono(Clock::now() - exchange_->begun);
    route = exchange_->route_index;
  } else {
    shape.request_id = thread_.random().Hex(16);
  }
  const int status = refusal_->status;
  wire::Answer answer =
      wire::MakeAnswer(Problem(status, ReasonPhrase(status), refusal_->detail), shape);
  wire::FinishHead(answer, thread_.DateField(), false, false);
  core_.metrics.Answered(route, status, took);
  answer.head += answer.body;
  lingers_ = co_await Send(answer.head);
}

// Closing while the client still sends would make its kernel throw the answer away.
Task<void> Connection::Linger() {
  exchange_.reset();
  Enter(Phase::kLinger, kLingerTimeout);
  ErrorCode error;
  co_await transport_->FinishWriting(error);
  wire::Socket& socket = transport_->socket();
  error = {};
  while (!error && !expired_ && !closing_) {
    const auto [data, size] = buffer_.Prepare(kWatchRoom);
    co_await socket.async_read_some(asio::mutable_buffers_1(data, size), wire::Into(error));
  }
}

}  // namespace tenantry::net::server
