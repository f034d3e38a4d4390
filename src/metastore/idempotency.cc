#include "metastore/idempotency.h"

#include "base/status.h"
#include "runtime/logging.h"

namespace tenantry::metastore {

void IdempotencyOptions::Declare(runtime::OptionSet& options) {
  options.AddDuration("idempotency.kept", &kept, absl::Minutes(1), absl::Hours(24 * 30),
                      "how long the first answer to an Idempotency-Key is replayed");
  options.AddDuration("idempotency.abandoned", &abandoned, absl::Seconds(1), absl::Hours(1),
                      "after which a request that never answered may be tried again");
  options.AddDuration("idempotency.sweep_interval", &sweep_interval, absl::Milliseconds(10),
                      absl::Hours(1), "time between looks for answers that were kept so long");
}

namespace {

// Whether `actor` changed something in this request since then. Clients may choose the ids of
// requests and repeat them: hence the actor and the time.
absl::StatusOr<bool> WasDone(Transaction& transaction, const std::string& request_id,
                             const std::string& actor, int64_t since_micros) {
  TENANTRY_ASSIGN_OR_RETURN(
      const auto rows,
      transaction.Query("SELECT number FROM audit WHERE request_id = :p0 AND actor = :p1 AND at >= "
                        ":p2 LIMIT 1",
                        {request_id, actor, since_micros}, 1));
  return !rows.empty();
}

}  // namespace

IdempotencyStore::~IdempotencyStore() { Stop(); }

absl::Status IdempotencyStore::Start() {
  thread_ = std::thread([this] {
    while (!stop_.WaitFor(options_.sweep_interval)) {
      const absl::Status swept = Sweep();
      if (!swept.ok()) {
        runtime::Log(runtime::LogLevel::kWarning, "metastore", "{}", base::Message(swept));
      }
    }
  });
  return absl::OkStatus();
}

void IdempotencyStore::Stop() {
  stop_.Raise();
  if (thread_.joinable()) thread_.join();
}

absl::Status IdempotencyStore::Sweep() {
  return store_.Write([&](Transaction& transaction) {
    return transaction
        .Execute("DELETE FROM idempotency WHERE created < :p0",
                 {absl::ToUnixMicros(clock_.Now() - options_.kept)})
        .status();
  });
}

absl::StatusOr<std::optional<std::string>> IdempotencyStore::Begin(const std::string& caller,
                                                                   const std::string& key,
                                                                   const std::string& request_hash,
                                                                   const Actor& actor) {
  const absl::Time now = clock_.Now();
  std::optional<std::string> answer;
  TENANTRY_RETURN_IF_ERROR(store_.Write([&](Transaction& transaction) -> absl::Status {
    TENANTRY_RETURN_IF_ERROR(
        transaction
            .Execute("DELETE FROM idempotency WHERE caller = :p0 AND idempotency_key = :p1 AND "
                     "created < :p2",
                     {caller, key, absl::ToUnixMicros(now - options_.kept)})
            .status());
    TENANTRY_ASSIGN_OR_RETURN(
        const auto rows,
        transaction.Query("SELECT request_hash, answer, created, request_id FROM idempotency WHERE "
                          "caller = :p0 AND idempotency_key = :p1",
                          {caller, key}, 4));
    if (rows.empty()) {
      return transaction
          .Execute(
              "INSERT INTO idempotency (caller, idempotency_key, request_hash, created, "
              "request_id) VALUES (:p0, :p1, :p2, :p3, :p4)",
              {caller, key, request_hash, absl::ToUnixMicros(now), actor.origin.request_id})
          .status();
    }
    const Row& claim = rows[0];
    // Earlier versions' hashes were taken away: whoever repeats a request must get its answer.
    if (!claim.Text(0).empty() && claim.Text(0) != request_hash) {
      return base::InvalidArgument(
          "the Idempotency-Key was used for another request: use a new one");
    }
    if (!claim.IsNull(1)) {
      answer = claim.Text(1);
      return absl::OkStatus();
    }
    const absl::Time claimed = absl::FromUnixMicros(claim.Integer(2));
    if (claimed >= alone_since_ && now < claimed + options_.abandoned) {
      return absl::AbortedError("a request with this Idempotency-Key is still running: try later");
    }
    if (!claim.IsNull(3)) {
      TENANTRY_ASSIGN_OR_RETURN(const bool done,
                                WasDone(transaction, claim.Text(3), actor.name, claim.Integer(2)));
      if (done) {
        return absl::AlreadyExistsError(
            "the first request with this Idempotency-Key was carried out, but its answer was lost "
            "when the server died: look at what it made, and use a new key for new work");
      }
    }
    return transaction
        .Execute(
            "UPDATE idempotency SET created = :p0, request_id = :p1 WHERE caller = :p2 AND "
            "idempotency_key = :p3",
            {absl::ToUnixMicros(now), actor.origin.request_id, caller, key})
        .status();
  }));
  return answer;
}

absl::Status IdempotencyStore::Finish(const std::string& caller, const std::string& key,
                                      const std::string& answer) {
  return store_.Write([&](Transaction& transaction) {
    return transaction
        .Execute(
            "UPDATE idempotency SET answer = :p0 WHERE caller = :p1 AND idempotency_key = :p2 "
            "AND answer IS NULL",
            {answer, caller, key})
        .status();
  });
}

absl::Status IdempotencyStore::Release(const std::string& caller, const std::string& key,
                                       const Actor& actor) {
  return store_.Write([&](Transaction& transaction) {
    return transaction
        .Execute(
            "DELETE FROM idempotency WHERE caller = :p0 AND idempotency_key = :p1 AND answer IS "
            "NULL AND NOT EXISTS (SELECT 1 FROM audit WHERE audit.request_id = "
            "idempotency.request_id AND audit.actor = :p2 AND audit.at >= idempotency.created)",
            {caller, key, actor.name})
        .status();
  });
}

}  // namespace tenantry::metastore
