#include "app/client/api_client.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/client/json_text.h"
#include "app/client/lenient_json.h"
#include "base/status.h"
#include "net/percent.h"
#include "runtime/disk/files.h"
#include "runtime/disk/paths.h"

namespace tenantry::app::client {
namespace {

using console::Json;
using console::TextOf;
using console::Variable;

constexpr std::string_view kDefaultServer = "http://127.0.0.1:8080";
constexpr int64_t kTokenFileBytesMax = 64 * 1024;
constexpr int64_t kPageItems = 1000;
constexpr std::string_view kUserAgent = "tenantry";

net::ClientOptions OptionsFor(const std::string& server, const ServerFlags& flags) {
  net::ClientOptions options;
  options.base_url = server;
  options.ca_file = flags.ca_file;
  options.read_timeout = flags.timeout;
  options.write_timeout = flags.timeout;
  options.default_headers = {{"User-Agent", std::string(kUserAgent)}};
  return options;
}

absl::StatusCode CodeOf(int http_status) {
  switch (http_status) {
    case 400:
    case 413:
    case 415:
    case 422:
      return absl::StatusCode::kInvalidArgument;
    case 401:
      return absl::StatusCode::kUnauthenticated;
    case 403:
      return absl::StatusCode::kPermissionDenied;
    case 404:
      return absl::StatusCode::kNotFound;
    case 409:
      return absl::StatusCode::kFailedPrecondition;
    case 410:
      return absl::StatusCode::kOutOfRange;
    case 412:
      return absl::StatusCode::kAborted;
    case 429:
    case 507:
      return absl::StatusCode::kResourceExhausted;
    default:
      return absl::StatusCode::kInternal;
  }
}

/// Everything that means that no server answered as one becomes Unavailable.
absl::Status TransportStatus(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kResourceExhausted:
      return status;
    default:
      return absl::Status(absl::StatusCode::kUnavailable, status.message());
  }
}

std::string WithQuery(const std::string& path, const Query& query) {
  Query present;
  for (const auto& [name, value] : query) {
    if (!value.empty()) present.emplace_back(name, value);
  }
  return present.empty() ? path : path + "?" + net::EncodeQuery(present);
}

absl::StatusOr<std::string> TokenFromFile(const std::string& path) {
  const absl::StatusOr<std::string> bytes = runtime::ReadFile(path, kTokenFileBytesMax);
  TENANTRY_RETURN_IF_ERROR(base::Annotate(bytes.status(), "TENANTRY_TOKEN_FILE"));
  return std::string(runtime::WithoutLineEnd(*bytes));
}

}  // namespace

std::string ApiPath(const std::vector<std::string>& segments) {
  std::string path = "/api/v1";
  for (const std::string& segment : segments) path += "/" + net::PercentEncode(segment);
  return path;
}

absl::Status ProblemStatus(const net::ClientResponse& response) {
  if (response.status >= 200 && response.status < 300) return absl::OkStatus();
  const Json problem = Json::parse(response.body, nullptr, false);
  std::string words = TextOf(problem, "detail");
  if (words.empty()) words = TextOf(problem, "title");
  if (words.empty()) words = fmt::format("the server answered {}", response.status);
  const std::string request = TextOf(problem, "requestID");
  if (response.status >= 500 && !request.empty()) words += fmt::format(" (request {})", request);
  return absl::Status(CodeOf(response.status), words);
}

ApiClient::ApiClient(std::string server, const ServerFlags& flags, base::Random& random,
                     ProfileStore profiles)
    : server_(std::move(server)),
      random_(random),
      profiles_(std::move(profiles)),
      http_(OptionsFor(server_, flags)) {}

absl::StatusOr<std::unique_ptr<ApiClient>> ApiClient::Open(const ServerFlags& flags,
                                                           const console::Terminal& terminal) {
  std::string server = flags.server;
  if (server.empty()) {
    server = Variable(terminal, "TENANTRY_SERVER").value_or(std::string(kDefaultServer));
  }
  while (server.ends_with('/')) server.pop_back();
  // Without a folder there are no profiles, and tokens come from the environment.
  const absl::StatusOr<std::string> folder = runtime::ConfigFolder(terminal.environment);
  std::unique_ptr<ApiClient> client(new ApiClient(std::move(server), flags, terminal.random,
                                                  ProfileStore(folder.ok() ? *folder : "")));
  TENANTRY_RETURN_IF_ERROR(client->FindToken(terminal));
  return client;
}

absl::Status ApiClient::FindToken(const console::Terminal& terminal) {
  if (const std::optional<std::string> token = Variable(terminal, "TENANTRY_TOKEN")) {
    token_ = *token;
    token_source_ = TokenSource::kEnvironment;
  } else if (const std::optional<std::string> file = Variable(terminal, "TENANTRY_TOKEN_FILE")) {
    TENANTRY_ASSIGN_OR_RETURN(token_, TokenFromFile(*file));
    token_source_ = TokenSource::kEnvironment;
  } else {
    TENANTRY_ASSIGN_OR_RETURN(const std::optional<Profile> profile, profiles_.Find(server_));
    if (profile.has_value()) {
      token_ = profile->token;
      token_source_ = TokenSource::kProfile;
      profile_tenant_ = profile->tenant_id;
    }
  }
  const bool printable =
      std::ranges::all_of(token_, [](char letter) { return letter > 0x20 && letter < 0x7f; });
  if (printable) return absl::OkStatus();
  return base::InvalidArgument("the token holds spaces or other signs that no token has");
}

