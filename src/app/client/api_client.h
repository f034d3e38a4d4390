#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/client/profile_store.h"
#include "app/console/format.h"
#include "app/console/terminal.h"
#include "net/http_client.h"

namespace tenantry::app::client {

/// How a command was told to reach its server; what is empty comes from the environment.
struct ServerFlags {
  std::string server;   ///< base URL; else TENANTRY_SERVER, else http://127.0.0.1:8080
  std::string ca_file;  ///< PEM of the authorities to trust; else the system's
  absl::Duration timeout = absl::Seconds(90);  ///< without a byte of an answer
};

/// Where a token came from.
enum class TokenSource { kNone, kEnvironment, kProfile };

/// Parameters of a query, not encoded; those with an empty value are left out.
using Query = std::vector<std::pair<std::string, std::string>>;

/// A path of the API from its segments, each percent-encoded: {"tenants", "a/b"} is
/// /api/v1/tenants/a%2Fb.
std::string ApiPath(const std::vector<std::string>& segments);

/// OK for a success, else the status that the answer means, with the server's own words.
absl::Status ProblemStatus(const net::ClientResponse& response);

/// An answer of success.
struct ApiAnswer {
  console::Json body;  ///< null where there was none
  std::string text;    ///< the body as it came
  std::string etag;    ///< empty where there was none
};

/// The API of one server in the name of one credential. Answers that are no success become statuses
/// whose code leads to the exit code of the command (app/exit_code.h): InvalidArgument for
/// 400, 413, 415 and 422, Unauthenticated 401, PermissionDenied 403, NotFound 404,
/// FailedPrecondition 409, Aborted 412, OutOfRange 410, ResourceExhausted 429, Internal for the
/// rest. Unavailable is kept for servers that can't be reached. Not thread-safe.
class ApiClient {
 public:
  /// Finds out where the server is and who speaks: TENANTRY_TOKEN, else the file that
  /// TENANTRY_TOKEN_FILE names, else the profile that `login` saved for that server, else nobody.
  /// InvalidArgument: an address that is none, a token that no header can carry, a file that can't
  /// be read. Nothing is sent yet.
  static absl::StatusOr<std::unique_ptr<ApiClient>> Open(const ServerFlags& flags,
                                                         const console::Terminal& terminal);

  /// GET.
  absl::StatusOr<ApiAnswer> Get(const std::string& path, const Query& query = {});

  /// POST of a body that creates something: sent with an Idempotency-Key, and once more under the
  /// same key when the connection breaks.
  absl::StatusOr<ApiAnswer> Create(const std::string& path, const console::Json& body);

  /// POST without that; a null body is none.
  absl::StatusOr<ApiAnswer> Post(const std::string& path, const console::Json& body);

  /// PATCH with a merge patch (RFC 7396); `etag` goes into If-Match unless it is empty.
  absl::StatusOr<ApiAnswer> Patch(const std::string& path, const console::Json& body,
                                  const std::string& etag = "");

  /// DELETE; `etag` as above.
  absl::StatusOr<ApiAnswer> Delete(const std::string& path, const std::string& etag = "");

  /// Walks a list along its cursors, `limit` items at most (0 = all). `take` gets each item and
  /// ends the walk by an error, which is returned.
  absl::Status ForEach(const std::string& path, const Query& query, int64_t limit,
                       const std::function<absl::Status(const console::Json& item)>& take);

  /// The tenant to work in: `flag` when it is not empty, else the caller's own; empty for the
  /// operator's people. Asks the server only when it has to. Errors as Get.
  absl::StatusOr<std::string> TenantOrOwn(const std::string& flag);

  /// A request as it is, its answer whatever its status; errors are those of net::HttpClient, of
  /// which all that mean "not reached" have become Unavailable.
  absl::StatusOr<net::ClientResponse> Exchange(std::string_view method,
                                               const std::string& path_and_query,
                                               net::Headers headers, std::string_view body);

  /// Server-sent events from `path_and_query`; see net::HttpClient::StreamEvents. Errors as
  /// Exchange.
  absl::StatusOr<net::ClientResponse> StreamEvents(const std::string& path_and_query,
                                                   const net::Headers& headers,
                                                   const net::HttpClient::EventCallback& on_event,
                                                   const net::HttpClient::PlaceCallback& on_place);

  /// OK for a success, else the status that the answer means: the server's own words and, where a
  /// credential is missing or no longer valid, how to get one.
  absl::Status StatusOf(const net::ClientResponse& response) const;

  /// The base URL, without a slash at its end.
  const std::string& server() const { return server_; }

  /// Where the token is from.
  TokenSource token_source() const { return token_source_; }

  /// The profiles of the person at this terminal.
  ProfileStore& profiles() { return profiles_; }

  /// Speaks with `token` from now on; empty = with none.
  void SetToken(std::string token) { token_ = std::move(token); }

 private:
  ApiClient(std::string server, const ServerFlags& flags, base::Random& random,
            ProfileStore profiles);
  absl::Status FindToken(const console::Terminal& terminal);
  absl::StatusOr<ApiAnswer> Call(std::string_view method, const std::string& path_and_query,
                                 net::Headers headers, const console::Json& body);

  std::string server_;
  base::Random& random_;
  ProfileStore profiles_;
  net::HttpClient http_;
  std::string token_;
  TokenSource token_source_ = TokenSource::kNone;
  std::string profile_tenant_;
};

}  // namespace tenantry::app::client
