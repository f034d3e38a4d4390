#pragma once

#include <absl/status/statusor.h>

#include <string>

namespace tenantry::lake::datasets {

/// Whether a CSV has a field of two quotes, which is a text that is empty and not an absent value;
/// true may be a false alarm, when a quoted field holds what looks like it. Looks through the whole
/// file. Errors as ReadWholeFile.
absl::StatusOr<bool> HasEmptyTexts(const std::string& file, char delimiter);

}  // namespace tenantry::lake::datasets
