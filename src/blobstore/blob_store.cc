#include "blobstore/blob_store.h"

#include "base/status.h"

namespace tenantry::blobstore {

absl::Status CheckBlobKey(std::string_view key) {
  if (key.empty() || key.size() > kKeyBytesMax) {
    return base::InvalidArgument("a blob's key has {} bytes: give 1 to {}", key.size(),
                                 kKeyBytesMax);
  }
  for (size_t begin = 0; begin <= key.size();) {
    const size_t end = std::min(key.find('/', begin), key.size());
    const std::string_view segment = key.substr(begin, end - begin);
    if (segment.empty() || segment.size() > kKeySegmentBytesMax || segment == "." ||
        segment == "..") {
      return base::InvalidArgument(
          "a blob's key has a segment at byte {} that is empty, `.`, `..` or longer than {} bytes",
          begin, kKeySegmentBytesMax);
    }
    begin = end + 1;
  }
  return absl::OkStatus();
}

}  // namespace tenantry::blobstore
