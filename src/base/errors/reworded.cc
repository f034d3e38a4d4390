#include "base/errors/reworded.h"

#include <absl/strings/cord.h>

namespace tenantry::base {

absl::Status Reworded(const absl::Status& status, std::string_view message) {
  if (status.ok()) return status;
  absl::Status reworded(status.code(), {message.data(), message.size()});
  status.ForEachPayload([&](absl::string_view type, const absl::Cord& payload) {
    reworded.SetPayload(type, payload);
  });
  return reworded;
}

}  // namespace tenantry::base
