#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "lake/sql/arrow/arrow_c_data.h"

namespace tenantry::lake::sql {

/// The messages of an Arrow IPC stream (https://arrow.apache.org/docs/format/Columnar.html): one of
/// a schema, then one of each batch of rows, then the end.
///
/// The message of a schema, a struct whose children are the columns. InvalidArgument: a column has
/// a type that is not given as Arrow.
absl::StatusOr<std::string> ArrowSchemaMessage(const ArrowSchema& schema);

/// The message of a batch whose columns are the children of `batch`, of that schema. Errors as
/// above; Internal: the array is not what its type says.
absl::StatusOr<std::string> ArrowBatchMessage(const ArrowSchema& schema, const ArrowArray& batch);

/// What ends a stream.
std::string ArrowEndOfStream();

}  // namespace tenantry::lake::sql
