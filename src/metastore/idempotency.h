#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <optional>
#include <string>

#include "base/clock.h"
#include "metastore/audit.h"
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
/// left without an answer blocks its key for `abandoned`. Then the audit trail tells whether its
/// work was done, since every change commits with its audit line: if so the key stays used, if not
/// a repetition does the work. Events that were appended leave no such line: they carry ids, which
/// plain forms are given from their key. Callers leave secrets out of answers. Thread-safe.
class IdempotencyStore {
 public:
  /// The references outlive this. A process that has the metastore for itself says since when:
  /// claims from before are of one that has died, and nobody waits for them.
  IdempotencyStore(Metastore& store, const base::Clock& clock, const IdempotencyOptions& options,
                   absl::Time alone_since = absl::InfinitePast())
      : store_(store), clock_(clock), options_(options), alone_since_(alone_since) {}

  /// Claims (`caller`, `key`) for a request of this hash, which `actor` makes: nullopt when the
  /// caller is to do the work, the stored answer when it was done before. InvalidArgument: the key
  /// was used for another request; Aborted: that request is still running; AlreadyExists: its work
  /// was done, but a crash took its answer.
  absl::StatusOr<std::optional<std::string>> Begin(const std::string& caller,
                                                   const std::string& key,
                                                   const std::string& request_hash,
                                                   const Actor& actor);

  /// Stores the answer to replay. The first one stays: a request that was given up as abandoned and
  /// answers after all does not replace the answer of the one that took its place.
  absl::Status Finish(const std::string& caller, const std::string& key, const std::string& answer);

  /// Gives a claim up: the request failed and may be tried again, unless the audit trail says that
  /// its work was done all the same. An answer that was stored stays.
  absl::Status Release(const std::string& caller, const std::string& key, const Actor& actor);

 private:
  Metastore& store_;
  const base::Clock& clock_;
  const IdempotencyOptions options_;
  const absl::Time alone_since_;
};

}  // namespace tenantry::metastore
