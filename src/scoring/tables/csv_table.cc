#include "scoring/tables/csv_table.h"

#include <xxhash.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "base/status.h"
#include "base/utf8.h"
#include "runtime/disk/files.h"
#include "runtime/nearest_name.h"

namespace tenantry::scoring::tables {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string Hash(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

// The line that is not UTF-8 or holds a NUL; the whole text is known to have one.
size_t BadLine(std::string_view text) {
  size_t line = 1;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size() - 1);
    const std::string_view piece = text.substr(0, end + 1);
    if (!base::IsUtf8(piece) || piece.find('\0') != std::string_view::npos) return line;
    text.remove_prefix(end + 1);
    ++line;
  }
  return line;
}

absl::Status CheckEncoding(const std::string& name, std::string_view text) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    return base::InvalidArgument("{}: this is UTF-16: save the table as UTF-8", name);
  }
  if (!base::IsUtf8(text)) {
    return base::InvalidArgument("{}: line {} is not UTF-8: save the table as UTF-8", name,
                                 BadLine(text));
  }
  if (text.find('\0') != std::string_view::npos) {
    return base::InvalidArgument("{}: line {} holds a NUL byte: this is no text", name,
                                 BadLine(text));
  }
  return absl::OkStatus();
}

// A value as messages show it: short, on one line.
std::string Shown(std::string_view value) {
  std::string shown;
  for (const char c : value.substr(0, 40)) shown += c == '\n' || c == '\r' ? ' ' : c;
  while (!shown.empty() && !base::IsUtf8(shown)) shown.pop_back();  // a letter that was cut in two
  return shown + (value.size() > 40 ? "..." : "");
}

}  // namespace

// Walks the text once and fills the table.
class CsvReader {
 public:
  CsvReader(CsvTable& table, const CsvLimits& limits)
      : table_(table), limits_(limits), text_(table.text_) {}

  absl::Status Run();

 private:
  struct Field {
    CsvTable::Cell cell;
    bool ends_row = false;
  };

  bool done() const { return at_ >= text_.size(); }
  absl::StatusOr<Field> ReadField();
  absl::StatusOr<CsvTable::Cell> ReadQuoted();
  absl::StatusOr<CsvTable::Cell> ReadPlain();
  absl::StatusOr<bool> ReadSeparator();
  absl::StatusOr<std::vector<CsvTable::Cell>> ReadRow();
  absl::Status TakeHeader(const std::vector<CsvTable::Cell>& row);
  absl::Status TakeRow(const std::vector<CsvTable::Cell>& row, size_t line);
  std::string_view View(const CsvTable::Cell& cell) const {
    return {text_.data() + cell.offset, cell.size};
  }
  bool OnlyLineEndsFollow() const {
    return text_.find_first_not_of("\r\n", at_) == std::string::npos;
  }
  std::string ColumnName() const;
  template <typename... Args>
  absl::Status Refuse(size_t line, fmt::format_string<Args...> format, Args&&... args) const {
    return base::InvalidArgument("{}: line {}: {}", table_.name_, line,
                                 fmt::format(format, std::forward<Args>(args)...));
  }

  CsvTable& table_;
  const CsvLimits& limits_;
  std::string& text_;
  size_t at_ = 0;
  size_t line_ = 1;
  size_t column_ = 0;
};

std::string CsvReader::ColumnName() const {
  if (column_ < table_.header_.size()) return table_.header_[column_];
  return fmt::format("{}", column_ + 1);
}

absl::StatusOr<CsvTable::Cell> CsvReader::ReadQuoted() {
  const size_t first_line = line_;
  const size_t start = ++at_;
  size_t end = start;
  for (; !done(); ++at_) {
    const char c = text_[at_];
    if (c == '"') {
      if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') break;
      ++at_;
    }
    if (c == '\n') ++line_;
    text_[end++] = c;
  }
  if (done()) {
    return Refuse(first_line,
                  "the quote that opens column {} never ends: close it, or double a "
                  "quote that belongs to the value",
                  ColumnName());
  }
  ++at_;
  return CsvTable::Cell{start, static_cast<uint32_t>(std::min<size_t>(end - start, UINT32_MAX))};
}

