#include "identity/sessions.h"

#include <algorithm>

#include "base/retry_after.h"
#include "base/status.h"
#include "identity/secrets/secrets.h"
#include "identity/user_events.h"
#include "metastore/audit.h"
#include "runtime/logging.h"

namespace tenantry::identity {

using events::EventType;
using metastore::Row;
using metastore::Transaction;

namespace {

constexpr size_t kFailuresKept = 100'000;
constexpr int64_t kSweepRows = 500;

// A user as the audit trail names them.
metastore::Actor ActorOf(const Scope& scope, const base::UserId& user,
                         const metastore::Origin& origin) {
  Caller caller;
  caller.tenant = scope;
  caller.user = user;
  return {caller.name(), origin};
}

Scope ScopeOf(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return base::TenantId(text);
}

absl::Status WrongPassword() {
  return absl::UnauthenticatedError("the user or the password is wrong");
}

}  // namespace

void SessionOptions::Declare(runtime::OptionSet& options) {
  options.AddDuration(
      "identity.idle_timeout", &idle_timeout, absl::Seconds(1), absl::Hours(24 * 30),
      "time without a request after which a session times out, to within a twentieth");
  options.AddDuration("identity.session_life", &session_life, absl::Seconds(1),
                      absl::Hours(24 * 365), "longest life of a session");
  options.AddDuration("identity.sweep_interval", &sweep_interval, absl::Milliseconds(10),
                      absl::Hours(1), "time between looks for idle sessions");
  options.AddInt("identity.failures_max", &failures_max, 1, 1'000'000,
                 "wrong passwords of a user in a row before they must wait");
  options.AddDuration("identity.failures_pause", &failures_pause, absl::Seconds(1), absl::Hours(24),
                      "how long they must wait");
}

Sessions::Sessions(metastore::Metastore& store, People& people, const base::Clock& clock,
                   base::Random& random, const SessionOptions& options)
    : store_(store), people_(people), clock_(clock), random_(random), options_(options) {}

Sessions::~Sessions() { Stop(); }

absl::Status Sessions::Start() {
  thread_ = std::thread([this] {
    while (!stop_.WaitFor(options_.sweep_interval)) {
      const absl::Status swept = Sweep();
      if (!swept.ok()) {
        runtime::Log(runtime::LogLevel::kWarning, "identity", "{}", base::Message(swept));
      }
    }
  });
  return absl::OkStatus();
}

void Sessions::Stop() {
  stop_.Raise();
  if (thread_.joinable()) thread_.join();
}

absl::Status Sessions::CheckFailures(const Person& person) {
  absl::MutexLock lock(&mutex_);
  const auto found = failures_.find(person);
  if (found == failures_.end() || found->second.count < options_.failures_max) {
    return absl::OkStatus();
  }
  // A clock that was set back must not make the wait longer.
  found->second.last = std::min(found->second.last, clock_.Now());
  if (clock_.Now() - found->second.last < options_.failures_pause) {
    const absl::Duration left =
        found->second.last + options_.failures_pause - clock_.Now() + absl::Microseconds(1);
    return base::WithRetryAfter(
        base::Error(absl::StatusCode::kResourceExhausted,
                    "too many wrong passwords: try again in {}",
                    absl::FormatDuration(absl::Ceil(left, absl::Seconds(1)))),
        left);
  }
  failures_.erase(found);
  return absl::OkStatus();
}

void Sessions::NoteFailure(const Person& person) {
  absl::MutexLock lock(&mutex_);
  if (failures_.size() >= kFailuresKept) failures_.clear();
  Failures& failures = failures_[person];
  ++failures.count;
  failures.last = clock_.Now();
}

absl::StatusOr<NewSession> Sessions::LogIn(const Scope& scope, const base::UserId& user,
                                           const std::string& password,
                                           const metastore::Origin& origin) {
  const Person person(ScopeText(scope), user.value());
  TENANTRY_RETURN_IF_ERROR(CheckFailures(person));
  TENANTRY_ASSIGN_OR_RETURN(const auto hash, people_.Prove(scope, user, password));
  // Those who guessed at the same time may have used up the tries.
  TENANTRY_RETURN_IF_ERROR(CheckFailures(person));
  if (!hash) {
    NoteFailure(person);
    return WrongPassword();
  }
  const absl::Time now = clock_.Now();
  NewSession session{"ts_" + random_.Hex(32), base::SessionId(random_.Uuid()),
                     now + options_.session_life};
  TENANTRY_RETURN_IF_ERROR(store_.Write([&](Transaction& transaction) -> absl::Status {
    const absl::Status known = CheckScope(transaction, scope);
    if (absl::IsNotFound(known)) return WrongPassword();
    TENANTRY_RETURN_IF_ERROR(known);
    TENANTRY_RETURN_IF_ERROR(CheckNotSuspended(transaction, scope));
    TENANTRY_ASSIGN_OR_RETURN(
        const int64_t unchanged,
        transaction.Execute("UPDATE users SET last_login = :p0 WHERE tenant_id = :p1 AND user_id = "
                            ":p2 AND password_hash = :p3",
                            {absl::ToUnixMicros(now), ScopeText(scope), user.value(), *hash}));
    if (unchanged == 0) return WrongPassword();  // removed, or given another since
    TENANTRY_RETURN_IF_ERROR(
        transaction
            .Execute("INSERT INTO sessions (token_hash, session_id, tenant_id, user_id, created, "
                     "last_seen, expires) VALUES (:p0, :p1, :p2, :p3, :p4, :p4, :p5)",
                     {HashSecret(session.token), session.id.value(), ScopeText(scope), user.value(),
                      absl::ToUnixMicros(now), absl::ToUnixMicros(session.expires)})
            .status());
    return TellSession(transaction,
                       {EventType::kUserLoggedIn, "session.begin", scope, user, session.id, now,
                        ActorOf(scope, user, origin)},
                       random_.Uuid());
  }));
  // Whoever is let in by a hash from weaker days leaves a stronger one; they are let in all the
  // same.
  const absl::Status rehashed = people_.Rehash(scope, user, password, *hash);
  if (!rehashed.ok()) {
    runtime::Log(runtime::LogLevel::kWarning, "identity", "a password is not hashed anew: {}",
                 base::Message(rehashed));
  }
  absl::MutexLock lock(&mutex_);
  failures_.erase(person);
  return session;
}

absl::StatusOr<std::optional<std::string>> Sessions::Prove(const Caller& caller,
                                                           const std::string& password) {
  const Person person(ScopeText(caller.tenant), caller.user.value());
  TENANTRY_RETURN_IF_ERROR(CheckFailures(person));
  TENANTRY_ASSIGN_OR_RETURN(auto hash, people_.Prove(caller.tenant, caller.user, password));
  TENANTRY_RETURN_IF_ERROR(CheckFailures(person));
  if (!hash) NoteFailure(person);
  return hash;
}

absl::Status Sessions::LogOff(const Caller& caller, const metastore::Origin& origin) {
  if (caller.session.empty()) {
    return base::FailedPrecondition("a key has no session to end: revoke the key instead");
  }
  return store_.Write([&](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(const int64_t ended,
                              transaction.Execute("DELETE FROM sessions WHERE session_id = :p0",
                                                  {caller.session.value()}));
    if (ended == 0) return absl::UnauthenticatedError("the session has ended");
    return TellSession(transaction,
                       {EventType::kUserLoggedOff, "session.end", caller.tenant, caller.user,
                        caller.session, clock_.Now(), ActorOf(caller.tenant, caller.user, origin)},
                       random_.Uuid());
  });
}

absl::StatusOr<Caller> Sessions::Find(const std::string& token, absl::Time now,
                                      absl::Time& last_seen) {
  const std::string hash = HashSecret(token);
  Caller caller;
  TENANTRY_RETURN_IF_ERROR(store_.Read([&](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(
        const auto rows,
        transaction.Query("SELECT s.session_id, s.tenant_id, s.user_id, s.last_seen, s.expires, "
                          "u.role FROM sessions s JOIN users u ON u.tenant_id = s.tenant_id AND "
                          "u.user_id = s.user_id WHERE s.token_hash = :p0",
                          {hash}, 6));
    if (rows.empty()) return absl::UnauthenticatedError("the token is not valid: log in again");
    const Row& row = rows.front();
    caller.session = base::SessionId(row.Text(0));
    caller.tenant = ScopeOf(row.Text(1));
    caller.user = base::UserId(row.Text(2));
    last_seen = absl::FromUnixMicros(row.Integer(3));
    TENANTRY_ASSIGN_OR_RETURN(caller.role, ParseRole(row.Text(5)));
    if (now >= absl::FromUnixMicros(row.Integer(4)) || now >= last_seen + options_.idle_timeout) {
      return absl::UnauthenticatedError("the session has timed out: log in again");
    }
    return CheckNotSuspended(transaction, caller.tenant);
  }));
  return caller;
}

absl::StatusOr<Caller> Sessions::Look(const std::string& token) {
  absl::Time last_seen;
  return Find(token, clock_.Now(), last_seen);
}

absl::StatusOr<Caller> Sessions::Authenticate(const std::string& token) {
  const absl::Time now = clock_.Now();
  absl::Time last_seen;
  TENANTRY_ASSIGN_OR_RETURN(const Caller caller, Find(token, now, last_seen));
  // Not every request is a write: being seen is noted when it moves the time-out noticeably.
  if (now - last_seen > options_.idle_timeout / 20) {
    const absl::Status noted = store_.Write([&](Transaction& transaction) {
      return transaction
          .Execute("UPDATE sessions SET last_seen = :p0 WHERE token_hash = :p1 AND last_seen < :p0",
                   {absl::ToUnixMicros(now), HashSecret(token)})
          .status();
    });
    // Whoever only reads must not be kept out by a disk that is full.
    if (!noted.ok()) {
      runtime::Log(runtime::LogLevel::kWarning, "identity", "a session's use is not noted: {}",
                   base::Message(noted));
    }
  }
  return caller;
}

absl::StatusOr<absl::Time> Sessions::Expiry(const base::SessionId& session) {
  absl::Time expires;
  TENANTRY_RETURN_IF_ERROR(store_.Read([&](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(
        const auto rows, transaction.Query("SELECT expires FROM sessions WHERE session_id = :p0",
                                           {session.value()}, 1));
    if (rows.empty()) return base::NotFound("the session has ended");
    expires = absl::FromUnixMicros(rows.front().Integer(0));
    return absl::OkStatus();
  }));
  return expires;
}

absl::Status Sessions::Sweep() {
  const absl::Time now = clock_.Now();
  const int64_t idle_since = absl::ToUnixMicros(now - options_.idle_timeout);
  for (int64_t found = kSweepRows; found == kSweepRows;) {
    std::vector<Row> rows;
    const auto find = [&](Transaction& transaction) -> absl::Status {
      TENANTRY_ASSIGN_OR_RETURN(
          rows, transaction.Query("SELECT session_id, tenant_id, user_id, last_seen, expires FROM "
                                  "sessions WHERE last_seen <= :p0 OR expires <= :p1 LIMIT :p2",
                                  {idle_since, absl::ToUnixMicros(now), kSweepRows}, 5));
      return absl::OkStatus();
    };
    TENANTRY_RETURN_IF_ERROR(store_.Read(find));
    found = static_cast<int64_t>(rows.size());
    if (rows.empty()) return absl::OkStatus();
    TENANTRY_RETURN_IF_ERROR(store_.Write([&](Transaction& transaction) -> absl::Status {
      TENANTRY_RETURN_IF_ERROR(find(transaction));
      for (const Row& row : rows) {
        TENANTRY_RETURN_IF_ERROR(
            transaction.Execute("DELETE FROM sessions WHERE session_id = :p0", {row.Text(0)})
                .status());
        const absl::Time ended =
            std::min(absl::FromUnixMicros(row.Integer(3)) + options_.idle_timeout,
                     absl::FromUnixMicros(row.Integer(4)));
        TENANTRY_RETURN_IF_ERROR(TellSession(transaction,
                                             {EventType::kUserTimedOut,
                                              "session.time_out",
                                              ScopeOf(row.Text(1)),
                                              base::UserId(row.Text(2)),
                                              base::SessionId(row.Text(0)),
                                              ended,
                                              {"system", ""}},
                                             random_.Uuid()));
      }
      return absl::OkStatus();
    }));
  }
  return absl::OkStatus();
}

}  // namespace tenantry::identity
