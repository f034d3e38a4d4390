#include "lake/datasets/query/answer_error.h"

#include "base/full_disk.h"
#include "base/retry_after.h"
#include "base/status.h"

namespace tenantry::lake::datasets {
namespace {

// The engine tells it as an error of the file.
constexpr std::string_view kNotOfParquet = "Parquet files do not support ";

}  // namespace

absl::Status AsAnswerError(const absl::Status& status) {
  if (absl::IsResourceExhausted(status) && !base::IsFullDisk(status)) {
    return base::AsPastLimit(status);
  }
  const std::string_view message = base::Message(status);
  const size_t at = message.find(kNotOfParquet);
  if (!absl::IsUnavailable(status) || at == std::string_view::npos) return status;
  return base::InvalidArgument(
      "the answer can't be given as Parquet, which has no {}: cast them to VARCHAR, or ask for "
      "another format",
      message.substr(at + kNotOfParquet.size()));
}

}  // namespace tenantry::lake::datasets
