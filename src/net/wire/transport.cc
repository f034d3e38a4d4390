#include "net/wire/transport.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <string>

namespace tenantry::net::wire {
namespace {

class PlainTransport final : public Transport {
 public:
  explicit PlainTransport(Socket socket) : socket_(std::move(socket)) {
    ErrorCode ignored;
    socket_.non_blocking(true, ignored);
  }

  Task<void> Handshake(ErrorCode& error) override {
    error = {};
    co_return;
  }

  Task<size_t> Read(asio::mutable_buffer room, ErrorCode& error) override {
    const size_t read =
        co_await socket_.async_read_some(asio::mutable_buffers_1(room), Into(error));
    co_return read;
  }

  // Trying first spares a round through the scheduler, as the kernel mostly has room.
  Task<size_t> Write(asio::const_buffer bytes, ErrorCode& error) override {
    for (;;) {
      const size_t written = socket_.write_some(asio::const_buffers_1(bytes), error);
      if (error != asio::error::would_block) co_return written;
      co_await socket_.async_wait(Socket::wait_write, Into(error));
      if (error) co_return 0;
    }
  }

  Task<void> FinishWriting(ErrorCode& error) override {
    socket_.shutdown(Socket::shutdown_send, error);
    co_return;
  }

  Socket& socket() override { return socket_; }

 private:
  Socket socket_;
};

class TlsTransport final : public Transport {
 public:
  TlsTransport(Socket socket, std::shared_ptr<asio::ssl::context> context,
               asio::ssl::stream_base::handshake_type side)
      : context_(std::move(context)), stream_(std::move(socket), *context_), side_(side) {}

  Task<void> Handshake(ErrorCode& error) override {
    if (side_ == asio::ssl::stream_base::server) {
      co_await LookForTls(error);
      if (error) co_return;
    }
    co_await stream_.async_handshake(side_, Into(error));
  }

  Task<size_t> Read(asio::mutable_buffer room, ErrorCode& error) override {
    size_t read = 0;
    if (plain_) {
      read = co_await socket().async_read_some(asio::mutable_buffers_1(room), Into(error));
    } else {
      read = co_await stream_.async_read_some(asio::mutable_buffers_1(room), Into(error));
      // HTTP says itself where a message ends, so a peer that just hangs up is no more than that.
      if (error == asio::ssl::error::stream_truncated) error = asio::error::eof;
    }
    co_return read;
  }

  Task<size_t> Write(asio::const_buffer bytes, ErrorCode& error) override {
    size_t written = 0;
    if (plain_) {
      written = co_await socket().async_write_some(asio::const_buffers_1(bytes), Into(error));
    } else {
      written = co_await stream_.async_write_some(asio::const_buffers_1(bytes), Into(error));
    }
    co_return written;
  }

  Task<void> FinishWriting(ErrorCode& error) override {
    if (!plain_) co_await stream_.async_shutdown(Into(error));
    socket().shutdown(Socket::shutdown_send, error);
  }

  Socket& socket() override { return stream_.next_layer(); }

  void SetHost(const std::string& host) {
    stream_.set_verify_callback(asio::ssl::host_name_verification(host));
    ErrorCode is_name;
    asio::ip::make_address(host, is_name);
    if (is_name) SSL_set_tlsext_host_name(stream_.native_handle(), host.c_str());
  }

 private:
  static constexpr unsigned char kTlsHandshakeRecord = 0x16;

  // Peeks at the first byte, so that a client that speaks plain HTTP can be told.
  Task<void> LookForTls(ErrorCode& error) {
    co_await socket().async_wait(Socket::wait_read, Into(error));
    if (error) co_return;
    unsigned char first = 0;
    const asio::mutable_buffers_1 room(&first, 1);
    const size_t read = socket().receive(room, Socket::message_peek, error);
    if (error || read == 0 || first == kTlsHandshakeRecord) co_return;
    plain_ = true;
    error = asio::error::no_protocol_option;
  }

  std::shared_ptr<asio::ssl::context> context_;  // outlives stream_
  asio::ssl::stream<Socket> stream_;
  asio::ssl::stream_base::handshake_type side_;
  bool plain_ = false;
};

}  // namespace

void Transport::Cancel() {
  ErrorCode ignored;
  socket().cancel(ignored);
}

void Transport::Close() {
  ErrorCode ignored;
  socket().close(ignored);
}

std::unique_ptr<Transport> MakePlainTransport(Socket socket) {
  return std::make_unique<PlainTransport>(std::move(socket));
}

std::unique_ptr<Transport> MakeTlsServerTransport(Socket socket,
                                                  std::shared_ptr<asio::ssl::context> context) {
  return std::make_unique<TlsTransport>(std::move(socket), std::move(context),
                                        asio::ssl::stream_base::server);
}

std::unique_ptr<Transport> MakeTlsClientTransport(Socket socket,
                                                  std::shared_ptr<asio::ssl::context> context,
                                                  const std::string& host) {
  auto transport = std::make_unique<TlsTransport>(std::move(socket), std::move(context),
                                                  asio::ssl::stream_base::client);
  transport->SetHost(host);
  return transport;
}

}  // namespace tenantry::net::wire
