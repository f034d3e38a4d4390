#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <optional>

namespace tenantry::base {

/// `status` with the time after which trying again makes sense, for whoever answers a client with
/// it.
absl::Status WithRetryAfter(absl::Status status, absl::Duration wait);

/// What a request needs is given up, since the process is about to stop: Unavailable, and to be
/// asked again in a second.
absl::Status StoppingError();

/// The time that WithRetryAfter noted; nothing otherwise.
std::optional<absl::Duration> RetryAfterOf(const absl::Status& status);

/// `status`, an error, noted as a request that takes more than a limit allows: what helps is to ask
/// for less, never to try again. HTTP 422, without Retry-After, whatever its code.
absl::Status AsPastLimit(absl::Status status);

/// True for what AsPastLimit noted.
bool IsPastLimit(const absl::Status& status);

}  // namespace tenantry::base
