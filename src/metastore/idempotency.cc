#include "metastore/idempotency.h"

#include "base/status.h"

namespace tenantry::metastore {

void IdempotencyOptions::Declare(runtime::OptionSet& options) {
  options.AddDuration("idempotency.kept", &kept, absl::Minutes(1), absl::Hours(24 * 30),
                      "how long the first answer to an Idempotency-Key is replayed");
  options.AddDuration("idempotency.abandoned", &abandoned, absl::Seconds(1), absl::Hours(1),
                      "after which a request that never answered may be tried again");
}

absl::StatusOr<std::optional<std::string>> IdempotencyStore::Begin(
    const std::string& caller, const std::string& key, const std::string& request_hash) {
  const absl::Time now = clock_.Now();
  std::optional<std::string> answer;
  TENANTRY_RETURN_IF_ERROR(store_.Write([&](Transaction& transaction) -> absl::Status {
    TENANTRY_RETURN_IF_ERROR(transaction
                                 .Execute("DELETE FROM idempotency WHERE created < :p0",
                                          {absl::ToUnixMicros(now - options_.kept)})
                                 .status());
    TENANTRY_ASSIGN_OR_RETURN(
        const auto rows,
        transaction.Query("SELECT request_hash, answer, created FROM idempotency WHERE caller = "
                          ":p0 AND idempotency_key = :p1",
                          {caller, key}, 3));
    if (rows.empty()) {
      return transaction
          .Execute(
              "INSERT INTO idempotency (caller, idempotency_key, request_hash, created) "
              "VALUES (:p0, :p1, :p2, :p3)",
              {caller, key, request_hash, absl::ToUnixMicros(now)})
          .status();
    }
    if (rows[0].Text(0) != request_hash) {
      return base::InvalidArgument(
          "the Idempotency-Key was used for another request: use a new one");
    }
    if (!rows[0].IsNull(1)) {
      answer = rows[0].Text(1);
      return absl::OkStatus();
    }
    if (now < absl::FromUnixMicros(rows[0].Integer(2)) + options_.abandoned) {
      return absl::AbortedError("a request with this Idempotency-Key is still running: try later");
    }
    return transaction
        .Execute(
            "UPDATE idempotency SET created = :p0 WHERE caller = :p1 AND idempotency_key = :p2",
            {absl::ToUnixMicros(now), caller, key})
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

absl::Status IdempotencyStore::Release(const std::string& caller, const std::string& key) {
  return store_.Write([&](Transaction& transaction) {
    return transaction
        .Execute(
            "DELETE FROM idempotency WHERE caller = :p0 AND idempotency_key = :p1 AND answer IS "
            "NULL",
            {caller, key})
        .status();
  });
}

}  // namespace tenantry::metastore
