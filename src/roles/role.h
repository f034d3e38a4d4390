#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "net/http.h"

namespace tenantry::roles {

/// A part of the system that a process plays: what it answers over HTTP. Its background work is
/// made of runtime::Services that the process wires beside it. Handlers run on many threads at
/// once.
class Role {
 public:
  virtual ~Role() = default;

  /// The name that `--roles` picks it by.
  virtual std::string_view name() const = 0;

  /// Its operations; handlers refer to the role, which must outlive the server.
  virtual std::vector<net::Route> Routes() = 0;

  /// What it answers where no operation fits, as net::Elsewhere has it; by default nothing.
  virtual std::optional<net::HttpResponse> Elsewhere(const net::HttpRequest& request, int status) {
    (void)request, (void)status;
    return std::nullopt;
  }
};

}  // namespace tenantry::roles
