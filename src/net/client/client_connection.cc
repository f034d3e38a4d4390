#include "net/client/client_connection.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <optional>

#include "base/status.h"

namespace tenantry::net::client {
namespace {

namespace asio = wire::asio;
using asio::ip::tcp;
using wire::ErrorCode;
using wire::Socket;
using wire::Task;

constexpr size_t kReadRoom = 64 << 10;

bool IsTlsReason(const ErrorCode& error, int reason) {
  return error.category() == asio::error::get_ssl_category() &&
         ERR_GET_REASON(static_cast<unsigned long>(error.value())) == reason;
}

}  // namespace

ClientConnection::ClientConnection(wire::BaseUrl server, std::string ca_file)
    : server_(std::move(server)), ca_file_(std::move(ca_file)), context_(1) {}

ClientConnection::~ClientConnection() = default;

absl::Status ClientConnection::Run(std::function<Task<absl::Status>()> work) {
  std::optional<absl::Status> result;
  asio::co_spawn(context_, std::move(work),
                 [&result](const std::exception_ptr& failure, absl::Status status) {
                   result = failure ? base::Internal("the HTTP client failed") : status;
                 });
  context_.restart();
  while (!result) {
    if (deadline_ == Clock::time_point::max()) {
      context_.run_one();
    } else {
      context_.run_one_until(deadline_);
    }
    if (result) break;
    expired_ = expired_ || Clock::now() >= deadline_;
    if (cancelled_ || expired_) Interrupt();
  }
  deadline_ = Clock::time_point::max();
  if (cancelled_.exchange(false)) {
    Close();
    return absl::CancelledError("the call was cancelled");
  }
  if (!result->ok()) Close();
  return *result;
}

void ClientConnection::Cancel() {
  cancelled_ = true;
  asio::post(context_, [] {});
}

void ClientConnection::Interrupt() {
  ErrorCode ignored;
  if (transport_) transport_->Close();
  if (connecting_ != nullptr) connecting_->close(ignored);
  deadline_ = Clock::time_point::max();
}

void ClientConnection::SetDeadline(absl::Duration timeout) {
  timeout_ = timeout;
  expired_ = false;
  deadline_ = Clock::now() + absl::ToChronoNanoseconds(timeout);
}

bool ClientConnection::IsOpen() {
  if (!transport_ || !transport_->socket().is_open()) return false;
  // Bytes that nobody asked for can only be the news of an end.
  char byte = 0;
  ErrorCode error;
  transport_->socket().non_blocking(true, error);
  transport_->socket().receive(asio::mutable_buffers_1(&byte, 1), Socket::message_peek, error);
  if (error == asio::error::would_block && received_.empty()) return true;
  Close();
  return false;
}

void ClientConnection::Close() {
  if (transport_) transport_->Close();
  transport_.reset();
  received_ = wire::ReadBuffer();
}

absl::Status ClientConnection::LoadTls() {
  if (!server_.tls || tls_) return absl::OkStatus();
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  ErrorCode error;
  context->set_verify_mode(asio::ssl::verify_peer, error);
  if (ca_file_.empty()) {
    context->set_default_verify_paths(error);
  } else {
    context->load_verify_file(ca_file_, error);
  }
  if (error) {
    return base::InvalidArgument("the file of trusted authorities {} can't be used: {}", ca_file_,
                                 error.message());
  }
  tls_ = std::move(context);
  return absl::OkStatus();
}

absl::Status ClientConnection::ConnectFailed(const ErrorCode& error) const {
  const std::string address = server_.address.Text();
  if (IsTlsReason(error, SSL_R_CERTIFICATE_VERIFY_FAILED)) {
    return base::Error(absl::StatusCode::kUnauthenticated,
                       "the certificate of {} is not trusted for that name: give the file of its "
                       "authority, or the name that it is for",
                       address);
  }
  if (IsTlsReason(error, SSL_R_WRONG_VERSION_NUMBER) || IsTlsReason(error, SSL_R_HTTP_REQUEST)) {
    return base::Unavailable("{} speaks no TLS: use a URL that begins with http://", address);
  }
  const std::string why =
      expired_ ? "no answer within " + absl::FormatDuration(timeout_) : error.message();
  return base::Unavailable(
      "nothing answers at {} ({}): start the server with `tenantry serve`, or name another with "
      "--server URL or TENANTRY_SERVER",
      address, why);
}

absl::Status ClientConnection::Broken(const ErrorCode& error) const {
  if (expired_) {
    return base::Error(absl::StatusCode::kDeadlineExceeded, "{} did not answer within {}",
                       server_.address.Text(), absl::FormatDuration(timeout_));
  }
  return base::Unavailable("the connection to {} broke ({}): is the server still running?",
                           server_.address.Text(), error.message());
}

Task<ErrorCode> ClientConnection::ConnectTcp(std::unique_ptr<wire::Transport>& transport) {
  ErrorCode error;
  tcp::resolver resolver(context_);
  const auto found =
      resolver.resolve(server_.address.host, std::to_string(server_.address.port), error);
  if (error) co_return error;
  for (const auto& entry : found) {
    Socket socket(context_);
    connecting_ = &socket;
    co_await socket.async_connect(entry.endpoint(), wire::Into(error));
    connecting_ = nullptr;
    if (expired_ || cancelled_) co_return asio::error::timed_out;
    if (error) continue;
    ErrorCode ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    transport = server_.tls
                    ? wire::MakeTlsClientTransport(std::move(socket), tls_, server_.address.host)
                    : wire::MakePlainTransport(std::move(socket));
    break;
  }
  co_return error;
}

Task<absl::Status> ClientConnection::Connect(absl::Duration timeout) {
  if (absl::Status status = LoadTls(); !status.ok()) co_return status;
  SetDeadline(timeout);
  ErrorCode error = co_await ConnectTcp(transport_);
  if (!error) co_await transport_->Handshake(error);
  if (error) co_return ConnectFailed(error);
  co_return absl::OkStatus();
}

Task<absl::Status> ClientConnection::Write(std::string_view bytes, absl::Duration timeout) {
  while (!bytes.empty()) {
    SetDeadline(timeout);
    ErrorCode error;
    const size_t written =
        co_await transport_->Write(asio::const_buffer(bytes.data(), bytes.size()), error);
    deadline_ = Clock::time_point::max();
    if (error) co_return Broken(error);
    bytes.remove_prefix(written);
  }
  co_return absl::OkStatus();
}

Task<absl::Status> ClientConnection::Fill(absl::Duration timeout) {
  SetDeadline(timeout);
  const auto [data, size] = received_.Prepare(kReadRoom);
  ErrorCode error;
  const size_t read = co_await transport_->Read(asio::mutable_buffer(data, size), error);
  deadline_ = Clock::time_point::max();  // what the caller does with it takes its own time
  if (error == asio::error::eof) co_return absl::OutOfRangeError("the server closed");
  if (error) co_return Broken(error);
  received_.Commit(read);
  co_return absl::OkStatus();
}

}  // namespace tenantry::net::client
