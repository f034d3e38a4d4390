#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.h"
#include "base/steady_time.h"
#include "metastore/audit.h"
#include "metastore/metastore.h"
#include "runtime/options.h"
#include "runtime/services/service.h"

namespace tenantry::metastore {

/// The options of repeated requests; all of it `idempotency.<field>`.
struct IdempotencyOptions {
  absl::Duration kept = absl::Hours(24);        ///< how long a first answer is replayed
  absl::Duration abandoned = absl::Minutes(1);  ///< when one without an answer may be tried again
  absl::Duration sweep_interval = absl::Minutes(1);  ///< between looks for answers kept so long

  /// Declares all of them.
  void Declare(runtime::OptionSet& options);
};

/// Remembers the first answer to a request that carries an Idempotency-Key. A request that a crash
/// left without an answer blocks its key for `abandoned`. Then the audit trail tells whether its
/// work was done, since every change commits with its audit line: if so the key stays used, if not
/// a repetition does the work. Events that were appended leave no such line: they carry ids, which
/// plain forms are given from their key. Callers leave secrets out of answers and give hashes of
/// requests that nobody can guess from; what earlier versions kept without one is taken for the
/// same request. One thread removes what is kept no longer. Thread-safe.
class IdempotencyStore final : public runtime::Service {
 public:
  /// The references outlive this. A process that has the metastore for itself says since when:
  /// claims from before are of one that has died, and nobody waits for them.
  IdempotencyStore(Metastore& store, const base::Clock& clock, const IdempotencyOptions& options,
                   absl::Time alone_since = absl::InfinitePast())
      : store_(store), clock_(clock), options_(options), alone_since_(alone_since) {}
  ~IdempotencyStore() override;

  std::string_view name() const override { return "idempotency"; }
  absl::Status Start() override;
  void Stop() override;

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

  /// Removes what is kept no longer. Called by the service's thread, and by tests.
  absl::Status Sweep();

 private:
  Metastore& store_;
  const base::Clock& clock_;
  const IdempotencyOptions options_;
  const absl::Time alone_since_;
  base::StopSignal stop_;
  std::thread thread_;
};

}  // namespace tenantry::metastore
