#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string>

#include "lake/datasets/imports/importer.h"

namespace tenantry::lake::datasets {

/// What the engine takes though it is no JSON, or though a DOUBLE does not hold it, the first of
/// `file`, which it has read as NDJSON: NaN and Infinity, a comma before a closing bracket, numbers
/// like 1e400 and 1e-400. Whole numbers of any length are none of them. Nullopt: nothing. Errors as
/// ReadWholeFile.
absl::StatusOr<std::optional<ImportProblem>> FindJsonProblem(const std::string& file);

}  // namespace tenantry::lake::datasets
