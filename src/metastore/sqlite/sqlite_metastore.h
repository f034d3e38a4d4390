#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <memory>
#include <string>

#include "base/faults.h"
#include "metastore/metastore.h"
#include "runtime/options.h"

namespace tenantry::metastore {

/// The options of the relational store; all of it `metastore.<field>`.
struct MetastoreOptions {
  int64_t readers = 4;                             ///< connections that read at the same time
  absl::Duration busy_timeout = absl::Seconds(5);  ///< wait for one's turn

  /// Declares all of them.
  void Declare(runtime::OptionSet& options);
};

/// The embedded relational store: SQLite through SOCI, WAL, synchronous=FULL, one file.
class SqliteMetastore {
 public:
  /// Opens or creates the file; the schema is Migrate's business. `faults` are asked at
  /// `metastore.begin` and `metastore.commit`. FailedPrecondition: locked by another process;
  /// DataLoss: no database; PermissionDenied, ResourceExhausted as the file system says.
  static absl::StatusOr<std::unique_ptr<Metastore>> Open(const std::string& file,
                                                         const MetastoreOptions& options,
                                                         base::Faults& faults);
};

}  // namespace tenantry::metastore
