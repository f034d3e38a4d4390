#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <string>

#include "app/commands/invocation.h"

namespace tenantry::app::batch {

/// Follows a job until it has ended and gives it as it then is: on a terminal a view of its steps
/// that is drawn in place, elsewhere the lines of its log as they come, those after the line
/// `after`, both as messages. A server that goes away is waited for, up to a minute. Errors as
/// ApiClient::Get.
absl::StatusOr<client::ApiAnswer> WatchJob(const commands::ServerCall& call,
                                           const std::string& job_id, int64_t after = 0);

/// The number of the newest line in a job's log, 0 when there is none: where who watches a job that
/// goes on begins. Errors as ApiClient::Get.
absl::StatusOr<int64_t> LastLogLine(const commands::ServerCall& call, const std::string& job_id);

/// OK for a job that succeeded; else an error that tells how it ended, and leads to exit code 1.
absl::Status OutcomeOf(const console::Json& job);

/// From the first to the second RFC 3339 time, for people: "0.4 s", "3 min"; `–` where one is
/// missing.
std::string FormatTook(const console::Json& object, const char* from, const char* to);

/// How long an ended job ran, all its runs together, for people; `–` before its end.
std::string FormatDuration(const console::Json& job);

/// A line of a job's log for people.
std::string FormatLogLine(const console::Json& line);

}  // namespace tenantry::app::batch
