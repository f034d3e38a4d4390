#pragma once

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
};

}  // namespace tenantry::roles
