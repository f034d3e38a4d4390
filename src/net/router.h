#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/http.h"

namespace tenantry::net {

/// What a router says about a request line.
enum class RouteOutcome {
  kFound,             ///< `route` answers
  kNotFound,          ///< no pattern fits the path: 404
  kMethodNotAllowed,  ///< the path has routes, the method has none: 405 with Allow
  kOptions,           ///< OPTIONS of a path that has no route of its own for it: 204 with Allow
  kBadPath,           ///< a percent escape is broken or the path is not UTF-8: 400
};

/// The answer of Router::Find.
struct RouteMatch {
  RouteOutcome outcome = RouteOutcome::kNotFound;
  /// Set for kFound; owned by the router.
  const Route* route = nullptr;
  /// Index of `route` in Router::routes().
  size_t index = 0;
  /// The route's {names}, percent-decoded. Set for kFound.
  std::map<std::string, std::string> params;
  /// The value of Allow, for kMethodNotAllowed and kOptions.
  std::string allow;
  /// What is wrong and where, for kBadPath.
  std::string detail;
};

/// Finds the route of a request. Paths are cut at `/`, then each segment is percent-decoded, so an
/// id may hold an encoded `/`. A literal segment wins over a parameter (`/tenants/count` before
/// `/tenants/{tenantID}`); an empty segment fits no parameter. GET routes answer HEAD too.
/// Immutable after Create; thread-safe.
class Router {
 public:
  /// Takes the routes. InvalidArgument, naming the route: a pattern that is malformed, two routes
  /// of one method that fit the same paths, an operation declared twice or empty, a missing
  /// handler, a method that is no upper-case word.
  static absl::StatusOr<Router> Create(std::vector<Route> routes);

  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;
  ~Router();

  /// Looks up `method` and `path` (as sent, without the query).
  RouteMatch Find(std::string_view method, std::string_view path) const;

  /// Every route as declared, in the order given: what the OpenAPI document is compared with.
  const std::vector<Route>& routes() const;

 private:
  struct Tree;
  explicit Router(std::unique_ptr<Tree> tree);

  std::unique_ptr<Tree> tree_;
};

}  // namespace tenantry::net
