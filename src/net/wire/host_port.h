#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace tenantry::net::wire {

/// Where to listen or to connect.
struct HostPort {
  std::string host;  ///< a name or an address, IPv6 without brackets
  uint16_t port = 0;

  /// `host:port`, IPv6 in brackets.
  std::string Text() const;
};

/// Reads `host:port` or `[ipv6]:port`. InvalidArgument, saying what is wrong with `text`.
absl::StatusOr<HostPort> ParseHostPort(std::string_view text);

/// The parts of a base URL that a client needs.
struct BaseUrl {
  bool tls = false;
  HostPort address;
  std::string
      prefix;  ///< path put before every request's path; empty or `/x/y`, no slash at its end
};

/// Reads `http[s]://host[:port][/prefix]`. InvalidArgument, saying what is wrong with `text`.
absl::StatusOr<BaseUrl> ParseBaseUrl(std::string_view text);

}  // namespace tenantry::net::wire
