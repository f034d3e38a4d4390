#pragma once

#include <string>
#include <string_view>

#include "lake/datasets/imports/importer.h"

namespace tenantry::lake::datasets {

/// What the engine's `message` about a line of NDJSON, that does not fit the lines before it, means
/// for whoever wrote the file: the key and the value at fault, and what is wrong with it. `line` is
/// that line, as far as it was read; `number` its place, from 1. Nothing of it is set when the
/// message is of another kind.
ImportProblem NdjsonProblem(std::string_view message, std::string_view line, int64_t number);

}  // namespace tenantry::lake::datasets
