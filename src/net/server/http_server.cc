#include "net/http_server.h"

#include <absl/synchronization/mutex.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <optional>

#include "base/check.h"
#include "base/status.h"
#include "net/server/connection.h"
#include "net/server/io_thread.h"
#include "net/server/listener.h"
#include "net/server/server_core.h"
#include "net/server/tls_certificate.h"
#include "runtime/logging.h"

namespace tenantry::net {

namespace asio = wire::asio;
using server::Connection;
using server::IoThread;
using server::Share;
using wire::Acceptor;
using wire::ErrorCode;
using wire::Socket;
using wire::Task;

namespace {

// The certificate that the options name, read; null without TLS.
absl::StatusOr<std::unique_ptr<server::TlsCertificate>> LoadTls(const HttpServerOptions& options) {
  if (options.tls_certificate_file.empty() != options.tls_key_file.empty()) {
    return base::InvalidArgument(
        "net.tls_certificate_file and net.tls_key_file go together: only one of them is given");
  }
  if (options.tls_certificate_file.empty()) return nullptr;
  auto certificate =
      std::make_unique<server::TlsCertificate>(options.tls_certificate_file, options.tls_key_file);
  TENANTRY_RETURN_IF_ERROR(certificate->Load());
  return certificate;
}

}  // namespace

absl::Status HttpServerOptions::Try(bool any_port) const {
  TENANTRY_ASSIGN_OR_RETURN(const auto certificate, LoadTls(*this));
  asio::io_context context;
  return server::Listen(listen, allow_plain || certificate != nullptr, context, any_port).status();
}

class HttpServer::State {
 public:
  State(HttpServerOptions options, std::vector<Route> routes, const base::Clock& clock,
        base::Random& random, runtime::Metrics& metrics, Elsewhere elsewhere)
      : options_(std::move(options)),
        routes_(std::move(routes)),
        elsewhere_(std::move(elsewhere)),
        clock_(clock),
        random_(random),
        metrics_(metrics) {}

  absl::Status Start();
  void Drain(absl::Time deadline);
  void Stop();
  absl::Status Ready() const;
  absl::Status ReloadTls();

  const std::vector<Route>& routes() const { return routes_; }
  std::string bound_address() const {
    const absl::MutexLock lock(&mutex_);
    return bound_address_;
  }
  std::string url() const {
    const absl::MutexLock lock(&mutex_);
    return url_;
  }

 private:
  Task<void> Accept();
  void Begin(IoThread& thread, Socket socket);
  Task<void> LookAtTlsFiles();
  void StopAccepting();

  const HttpServerOptions options_;
  const std::vector<Route> routes_;
  const Elsewhere elsewhere_;
  const base::Clock& clock_;
  base::Random& random_;
  runtime::Metrics& metrics_;

  // In the order of use: what is below uses what is above.
  std::unique_ptr<server::TlsCertificate> certificate_;
  std::unique_ptr<server::ServerCore> core_;
  std::vector<std::unique_ptr<IoThread>> threads_;
  std::optional<Acceptor> acceptor_;  // used on the first I/O thread

