#pragma once

#include <absl/status/status.h>

namespace tenantry::lake::datasets {

/// What a SQL process says of a query, as whoever asked must know it: a limit of memory, disk or
/// answer is noted as base::AsPastLimit, for trying again does not help; a value that Parquet does
/// not have is InvalidArgument, for no disk failed. All else stays as it is.
absl::Status AsAnswerError(const absl::Status& status);

}  // namespace tenantry::lake::datasets
