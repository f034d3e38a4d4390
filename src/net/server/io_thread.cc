#include "net/server/io_thread.h"

#include <pthread.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <memory>
#include <vector>

#include "net/server/connection.h"
#include "runtime/logging.h"

namespace tenantry::net::server {
namespace {

namespace asio = wire::asio;

// How late a deadline may be noticed: cheaper than a timer for each of them.
constexpr std::chrono::milliseconds kSweepInterval(100);

}  // namespace

IoThread::IoThread(const base::Clock& clock, uint64_t seed)
    : clock_(clock), random_(seed), context_(1), work_(context_.get_executor()) {}

IoThread::~IoThread() { Stop(); }

void IoThread::Start() {
  asio::co_spawn(context_, Sweep(), asio::detached);
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "http-io");
    while (!context_.stopped()) {
      try {
        context_.run();
      } catch (const std::exception& error) {
        runtime::Log(runtime::LogLevel::kError, "net", "an I/O thread goes on after: {}",
                     error.what());
      }
    }
  });
}

void IoThread::Stop() {
  context_.stop();
  if (thread_.joinable()) thread_.join();
}

std::string_view IoThread::DateField() {
  const absl::Time now = clock_.Now();
  const int64_t second = absl::ToUnixSeconds(now);
  if (second != date_second_) {
    date_second_ = second;
    date_field_ =
        "Date: " + absl::FormatTime("%a, %d %b %E4Y %H:%M:%S GMT", now, absl::UTCTimeZone()) +
        "\r\n";
  }
  return date_field_;
}

void IoThread::PostForEach(std::function<void(Connection&)> visit) {
  asio::post(context_, [this, visit = std::move(visit)] { ForEach(visit); });
}

// A visit may end connections, also others than its own.
void IoThread::ForEach(const std::function<void(Connection&)>& visit) {
  std::vector<std::shared_ptr<Connection>> all;
  all.reserve(connections_.size());
  for (Connection* connection : connections_) all.push_back(connection->shared_from_this());
  for (const std::shared_ptr<Connection>& connection : all) visit(*connection);
}

wire::Task<void> IoThread::Sweep() {
  wire::Timer timer(context_);
  for (;;) {
    timer.expires_after(kSweepInterval);
    wire::ErrorCode error;
    co_await timer.async_wait(wire::Into(error));
    const auto now = std::chrono::steady_clock::now();
    std::vector<std::shared_ptr<Connection>> late;
    for (Connection* connection : connections_) {
      if (connection->IsLate(now)) late.push_back(connection->shared_from_this());
    }
    for (const std::shared_ptr<Connection>& connection : late) connection->Expire();
  }
}

}  // namespace tenantry::net::server
