#pragma once

#include <string>
#include <string_view>

namespace tenantry::net::wire {

/// Why the server itself turned something away: the label `reason` of tenantry_net_refused_total.
enum class RefusalReason {
  kMalformed,
  kHeaderTooLarge,
  kBodyTooLarge,
  kTimeout,
  kTooManyConnections,
  kTooManyRequests,
  kQueueFull,
  kTooManyBodies,
  kTooManyStreams,
  kHandshake,
};

/// How many reasons there are.
inline constexpr size_t kRefusalReasons = 10;

/// The label's text: "malformed", "header_too_large", ...
constexpr std::string_view ReasonLabel(RefusalReason reason) {
  switch (reason) {
    case RefusalReason::kMalformed:
      return "malformed";
    case RefusalReason::kHeaderTooLarge:
      return "header_too_large";
    case RefusalReason::kBodyTooLarge:
      return "body_too_large";
    case RefusalReason::kTimeout:
      return "timeout";
    case RefusalReason::kTooManyConnections:
      return "too_many_connections";
    case RefusalReason::kTooManyRequests:
      return "too_many_requests";
    case RefusalReason::kQueueFull:
      return "queue_full";
    case RefusalReason::kTooManyBodies:
      return "too_many_bodies";
    case RefusalReason::kTooManyStreams:
      return "too_many_streams";
    case RefusalReason::kHandshake:
      return "handshake";
  }
  return "unknown";
}

/// A refusal as the client will read it.
struct Refusal {
  int status = 400;
  RefusalReason reason = RefusalReason::kMalformed;
  std::string detail;  ///< what is wrong, where, what to do; a sentence
};

}  // namespace tenantry::net::wire
