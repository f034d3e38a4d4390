#include "net/wire/answer.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "net/wire/gzip.h"
#include "runtime/logging.h"

namespace tenantry::net::wire {
namespace {

constexpr size_t kCompressedMin = 1024;

std::string_view Find(const Headers& headers, std::string_view name) {
  const auto it = headers.find(name);
  return it == headers.end() ? std::string_view() : std::string_view(it->second);
}

// Fields that say how an answer is sent; a handler's own are left out.
bool IsOurs(std::string_view name) {
  constexpr std::array<std::string_view, 7> kOurs = {
      "Connection", "Content-Length",    "Date",        "Keep-Alive",
      "Server",     "Transfer-Encoding", "X-Request-ID"};
  return std::ranges::any_of(kOurs, [&](std::string_view ours) { return SameWord(name, ours); });
}

bool CanBeSent(const HttpResponse& response) {
  if (response.status < 200 || response.status > 599) return false;
  return std::ranges::all_of(response.headers,
                             [](const auto& field) { return IsField(field.first, field.second); });
}

void CompleteProblem(HttpResponse& response, const AnswerShape& shape) {
  if (!Find(response.headers, "Content-Type").starts_with("application/problem+json")) return;
  nlohmann::json problem = nlohmann::json::parse(response.body, nullptr, false);
  if (!problem.is_object()) return;
  if (!shape.path.empty() && !problem.contains("instance")) problem["instance"] = shape.path;
  if (!problem.contains("requestID")) problem["requestID"] = shape.request_id;
  response.body = problem.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void Compress(HttpResponse& response, const AnswerShape& shape) {
  if (response.stream || response.body.size() <= kCompressedMin) return;
  if (!IsCompressible(Find(response.headers, "Content-Type"))) return;
  if (response.headers.contains("Content-Encoding")) return;
  response.headers.emplace("Vary", "Accept-Encoding");
  if (!shape.accepts_gzip) return;
  response.body = Gzip(response.body);
  response.headers.emplace("Content-Encoding", "gzip");
}

void AddField(std::string& head, std::string_view name, std::string_view value) {
  head += name;
  head += ": ";
  head += value;
  head += "\r\n";
}

void AddFields(Answer& answer, const HttpResponse& response, const AnswerShape& shape) {
  bool cache_control = false;
  bool nosniff = false;
  for (const auto& [name, value] : response.headers) {
    if (SameWord(name, "Connection") && SameWord(value, "close")) answer.close = true;
    if (IsOurs(name)) continue;
    cache_control = cache_control || SameWord(name, "Cache-Control");
    nosniff = nosniff || SameWord(name, "X-Content-Type-Options");
    AddField(answer.head, name, value);
  }
  const bool api = shape.path == "/api" || shape.path.starts_with("/api/");
  if (!cache_control && api) AddField(answer.head, "Cache-Control", "no-store");
  if (!nosniff) AddField(answer.head, "X-Content-Type-Options", "nosniff");
  AddField(answer.head, "X-Request-ID", shape.request_id);
  AddField(answer.head, "Server", "tenantry");
}

}  // namespace

bool IsField(std::string_view name, std::string_view value) {
  const auto is_token = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  };
  const auto is_control = [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == '\x7f';
  };
  return !name.empty() && std::ranges::all_of(name, is_token) &&
         std::ranges::none_of(value, is_control);
}

Answer MakeAnswer(HttpResponse response, const AnswerShape& shape) {
  if (!CanBeSent(response)) {
    runtime::Log(runtime::LogLevel::kError, "net",
                 "a handler's answer to {} can't be sent: its status is {} or a header field has "
                 "control characters",
                 shape.path, response.status);
    response = Problem(absl::InternalError("an answer that can't be sent"));
  }
  CompleteProblem(response, shape);
  Compress(response, shape);

  Answer answer;
  answer.status = response.status;
  const bool bodiless = response.status == 204 || response.status == 304;
  answer.head.reserve(512);
  answer.head = "HTTP/1.1 ";
  answer.head += fmt::format_int(response.status).c_str();
  answer.head += ' ';
  answer.head += ReasonPhrase(response.status);
  answer.head += "\r\n";
  AddFields(answer, response, shape);
  if (response.stream && !bodiless) {
    answer.close = true;
    answer.chunked = !shape.http_1_0;
    if (answer.chunked) AddField(answer.head, "Transfer-Encoding", "chunked");
    if (!shape.head_only) answer.stream = std::move(response.stream);
  } else if (!bodiless) {
    AddField(answer.head, "Content-Length", fmt::format_int(response.body.size()).c_str());
    if (!shape.head_only) answer.body = std::move(response.body);
  }
  return answer;
}

void FinishHead(Answer& answer, std::string_view date_field, bool keep_alive, bool http_1_0) {
  answer.head += date_field;
  if (!keep_alive) {
    answer.head += "Connection: close\r\n";
  } else if (http_1_0) {
    answer.head += "Connection: keep-alive\r\n";
  }
  answer.head += "\r\n";
}

std::string Chunk(std::string_view bytes) {
  std::string chunk;
  chunk.reserve(bytes.size() + 20);
  fmt::format_to(std::back_inserter(chunk), "{:x}\r\n", bytes.size());
  chunk += bytes;
  chunk += "\r\n";
  return chunk;
}

}  // namespace tenantry::net::wire
