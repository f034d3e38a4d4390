#include "lake/datasets/imports/csv/csv_checks.h"

#include <algorithm>
#include <string_view>

#include "base/status.h"
#include "lake/datasets/blob_copy.h"
#include "lake/datasets/query/sql_text.h"

namespace tenantry::lake::datasets {
namespace {

// A DOUBLE reaches from 4.9e-324 to 1.8e308: what is beyond has an exponent of three digits, or
// one of two and the rest of the way in digits.
constexpr size_t kExponentDigits = 3;
constexpr size_t kDigits = 200;
constexpr size_t kStride = 128;        // no run of kDigits lies between two looks
constexpr size_t kTail = 2 * kDigits;  // looked at again with what follows

constexpr const char* kBeyond =
    "CASE WHEN regexp_matches({0}, '[0-9]{{3}}') THEN regexp_matches({0}, '^[^eE]*[1-9]') AND "
    "(isinf(TRY_CAST({0} AS DOUBLE)) OR TRY_CAST({0} AS DOUBLE) = 0) ELSE false END";

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsOfNumber(char c) { return IsDigit(c) || c == '.'; }

// Whether two quotes are all of a field. What is cut off at an end of `text` is none.
bool HasEmptyText(std::string_view text, char delimiter) {
  const auto ends = [&](size_t at) {
    return at < text.size() && (text[at] == delimiter || text[at] == '\n' || text[at] == '\r');
  };
  for (size_t at = text.find("\"\""); at != std::string_view::npos;
       at = text.find("\"\"", at + 1)) {
    if (at > 0 && ends(at - 1) && ends(at + 2)) return true;
  }
  return false;
}

// Whether a number has an exponent of three digits that begins with `letter`.
bool HasFarExponent(std::string_view text, char letter) {
  for (size_t at = text.find(letter); at != std::string_view::npos;
       at = text.find(letter, at + 1)) {
    if (at == 0 || !IsOfNumber(text[at - 1])) continue;
    size_t digit = at + 1;
    if (digit < text.size() && (text[digit] == '+' || text[digit] == '-')) ++digit;
    const std::string_view exponent = text.substr(std::min(digit, text.size()), kExponentDigits);
    if (exponent.size() == kExponentDigits && std::ranges::all_of(exponent, IsDigit)) return true;
  }
  return false;
}

// Whether a number has very many digits.
bool HasLongNumber(std::string_view text) {
  for (size_t at = 0; at < text.size(); at += kStride) {
    size_t begin = at, end = at;
    while (begin > 0 && IsOfNumber(text[begin - 1])) --begin;
    while (end < text.size() && IsOfNumber(text[end])) ++end;
    if (end > at && end - begin >= kDigits) return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<CsvMarks> FindCsvMarks(const std::string& file, char delimiter) {
  CsvMarks marks;
  std::string text = "\n";  // the end of what was looked at, and what is new
  const auto look = [&] {
    marks.empty_texts = marks.empty_texts || HasEmptyText(text, delimiter);
    marks.far_numbers = marks.far_numbers || HasFarExponent(text, 'e') ||
                        HasFarExponent(text, 'E') || HasLongNumber(text);
  };
  TENANTRY_RETURN_IF_ERROR(ReadWholeFile(file, [&](std::string_view bytes) {
    text.erase(0, text.size() - std::min(text.size(), kTail));
    text += bytes;
    look();
    return absl::OkStatus();
  }));
  text += '\n';
  look();
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
