#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/status/statusor.h>
#include <absl/synchronization/mutex.h>
#include <absl/time/time.h>

#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/random.h"
#include "base/steady_time.h"
#include "identity/caller.h"
#include "identity/people.h"
#include "metastore/metastore.h"
#include "runtime/options.h"
#include "runtime/services/service.h"

namespace tenantry::identity {

/// How login sessions live; all of it `identity.<field>`.
struct SessionOptions {
  absl::Duration idle_timeout =
      absl::Minutes(30);  ///< without a request, then it times out (seen to 1/20)
  absl::Duration session_life = absl::Hours(24);      ///< whatever happens
  absl::Duration sweep_interval = absl::Seconds(10);  ///< between looks for idle sessions
  int64_t failures_max = 10;                          ///< wrong passwords of a user in a row
  absl::Duration failures_pause = absl::Minutes(1);   ///< after which they may try again

  /// Declares all of them.
  void Declare(runtime::OptionSet& options);
};

/// A session just begun.
struct NewSession {
  std::string token;  ///< shown this once
  base::SessionId id;
  absl::Time expires;
};

/// Login sessions: begun with a password, ended by logging off, by idleness or by age. What a
/// tenant's users do here makes events. One thread sweeps. Thread-safe.
class Sessions final : public runtime::Service {
 public:
  /// The references outlive this.
  Sessions(metastore::Metastore& store, People& people, const base::Clock& clock,
           base::Random& random, const SessionOptions& options);
  ~Sessions() override;

  std::string_view name() const override { return "sessions"; }
  absl::Status Start() override;
  void Stop() override;

  /// Unauthenticated: wrong user or password, without saying which; PermissionDenied: the tenant is
  /// suspended; ResourceExhausted: too many wrong passwords, wait. The audit line and the event
  /// name `origin`, as those of LogOff do.
  absl::StatusOr<NewSession> LogIn(const Scope& scope, const base::UserId& user,
                                   const std::string& password,
                                   const metastore::Origin& origin = {});

  /// Ends the caller's session. FailedPrecondition: the caller has none (a key).
  absl::Status LogOff(const Caller& caller, const metastore::Origin& origin = {});

  /// Who a session's token stands for; notes that they were here. Unauthenticated: no such session,
  /// or it has ended; PermissionDenied: the tenant is suspended.
  absl::StatusOr<Caller> Authenticate(const std::string& token);

  /// The same, but is no sign of life: for looks that nobody asked for.
  absl::StatusOr<Caller> Look(const std::string& token);

  /// The stored hash that `password` matched when it is that of a session's user, none otherwise
  /// (People::Prove). ResourceExhausted: too many wrong ones, here or at log-in, wait.
  absl::StatusOr<std::optional<std::string>> Prove(const Caller& caller,
                                                   const std::string& password);

  /// How long a session lives, whatever happens.
  absl::Duration life() const { return options_.session_life; }

  /// When a session ends, whatever happens. NotFound.
  absl::StatusOr<absl::Time> Expiry(const base::SessionId& session);

  /// Ends sessions that were idle too long. Called by the service's thread, and by simulations.
  absl::Status Sweep();

 private:
  // Wrong passwords of one user.
  struct Failures {
    int64_t count = 0;
    absl::Time last;
  };
  using Person = std::pair<std::string, std::string>;

  absl::StatusOr<Caller> Find(const std::string& token, absl::Time now, absl::Time& last_seen);
  absl::Status CheckFailures(const Person& person);
  void NoteFailure(const Person& person);

  metastore::Metastore& store_;
  People& people_;
  const base::Clock& clock_;
  base::Random& random_;
  const SessionOptions options_;
  base::StopSignal stop_;
  std::thread thread_;
  absl::Mutex mutex_;
  absl::flat_hash_map<Person, Failures> failures_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tenantry::identity
