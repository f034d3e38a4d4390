#pragma once

#include <absl/time/time.h>

#include <cstdint>

#include "runtime/options.h"

namespace tenantry::metastore {

/// The options of the relational store; all of it `metastore.<field>`.
struct MetastoreOptions {
  int64_t readers = 4;                                     ///< connections that read at once
  absl::Duration busy_timeout = absl::Seconds(5);          ///< wait for one's turn
  absl::Duration transaction_timeout = absl::Seconds(30);  ///< longest transaction

  /// Declares all of them.
  void Declare(runtime::OptionSet& options);
};

}  // namespace tenantry::metastore