absl::StatusOr<CsvTable::Cell> CsvReader::ReadPlain() {
  const size_t start = at_;
  at_ = std::min(text_.find_first_of(",\r\n\"", at_), text_.size());
  if (!done() && text_[at_] == '"') {
    return Refuse(line_,
                  "column {}: a quote inside the value \"{}\": put the whole value in quotes "
                  "and double the quotes in it",
                  ColumnName(), Shown(std::string_view(text_).substr(start, 30)));
  }
  return CsvTable::Cell{start, static_cast<uint32_t>(std::min<size_t>(at_ - start, UINT32_MAX))};
}

// Past the comma or the line's end; true at a row's end.
absl::StatusOr<bool> CsvReader::ReadSeparator() {
  if (done()) return true;
  if (text_[at_] == ',') {
    ++at_;
    return false;
  }
  if (text_[at_] == '\r') {
    if (at_ + 1 >= text_.size() || text_[at_ + 1] != '\n') {
      return Refuse(line_, "a carriage return without a line feed: lines end in LF or CRLF");
    }
    ++at_;
  }
  if (text_[at_] != '\n') {
    return Refuse(line_,
                  "column {}: \"{}\" follows the closing quote: double a quote that belongs "
                  "to the value",
                  ColumnName(), Shown(std::string_view(text_).substr(at_, 10)));
  }
  ++at_;
  ++line_;
  return true;
}

absl::StatusOr<CsvReader::Field> CsvReader::ReadField() {
  Field field;
  const size_t line = line_;
  const bool quoted = !done() && text_[at_] == '"';
  TENANTRY_ASSIGN_OR_RETURN(field.cell, quoted ? ReadQuoted() : ReadPlain());
  if (field.cell.size > limits_.field_bytes_max) {
    return Refuse(line, "column {}: a value of {} bytes; at most {} are taken", ColumnName(),
                  field.cell.size, limits_.field_bytes_max);
  }
  TENANTRY_ASSIGN_OR_RETURN(field.ends_row, ReadSeparator());
  return field;
}

absl::StatusOr<std::vector<CsvTable::Cell>> CsvReader::ReadRow() {
  std::vector<CsvTable::Cell> row;
  const size_t line = line_;
  for (column_ = 0;; ++column_) {
    if (static_cast<int64_t>(column_) >= limits_.columns_max) {
      return Refuse(line, "more than {} columns", limits_.columns_max);
    }
    TENANTRY_ASSIGN_OR_RETURN(const Field field, ReadField());
    row.push_back(field.cell);
    if (field.ends_row) return row;
  }
}

absl::Status CsvReader::TakeHeader(const std::vector<CsvTable::Cell>& row) {
  std::set<std::string_view> seen;
  size_t numbers = 0;
  for (const CsvTable::Cell& cell : row) {
    const std::string_view name = Trimmed(View(cell));
    if (ToNumber(name)) ++numbers;
    if (name.empty()) {
      return Refuse(1, "column {} has no name: the first line must name every column",
                    table_.header_.size() + 1);
    }
    if (!seen.insert(name).second) {
      return Refuse(1,
                    "two columns are named \"{}\": the first line must name every column, each "
                    "once",
                    Shown(name));
    }
    table_.header_.emplace_back(name);
  }
  if (2 * numbers >= row.size()) {
    return Refuse(1,
                  "no header: {} of its {} values are numbers (\"{}\", ...): add a first line "
                  "that names the columns",
                  numbers, row.size(), Shown(table_.header_.front()));
  }
  const std::string& only = table_.header_.front();
  if (row.size() == 1 && only.find_first_of(";\t|") != std::string::npos) {
    return Refuse(1,
                  "one column named \"{}\": values are separated by commas here, not by "
                  "semicolons, tabs or bars",
                  Shown(only));
  }
  return absl::OkStatus();
}