absl::StatusOr<net::ClientResponse> ApiClient::Exchange(std::string_view method,
                                                        const std::string& path_and_query,
                                                        net::Headers headers,
                                                        std::string_view body) {
  if (!token_.empty()) headers.emplace("Authorization", "Bearer " + token_);
  absl::StatusOr<net::ClientResponse> response = http_.Send(method, path_and_query, headers, body);
  if (!response.ok()) return TransportStatus(response.status());
  return response;
}

absl::StatusOr<net::ClientResponse> ApiClient::StreamEvents(
    const std::string& path_and_query, const net::Headers& headers,
    const net::HttpClient::EventCallback& on_event,
    const net::HttpClient::PlaceCallback& on_place) {
  net::Headers all = headers;
  if (!token_.empty()) all.emplace("Authorization", "Bearer " + token_);
  absl::StatusOr<net::ClientResponse> response =
      http_.StreamEvents(path_and_query, all, on_event, on_place);
  if (!response.ok()) return TransportStatus(response.status());
  return response;
}

absl::Status ApiClient::StatusOf(const net::ClientResponse& response) const {
  const absl::Status status = ProblemStatus(response);
  if (!absl::IsUnauthenticated(status)) return status;
  std::string_view hint = "check TENANTRY_TOKEN or TENANTRY_TOKEN_FILE";
  if (token_.empty()) hint = "log in with `tenantry login`, or set TENANTRY_TOKEN";
  if (token_source_ == TokenSource::kProfile) hint = "log in again with `tenantry login`";
  // The server's own hint is for everybody; this one knows where the token is from.
  std::string_view words = base::Message(status);
  constexpr std::string_view kServersHint = ": log in again";
  if (words.ends_with(kServersHint)) words.remove_suffix(kServersHint.size());
  return base::Error(status.code(), "{}: {}", words, hint);
}

absl::StatusOr<ApiAnswer> ApiClient::Call(std::string_view method,
                                          const std::string& path_and_query, net::Headers headers,
                                          const Json& body) {
  std::string text;
  if (!body.is_null()) {
    TENANTRY_ASSIGN_OR_RETURN(text, JsonText(body));
    if (headers.count("Content-Type") == 0) headers.emplace("Content-Type", "application/json");
  }
  TENANTRY_ASSIGN_OR_RETURN(net::ClientResponse response,
                            Exchange(method, path_and_query, std::move(headers), text));
  TENANTRY_RETURN_IF_ERROR(StatusOf(response));
  ApiAnswer answer;
  answer.etag = std::string(response.Header("ETag"));
  answer.text = std::move(response.body);
  if (answer.text.empty()) return answer;
  answer.body = ParseLeniently(answer.text);
  if (answer.body.is_discarded()) {
    return base::Unavailable("{} answers, but not as Tenantry does: is the address right?",
                             server_);
  }
  return answer;
}

absl::StatusOr<ApiAnswer> ApiClient::Get(const std::string& path, const Query& query) {
  return Call("GET", WithQuery(path, query), {}, nullptr);
}

absl::StatusOr<ApiAnswer> ApiClient::Create(const std::string& path, const Json& body) {
  const net::Headers headers = {{"Idempotency-Key", random_.Uuid()}};
  absl::StatusOr<ApiAnswer> answer = Call("POST", path, headers, body);
  if (absl::IsUnavailable(answer.status())) answer = Call("POST", path, headers, body);
  return answer;
}

absl::StatusOr<ApiAnswer> ApiClient::Post(const std::string& path, const Json& body) {
  return Call("POST", path, {}, body);
}

absl::StatusOr<ApiAnswer> ApiClient::Patch(const std::string& path, const Json& body,
                                           const std::string& etag) {
  net::Headers headers = {{"Content-Type", "application/merge-patch+json"}};
  if (!etag.empty()) headers.emplace("If-Match", etag);
  return Call("PATCH", path, std::move(headers), body);
}

absl::StatusOr<ApiAnswer> ApiClient::Delete(const std::string& path, const std::string& etag) {
  net::Headers headers;
  if (!etag.empty()) headers.emplace("If-Match", etag);
  return Call("DELETE", path, std::move(headers), nullptr);
}

absl::Status ApiClient::ForEach(const std::string& path, const Query& query, int64_t limit,
                                const std::function<absl::Status(const Json& item)>& take) {
  std::string cursor;
  int64_t taken = 0;
  do {
    const int64_t wanted = limit == 0 ? kPageItems : std::min(kPageItems, limit - taken);
    Query page = query;
    page.emplace_back("limit", fmt::to_string(wanted));
    page.emplace_back("cursor", cursor);
    TENANTRY_ASSIGN_OR_RETURN(const ApiAnswer answer, Get(path, page));
    const auto items = answer.body.find("items");
    if (items == answer.body.end() || !items->is_array()) {
      return base::Unavailable("{} answers a list without items: is it Tenantry?", server_);
    }
    for (const Json& item : *items) {
      if (limit != 0 && taken == limit) return absl::OkStatus();
      TENANTRY_RETURN_IF_ERROR(take(item));
      ++taken;
    }
    std::string next = TextOf(answer.body, "next");
    if (!next.empty() && next == cursor) {
      return base::Internal("{} gives the same page again and again", server_);
    }
    cursor = std::move(next);
  } while (!cursor.empty() && (limit == 0 || taken < limit));
  return absl::OkStatus();
}

absl::StatusOr<std::string> ApiClient::TenantOrOwn(const std::string& flag) {
  if (!flag.empty()) return flag;
  if (token_source_ == TokenSource::kProfile) return profile_tenant_;
  TENANTRY_ASSIGN_OR_RETURN(const ApiAnswer session, Get(ApiPath({"sessions", "current"})));
  return TextOf(session.body, "tenantID");
}

}  // namespace tenantry::app::client
