#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tenantry::scoring::tables {

/// What a table may measure at most; more is refused, never cut.
struct CsvLimits {
  int64_t bytes_max = int64_t{1} << 30;  ///< of the whole file
  int64_t rows_max = 20'000'000;         ///< without the header
  int64_t columns_max = 4'096;
  int64_t field_bytes_max = int64_t{1} << 20;  ///< of one value
};

/// A table of texts read from comma-separated values as RFC 4180 describes them, strictly: fields
/// in quotes with doubled quotes and line breaks inside, lines that end in LF or CRLF, a byte order
/// mark that is passed over, a header with a name for each column. (Debian 12 packages no
/// maintained strict reader for C++: those there are guess delimiters, or pass over broken quotes
/// and ragged rows.)
///
/// Every error is InvalidArgument and says the line, where it matters the column and the value, and
/// what to do: no header, names blank or given twice, a row with too few or too many values, a
/// quote that never ends or stands inside a value, a lone carriage return, a NUL, bytes that are
/// not UTF-8, a measure past its limit. Immutable; safe to read from any thread.
class CsvTable {
 public:
  /// Reads a table from its text; `name` stands before every message.
  static absl::StatusOr<CsvTable> Parse(std::string text, std::string name,
                                        const CsvLimits& limits = {});

  /// Reads a file. Besides the above, the errors of runtime::ReadFile.
  static absl::StatusOr<CsvTable> Read(const std::string& path, const CsvLimits& limits = {});

  /// What the table is called in messages: its path.
  const std::string& name() const { return name_; }

  /// The columns' names, without spaces around them.
  const std::vector<std::string>& header() const { return header_; }

  /// How many rows follow the header.
  size_t rows() const { return lines_.size(); }

  /// How many columns each row has.
  size_t columns() const { return header_.size(); }

  /// A value as it was written, quotes undone. Lives as long as the table.
  std::string_view cell(size_t row, size_t column) const;

  /// The line of the file that a row begins on; the header begins on line 1.
  size_t line(size_t row) const { return lines_[row]; }

  /// The column of that name, spelt exactly so.
  std::optional<size_t> FindColumn(std::string_view column) const;

  /// The column of that name, or InvalidArgument that names the nearest one; `role` says what for.
  absl::StatusOr<size_t> GetColumn(std::string_view column, std::string_view role) const;

  /// The XXH3 hash (128 bits, 32 hexadecimal digits) of the text that was read, byte order mark
  /// included: the same file, the same hash.
  const std::string& fingerprint() const { return fingerprint_; }

 private:
  friend class CsvReader;
  struct Cell {
    uint64_t offset = 0;
    uint32_t size = 0;
  };

  std::string name_;
  std::string text_;  // quoted fields are undone in place: undoing never grows them
  std::vector<std::string> header_;
  std::vector<Cell> cells_;
  std::vector<size_t> lines_;
  std::string fingerprint_;
};

/// `text` as a value of RFC 4180: in quotes where it must be.
std::string ToCsvField(std::string_view text);

/// `text` without blanks and tabs around it.
std::string_view Trimmed(std::string_view text);

/// `text` as a finite number: digits with sign, point and exponent, nothing else but spaces around.
std::optional<double> ToNumber(std::string_view text);

}  // namespace tenantry::scoring::tables
