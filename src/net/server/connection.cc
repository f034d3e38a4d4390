#include "net/server/connection.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <exception>

#include "base/status.h"
#include "net/percent.h"
#include "net/wire/gzip.h"
#include "net/wire/trace_context.h"
#include "runtime/logging.h"

namespace tenantry::net::server {
namespace {

namespace asio = wire::asio;
using wire::ErrorCode;
using wire::Progress;
using wire::Refusal;
using wire::RefusalReason;
using wire::Task;

constexpr size_t kHeadRoom = 4 << 10;
constexpr size_t kBodyRoom = 64 << 10;
// Up to this size head and body go out in one piece, which saves a system call.
constexpr size_t kJoinedMax = 16 << 10;
// After so many requests or reads in a row a busy connection lets others of its thread have a turn.
constexpr int64_t kStepsPerTurn = 16;
// A body has net.request_timeout, and a second more for each so many bytes that came.
constexpr int64_t kBodyBytesPerSecond = 16 << 10;
// How long a client has to read the last answer before the connection is torn down.
constexpr absl::Duration kLingerTimeout = absl::Seconds(2);

bool SameWord(std::string_view a, std::string_view b) {
  const CaseInsensitiveLess less;
  return !less(a, b) && !less(b, a);
}

HttpResponse WithAllow(HttpResponse response, const std::string& allow) {
  response.headers.emplace("Allow", allow);
  return response;
}

}  // namespace

Connection::Connection(ServerCore& core, IoThread& thread,
                       std::unique_ptr<wire::Transport> transport, std::string remote_address,
                       Share slot, bool overloaded)
    : core_(core),
      thread_(thread),
      transport_(std::move(transport)),
      remote_address_(std::move(remote_address)),
      slot_(std::move(slot)),
      overloaded_(overloaded) {}

Connection::~Connection() = default;

void Connection::Enter(Phase phase, absl::Duration timeout) {
  phase_ = phase;
  expired_ = false;
  deadline_ = timeout == absl::InfiniteDuration()
                  ? Clock::time_point::max()
                  : Clock::now() + absl::ToChronoNanoseconds(timeout);
}

void Connection::Expire() {
  expired_ = true;
  deadline_ = Clock::time_point::max();
  transport_->Cancel();
  if (phase_ == Phase::kHandler) gate_.Fire();
}

void Connection::Drain() {
  if (phase_ == Phase::kIdle || phase_ == Phase::kHandshake) transport_->Cancel();
  if (!stream_) return;
  stream_->Cancel();
  gate_.Fire();
}

void Connection::Abort() {
  closing_ = true;
  if (stream_) stream_->Cancel();
  transport_->Close();
  gate_.Fire();
}

Task<void> Connection::Run() {
  const std::shared_ptr<Connection> self = shared_from_this();
  thread_.Add(*this);
  try {
    co_await Serve();
  } catch (const std::exception& error) {
    runtime::Log(runtime::LogLevel::kError, "net", "a connection failed: {}", error.what());
  }
  transport_->Close();
  thread_.Remove(*this);
  exchange_.reset();
  slot_.Clear();
  core_.open.Remove();
}

Task<void> Connection::Serve() {
  bool again = co_await Handshake();
  if (again && overloaded_) {
    again = Refuse(503, RefusalReason::kTooManyConnections,
                   "The server has as many connections as it takes: try again.");
  }
  while (again) {
    again = co_await ReadHead();
    if (again) again = co_await ServeRequest();
    ++requests_;
  }
  if (refusal_ && !closing_) co_await SendRefusal();
  if (lingers_ && !closing_) co_await Linger();
}

Task<bool> Connection::Handshake() {
  Enter(Phase::kHandshake, core_.options.header_timeout);
  ErrorCode error;
  co_await transport_->Handshake(error);
  if (!error) co_return true;
  if (error == asio::error::no_protocol_option) {
    co_return Refuse(400, RefusalReason::kHandshake,
                     "This port speaks HTTPS: use a URL that begins with https://.");
  }
  if (!core_.draining) core_.metrics.Refused(RefusalReason::kHandshake);
  runtime::Log(runtime::LogLevel::kDebug, "net", "TLS handshake with {} failed: {}",
               remote_address_, error.message());
  co_return false;
}

Task<bool> Connection::ReadHead() {
  const HttpServerOptions& options = core_.options;
  parser_.emplace(options.header_bytes_max);
  buffer_.Shrink(kBodyRoom / 2);
  Enter(Phase::kIdle, requests_ == 0 ? options.header_timeout : options.idle_timeout);
  for (;;) {
    size_t taken = 0;
    const Progress progress = parser_->ReadHead(buffer_.bytes(), taken);
    buffer_.Consume(taken);
    if (progress == Progress::kDone) co_return true;
    if (progress == Progress::kRefused) {
      refusal_ = parser_->refusal();
      co_return false;
    }
    if (phase_ == Phase::kIdle && !buffer_.empty()) Enter(Phase::kHead, options.header_timeout);
    if (phase_ == Phase::kIdle && core_.draining) co_return false;
    const bool filled = co_await Fill(kHeadRoom);
    if (filled) continue;
    if (phase_ != Phase::kHead || closing_) co_return false;
    if (expired_) {
      co_return Refuse(408, RefusalReason::kTimeout,
                       fmt::format("The request's head did not come within {}.",
                                   absl::FormatDuration(options.header_timeout)));
    }
    co_return at_end_&& Refuse(400, RefusalReason::kMalformed, "The request ends within its head.");
  }
}

Task<bool> Connection::Fill(size_t room) {
  if (++steps_ % kStepsPerTurn == 0) co_await asio::post(thread_.context(), wire::kAwait);
  const auto [data, size] = buffer_.Prepare(room);
  ErrorCode error;
  const size_t read = co_await transport_->Read(asio::mutable_buffer(data, size), error);
  if (!error) buffer_.Commit(read);
  at_end_ = error == asio::error::eof;
  co_return !error;
}

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

std::shared_ptr<Exchange> Connection::MakeExchange() {
  auto exchange = std::make_shared<Exchange>(core_.requests, core_.bodies);
  exchange->begun = Clock::now();
  wire::RequestHead& head = parser_->head();
  HttpRequest& request = exchange->request;
  request.method = std::move(head.method);
  request.headers = std::move(head.headers);
  request.path = head.target.substr(0, head.target.find('?'));
  request.remote_address = remote_address_;
  request.request_id = wire::RequestIdFrom(request.Header("X-Request-ID"), thread_.random());
  request.traceparent = wire::NextTraceparent(request.Header("traceparent"), thread_.random());
  wire::AnswerShape& shape = exchange->shape;
  shape.head_only = request.method == "HEAD";
  shape.http_1_0 = head.http_1_0;
  shape.accepts_gzip = wire::AcceptsGzip(request.Header("Accept-Encoding"));
  shape.path = request.path;
  shape.request_id = request.request_id;
  return exchange;
}

// Sets the route, or answers for want of one.
std::optional<HttpResponse> Connection::FindRoute(Exchange& exchange) {
  HttpRequest& request = exchange.request;
  if (request.path == "*") return HttpResponse::NoContent();
  RouteMatch match = core_.router.Find(request.method, request.path);
  switch (match.outcome) {
    case RouteOutcome::kFound:
      break;
    case RouteOutcome::kNotFound:
      return Problem(404, ReasonPhrase(404), "There is nothing at this path.");
    case RouteOutcome::kMethodNotAllowed:
      return WithAllow(Problem(405, ReasonPhrase(405),
                               fmt::format("{} is not for this path: it takes {}.", request.method,
                                           match.allow)),
                       match.allow);
    case RouteOutcome::kOptions:
      return WithAllow(HttpResponse::NoContent(), match.allow);
    case RouteOutcome::kBadPath:
      return Problem(400, ReasonPhrase(400), match.detail);
  }
  const std::string& target = parser_->head().target;
  const size_t mark = target.find('?');
  if (mark != std::string::npos) {
    absl::StatusOr<std::multimap<std::string, std::string>> query =
        ParseQuery(std::string_view(target).substr(mark + 1));
    if (!query.ok()) {
      return Problem(400, ReasonPhrase(400),
                     fmt::format("The query can't be read: {}.", base::Message(query.status())));
    }
    request.query = *std::move(query);
  }
  request.path_params = std::move(match.params);
  exchange.route = match.route;
  exchange.route_index = match.index;
  exchange.body_bytes_max =
      match.route->body_bytes_max > 0 ? match.route->body_bytes_max : core_.options.body_bytes_max;
  return std::nullopt;
}

Task<bool> Connection::ServeRequest() {
  if (++steps_ % kStepsPerTurn == 0) co_await asio::post(thread_.context(), wire::kAwait);
  const std::shared_ptr<Exchange> exchange = MakeExchange();
  exchange_ = exchange;
  Enter(Phase::kBody, core_.options.request_timeout);
  if (!exchange->in_hand.GrowTo(1)) {
    co_return Refuse(503, RefusalReason::kTooManyRequests,
                     "The server has as many requests in hand as it takes: try again.");
  }
  std::optional<HttpResponse> early = FindRoute(*exchange);
  if (early) {
    exchange->answer = wire::MakeAnswer(*std::move(early), exchange->shape);
    // A body that nobody reads would be taken for the next request.
    if (parser_->has_body()) exchange->answer.close = true;
  } else {
    if (parser_->has_body()) {
      const bool read = co_await ReadBody(*exchange);
      if (!read) co_return false;
    }
    const bool handled = co_await Handle(exchange);
    if (!handled) co_return false;
  }
  const bool again = co_await SendAnswer(*exchange);
  exchange_.reset();
  co_return again;
}

std::optional<Refusal> Connection::BodyFault(const Exchange& exchange) const {
  if (parser_->announced_bytes() > exchange.body_bytes_max) {
    return Refusal{413, RefusalReason::kBodyTooLarge,
                   fmt::format("The body has {} bytes; the limit here is {}.",
                               parser_->announced_bytes(), exchange.body_bytes_max)};
  }
  const std::string_view expect = exchange.request.Header("Expect");
  if (!expect.empty() && !SameWord(expect, "100-continue")) {
    return Refusal{417, RefusalReason::kMalformed,
                   "The only expectation that this server meets is 100-continue."};
  }
  return std::nullopt;
}

Task<bool> Connection::ReadBody(Exchange& exchange) {
  if (std::optional<Refusal> fault = BodyFault(exchange)) {
    refusal_ = std::move(fault);
    co_return false;
  }
  const absl::Duration timeout = core_.options.request_timeout;
  const bool expects = !exchange.request.Header("Expect").empty() && !exchange.shape.http_1_0;
  if (expects && buffer_.empty()) {
    const bool sent = co_await Send("HTTP/1.1 100 Continue\r\n\r\n");
    if (!sent) co_return false;
  }
  const Clock::time_point begun = Clock::now();
  for (;;) {
    size_t taken = 0;
    const Progress progress = parser_->ReadBody(buffer_.bytes(), exchange.body_bytes_max, taken);
    buffer_.Consume(taken);
    if (progress == Progress::kRefused) {
      refusal_ = parser_->refusal();
      co_return false;
    }
    const auto received = static_cast<int64_t>(parser_->body().size());
    if (!exchange.body_bytes.GrowTo(received)) {
      co_return Refuse(503, RefusalReason::kTooManyBodies,
                       "The server has as many bodies in hand as it takes: try again.");
    }
    if (progress == Progress::kDone) break;
    Enter(Phase::kBody, timeout + absl::Seconds(received / kBodyBytesPerSecond) -
                            absl::FromChrono(Clock::now() - begun));
    const bool filled = co_await Fill(kBodyRoom);
    if (filled) continue;
    if (expired_) {
      co_return Refuse(408, RefusalReason::kTimeout,
                       fmt::format("The body did not come within {}: {} bytes of it did.",
                                   absl::FormatDuration(timeout), received));
    }
    co_return at_end_&& Refuse(400, RefusalReason::kMalformed, "The request ends within its body.");
  }
  exchange.request.body = std::move(parser_->body());
  co_return true;
}

// Hands the exchange to the worker pool, which posts it back.
bool Connection::Post(const std::shared_ptr<Exchange>& exchange) {
  return core_.pool->TryPost([self = shared_from_this(), exchange]() mutable {
    if (!exchange->abandoned) exchange->Run(self->core_.metrics);
    asio::io_context& context = self->thread_.context();
    asio::post(context, [self = std::move(self), exchange = std::move(exchange)]() mutable {
      exchange->answered = true;
      const bool awaited = self->exchange_ == exchange;
      exchange.reset();  // firing runs the connection on, which may give the exchange's shares back
      if (awaited) self->gate_.Fire();
    });
  });
}

Task<bool> Connection::Handle(std::shared_ptr<Exchange> exchange) {
  if (exchange->route->inline_handler && !exchange->NeedsDecoding()) {
    exchange->Run(core_.metrics);
    co_return true;
  }
  if (!Post(exchange)) {
    core_.metrics.Refused(RefusalReason::kQueueFull);
    exchange->answer = wire::MakeAnswer(
        Problem(503, ReasonPhrase(503), "The server has more work than it can do now: try again."),
        exchange->shape);
    co_return true;
  }
  Enter(Phase::kHandler, core_.options.request_timeout);
  while (!exchange->answered && !expired_ && !closing_) co_await gate_.Wait();
  if (exchange->answered && !closing_) co_return true;
  exchange->abandoned = true;
  co_return !closing_ &&
      Refuse(504, RefusalReason::kTimeout,
             fmt::format("The request was not answered within {}; it may still be done.",
                         absl::FormatDuration(core_.options.request_timeout)));
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
  const runtime::LogContext context(exchange.request.request_id, "");
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
  const bool started = core_.stream_threads.Start(
      [channel, stream = exchange.answer.stream, request_id = exchange.request.request_id] {
        const runtime::LogContext context(request_id, "");
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
    here = co_await Fill(kHeadRoom);
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
    const auto [data, size] = buffer_.Prepare(kHeadRoom);
    co_await socket.async_read_some(asio::mutable_buffers_1(data, size), wire::Into(error));
  }
}

}  // namespace tenantry::net::server
