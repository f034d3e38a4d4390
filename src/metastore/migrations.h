#pragma once

#include <absl/status/status.h>

#include <string>
#include <string_view>
#include <vector>

#include "metastore/metastore.h"

namespace tenantry::metastore {

/// A step of the schema: numbered from 1 without gaps, never changed once released. Each statement
/// ends with a semicolon at the end of a line, the last one too.
struct Migration {
  int number;
  std::string_view name;
  std::string_view sql;
};

/// All of them, in order.
const std::vector<Migration>& Migrations();

/// Brings a store to the newest schema, each step in a transaction of its own, forward only.
/// FailedPrecondition: the store has steps that this program does not know (a newer version wrote
/// it), or a step that was applied differs from ours (by SHA-256). Internal: a step's text does not
/// end with a statement.
absl::Status Migrate(Metastore& store, const std::vector<Migration>& migrations,
                     int64_t now_micros);

}  // namespace tenantry::metastore
