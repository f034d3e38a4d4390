#include "net/server/connection.h"

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
// After so many requests or reads in a row a busy connection lets others of its thread have a turn.
constexpr int64_t kStepsPerTurn = 16;
// A body has net.request_timeout, and a second more for each so many bytes that came.
constexpr int64_t kBodyBytesPerSecond = 16 << 10;
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
  if (++steps_ % kStepsPerTurn == 0) {
    co_await asio::post(thread_.context(), wire::kAwait);
    if (phase_ == Phase::kIdle && core_.draining) co_return false;  // Drain had no read to cancel
  }
  const auto [data, size] = buffer_.Prepare(room);
  ErrorCode error;
  const size_t read = co_await transport_->Read(asio::mutable_buffer(data, size), error);
  if (!error) buffer_.Commit(read);
  at_end_ = error == asio::error::eof;
  co_return !error;
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
std::optional<HttpResponse> Connection::Direct(Exchange& exchange) {
  std::optional<HttpResponse> refusal = FindRoute(exchange);
  if (!refusal || !core_.elsewhere || (refusal->status != 404 && refusal->status != 400)) {
    return refusal;
  }
  std::optional<HttpResponse> instead = core_.elsewhere(exchange.request, refusal->status);
  return instead ? std::move(instead) : std::move(refusal);
}

// Sets the route, or refuses the request for want of one.
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
    if (const auto fault = QueryFault(*match.route, request)) {
      return Problem(400, ReasonPhrase(400), *fault);
    }
  }
  request.path_params = std::move(match.params);
  exchange.route = match.route;
  exchange.route_index = match.index;
  exchange.body_bytes_max = match.route->body_limit.bytes_max > 0
                                ? match.route->body_limit.bytes_max
                                : core_.options.body_bytes_max;
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
  std::optional<HttpResponse> early = Direct(*exchange);
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
    return Refusal{
        413, RefusalReason::kBodyTooLarge,
        fmt::format("The body has {} bytes; the limit here is {}.{}", parser_->announced_bytes(),
                    exchange.body_bytes_max, exchange.BodyAdvice())};
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
      if (refusal_->status == 413) refusal_->detail += exchange.BodyAdvice();
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

}  // namespace tenantry::net::server
