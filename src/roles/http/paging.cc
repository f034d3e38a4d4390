#include "roles/http/paging.h"

#include <charconv>
#include <utility>

#include "base/status.h"
#include "identity/secrets/secrets.h"
#include "net/percent.h"

namespace tenantry::roles {
namespace {

constexpr int64_t kLimitMax = 1000;
constexpr size_t kSealDigits = 24;

std::string Hex(std::string_view text) {
  std::string hex;
  for (const char c : text) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return hex;
}

// What ties a cursor to its list: it is found wrong when it was made for another.
std::string Seal(std::string_view binding, std::string_view after) {
  return identity::HashSecret(fmt::format("{}\n{}", binding, after)).substr(0, kSealDigits);
}

std::string MakeCursor(std::string_view binding, std::string_view after) {
  return Seal(binding, after) + Hex(after);
}

absl::StatusOr<std::string> ReadCursor(std::string_view binding, std::string_view cursor) {
  const absl::Status wrong = base::InvalidArgument(
      "cursor is not of this list: take it from `next` of the page before, with the same "
      "parameters");
  if (cursor.size() < kSealDigits || cursor.size() % 2 != 0) return wrong;
  std::string after;
  for (size_t i = kSealDigits; i < cursor.size(); i += 2) {
    unsigned byte = 0;
    const auto [end, error] = std::from_chars(cursor.data() + i, cursor.data() + i + 2, byte, 16);
    if (error != std::errc() || end != cursor.data() + i + 2) return wrong;
    after.push_back(static_cast<char>(byte));
  }
  // One cursor a place: digits in capitals are not as it was given out.
  if (MakeCursor(binding, after) != cursor) return wrong;
  return after;
}

}  // namespace

absl::StatusOr<Page> ReadPage(const net::HttpRequest& request, std::string_view scope,
                              int64_t default_limit) {
  Page page;
  page.limit = default_limit;
  page.binding = fmt::format("{}\n{}", request.path, scope);
  for (const auto& [name, value] : request.query) {
    if (name != "limit" && name != "cursor") page.binding += fmt::format("\n{}={}", name, value);
  }
  if (const auto limit = request.Query("limit")) {
    const auto [end, error] =
        std::from_chars(limit->data(), limit->data() + limit->size(), page.limit);
    if (error != std::errc() || end != limit->data() + limit->size() || page.limit < 1 ||
        page.limit > kLimitMax) {
      return base::InvalidArgument("limit '{}' is no number from 1 to {}", limit->substr(0, 64),
                                   kLimitMax);
    }
  }
  if (const auto cursor = request.Query("cursor")) {
    TENANTRY_ASSIGN_OR_RETURN(page.after, ReadCursor(page.binding, *cursor));
  }
  return page;
}

net::HttpResponse PageResponse(const net::HttpRequest& request, const Page& page,
                               std::vector<std::pair<std::string, std::string>> items,
                               std::string_view more) {
  const bool is_more = static_cast<int64_t>(items.size()) > page.limit;
  if (is_more) items.resize(static_cast<size_t>(page.limit));
  std::string body = "{\"items\":[";
  for (size_t i = 0; i < items.size(); ++i) body += (i > 0 ? "," : "") + items[i].second;
  body += ']';
  if (!more.empty()) body += fmt::format(",{}", more);
  if (!is_more) return net::HttpResponse::JsonText(200, body + '}');
  const std::string cursor = MakeCursor(page.binding, items.back().first);
  net::HttpResponse response =
      net::HttpResponse::JsonText(200, body + ",\"next\":\"" + cursor + "\"}");
  std::vector<std::pair<std::string, std::string>> parameters;
  for (const auto& [name, value] : request.query) {
    if (name != "cursor") parameters.emplace_back(name, value);
  }
  parameters.emplace_back("cursor", cursor);
  response.headers.emplace(
      "Link", fmt::format("<{}?{}>; rel=\"next\"", request.path, net::EncodeQuery(parameters)));
  return response;
}

}  // namespace tenantry::roles
