#include "base/status.h"

#include "base/errors/reworded.h"

namespace tenantry::base {

absl::Status Annotate(const absl::Status& status, std::string_view context) {
  if (status.ok()) return status;
  return Reworded(status, fmt::format("{}: {}", context, Message(status)));
}

}  // namespace tenantry::base
