#include "net/router.h"

#include <absl/container/flat_hash_set.h>
#include <absl/container/inlined_vector.h>

#include <algorithm>
#include <set>
#include <span>

#include "base/status.h"
#include "net/percent.h"

namespace tenantry::net {
namespace {

using Segments = absl::InlinedVector<std::string_view, 8>;

// "/a/b" is [a, b]; "/" is [].
Segments Cut(std::string_view path) {
  Segments segments;
  path.remove_prefix(1);
  if (path.empty()) return segments;
  for (;;) {
    const size_t slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

// Replaces what is encoded by its meaning, which `decoded` holds; false with `detail` if it has
// none.
bool Decode(Segments& segments, absl::InlinedVector<std::string, 4>& decoded, std::string& detail) {
  decoded.reserve(segments.size());
  for (std::string_view& segment : segments) {
    const auto is_plain = [](char c) { return c != '%' && static_cast<unsigned char>(c) < 0x80; };
    if (std::ranges::all_of(segment, is_plain)) continue;
    absl::StatusOr<std::string> text = PercentDecode(segment);
    if (!text.ok()) {
      detail = fmt::format("The path's segment \"{}\" can't be read: {}.", segment,
                           base::Message(text.status()));
      return false;
    }
    segment = decoded.emplace_back(*std::move(text));
  }
  return true;
}

bool IsParameter(std::string_view segment) { return segment.starts_with('{'); }

bool IsWord(std::string_view text, bool (*fits)(char)) {
  return !text.empty() && std::ranges::all_of(text, fits);
}

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }

bool IsNameCharacter(char c) {
  return IsUpper(c) || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

absl::Status CheckPattern(std::string_view pattern) {
  if (!pattern.starts_with('/')) return base::InvalidArgument("it does not begin with /");
  std::set<std::string_view> names;
  for (const std::string_view segment : Cut(pattern)) {
    if (segment.empty()) return base::InvalidArgument("it has an empty segment");
    if (segment.find_first_of("{}") == std::string_view::npos) continue;
    const std::string_view name = segment.size() > 2 ? segment.substr(1, segment.size() - 2) : "";
    if (!segment.starts_with('{') || !segment.ends_with('}') || !IsWord(name, IsNameCharacter)) {
      return base::InvalidArgument("its segment \"{}\" is neither a literal nor {{name}}", segment);
    }
    if (!names.insert(name).second) {
      return base::InvalidArgument("it has the parameter \"{}\" twice", name);
    }
  }
  return absl::OkStatus();
}

absl::Status CheckRoute(const Route& route) {
  TENANTRY_RETURN_IF_ERROR(CheckPattern(route.pattern));
  if (!IsWord(route.method, IsUpper)) {
    return base::InvalidArgument("its method is no upper-case word");
  }
  if (route.operation.empty()) return base::InvalidArgument("it has no operation");
  if (!route.handler) return base::InvalidArgument("it has no handler");
  if (route.body_limit.bytes_max < 0) return base::InvalidArgument("its body limit is negative");
  if ((route.body_limit.bytes_max > 0) == route.body_limit.option.empty()) {
    return base::InvalidArgument("its body limit and the option's name belong together");
  }
  return absl::OkStatus();
}

}  // namespace

struct Router::Tree {
  struct Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
    std::unique_ptr<Node> parameter;
    std::vector<size_t> routes;  // indexes of those that end here
    std::string allow;
  };

  std::vector<Route> routes;
  std::vector<std::vector<std::string>> names;  // parameter names of each route, in order
  Node root;

  absl::Status Insert(size_t index);
  void FillAllow(Node& node) const;
  const Node* Walk(const Node& node, std::span<const std::string_view> segments,
                   absl::InlinedVector<std::string_view, 4>& values) const;
};

absl::Status Router::Tree::Insert(size_t index) {
  Node* node = &root;
  for (const std::string_view segment : Cut(routes[index].pattern)) {
    std::unique_ptr<Node>& next =
        IsParameter(segment) ? node->parameter : node->literals[std::string(segment)];
    if (IsParameter(segment)) names[index].emplace_back(segment.substr(1, segment.size() - 2));
    if (!next) next = std::make_unique<Node>();
    node = next.get();
  }
  for (const size_t other : node->routes) {
    if (routes[other].method == routes[index].method) {
      return base::InvalidArgument("it fits the same paths as {} {}", routes[other].method,
                                   routes[other].pattern);
    }
  }
  node->routes.push_back(index);
  return absl::OkStatus();
}

void Router::Tree::FillAllow(Node& node) const {
  std::set<std::string> methods;
  for (const size_t index : node.routes) methods.insert(routes[index].method);
  if (methods.contains("GET")) methods.insert("HEAD");
  methods.insert("OPTIONS");
  node.allow = fmt::format("{}", fmt::join(methods, ", "));
  for (auto& [literal, next] : node.literals) FillAllow(*next);
  if (node.parameter) FillAllow(*node.parameter);
}

const Router::Tree::Node* Router::Tree::Walk(
    const Node& node, std::span<const std::string_view> segments,
    absl::InlinedVector<std::string_view, 4>& values) const {
  if (segments.empty()) return node.routes.empty() ? nullptr : &node;
  if (const auto it = node.literals.find(segments[0]); it != node.literals.end()) {
    if (const Node* found = Walk(*it->second, segments.subspan(1), values)) return found;
  }
  if (!node.parameter || segments[0].empty()) return nullptr;
  values.push_back(segments[0]);
  if (const Node* found = Walk(*node.parameter, segments.subspan(1), values)) return found;
  values.pop_back();
  return nullptr;
}

Router::Router(std::unique_ptr<Tree> tree) : tree_(std::move(tree)) {}
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;
Router::~Router() = default;

absl::StatusOr<Router> Router::Create(std::vector<Route> routes) {
  auto tree = std::make_unique<Tree>();
  tree->routes = std::move(routes);
  tree->names.resize(tree->routes.size());
  absl::flat_hash_set<std::string> operations;
  for (size_t i = 0; i < tree->routes.size(); ++i) {
    const Route& route = tree->routes[i];
    absl::Status status = CheckRoute(route);
    if (status.ok()) status = tree->Insert(i);
    if (status.ok() && !operations.insert(route.operation).second) {
      status = base::InvalidArgument("its operation \"{}\" is declared twice", route.operation);
    }
    if (!status.ok()) {
      return base::Annotate(status, fmt::format("the route {} {}", route.method, route.pattern));
    }
  }
  tree->FillAllow(tree->root);
  return Router(std::move(tree));
}

RouteMatch Router::Find(std::string_view method, std::string_view path) const {
  RouteMatch match;
  if (!path.starts_with('/')) return match;
  Segments segments = Cut(path);
  absl::InlinedVector<std::string, 4> decoded;
  if (!Decode(segments, decoded, match.detail)) {
    match.outcome = RouteOutcome::kBadPath;
    return match;
  }

  absl::InlinedVector<std::string_view, 4> values;
  const Tree::Node* node = tree_->Walk(tree_->root, segments, values);
  if (node == nullptr) return match;
  const auto by_method = [&](std::string_view wanted) {
    return std::ranges::find_if(node->routes,
                                [&](size_t i) { return tree_->routes[i].method == wanted; });
  };
  auto it = by_method(method);
  if (it == node->routes.end() && method == "HEAD") it = by_method("GET");
  if (it == node->routes.end()) {
    match.outcome = method == "OPTIONS" ? RouteOutcome::kOptions : RouteOutcome::kMethodNotAllowed;
    match.allow = node->allow;
    return match;
  }
  match.outcome = RouteOutcome::kFound;
  match.index = *it;
  match.route = &tree_->routes[*it];
  for (size_t i = 0; i < values.size(); ++i) {
    match.params.emplace(tree_->names[*it][i], values[i]);
  }
  return match;
}

const std::vector<Route>& Router::routes() const { return tree_->routes; }

}  // namespace tenantry::net
