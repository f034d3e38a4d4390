#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tenantry::lake::datasets {

/// How many bytes of a CSV file are looked at to find out its dialect.
inline constexpr size_t kCsvHeadBytes = 256 << 10;

/// Which of `,`, `;`, tab and `|` separates the fields of a CSV whose first bytes are `head`: the
/// one that makes most of the first records as wide as each other and the widest; a comma when none
/// does. Quotes and line breaks in quoted fields are understood (RFC 4180). `whole` says that
/// `head` is all there is.
char FindDelimiter(std::string_view head, bool whole);

/// A field whose quotes are wrong.
struct QuoteFault {
  int64_t line = 0;    ///< where the field begins, from 1
  int64_t column = 0;  ///< from 1
  std::string value;   ///< its line, from where it begins
  std::string detail;  ///< what is wrong, and what to do
};

/// The first field in `head` whose quotes are wrong for this delimiter: one that is never closed
/// (when `whole`), or has bytes behind a closed one. Nothing when there is none.
std::optional<QuoteFault> FindQuoteFault(std::string_view head, char delimiter, bool whole);

/// The most bytes of one record that the engine takes.
inline constexpr size_t kCsvRecordBytesMax = 2'000'000;

/// A record that is too long, and the field in it that makes it so.
struct LongRecord {
  int64_t line = 0;    ///< where it begins, from 1
  int64_t column = 0;  ///< of the field, from 1
  std::string value;   ///< the field's first bytes
};

/// The first record of a CSV's file of more than kCsvRecordBytesMax; nothing when all are shorter.
/// Errors as ReadWholeFile.
absl::StatusOr<std::optional<LongRecord>> FindLongRecord(const std::string& file, char delimiter);

/// The fields of the first record of a CSV that is not empty, without their quotes; a field that
/// `head` cuts is given as far as it is there.
std::vector<std::string> FirstRecord(std::string_view head, char delimiter);

}  // namespace tenantry::lake::datasets
