#include "net/http.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "base/full_disk.h"
#include "base/retry_after.h"
#include "base/status.h"
#include "runtime/logging.h"
#include "runtime/nearest_name.h"

namespace tenantry::net {
namespace {

constexpr size_t kShownNameBytes = 64;  // of a name that somebody made up

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

struct Phrase {
  int status;
  std::string_view phrase;
};

constexpr auto kPhrases = std::to_array<Phrase>({
    {100, "Continue"},
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {424, "Failed Dependency"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
});

std::string Dump(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

bool CaseInsensitiveLess::operator()(std::string_view a, std::string_view b) const {
  const size_t common = std::min(a.size(), b.size());
  for (size_t i = 0; i < common; ++i) {
    const char x = Lower(a[i]);
    const char y = Lower(b[i]);
    if (x != y) return x < y;
  }
  return a.size() < b.size();
}

bool SameWord(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, Lower, Lower);
}

std::string_view HttpRequest::Header(std::string_view name) const {
  const auto it = headers.lower_bound(name);
  if (it == headers.end() || CaseInsensitiveLess()(name, it->first)) return {};
  return it->second;
}

std::optional<std::string> HttpRequest::Query(const std::string& name) const {
  const auto it = query.lower_bound(name);
  if (it == query.end() || it->first != name) return std::nullopt;
  return it->second;
}

std::optional<std::string> QueryFault(const Route& route, const HttpRequest& request) {
  for (auto it = request.query.begin(); it != request.query.end(); ++it) {
    const std::string name = it->first.substr(0, kShownNameBytes);
    if (std::ranges::find(route.query, it->first) != route.query.end()) {
      if (request.query.count(it->first) == 1) continue;
      return fmt::format("The query parameter '{}' is given twice.", name);
    }
    if (route.query.empty()) {
      return fmt::format("There is no query parameter '{}': this takes none.", name);
    }
    return fmt::format("There is no query parameter '{}'{}", name,
                       runtime::NameHint(it->first, route.query, '\''));
  }
  return std::nullopt;
}

const std::string& HttpRequest::Param(const std::string& name) const {
  const auto it = path_params.find(name);
  TENANTRY_CHECK(it != path_params.end());
  return it->second;
}

HttpResponse HttpResponse::Json(int status, const nlohmann::json& value) {
  return JsonText(status, Dump(value));
}

HttpResponse HttpResponse::JsonText(int status, std::string text) {
  return Text(status, std::move(text), "application/json");
}

HttpResponse HttpResponse::Text(int status, std::string text, std::string_view content_type) {
  HttpResponse response;
  response.status = status;
  response.headers.emplace("Content-Type", content_type);
  response.body = std::move(text);
  return response;
}

HttpResponse HttpResponse::NoContent() {
  HttpResponse response;
  response.status = 204;
  return response;
}

std::string_view ReasonPhrase(int status) {
  const auto it = std::ranges::lower_bound(kPhrases, status, {}, &Phrase::status);
  return it != kPhrases.end() && it->status == status ? it->phrase : "Unknown";
}

HttpResponse Problem(int status, std::string_view title, std::string_view detail) {
  const nlohmann::json body = {
      {"type", "about:blank"}, {"title", title}, {"status", status}, {"detail", detail}};
  HttpResponse response = HttpResponse::Text(status, Dump(body), "application/problem+json");
  if (status == 429 || status == 503) response.headers.emplace("Retry-After", "1");
  if (status == 401) response.headers.emplace("WWW-Authenticate", "Bearer");
  return response;
}

HttpResponse Problem(const absl::Status& status) {
  const int code = base::IsFullDisk(status)    ? 507
                   : base::IsPastLimit(status) ? 422
                                               : HttpStatusOf(status.code());
  if (code != 500) {
    HttpResponse response = Problem(code, ReasonPhrase(code), base::Message(status));
    if (const auto wait = base::RetryAfterOf(status)) {
      response.headers.erase("Retry-After");
      const int64_t seconds = absl::ToInt64Seconds(absl::Ceil(*wait, absl::Seconds(1)));
      response.headers.emplace("Retry-After", std::to_string(seconds));
    }
    return response;
  }
  runtime::Log(runtime::LogLevel::kError, "net", "a request failed: {}", status.ToString());
  return Problem(
      code, ReasonPhrase(code),
      "The server failed to handle this request; its log says why under this requestID.");
}

int HttpStatusOf(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk:
      return 200;
    case absl::StatusCode::kInvalidArgument:
      return 400;
    case absl::StatusCode::kUnauthenticated:
      return 401;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
      return 409;
    case absl::StatusCode::kOutOfRange:
      return 410;
    case absl::StatusCode::kAborted:
      return 412;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kUnimplemented:
      return 501;
    case absl::StatusCode::kUnavailable:
      return 503;
    case absl::StatusCode::kDeadlineExceeded:
      return 504;
    default:
      return 500;
  }
}

}  // namespace tenantry::net
