#pragma once

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_client.h"
#include "net/http_server.h"

namespace tenantry::net {

/// For tests: a server on a free port of 127.0.0.1, stopped at its end.
class TestServer {
 public:
  explicit TestServer(std::vector<Route> routes, HttpServerOptions options = {},
                      Elsewhere elsewhere = nullptr) {
    options.listen = "127.0.0.1:0";
    server_ = std::make_unique<HttpServer>(options, std::move(routes), clock_, random_, metrics_,
                                           std::move(elsewhere));
    const absl::Status status = server_->Start();
    EXPECT_TRUE(status.ok()) << status;
  }

  /// The server itself.
  HttpServer& server() { return *server_; }

  /// The port that it listens on.
  uint16_t port() const {
    const std::string address = server_->bound_address();
    return static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  }

  /// A client of this server; `ca_file` for TLS.
  HttpClient Client(const std::string& ca_file = "") const {
    ClientOptions options;
    options.base_url = server_->url();
    options.ca_file = ca_file;
    return HttpClient(options);
  }

  /// The value of a metric's line, say `tenantry_net_refused_total{reason="timeout"}`; -1 if
  /// absent.
  double Metric(const std::string& line) const {
    const std::string text = "\n" + metrics_.PrometheusText();
    const size_t at = text.find("\n" + line + " ");
    return at == std::string::npos ? -1 : std::stod(text.substr(at + line.size() + 2));
  }

  /// How often the server refused for `reason`.
  double Refused(const std::string& reason) const {
    return Metric("tenantry_net_refused_total{reason=\"" + reason + "\"}");
  }

 private:
  base::SystemClock clock_;
  base::SystemRandom random_;
  runtime::Metrics metrics_;
  std::unique_ptr<HttpServer> server_;
};

/// For tests: an answer as it came over a socket.
struct RawAnswer {
  int status = 0;    ///< 0 when the connection ended before an answer
  std::string head;  ///< with its empty line
  std::string body;

  /// True when the head has `text` somewhere.
  bool Has(std::string_view text) const { return head.find(text) != std::string::npos; }
};

/// For tests: a bare TCP connection to 127.0.0.1. Waits 30 s at most for anything.
class RawConnection {
 public:
  explicit RawConnection(uint16_t port, int receive_buffer = 0) {
    socket_ = socket(AF_INET, SOCK_STREAM, 0);
    if (receive_buffer > 0) {
      setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    const timeval patience = {30, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~RawConnection() { Close(); }
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  /// False when nothing listens there.
  bool connected() const { return connected_; }

  /// Sends all of it; false when the server has closed.
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }

  /// Ends the sending side.
  void FinishSending() { shutdown(socket_, SHUT_WR); }

  /// Closes in order.
  void Close() {
    if (socket_ >= 0) close(socket_);
    socket_ = -1;
  }

  /// Closes so that the peer sees a reset.
  void Reset() {
    const linger now = {1, 0};
    setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    Close();
  }

  /// The next answer, by its Content-Length; without one the body is left unread.
  RawAnswer Read(bool head_only = false) {
    RawAnswer answer;
    size_t end = 0;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
      if (!Receive()) return answer;
    }
    answer.head = received_.substr(0, end + 4);
    received_.erase(0, end + 4);
    answer.status = std::atoi(answer.head.substr(9, 3).c_str());
    const size_t length = answer.head.find("Content-Length: ");
    if (length == std::string::npos || head_only) return answer;
    const auto size = static_cast<size_t>(std::atoll(answer.head.c_str() + length + 16));
    while (received_.size() < size && Receive()) continue;
    answer.body = received_.substr(0, size);
    received_.erase(0, size);
    return answer;
  }

  /// Reads until `text` came; everything up to its end, or what there was when the connection
  /// ended.
  std::string ReadUntil(std::string_view text) {
    size_t at = 0;
    while ((at = received_.find(text)) == std::string::npos && Receive()) continue;
    const size_t size = at == std::string::npos ? received_.size() : at + text.size();
    std::string read = received_.substr(0, size);
    received_.erase(0, size);
    return read;
  }

  /// Everything until the server closes; `timed_out()` tells when it never did.
  std::string ReadToEnd() {
    while (Receive()) continue;
    return std::exchange(received_, {});
  }

  /// True once a read waited in vain.
  bool timed_out() const { return timed_out_; }

 private:
  bool Receive() {
    char piece[16384];
    const ssize_t size = recv(socket_, piece, sizeof piece, 0);
    timed_out_ = size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    if (size <= 0) return false;
    received_.append(piece, static_cast<size_t>(size));
    return true;
  }

  int socket_ = -1;
  bool connected_ = false;
  bool timed_out_ = false;
  std::string received_;
};

/// For tests: a GET over a connection that stays open.
inline std::string GetRequest(std::string_view path) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: test\r\n\r\n", path);
}

}  // namespace tenantry::net