absl::Status CsvReader::TakeRow(const std::vector<CsvTable::Cell>& row, size_t line) {
  if (row.size() != table_.columns()) {
    return Refuse(line,
                  "a row of {} values where the header names {} columns (the first is "
                  "\"{}\"): a comma "
                  "inside a value needs quotes around it",
                  row.size(), table_.columns(), Shown(View(row.front())));
  }
  if (static_cast<int64_t>(table_.rows()) >= limits_.rows_max) {
    return Refuse(line, "more than {} rows", limits_.rows_max);
  }
  table_.cells_.insert(table_.cells_.end(), row.begin(), row.end());
  table_.lines_.push_back(line);
  return absl::OkStatus();
}

absl::Status CsvReader::Run() {
  if (text_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
  if (OnlyLineEndsFollow()) {
    return base::InvalidArgument("{}: the table is empty: its first line must be a header",
                                 table_.name_);
  }
  TENANTRY_ASSIGN_OR_RETURN(const auto header, ReadRow());
  TENANTRY_RETURN_IF_ERROR(TakeHeader(header));
  while (!done() && !(OnlyLineEndsFollow() && table_.columns() > 1)) {
    const size_t line = line_;
    TENANTRY_ASSIGN_OR_RETURN(const auto row, ReadRow());
    TENANTRY_RETURN_IF_ERROR(TakeRow(row, line));
  }
  return absl::OkStatus();
}

absl::StatusOr<CsvTable> CsvTable::Parse(std::string text, std::string name,
                                         const CsvLimits& limits) {
  if (static_cast<int64_t>(text.size()) > limits.bytes_max) {
    return base::InvalidArgument("{}: the table holds {} bytes; at most {} are taken", name,
                                 text.size(), limits.bytes_max);
  }
  TENANTRY_RETURN_IF_ERROR(CheckEncoding(name, text));
  CsvTable table;
  table.name_ = std::move(name);
  table.text_ = std::move(text);
  table.fingerprint_ = Hash(table.text_);
  TENANTRY_RETURN_IF_ERROR(CsvReader(table, limits).Run());
  return table;
}

absl::StatusOr<CsvTable> CsvTable::Read(const std::string& path, const CsvLimits& limits) {
  TENANTRY_ASSIGN_OR_RETURN(std::string text, runtime::ReadFile(path, limits.bytes_max));
  return Parse(std::move(text), path, limits);
}

std::string_view CsvTable::cell(size_t row, size_t column) const {
  const Cell& cell = cells_[row * columns() + column];
  return {text_.data() + cell.offset, cell.size};
}

std::optional<size_t> CsvTable::FindColumn(std::string_view column) const {
  const auto found = std::find(header_.begin(), header_.end(), column);
  if (found == header_.end()) return std::nullopt;
  return static_cast<size_t>(found - header_.begin());
}

absl::StatusOr<size_t> CsvTable::GetColumn(std::string_view column, std::string_view role) const {
  if (const std::optional<size_t> found = FindColumn(column)) return *found;
  return base::InvalidArgument("{}: no column \"{}\" ({}){} (is the first line the header?)", name_,
                               column, role, runtime::NameHint(column, header_, '"'));
}

std::string ToCsvField(std::string_view text) {
  const bool plain = text.find_first_of(",\"\r\n") == std::string_view::npos &&
                     Trimmed(text).size() == text.size();
  if (plain) return std::string(text);
  std::string field = "\"";
  for (const char c : text) {
    if (c == '"') field += '"';
    field += c;
  }
  return field + '"';
}

std::string_view Trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<double> ToNumber(std::string_view text) {
  text = Trimmed(text);
  if (text.starts_with('+') && text.size() > 1 && text[1] != '-') text.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) {
    return std::nullopt;
  }
  return number;
}

}  // namespace tenantry::scoring::tables
