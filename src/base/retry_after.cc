#include "base/retry_after.h"

#include <absl/strings/cord.h>

#include <string>
#include <utility>

#include "base/status.h"

namespace tenantry::base {
namespace {

constexpr char kPayload[] = "tenantry/retry-after";
constexpr char kNeverPayload[] = "tenantry/past-limit";

}  // namespace

absl::Status WithRetryAfter(absl::Status status, absl::Duration wait) {
  status.SetPayload(kPayload, absl::Cord(absl::FormatDuration(wait)));
  return status;
}

absl::Status StoppingError() {
  return WithRetryAfter(Unavailable("the server is stopping: ask again"), absl::Seconds(1));
}

std::optional<absl::Duration> RetryAfterOf(const absl::Status& status) {
  const auto noted = status.GetPayload(kPayload);
  absl::Duration wait;
  if (!noted || !absl::ParseDuration(std::string(*noted), &wait)) return std::nullopt;
  return wait;
}

absl::Status AsPastLimit(absl::Status status) {
  status.SetPayload(kNeverPayload, absl::Cord("1"));
  return status;
}

bool IsPastLimit(const absl::Status& status) {
  return status.GetPayload(kNeverPayload).has_value();
}

}  // namespace tenantry::base
