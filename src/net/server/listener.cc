#include "net/server/listener.h"

#include <fmt/format.h>

#include <boost/asio/ip/v6_only.hpp>

#include "base/status.h"
#include "net/wire/host_port.h"

namespace tenantry::net::server {
namespace {

namespace asio = wire::asio;
using asio::ip::tcp;

absl::StatusOr<tcp::endpoint> Resolve(const wire::HostPort& address, asio::io_context& context) {
  wire::ErrorCode error;
  tcp::resolver resolver(context);
  const auto found =
      resolver.resolve(address.host, std::to_string(address.port), tcp::resolver::passive, error);
  if (error || found.empty()) {
    return base::FailedPrecondition(
        "cannot listen on {}: the host is unknown ({}); name one of this machine's addresses with "
        "net.listen (--listen HOST:PORT)",
        address.Text(), error.message());
  }
  return found.begin()->endpoint();
}

absl::Status ListenFailed(const wire::HostPort& address, const wire::ErrorCode& error) {
  std::string advice = "choose another with net.listen (--listen HOST:PORT)";
  if (error == asio::error::address_in_use) {
    advice = "another program uses it: stop that one, or " + advice;
  } else if (error == asio::error::access_denied) {
    advice = "ports below 1024 need rights: take a higher one, or " + advice;
  } else {
    advice = fmt::format("{}: {}", error.message(), advice);
  }
  return base::FailedPrecondition("cannot listen on {}: {}", address.Text(), advice);
}

std::string Text(const std::string& host, uint16_t port) {
  return wire::HostPort{host, port}.Text();
}

}  // namespace

absl::StatusOr<wire::Acceptor> Listen(const std::string& listen, bool beyond_loopback,
                                      asio::io_context& context, bool any_port) {
  TENANTRY_ASSIGN_OR_RETURN(const wire::HostPort address, wire::ParseHostPort(listen));
  TENANTRY_ASSIGN_OR_RETURN(tcp::endpoint endpoint, Resolve(address, context));
  if (any_port) endpoint.port(0);
  if (!endpoint.address().is_loopback() && !beyond_loopback) {
    return base::FailedPrecondition(
        "refusing to listen on {}: others than this machine could reach it and nothing would be "
        "encrypted. Give net.tls_certificate_file and net.tls_key_file, or listen on 127.0.0.1, or "
        "set net.allow_plain when something in front of it encrypts",
        address.Text());
  }
  wire::Acceptor acceptor(context);
  wire::ErrorCode error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && endpoint.address().is_v6()) {
    acceptor.set_option(asio::ip::v6_only(false), error);
  }
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (error) return ListenFailed(address, error);
  return acceptor;
}

std::string BoundAddress(const wire::Acceptor& acceptor) {
  wire::ErrorCode ignored;
  const tcp::endpoint endpoint = acceptor.local_endpoint(ignored);
  return Text(endpoint.address().to_string(), endpoint.port());
}

std::string ReachableAddress(const wire::Acceptor& acceptor) {
  wire::ErrorCode ignored;
  const tcp::endpoint endpoint = acceptor.local_endpoint(ignored);
  if (!endpoint.address().is_unspecified()) return BoundAddress(acceptor);
  return Text(endpoint.address().is_v6() ? "::1" : "127.0.0.1", endpoint.port());
}

std::string HostOf(const tcp::endpoint& endpoint) {
  const asio::ip::address address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

}  // namespace tenantry::net::server
