#include "net/http_client.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/status.h"
#include "net/client/client_connection.h"
#include "net/wire/answer.h"
#include "net/wire/gzip.h"
#include "net/wire/response_parser.h"

namespace tenantry::net {

using wire::Progress;
using wire::Task;

namespace {

// A request under way.
struct Call {
  std::string request;  // request line and header fields
  std::string_view body;
  bool head_only = false;
  const HttpClient::ChunkCallback* on_chunk = nullptr;  // of a stream
  ClientResponse response;
  bool keeps_alive = false;
  bool began_to_answer = false;
};

bool IsIdempotent(std::string_view method) {
  constexpr std::array<std::string_view, 5> kMethods = {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"};
  return std::ranges::find(kMethods, method) != kMethods.end();
}

absl::Status CheckRequest(std::string_view method, std::string_view target,
                          const Headers& headers) {
  if (!wire::IsField(method, "")) {
    return base::InvalidArgument("\"{}\" is no HTTP method", method);
  }
  const bool fits = target.starts_with('/') &&
                    std::ranges::all_of(target, [](char c) { return c > ' ' && c < '\x7f'; });
  if (!fits) {
    return base::InvalidArgument(
        "\"{}\" is no path to ask for: it begins with / and is percent-encoded", target);
  }
  for (const auto& [name, value] : headers) {
    if (!wire::IsField(name, value)) {
      return base::InvalidArgument("the header field \"{}\" has characters that it can't have",
                                   name);
    }
  }
  return absl::OkStatus();
}

void AddField(std::string& text, std::string_view name, std::string_view value) {
  text += name;
  text += ": ";
  text += value;
  text += "\r\n";
}

}  // namespace

std::string_view ClientResponse::Header(std::string_view name) const {
  const auto it = headers.lower_bound(name);
  if (it == headers.end() || CaseInsensitiveLess()(name, it->first)) return {};
  return it->second;
}

class HttpClient::State {
 public:
  explicit State(ClientOptions options) : options_(std::move(options)) {
    absl::StatusOr<wire::BaseUrl> server = wire::ParseBaseUrl(options_.base_url);
    base_url_status_ = server.status();
    if (!server.ok()) server = wire::BaseUrl();
    prefix_ = server->prefix;
    host_ = server->address.Text();
    connection_.emplace(*std::move(server), options_.ca_file);
  }

  absl::StatusOr<ClientResponse> Ask(std::string_view method, std::string_view target,
                                     const Headers& headers, std::string_view body,
                                     const ChunkCallback* on_chunk);
  void Cancel() { connection_->Cancel(); }

 private:
  std::string Head(std::string_view method, std::string_view target, const Headers& headers,
                   size_t body_size, bool streams) const;
  absl::Status Try(Call& call);
  Task<absl::Status> Exchange(Call& call);
  Task<absl::Status> ReadAnswer(Call& call);
  absl::StatusOr<bool> TakeBody(Call& call, wire::ResponseParser& parser) const;
  absl::Status Decode(ClientResponse& response) const;

  const ClientOptions options_;
  absl::Status base_url_status_;
  std::string prefix_;
  std::string host_;
  std::optional<client::ClientConnection> connection_;
};

std::string HttpClient::State::Head(std::string_view method, std::string_view target,
                                    const Headers& headers, size_t body_size, bool streams) const {
  std::string head =
      fmt::format("{} {}{} HTTP/1.1\r\nHost: {}\r\n", method, prefix_, target, host_);
  for (const auto& [name, value] : headers) AddField(head, name, value);
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!headers.contains(name)) AddField(head, name, value);
  };
  for (const auto& [name, value] : options_.default_headers) add(name, value);
  const auto add_default = [&](std::string_view name, std::string_view value) {
    if (!options_.default_headers.contains(name)) add(name, value);
  };
  add_default("User-Agent", "tenantry");
  if (options_.accept_gzip && !streams) add_default("Accept-Encoding", "gzip");
  if (body_size > 0 || method == "POST" || method == "PUT" || method == "PATCH") {
    AddField(head, "Content-Length", fmt::format_int(body_size).c_str());
  }
  head += "\r\n";
  return head;
}

absl::StatusOr<ClientResponse> HttpClient::State::Ask(std::string_view method,
                                                      std::string_view target,
                                                      const Headers& headers, std::string_view body,
                                                      const ChunkCallback* on_chunk) {
  TENANTRY_RETURN_IF_ERROR(base_url_status_);
  TENANTRY_RETURN_IF_ERROR(CheckRequest(method, target, headers));
  TENANTRY_RETURN_IF_ERROR(CheckRequest(method, target, options_.default_headers));
  Call call;
  call.request = Head(method, target, headers, body.size(), on_chunk != nullptr);
  call.body = body;
  call.head_only = method == "HEAD";
  call.on_chunk = on_chunk;
  const bool reused = connection_->IsOpen();
  absl::Status status = Try(call);
  // The server may have ended an idle connection in the moment that this request was on its way.
  if (absl::IsUnavailable(status) && reused && !call.began_to_answer && IsIdempotent(method)) {
    status = Try(call);
  }
  TENANTRY_RETURN_IF_ERROR(status);
  if (on_chunk == nullptr || call.response.status != 200) {
    TENANTRY_RETURN_IF_ERROR(Decode(call.response));
  }
  return std::move(call.response);
}

absl::Status HttpClient::State::Try(Call& call) {
  absl::Status status = connection_->Run([this, &call] { return Exchange(call); });
  if (!call.keeps_alive) connection_->Close();
  return status;
}

