#include "metastore/sqlite/sqlite_transaction.h"

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <deque>

#include "base/status.h"
#include "base/steady_time.h"
#include "metastore/sqlite/sqlite_errors.h"

namespace tenantry::metastore::sqlite {
namespace {

// Parameters bound to a statement; their storage outlives it.
class Binding {
 public:
  void Bind(soci::statement& statement, const std::vector<Value>& parameters) {
    for (size_t i = 0; i < parameters.size(); ++i) {
      const std::string name = "p" + std::to_string(i);
      if (const auto* integer = std::get_if<int64_t>(&parameters[i])) {
        integers_.push_back(*integer);
        statement.exchange(soci::use(integers_.back(), name));
      } else if (const auto* number = std::get_if<double>(&parameters[i])) {
        numbers_.push_back(*number);
        statement.exchange(soci::use(numbers_.back(), name));
      } else if (const auto* text = std::get_if<std::string>(&parameters[i])) {
        statement.exchange(soci::use(*text, name));
      } else {
        statement.exchange(soci::use(nothing_, null_, name));
      }
    }
  }

 private:
  std::deque<long long> integers_;
  std::deque<double> numbers_;
  std::string nothing_;
  soci::indicator null_ = soci::i_null;
};

sqlite_api::sqlite3_stmt* Prepared(soci::statement& statement) {
  return static_cast<soci::sqlite3_statement_backend*>(statement.get_backend())->stmt_;
}

// SQLite would take a parameter that is not given for NULL.
absl::Status CheckParameters(sqlite_api::sqlite3_stmt* prepared, size_t given) {
  const int wanted = sqlite_api::sqlite3_bind_parameter_count(prepared);
  if (static_cast<size_t>(wanted) == given) return absl::OkStatus();
  return base::Internal("a statement has {} parameters and is given {}", wanted, given);
}

// The present row, each value as what it is: SOCI's own exchange would cut integers to 32 bits and
// numbers to 15 digits.
Row ReadRow(sqlite_api::sqlite3_stmt* prepared, size_t columns) {
  std::vector<Value> values(columns);
  for (size_t i = 0; i < columns; ++i) {
    const int column = static_cast<int>(i);
    switch (sqlite_api::sqlite3_column_type(prepared, column)) {
      case SQLITE_NULL:
        break;
      case SQLITE_INTEGER:
        values[i] = static_cast<int64_t>(sqlite_api::sqlite3_column_int64(prepared, column));
        break;
      case SQLITE_FLOAT:
        values[i] = sqlite_api::sqlite3_column_double(prepared, column);
        break;
      default: {
        const void* bytes = sqlite_api::sqlite3_column_blob(prepared, column);
        const auto size = static_cast<size_t>(sqlite_api::sqlite3_column_bytes(prepared, column));
        values[i] = size == 0 ? std::string() : std::string(static_cast<const char*>(bytes), size);
      }
    }
  }
  return Row(std::move(values));
}

}  // namespace

// Runs one statement; the first that fails dooms the transaction, as on other databases.
template <typename Call>
absl::Status SqliteTransaction::Run(const Call& call) {
  if (!status_.ok()) return status_;
  status_ = base::SteadyNow() < deadline_ ? WhileOpen(Guard(file_, call))
                                          : StatusOfCode(SQLITE_INTERRUPT, file_, "interrupted");
  return status_;
}

absl::StatusOr<int64_t> SqliteTransaction::Execute(std::string_view sql,
                                                   const std::vector<Value>& parameters) {
  int64_t changed = 0;
  TENANTRY_RETURN_IF_ERROR(Run([&]() -> absl::Status {
    Binding binding;
    soci::statement statement(session_);
    binding.Bind(statement, parameters);
    statement.alloc();
    statement.prepare(std::string(sql));
    TENANTRY_RETURN_IF_ERROR(CheckParameters(Prepared(statement), parameters.size()));
    statement.define_and_bind();
    statement.execute(true);
    changed = statement.get_affected_rows();
    return absl::OkStatus();
  }));
  return changed;
}

absl::StatusOr<std::vector<Row>> SqliteTransaction::Query(std::string_view sql,
                                                          const std::vector<Value>& parameters,
                                                          size_t columns) {
  std::vector<Row> rows;
  TENANTRY_RETURN_IF_ERROR(Run([&]() -> absl::Status {
    Binding binding;
    soci::statement statement(session_);
    // SOCI fetches only into something; the values are read from the row itself.
    long long first = 0;
    soci::indicator indicator = soci::i_ok;
    statement.exchange(soci::into(first, indicator));
    binding.Bind(statement, parameters);
    statement.alloc();
    statement.prepare(std::string(sql));
    sqlite_api::sqlite3_stmt* const prepared = Prepared(statement);
    TENANTRY_RETURN_IF_ERROR(CheckParameters(prepared, parameters.size()));
    const int answered = sqlite_api::sqlite3_column_count(prepared);
    if (static_cast<size_t>(answered) != columns) {
      return base::Internal("a query answers {} columns where {} are read", answered, columns);
    }
    statement.define_and_bind();
    statement.execute();
    while (statement.fetch()) rows.push_back(ReadRow(prepared, columns));
    return absl::OkStatus();
  }));
  return rows;
}

}  // namespace tenantry::metastore::sqlite
