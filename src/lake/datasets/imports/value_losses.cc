#include "lake/datasets/imports/value_losses.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/status.h"
#include "lake/datasets/blob_copy.h"
#include "lake/datasets/query/exact_integers.h"
#include "lake/datasets/query/sql_text.h"

namespace tenantry::lake::datasets {
namespace {

// Whether a whole number is not what a DOUBLE makes of it.
constexpr const char* kInexact =
    "CASE WHEN strlen({0}) > 15 AND NOT contains({0}, '.') THEN "
    "regexp_full_match({0}, '\\s*[+-]?[0-9]+\\s*') AND coalesce(TRY_CAST(TRY_CAST({0} AS DOUBLE) "
    "AS DECIMAL(38, 0)) <> TRY_CAST({0} AS DECIMAL(38, 0)), true) ELSE false END";

// Whether a number becomes infinite, or zero, as a DOUBLE and is neither.
constexpr const char* kBeyond =
    "CASE WHEN strlen({0}) > 200 OR contains({0}, 'e') OR contains({0}, 'E') THEN "
    "(isinf(TRY_CAST({0} AS DOUBLE)) AND regexp_matches({0}, '[0-9]')) OR (TRY_CAST({0} AS DOUBLE) "
    "= 0 AND regexp_matches({0}, '^[^eE]*[1-9]')) ELSE false END";

// Whether a value of an integer's column has a fraction that is not zero.
constexpr const char* kFraction =
    "CASE WHEN contains({0}, '.') OR contains({0}, 'e-') OR contains({0}, 'E-') THEN "
    "TRY_CAST({0} AS {1}) IS NOT NULL AND CASE WHEN regexp_matches({0}, '[eE]') THEN "
    "TRY_CAST({0} AS DOUBLE) <> CAST(TRY_CAST({0} AS {1}) AS DOUBLE) ELSE "
    "regexp_matches({0}, '\\.[0-9_]*[1-9]') END ELSE false END";

// Whether a day or moment begins with something else than a year: of four digits at least.
constexpr const char* kOtherOrder =
    "regexp_matches({0}, '[0-9]') AND NOT regexp_matches({0}, '^\\s*[+-]?[0-9]{{4,}}[^0-9]')";

// Whether more than a day stands where a DATE was read.
constexpr const char* kMoreThanDay =
    "CASE WHEN contains({0}, ':') OR TRY_CAST({0} AS TIMESTAMP) IS NULL THEN TRY_CAST({0} AS DATE) "
    "IS NOT NULL AND TRY_CAST({0} AS TIMESTAMP) IS DISTINCT FROM TRY_CAST(TRY_CAST({0} AS DATE) "
    "AS TIMESTAMP) ELSE false END";

// Whether more than a time of the day, to the microsecond, stands where a TIME was read.
constexpr const char* kMoreThanTime =
    "CASE WHEN strlen({0}) > 8 THEN TRY_CAST({0} AS TIME) IS NOT NULL AND NOT "
    "regexp_full_match({0}, '\\s*[0-9]+:[0-9]+(:[0-9]+(\\.[0-9]{{0,6}}0*)?)?\\s*') ELSE false END";

// Whether a part of a microsecond stands where a TIMESTAMP was read.
constexpr const char* kMoreThanMicros =
    "CASE WHEN contains({0}, '.') THEN TRY_CAST({0} AS {1}) IS NOT NULL AND "
    "regexp_matches({0}, ':[0-9]+\\.[0-9]{{6}}[0-9]*[1-9]') ELSE false END";

// Whether JSON that holds a DOUBLE somewhere inside has a whole number there that 64 bits do not
// hold: outside of texts, with 20 digits, or a negative one with 19 that begin as those beyond do.
constexpr const char* kInexactInside =
    "CASE WHEN strlen({0}) > 19 AND regexp_matches({0}, '[0-9]{{19}}') THEN "
    "regexp_matches(regexp_replace({0}, '\"([^\"\\\\]|\\\\.)*\"', '\"\"', 'g'), "
    "'(^|[^0-9.eE+-])(-?[1-9][0-9]{{19,}}|-9[2-9][0-9]{{17}})($|[^0-9.eE])') ELSE false END";

bool IsAsked(const DataSetColumn& column, const std::map<std::string, std::string>& types) {
  return std::ranges::any_of(types, [&](const auto& type) {
    return DataSetNameKey(type.first) == DataSetNameKey(column.name);
  });
}

// The condition under which a value loses something; empty: none does.
std::string LossOf(const DataSetColumn& column, const std::map<std::string, std::string>& types) {
  const std::string value = SqlIdentifier(column.name);
  if (column.type == "BIGINT" || column.type == "INTEGER") {
    return fmt::format(fmt::runtime(kFraction), value, column.type);
  }
  if (column.type == "DATE") return fmt::format(fmt::runtime(kMoreThanDay), value);
  if (column.type.starts_with("TIMESTAMP")) {
    return fmt::format(fmt::runtime(kMoreThanMicros), value, column.type);
  }
  if (column.type == "TIME") return fmt::format(fmt::runtime(kMoreThanTime), value);
  if (IsNestedDouble(column.type)) return fmt::format(fmt::runtime(kInexactInside), value);
  if (column.type != "DOUBLE" || IsAsked(column, types)) return "";
  return fmt::format(fmt::runtime(kInexact), value);
}

// The condition under which a value becomes another in this way; empty: none does.
std::string ConditionOf(LossKind kind, const DataSetColumn& column,
                        const std::map<std::string, std::string>& types) {
  const std::string value = SqlIdentifier(column.name);
  const bool moment = column.type == "DATE" || column.type.starts_with("TIMESTAMP");
  switch (kind) {
    case LossKind::kOrder:
      return moment ? fmt::format(fmt::runtime(kOtherOrder), value) : "";
    case LossKind::kCut:
      return LossOf(column, types);
    case LossKind::kBeyond:
      return column.type == "DOUBLE" ? fmt::format(fmt::runtime(kBeyond), value) : "";
  }
  return "";
}

// What a column could lose, and how its values tell.
struct Doubt {
  size_t column;  // from 0
  LossKind kind;
  std::string condition;
};

std::vector<Doubt> DoubtsOf(const ParquetFacts& facts,
                            const std::map<std::string, std::string>& types) {
  std::vector<Doubt> doubts;
  for (const LossKind kind : {LossKind::kOrder, LossKind::kCut, LossKind::kBeyond}) {
    for (size_t column = 0; column < facts.schema.size(); ++column) {
      std::string condition = ConditionOf(kind, facts.schema[column], types);
      if (!condition.empty()) doubts.push_back({column, kind, std::move(condition)});
    }
  }
  return doubts;
}

// Which of the doubts some row confirms; the rows of the text, counted. The time that the engine
// takes to plan a query grows with the square of its columns: it is asked of some at a time.
absl::StatusOr<std::vector<Doubt>> Confirmed(sql::SqlProcess& process, const std::string& text,
                                             const std::vector<Doubt>& doubts, int64_t& rows) {
  constexpr size_t kAtOnce = 256;
  std::vector<Doubt> confirmed;
  for (size_t begin = 0; begin < doubts.size(); begin += kAtOnce) {
    const size_t end = std::min(begin + kAtOnce, doubts.size());
    std::string counts = "count(*)";
    for (size_t at = begin; at < end; ++at) {
      counts += fmt::format(", coalesce(max(({})::BIGINT), 0)::BIGINT", doubts[at].condition);
    }
    TENANTRY_RETURN_IF_ERROR(
        process.Query(fmt::format("SELECT {} FROM {}", counts, text),
                      [&](const std::vector<sql::SqlColumn>&, const sql::SqlChunk& chunk) {
                        rows = chunk.column(0).Integer(0);
                        for (size_t at = begin; at < end; ++at) {
                          if (chunk.column(at - begin + 1).Integer(0) != 0)
                            confirmed.push_back(doubts[at]);
                        }
                        return absl::OkStatus();
                      }));
  }
  return confirmed;
}

// Whether a column holds nothing but whole numbers.
absl::StatusOr<bool> IsWhole(sql::SqlProcess& process, const std::string& text,
                             const std::string& name) {
  const std::string value = SqlIdentifier(name);
  bool whole = false;
  TENANTRY_RETURN_IF_ERROR(process.Query(
      fmt::format("SELECT count(*) FROM {1} WHERE TRY_CAST({0} AS DOUBLE) IS NOT NULL AND NOT "
                  "regexp_full_match({0}, '\\s*[+-]?[0-9]+\\s*')",
                  value, text),
      [&](const std::vector<sql::SqlColumn>&, const sql::SqlChunk& chunk) {
        whole = chunk.column(0).Integer(0) == 0;
        return absl::OkStatus();
      }));
  return whole;
}

// The first row behind `skipped` that meets the condition.
absl::StatusOr<std::optional<ValueLoss>> FirstLoss(sql::SqlProcess& process,
                                                   const std::string& text, const std::string& name,
                                                   const std::string& condition, int skipped) {
  std::optional<ValueLoss> loss;
  TENANTRY_RETURN_IF_ERROR(process.Query(
      fmt::format("SELECT record, {0} FROM (SELECT row_number() OVER ()::BIGINT AS record, {0} "
                  "FROM {1}) WHERE record > {2} AND ({3}) ORDER BY record LIMIT 1",
                  SqlIdentifier(name), text, skipped, condition),
      [&](const std::vector<sql::SqlColumn>&, const sql::SqlChunk& chunk) {
        if (chunk.rows() == 0) return absl::OkStatus();
        loss = ValueLoss{.record = chunk.column(0).Integer(0),
                         .value = std::string(chunk.column(1).Bytes(0))};
        return absl::OkStatus();
      }));
  return loss;
}

// Counts records and lines of a CSV, byte by byte.
struct RecordCounter {
  int64_t wanted;
  bool blank;
  int64_t line = 1;
  int64_t begins = 1;  // the line of the record that is being read
  int64_t records = 0;
  bool quoted = false;
  bool empty = true;
  char before = 0;

