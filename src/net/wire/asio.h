#pragma once

#include <absl/time/time.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

namespace tenantry::net::wire {

namespace asio = boost::asio;

/// Everything runs on plain io_contexts; naming their executor spares Asio's type erasure.
using Executor = asio::io_context::executor_type;
/// A coroutine of an I/O thread.
template <typename T>
using Task = asio::awaitable<T, Executor>;
/// A TCP socket of an I/O thread.
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
/// A listening TCP socket.
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;
/// A timer of an I/O thread.
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;
/// What Asio and Beast report failures with.
using ErrorCode = boost::system::error_code;

/// Completion token of operations that a coroutine awaits.
inline constexpr asio::use_awaitable_t<Executor> kAwait;

/// As kAwait, with the failure put into `error` instead of thrown.
inline auto Into(ErrorCode& error) { return asio::redirect_error(kAwait, error); }

}  // namespace tenantry::net::wire
