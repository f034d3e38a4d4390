#pragma once

#include <absl/status/status.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "net/http.h"
#include "net/server/budget.h"
#include "net/server/server_metrics.h"
#include "net/wire/answer.h"

namespace tenantry::net::server {

/// A request in hand and its answer. Belongs to its connection until it is posted to the worker
/// pool, then to the pool's thread until that posts it back; both keep it alive, as either may end
/// first.
struct Exchange {
  /// A request that takes its place in `requests` and its bytes from `bodies` later on.
  Exchange(Budget& requests, Budget& bodies) : in_hand(requests), body_bytes(bodies) {}

  HttpRequest request;
  wire::AnswerShape shape;
  const Route* route = nullptr;
  size_t route_index = ServerMetrics::kNoRoute;
  int64_t body_bytes_max = 0;
  Share in_hand;
  Share body_bytes;
  std::chrono::steady_clock::time_point begun;

  wire::Answer answer;
  /// For log lines: the tenant that the request turned out to be of; empty for the operator's.
  std::string tenant;
  /// On the I/O thread: `answer` is there.
  bool answered = false;
  /// The connection gave up waiting: a handler that did not begin yet need not.
  std::atomic<bool> abandoned = false;

  /// True when the body has to be decompressed first, which is no work for an I/O thread.
  bool NeedsDecoding() const;

  /// What to do about a body that is too large: the end of the refusal's detail.
  std::string BodyAdvice() const;

  /// Decompresses the body, calls the handler and makes the answer. Throws nothing.
  void Run(ServerMetrics& metrics);

 private:
  std::optional<HttpResponse> DecodeBody(ServerMetrics& metrics);
  HttpResponse CallHandler();
};

}  // namespace tenantry::net::server