  // Whether the wanted record has ended.
  bool Take(char byte) {
    const bool pair = byte == '\n' && before == '\r';
    before = byte;
    if (pair) return false;
    if (byte != '\n' && byte != '\r') {
      empty = false;
      if (byte == '"') quoted = !quoted;
      return false;
    }
    ++line;
    if (quoted) return false;
    if ((!empty || blank) && ++records == wanted) return true;
    begins = line;
    empty = true;
    return false;
  }
};

}  // namespace

bool IsNestedDouble(const std::string& type) {
  bool found = false;
  WithOtherTypes(type, [&](std::string_view word) {
    found = found || (word == "DOUBLE" && word.size() < type.size());
    return std::string();
  });
  return found;
}

absl::StatusOr<ValueLosses> FindLosses(sql::SqlProcess& process, const std::string& text,
                                       const ParquetFacts& facts,
                                       const std::map<std::string, std::string>& types) {
  ValueLosses losses;
  const std::vector<Doubt> doubts = DoubtsOf(facts, types);
  if (doubts.empty()) return losses;
  int64_t rows = 0;
  TENANTRY_ASSIGN_OR_RETURN(const auto confirmed, Confirmed(process, text, doubts, rows));
  losses.header = rows > facts.rows;
  for (const Doubt& doubt : confirmed) {
    if (losses.first) break;
    const DataSetColumn& column = facts.schema[doubt.column];
    if (std::ranges::find(losses.inexact, column.name) != losses.inexact.end()) continue;
    if (column.type == "DOUBLE" && doubt.kind == LossKind::kCut) {
      TENANTRY_ASSIGN_OR_RETURN(const bool whole, IsWhole(process, text, column.name));
      if (whole) losses.inexact.push_back(column.name);
      continue;
    }
    TENANTRY_ASSIGN_OR_RETURN(
        auto first, FirstLoss(process, text, column.name, doubt.condition, losses.header ? 1 : 0));
    if (!first) continue;
    if (doubt.kind == LossKind::kOrder && !IsAsked(column, types)) {
      losses.inexact.push_back(column.name);
      continue;
    }
    first->column = static_cast<int64_t>(doubt.column) + 1;
    first->kind = doubt.kind;
    losses.first = std::move(first);
  }
  return losses;
}

absl::StatusOr<int64_t> LineOfRecord(const std::string& file, int64_t record, bool blank) {
  RecordCounter counter{.wanted = record, .blank = blank};
  bool found = false;
  const absl::Status read = ReadWholeFile(file, [&](std::string_view bytes) -> absl::Status {
    found = std::ranges::any_of(bytes, [&](char byte) { return counter.Take(byte); });
    return found ? absl::CancelledError() : absl::OkStatus();
  });
  if (!read.ok() && !found) return read;
  if (!found && !counter.empty && counter.records + 1 == record) return counter.begins;
  return found ? counter.begins : 0;
}

}  // namespace tenantry::lake::datasets
