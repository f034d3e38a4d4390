#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>

#include "base/faults.h"
#include "metastore/metastore.h"
#include "metastore/sqlite/sqlite_options.h"

namespace tenantry::metastore {

/// The embedded relational store: SQLite through SOCI, WAL, synchronous=FULL, one file.
class SqliteMetastore {
 public:
  /// Opens or creates the file; the schema is Migrate's business. `faults` are asked at
  /// `metastore.begin` and `metastore.commit`; they outlive the store. FailedPrecondition: locked
  /// by another process, or on a file system that WAL does not work on; DataLoss: damaged or no
  /// database; PermissionDenied, ResourceExhausted as the file system says; InvalidArgument: a path
  /// with quotation marks.
  static absl::StatusOr<std::unique_ptr<Metastore>> Open(const std::string& file,
                                                         const MetastoreOptions& options,
                                                         base::Faults& faults);

  /// The twin for tests: the same engine in memory, gone with the store. One connection: readers
  /// wait for the writer.
  static absl::StatusOr<std::unique_ptr<Metastore>> OpenInMemory(const MetastoreOptions& options,
                                                                 base::Faults& faults);
};

}  // namespace tenantry::metastore