Task<absl::Status> HttpClient::State::Exchange(Call& call) {
  absl::Status status;
  if (!connection_->IsOpen()) status = co_await connection_->Connect(options_.connect_timeout);
  if (!status.ok()) co_return status;
  absl::Status sent = co_await connection_->Write(call.request, options_.write_timeout);
  if (sent.ok()) sent = co_await connection_->Write(call.body, options_.write_timeout);
  if (absl::IsDeadlineExceeded(sent)) co_return sent;
  // A server that refuses a body answers and stops reading: its answer says more than the failure.
  status = co_await ReadAnswer(call);
  if (!status.ok() && !sent.ok()) status = sent;
  if (!sent.ok()) call.keeps_alive = false;
  co_return status;
}

Task<absl::Status> HttpClient::State::ReadAnswer(Call& call) {
  wire::ReadBuffer& received = connection_->received();
  std::optional<wire::ResponseParser> parser;
  parser.emplace(call.head_only);
  for (;;) {
    size_t taken = 0;
    Progress progress = parser->Read(received.bytes(), taken);
    received.Consume(taken);
    if (progress == Progress::kNeedMore) {
      const absl::StatusOr<bool> more = TakeBody(call, *parser);
      if (!more.ok() || !*more) co_return more.status();
      const absl::Status filled = co_await connection_->Fill(options_.read_timeout);
      if (filled.ok()) {
        call.began_to_answer = true;
        continue;
      }
      if (!absl::IsOutOfRange(filled)) co_return filled;
      if (!call.began_to_answer) {
        co_return base::Unavailable("{} closed the connection without an answer", host_);
      }
      progress = parser->End();
      if (progress == Progress::kRefused) {
        co_return base::Unavailable("{} ended the connection within its answer", host_);
      }
    }
    if (progress == Progress::kRefused) {
      co_return base::DataLoss("{} sent no HTTP answer that can be read: {}", host_,
                               parser->fault());
    }
    if (parser->status() >= 200) break;
    parser.emplace(call.head_only);  // 100 Continue and the like come before the answer
  }
  const absl::StatusOr<bool> rest = TakeBody(call, *parser);
  call.keeps_alive = rest.ok() && *rest && parser->keeps_alive();
  call.response.headers = std::move(parser->headers());
  co_return rest.status();
}

// Moves what came of the body to where it belongs; false when the caller wants no more of it.
absl::StatusOr<bool> HttpClient::State::TakeBody(Call& call, wire::ResponseParser& parser) const {
  if (!parser.has_head() || parser.status() < 200) return true;
  call.response.status = parser.status();
  std::string piece = std::exchange(parser.body(), {});
  if (call.on_chunk != nullptr && call.response.status == 200) {
    if (piece.empty() || (*call.on_chunk)(piece)) return true;
    call.response.headers = parser.headers();
    return false;
  }
  const auto size = static_cast<int64_t>(call.response.body.size() + piece.size());
  if (size > options_.response_bytes_max) {
    return base::Error(absl::StatusCode::kResourceExhausted,
                       "the answer of {} has more than {} bytes", host_,
                       options_.response_bytes_max);
  }
  call.response.body += piece;
  return true;
}

absl::Status HttpClient::State::Decode(ClientResponse& response) const {
  if (response.Header("Content-Encoding") != "gzip" || response.body.empty()) {
    return absl::OkStatus();
  }
  absl::StatusOr<std::string> body = wire::Gunzip(response.body, options_.response_bytes_max);
  if (absl::IsInvalidArgument(body.status())) {
    return base::DataLoss("the answer of {} can't be read: {}", host_,
                          base::Message(body.status()));
  }
  TENANTRY_RETURN_IF_ERROR(body.status());
  response.body = *std::move(body);
  response.headers.erase("Content-Encoding");
  response.headers.erase("Content-Length");
  return absl::OkStatus();
}

HttpClient::HttpClient(ClientOptions options)
    : state_(std::make_unique<State>(std::move(options))) {}

HttpClient::~HttpClient() = default;

absl::StatusOr<ClientResponse> HttpClient::Send(std::string_view method,
                                                std::string_view path_and_query,
                                                const Headers& headers, std::string_view body) {
  return state_->Ask(method, path_and_query, headers, body, nullptr);
}

absl::StatusOr<ClientResponse> HttpClient::Stream(std::string_view path_and_query,
                                                  const Headers& headers,
                                                  const ChunkCallback& on_chunk) {
  return state_->Ask("GET", path_and_query, headers, {}, &on_chunk);
}

absl::StatusOr<ClientResponse> HttpClient::StreamEvents(std::string_view path_and_query,
                                                        const Headers& headers,
                                                        const EventCallback& on_event,
                                                        const PlaceCallback& on_place) {
  Headers with_accept = headers;
  if (!with_accept.contains("Accept")) with_accept.emplace("Accept", "text/event-stream");
  SseParser parser;
  absl::Status status;
  absl::StatusOr<ClientResponse> response =
      Stream(path_and_query, with_accept, [&](std::string_view bytes) {
        bool more = true;
        status = parser.Feed(bytes, [&](const SseEvent& event) { return more = on_event(event); });
        if (on_place) on_place(parser.last_id());
        return more && status.ok();
      });
  if (!status.ok()) return status;
  return response;
}

void HttpClient::Cancel() { state_->Cancel(); }

}  // namespace tenantry::net
