#include "base/past_limit.h"

#include <absl/strings/cord.h>

namespace tenantry::base {
namespace {

constexpr char kPayload[] = "tenantry/past-limit";

}  // namespace

absl::Status AsPastLimit(absl::Status status) {
  status.SetPayload(kPayload, absl::Cord("1"));
  return status;
}

bool IsPastLimit(const absl::Status& status) { return status.GetPayload(kPayload).has_value(); }

}  // namespace tenantry::base
