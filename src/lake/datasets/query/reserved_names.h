#pragma once

#include <absl/status/status.h>

#include <span>
#include <string_view>

namespace tenantry::lake::datasets {

/// OK unless `name`, whatever its case, is a word of SQL that no table can be called by without
/// quotes: `SELECT * FROM order` fails. InvalidArgument then says which, and what to do.
absl::Status CheckNotReserved(std::string_view name);

/// Those words of DuckDB 1.5, in small letters, sorted.
std::span<const std::string_view> ReservedNames();

}  // namespace tenantry::lake::datasets
