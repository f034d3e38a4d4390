#include "base/full_disk.h"

#include <absl/strings/cord.h>

namespace tenantry::base {
namespace {

constexpr char kPayload[] = "tenantry/full-disk";

}  // namespace

absl::Status AsFullDisk(absl::Status status) {
  status.SetPayload(kPayload, absl::Cord("1"));
  return status;
}

bool IsFullDisk(const absl::Status& status) { return status.GetPayload(kPayload).has_value(); }

}  // namespace tenantry::base
