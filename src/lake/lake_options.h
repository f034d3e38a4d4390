#pragma once

#include <absl/status/status.h>

#include "lake/archive/intake/archiver.h"
#include "lake/datasets/data_set_options.h"
#include "lake/sql/sql_options.h"
#include "runtime/options.h"

namespace tenantry::lake {

/// The options of the lake.
struct LakeOptions : sql::SqlOptions, archive::ArchiverOptions, datasets::DataSetOptions {
  /// Declares all of them.
  void Declare(runtime::OptionSet& options);

  /// InvalidArgument when options that are right alone do not fit each other.
  absl::Status Check() const;
};

}  // namespace tenantry::lake
