#include "metastore/migrations.h"

#include <openssl/sha.h>

#include "base/status.h"

namespace tenantry::metastore {
namespace {

std::string Sha256(std::string_view text) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  std::string hex;
  for (const unsigned char byte : digest) hex += fmt::format("{:02x}", byte);
  return hex;
}

// The statements of a step: each ends with a semicolon at the end of a line.
absl::StatusOr<std::vector<std::string_view>> Statements(std::string_view sql) {
  std::vector<std::string_view> statements;
  for (size_t end = sql.find(";\n"); end != std::string_view::npos; end = sql.find(";\n")) {
    statements.push_back(sql.substr(0, end + 1));
    sql.remove_prefix(end + 2);
  }
  if (sql.find_first_not_of(" \n") == std::string_view::npos) return statements;
  return base::Internal("a schema step ends in the middle of a statement: {}", sql.substr(0, 64));
}

absl::Status CheckApplied(const std::vector<Row>& applied,
                          const std::vector<Migration>& migrations) {
  if (applied.size() > migrations.size()) {
    return base::FailedPrecondition(
        "the database has schema step {} ('{}'), this program knows {}: use the newer program",
        applied.back().Integer(0), applied.back().Text(1), migrations.size());
  }
  for (size_t i = 0; i < applied.size(); ++i) {
    if (applied[i].Integer(0) != migrations[i].number ||
        applied[i].Text(2) != Sha256(migrations[i].sql)) {
      return base::FailedPrecondition(
          "schema step {} of the database is not the one of this program: restore a backup, or use "
          "the program that made it",
          applied[i].Integer(0));
    }
  }
  return absl::OkStatus();
}

absl::Status Apply(Transaction& transaction, const Migration& migration, int64_t now_micros) {
  TENANTRY_ASSIGN_OR_RETURN(const auto statements, Statements(migration.sql));
  for (const std::string_view statement : statements) {
    TENANTRY_RETURN_IF_ERROR(transaction.Execute(statement, {}).status());
  }
  return transaction
      .Execute(
          "INSERT INTO schema_migrations (number, name, sha256, applied) VALUES (:p0, :p1, :p2, "
          ":p3)",
          {int64_t{migration.number}, std::string(migration.name), Sha256(migration.sql),
           now_micros})
      .status();
}

}  // namespace

absl::Status Migrate(Metastore& store, const std::vector<Migration>& migrations,
                     int64_t now_micros) {
  size_t done = 0;
  TENANTRY_RETURN_IF_ERROR(store.Write([&](Transaction& transaction) -> absl::Status {
    TENANTRY_RETURN_IF_ERROR(transaction
                                 .Execute("CREATE TABLE IF NOT EXISTS schema_migrations (number "
                                          "BIGINT PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT "
                                          "NULL, applied BIGINT NOT NULL)",
                                          {})
                                 .status());
    TENANTRY_ASSIGN_OR_RETURN(
        const auto applied,
        transaction.Query("SELECT number, name, sha256 FROM schema_migrations ORDER BY number", {},
                          3));
    done = applied.size();
    return CheckApplied(applied, migrations);
  }));
  for (; done < migrations.size(); ++done) {
    TENANTRY_RETURN_IF_ERROR(
        base::Annotate(store.Write([&](Transaction& transaction) {
          return Apply(transaction, migrations[done], now_micros);
        }),
                       fmt::format("schema step {}", migrations[done].number)));
  }
  return absl::OkStatus();
}

}  // namespace tenantry::metastore
