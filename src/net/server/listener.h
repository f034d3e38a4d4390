#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "net/wire/asio.h"

namespace tenantry::net::server {

/// Opens a socket that listens on `listen` ("host:port"). InvalidArgument: that is no address.
/// FailedPrecondition, saying what to do: the host is unknown or not this machine's, the port is
/// taken or needs rights, or the host is beyond loopback while `beyond_loopback` is false. With
/// `any_port` a free one is taken, whatever `listen` names.
absl::StatusOr<wire::Acceptor> Listen(const std::string& listen, bool beyond_loopback,
                                      wire::asio::io_context& context, bool any_port = false);

/// The address that `acceptor` listens on, as `host:port`.
std::string BoundAddress(const wire::Acceptor& acceptor);

/// The same for a client on this machine: a wildcard address becomes loopback.
std::string ReachableAddress(const wire::Acceptor& acceptor);

/// `endpoint`'s host, without the port.
std::string HostOf(const wire::asio::ip::tcp::endpoint& endpoint);

}  // namespace tenantry::net::server