  mutable absl::Mutex mutex_;
  std::string bound_address_ ABSL_GUARDED_BY(mutex_);
  std::string url_ ABSL_GUARDED_BY(mutex_);
  std::atomic<bool> serving_ = false;
};

absl::Status HttpServer::State::Start() {
  TENANTRY_CHECK(core_ == nullptr);
  TENANTRY_ASSIGN_OR_RETURN(Router router, Router::Create(routes_));
  TENANTRY_ASSIGN_OR_RETURN(certificate_, LoadTls(options_));
  std::vector<std::unique_ptr<IoThread>> threads;
  for (int64_t i = 0; i < options_.io_threads; ++i) {
    threads.push_back(std::make_unique<IoThread>(clock_, random_.Next64()));
  }
  TENANTRY_ASSIGN_OR_RETURN(Acceptor acceptor,
                            server::Listen(options_.listen, options_.allow_plain || certificate_,
                                           threads.front()->context()));
  core_ = std::make_unique<server::ServerCore>(options_, std::move(router), elsewhere_, clock_,
                                               metrics_);
  threads_ = std::move(threads);
  acceptor_.emplace(std::move(acceptor));
  {
    const absl::MutexLock lock(&mutex_);
    bound_address_ = server::BoundAddress(*acceptor_);
    url_ = (certificate_ ? "https://" : "http://") + server::ReachableAddress(*acceptor_);
  }
  asio::co_spawn(threads_.front()->context(), Accept(), asio::detached);
  if (certificate_) {
    asio::co_spawn(threads_.front()->context(), LookAtTlsFiles(), asio::detached);
  }
  for (const std::unique_ptr<IoThread>& thread : threads_) thread->Start();
  serving_ = true;
  return absl::OkStatus();
}

Task<void> HttpServer::State::Accept() {
  wire::Timer pause(threads_.front()->context());
  for (size_t next = 0;; next = (next + 1) % threads_.size()) {
    IoThread& thread = *threads_[next];
    Socket socket(thread.context());
    ErrorCode error;
    co_await acceptor_->async_accept(socket, wire::Into(error));
    if (!acceptor_->is_open()) co_return;
    if (error == asio::error::connection_aborted) continue;
    std::string fault = error ? error.message() : "";
    try {
      if (!error) Begin(thread, std::move(socket));
    } catch (const std::exception& failure) {
      fault = failure.what();
    }
    if (fault.empty()) continue;
    // Out of descriptors or memory: those who wait stay in the kernel's queue meanwhile.
    runtime::Log(runtime::LogLevel::kError, "net", "cannot accept connections: {}", fault);
    pause.expires_after(std::chrono::milliseconds(100));
    co_await pause.async_wait(wire::Into(error));
  }
}

void HttpServer::State::Begin(IoThread& thread, Socket socket) {
  ErrorCode ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  std::string remote = server::HostOf(socket.remote_endpoint(ignored));
  Share slot(core_->connections);
  const bool overloaded = !slot.GrowTo(1);
  if (overloaded) {
    // A TLS handshake costs too much to refuse with.
    slot = Share(core_->refusals);
    if (certificate_ || !slot.GrowTo(1)) {
      core_->metrics.Refused(wire::RefusalReason::kTooManyConnections);
      return;
    }
  }
  std::unique_ptr<wire::Transport> transport =
      certificate_ ? wire::MakeTlsServerTransport(std::move(socket), certificate_->Current())
                   : wire::MakePlainTransport(std::move(socket));
  auto connection = std::make_shared<Connection>(*core_, thread, std::move(transport),
                                                 std::move(remote), std::move(slot), overloaded);
  core_->open.Add();
  asio::co_spawn(
      thread.context(), [connection = std::move(connection)] { return connection->Run(); },
      asio::detached);
}

Task<void> HttpServer::State::LookAtTlsFiles() {
  wire::Timer timer(threads_.front()->context());
  for (;;) {
    timer.expires_after(absl::ToChronoNanoseconds(options_.tls_reload_interval));
    ErrorCode error;
    co_await timer.async_wait(wire::Into(error));
    if (core_->draining) co_return;
    // Reading files is no work for an I/O thread. When the pool is full, the next look will do.
    core_->pool->TryPost([certificate = certificate_.get()] { certificate->LoadIfChanged(); });
  }
}

void HttpServer::State::StopAccepting() {
  serving_ = false;
  core_->draining = true;
  asio::post(threads_.front()->context(), [this] {
    ErrorCode ignored;
    acceptor_->close(ignored);
  });
}

void HttpServer::State::Drain(absl::Time deadline) {
  if (core_ == nullptr) return;
  StopAccepting();
  for (const std::unique_ptr<IoThread>& thread : threads_) {
    thread->PostForEach([](Connection& connection) { connection.Drain(); });
  }
  core_->open.AwaitNone(deadline);
}

void HttpServer::State::Stop() {
  if (core_ == nullptr) return;
  StopAccepting();
  // Again and again for those that begin between the first round and the acceptor's end.
  do {
    for (const std::unique_ptr<IoThread>& thread : threads_) {
      thread->PostForEach([](Connection& connection) { connection.Abort(); });
    }
    core_->stream_threads.Join();
  } while (!core_->open.AwaitNone(absl::Milliseconds(100)));
  core_->pool.reset();
  for (const std::unique_ptr<IoThread>& thread : threads_) thread->Stop();
  acceptor_.reset();
  threads_.clear();
  core_.reset();
}

absl::Status HttpServer::State::Ready() const {
  if (serving_) return absl::OkStatus();
  return base::Unavailable("the HTTP server takes no requests at the moment");
}

absl::Status HttpServer::State::ReloadTls() {
  if (certificate_ == nullptr) {
    return base::FailedPrecondition("the HTTP server has no TLS: there is nothing to reload");
  }
  const absl::Status status = certificate_->Load();
  if (!status.ok()) {
    runtime::Log(runtime::LogLevel::kError, "net", "the old certificate stays in use: {}",
                 base::Message(status));
  }
  return status;
}

HttpServer::HttpServer(HttpServerOptions options, std::vector<Route> routes,
                       const base::Clock& clock, base::Random& random, runtime::Metrics& metrics,
                       Elsewhere elsewhere)
    : state_(std::make_unique<State>(std::move(options), std::move(routes), clock, random, metrics,
                                     std::move(elsewhere))) {}

HttpServer::~HttpServer() { state_->Stop(); }

absl::Status HttpServer::Start() { return state_->Start(); }

void HttpServer::Drain(absl::Time deadline) { state_->Drain(deadline); }

void HttpServer::Stop() { state_->Stop(); }

absl::Status HttpServer::Ready() const { return state_->Ready(); }

std::string HttpServer::bound_address() const { return state_->bound_address(); }

std::string HttpServer::url() const { return state_->url(); }

const std::vector<Route>& HttpServer::routes() const { return state_->routes(); }

absl::Status HttpServer::ReloadTls() { return state_->ReloadTls(); }

}  // namespace tenantry::net
