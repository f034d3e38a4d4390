#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <string>
#include <string_view>

#include "lake/sql/sql_process.h"

namespace tenantry::lake::datasets {

/// The query with its integers of 128 bits, which sum() gives and Parquet does not have, as
/// DECIMAL(38, 0), also inside of lists, structs and maps: written as they are they would become
/// floating-point numbers. One that has more digits ends the query that is given with
/// InvalidArgument. Has `process` describe `select`, one query, over the tables that it has; errors
/// of that.
absl::StatusOr<std::string> WithExactIntegers(sql::SqlProcess& process, const std::string& select);

/// The type, as the engine writes it, with what `other` makes of each bare word in it that is no
/// name of a field: types, and numbers that belong to them.
std::string WithOtherTypes(const std::string& type,
                           absl::FunctionRef<std::string(std::string_view)> other);

/// The type, as the engine writes it, with DECIMAL(38,0) for each integer of 128 bits.
std::string ExactType(const std::string& type);

}  // namespace tenantry::lake::datasets
