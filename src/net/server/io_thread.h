#pragma once

#include <absl/container/flat_hash_set.h>

#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.h"
#include "base/random.h"
#include "net/wire/asio.h"

namespace tenantry::net::server {

class Connection;

/// A thread that reads and writes its share of the connections. Unless said otherwise, its
/// functions are called on that thread.
class IoThread {
 public:
  /// `clock` outlives this; `seed` makes the thread's own source of request and trace ids, which
  /// are no secrets.
  IoThread(const base::Clock& clock, uint64_t seed);
  ~IoThread();

  /// Begins to run; called by the owner.
  void Start();

  /// Ends the thread and drops what is still queued; called by the owner.
  void Stop();

  /// Where the thread's sockets and timers live. Posting to it is thread-safe.
  wire::asio::io_context& context() { return context_; }

  /// Where request and trace ids come from.
  base::Random& random() { return random_; }

  /// "Date: ...\r\n" of now.
  std::string_view DateField();

  /// Connections say when they begin and end.
  void Add(Connection& connection) { connections_.insert(&connection); }
  void Remove(Connection& connection) { connections_.erase(&connection); }

  /// Calls `visit` for each connection, later, on this thread. Called from any thread.
  void PostForEach(std::function<void(Connection&)> visit);

 private:
  wire::Task<void> Sweep();
  void ForEach(const std::function<void(Connection&)>& visit);

  const base::Clock& clock_;
  base::SeededRandom random_;
  wire::asio::io_context context_;
  wire::asio::executor_work_guard<wire::Executor> work_;
  absl::flat_hash_set<Connection*> connections_;
  int64_t date_second_ = -1;
  std::string date_field_;
  std::thread thread_;
};

}  // namespace tenantry::net::server
