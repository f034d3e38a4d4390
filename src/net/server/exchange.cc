#include "net/server/exchange.h"

#include <exception>

#include "base/status.h"
#include "net/wire/gzip.h"
#include "runtime/logging.h"

namespace tenantry::net::server {
bool Exchange::NeedsDecoding() const {
  const std::string_view coding = request.Header("Content-Encoding");
  return !request.body.empty() && !coding.empty() && !SameWord(coding, "identity");
}

void Exchange::Run(ServerMetrics& metrics) {
  const runtime::LogContext context(request.request_id, "");
  std::optional<HttpResponse> refused = DecodeBody(metrics);
  answer = wire::MakeAnswer(refused ? *std::move(refused) : CallHandler(), shape);
  tenant = runtime::LogContext::Tenant();
}

std::string Exchange::BodyAdvice() const {
  const BodyLimit& own = route->body_limit;
  return fmt::format(" Send less in one request, or have the server's {} raised.",
                     own.bytes_max > 0 ? own.option : "net.body_bytes_max");
}

std::optional<HttpResponse> Exchange::DecodeBody(ServerMetrics& metrics) {
  if (!NeedsDecoding()) return std::nullopt;
  if (route->admit) {
    if (std::optional<HttpResponse> refused = route->admit(request)) return refused;
  }
  const std::string_view coding = request.Header("Content-Encoding");
  if (!SameWord(coding, "gzip") && !SameWord(coding, "x-gzip")) {
    HttpResponse response = Problem(
        415, ReasonPhrase(415),
        fmt::format("The Content-Encoding \"{}\" is not known here: send the body as it is, "
                    "or with gzip.",
                    coding));
    response.headers.emplace("Accept-Encoding", "gzip");
    return response;
  }
  absl::StatusOr<std::string> body = wire::Gunzip(request.body, body_bytes_max);
  if (body.ok()) {
    request.body = *std::move(body);
    request.headers.erase("Content-Encoding");
    request.headers.erase("Content-Length");
    if (body_bytes.GrowTo(static_cast<int64_t>(request.body.size()))) return std::nullopt;
    metrics.Refused(wire::RefusalReason::kTooManyBodies);
    return Problem(503, ReasonPhrase(503), "The server has too many bodies in hand: try again.");
  }
  const bool too_large = absl::IsResourceExhausted(body.status());
  metrics.Refused(too_large ? wire::RefusalReason::kBodyTooLarge : wire::RefusalReason::kMalformed);
  const int status = too_large ? 413 : 400;
  return Problem(status, ReasonPhrase(status),
                 fmt::format("The body can't be taken: {}.{}", base::Message(body.status()),
                             too_large ? BodyAdvice() : ""));
}

HttpResponse Exchange::CallHandler() {
  try {
    return route->handler(request);
  } catch (const std::exception& error) {
    return Problem(base::Internal("the handler of {} threw: {}", route->operation, error.what()));
  } catch (...) {
    return Problem(base::Internal("the handler of {} threw", route->operation));
  }
}

}  // namespace tenantry::net::server
