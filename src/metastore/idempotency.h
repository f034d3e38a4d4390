#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <optional>
#include <string>

#include "base/clock.h"
#include "metastore/metastore.h"
#include "runtime/options.h"

namespace tenantry::metastore {

/// The options of repeated requests; all of it `idempotency.<field>`.
struct IdempotencyOptions {
  absl::Duration kept = absl::Hours(24);        ///< how long a first answer is replayed
  absl::Duration abandoned = absl::Minutes(1);  ///< when one without an answer may be tried again

  /// Declares all of them.
  void Declare(runtime::OptionSet& options);
};

/// Remembers the first answer to a request that carries an Idempotency-Key. A request that a crash
/// left without an answer blocks its key for `abandoned`, then a repetition does the work. Callers
/// leave secrets out of answers. Thread-safe.
class IdempotencyStore {
 public:
  /// The references outlive this.
  IdempotencyStore(Metastore& store, const base::Clock& clock, const IdempotencyOptions& options)
      : store_(store), clock_(clock), options_(options) {}

  /// Claims (`caller`, `key`) for a request of this hash: nullopt when the caller is to do the
  /// work, the stored answer when it was done before. InvalidArgument: the key was used for another
  /// request; Aborted: that request is still running.
  absl::StatusOr<std::optional<std::string>> Begin(const std::string& caller,
                                                   const std::string& key,
                                                   const std::string& request_hash);

  /// Stores the answer to replay. The first one stays: a request that was given up as abandoned and
  /// answers after all does not replace the answer of the one that took its place.
  absl::Status Finish(const std::string& caller, const std::string& key, const std::string& answer);

  /// Gives a claim up: the request failed and may be tried again. An answer that was stored stays.
  absl::Status Release(const std::string& caller, const std::string& key);

 private:
  Metastore& store_;
  const base::Clock& clock_;
  const IdempotencyOptions options_;
};

}  // namespace tenantry::metastore
