#include "net/wire/host_port.h"

#include <charconv>

#include "base/status.h"

namespace tenantry::net::wire {
namespace {

bool ParsePort(std::string_view text, uint16_t& port) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size();
}

bool IsHost(std::string_view host) {
  return !host.empty() && host.find_first_of("/?#@[] \t\r\n%") == std::string_view::npos;
}

}  // namespace

std::string HostPort::Text() const {
  const bool ipv6 = host.find(':') != std::string::npos;
  return ipv6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

absl::StatusOr<HostPort> ParseHostPort(std::string_view text) {
  const size_t colon = text.rfind(':');
  HostPort address;
  if (colon == std::string_view::npos || !ParsePort(text.substr(colon + 1), address.port)) {
    return base::InvalidArgument(
        "\"{}\" is no address: write HOST:PORT with a port from 0 to 65535, say 127.0.0.1:8080",
        text);
  }
  std::string_view host = text.substr(0, colon);
  const bool brackets = host.starts_with('[') && host.ends_with(']') && host.size() > 2;
  if (brackets) host = host.substr(1, host.size() - 2);
  if (!IsHost(host) || brackets != (host.find(':') != std::string_view::npos)) {
    return base::InvalidArgument(
        "\"{}\" is no address: write HOST:PORT, an IPv6 host in brackets, say [::1]:8080", text);
  }
  address.host = host;
  return address;
}

absl::StatusOr<BaseUrl> ParseBaseUrl(std::string_view text) {
  BaseUrl url;
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    url.tls = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    return base::InvalidArgument(
        "\"{}\" is no server URL: it begins with http:// or https://, say http://127.0.0.1:8080",
        text);
  }
  const size_t slash = std::min(rest.find('/'), rest.size());
  const std::string authority(rest.substr(0, slash));
  const bool has_port = authority.find_last_of(":]") != std::string::npos &&
                        authority[authority.find_last_of(":]")] == ':';
  absl::StatusOr<HostPort> address =
      ParseHostPort(has_port ? authority : authority + (url.tls ? ":443" : ":80"));
  if (!address.ok() || address->port == 0) {
    return base::InvalidArgument("\"{}\" is no server URL: \"{}\" is no HOST or HOST:PORT", text,
                                 authority);
  }
  url.address = *std::move(address);
  url.prefix = rest.substr(slash);
  while (url.prefix.ends_with('/')) url.prefix.pop_back();
  if (url.prefix.find_first_of("?# \t\r\n") != std::string::npos) {
    return base::InvalidArgument("\"{}\" is no server URL: it has a query, a fragment or a space",
                                 text);
  }
  return url;
}

}  // namespace tenantry::net::wire
