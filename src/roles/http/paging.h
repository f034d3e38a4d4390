#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "net/http.h"

namespace tenantry::roles {

/// Which page of a list is asked for.
struct Page {
  std::string after;    ///< ids after this one; empty = from the first
  int64_t limit = 100;  ///< items, 1 to 1,000
  std::string binding;  ///< what the cursor is bound to
};

/// Reads `limit` and `cursor`. A cursor is bound to the operation, to whoever asks (`scope`) and to
/// every other query parameter: one from elsewhere, or made up, is InvalidArgument.
absl::StatusOr<Page> ReadPage(const net::HttpRequest& request, std::string_view scope,
                              int64_t default_limit = 100);

/// A page's answer: `items` holds up to limit + 1 rows as JSON texts with their ids; the one too
/// many tells that there is a next page, which then has its cursor in `next` and in a Link header.
/// `more` are further members of the answer, as JSON without its braces.
net::HttpResponse PageResponse(const net::HttpRequest& request, const Page& page,
                               std::vector<std::pair<std::string, std::string>> items,
                               std::string_view more = {});

}  // namespace tenantry::roles
