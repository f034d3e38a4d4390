#include "lake/datasets/imports/csv/csv_checks.h"

#include <string_view>

#include "base/status.h"
#include "lake/datasets/blob_copy.h"
#include "lake/datasets/query/sql_text.h"

namespace tenantry::lake::datasets {
namespace {

constexpr int kExponentDigits = 3;  // a DOUBLE reaches from 4.9e-324 to 1.8e308
constexpr int kDigits = 300;

constexpr const char* kBeyond =
    "CASE WHEN regexp_matches({0}, '[0-9]{{3}}') THEN regexp_matches({0}, '^[^eE]*[1-9]') AND "
    "(isinf(TRY_CAST({0} AS DOUBLE)) OR TRY_CAST({0} AS DOUBLE) = 0) ELSE false END";

// Finds fields of two quotes.
class EmptyTextFinder {
 public:
  explicit EmptyTextFinder(char delimiter) : delimiter_(delimiter) {}

  bool Take(char c) {
    const bool ends = c == delimiter_ || c == '\n' || c == '\r';
    if (ends) {
      const bool found = place_ == Place::kClosed;
      place_ = Place::kBegin;
      return found;
    }
    if (c != '"') {
      place_ = Place::kInside;
    } else if (place_ != Place::kInside) {
      place_ = place_ == Place::kBegin    ? Place::kOpened
               : place_ == Place::kOpened ? Place::kClosed
                                          : Place::kInside;
    }
    return false;
  }

  // As Take, behind the last byte.
  bool End() const { return place_ == Place::kClosed; }

 private:
  enum class Place { kBegin, kOpened, kClosed, kInside };  // of a field

  char delimiter_;
  Place place_ = Place::kBegin;
};

// Finds exponents of three digits, and numbers of very many.
class FarNumberFinder {
 public:
  bool Take(char c) {
    if (c >= '0' && c <= '9') {
      return in_exponent_ ? ++exponent_digits_ >= kExponentDigits : ++digits_ >= kDigits;
    }
    const bool sign = (c == '+' || c == '-') && in_exponent_ && exponent_digits_ == 0;
    if (sign || (c == '.' && !in_exponent_)) return false;
    in_exponent_ = (c == 'e' || c == 'E') && digits_ > 0;
    exponent_digits_ = 0;
    digits_ = 0;
    return false;
  }

 private:
  int digits_ = 0;
  bool in_exponent_ = false;
  int exponent_digits_ = 0;
};

}  // namespace

absl::StatusOr<CsvMarks> FindCsvMarks(const std::string& file, char delimiter) {
  CsvMarks marks;
  EmptyTextFinder empty(delimiter);
  FarNumberFinder far;
  TENANTRY_RETURN_IF_ERROR(ReadWholeFile(file, [&](std::string_view bytes) {
    for (const char c : bytes) {
      if (empty.Take(c)) marks.empty_texts = true;
      if (far.Take(c)) marks.far_numbers = true;
    }
    return absl::OkStatus();
  }));
  marks.empty_texts = marks.empty_texts || empty.End();
  return marks;
}

absl::StatusOr<std::optional<ValueLoss>> FindBeyondDouble(sql::SqlProcess& process,
                                                          const std::string& text,
                                                          const ParquetFacts& facts) {
  std::optional<ValueLoss> loss;
  for (size_t at = 0; at < facts.schema.size() && !loss; ++at) {
    if (facts.schema[at].type != "DOUBLE") continue;
    const std::string value = SqlIdentifier(facts.schema[at].name);
    TENANTRY_RETURN_IF_ERROR(process.Query(
        fmt::format("SELECT record, {0} FROM (SELECT row_number() OVER ()::BIGINT AS record, {0} "
                    "FROM {1}) WHERE {2} ORDER BY record LIMIT 1",
                    value, text, fmt::format(fmt::runtime(kBeyond), value)),
        [&](const std::vector<sql::SqlColumn>&, const sql::SqlChunk& chunk) {
          if (chunk.rows() == 0) return absl::OkStatus();
          loss = ValueLoss{.record = chunk.column(0).Integer(0),
                           .column = static_cast<int64_t>(at) + 1,
                           .value = std::string(chunk.column(1).Bytes(0))};
          return absl::OkStatus();
        }));
  }
  return loss;
}

}  // namespace tenantry::lake::datasets
