#include "base/ids.h"

#include "base/status.h"
#include "base/utf8.h"

namespace tenantry::base {

absl::Status CheckId(std::string_view text, std::string_view what) {
  if (text.empty()) return InvalidArgument("{} is empty: give 1 to {} bytes", what, kIdBytesMax);
  if (text.size() > kIdBytesMax) {
    return InvalidArgument("{} has {} bytes: at most {} are allowed", what, text.size(),
                           kIdBytesMax);
  }
  if (!IsUtf8(text)) return InvalidArgument("{} is not UTF-8", what);
  return absl::OkStatus();
}

}  // namespace tenantry::base
