#include "lake/datasets/imports/csv_dialect.h"

#include <algorithm>
#include <map>
#include <vector>

#include "base/status.h"
#include "lake/datasets/blob_copy.h"

namespace tenantry::lake::datasets {
namespace {

constexpr size_t kRecordsMax = 200;

// A field of a record while it is read.
struct Place {
  int64_t line = 1;
  int64_t column = 1;
};

// What stands wrong, or nowhere.
struct Fault {
  Place place;
  size_t begin = 0;  // of the field
  const char* what = nullptr;
};

// Reads records and counts their fields; stops after `records_max`, at the end, or at a fault.
class Scan {
 public:
  Scan(std::string_view text, char delimiter) : text_(text), delimiter_(delimiter) {}

  void Run(size_t records_max) {
    while (at_ < text_.size() && widths_.size() < records_max && fault_.what == nullptr) Record();
  }

  const std::vector<size_t>& widths() const { return widths_; }
  const Fault& fault() const { return fault_; }
  // True when the text ended inside a quoted field.
  bool open() const { return open_; }

 private:
  void Record() {
    place_.column = 1;
    size_t fields = 1;
    const size_t begin = at_;
    while (Field()) {
      ++fields;
      ++place_.column;
    }
    const bool blank = at_ > begin && text_.substr(begin, at_ - begin).find_first_not_of("\r\n") ==
                                          std::string_view::npos;
    const bool cut = at_ == text_.size() && (text_.empty() || text_.back() != '\n');
    if (!blank && !(cut && !widths_.empty())) widths_.push_back(fields);
  }

  // Reads one field; true when another follows in this record.
  bool Field() {
    const size_t begin = at_;
    if (at_ < text_.size() && text_[at_] == '"') Quoted(begin);
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == delimiter_) return true;
      if (c == '\n' || c == '\r') {
        if (c == '\r' && at_ < text_.size() && text_[at_] == '\n') ++at_;
        ++place_.line;
        return false;
      }
      if (quoted_end_ == at_ - 1 && quoted_end_ > begin) {
        fault_ = {place_, begin, "holds bytes behind its closing quote"};
        return false;
      }
    }
    return false;
  }

  void Quoted(size_t begin) {
    const Place opened = place_;
    ++at_;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '\n') ++place_.line;
      if (c != '"') continue;
      if (at_ < text_.size() && text_[at_] == '"') {
        ++at_;
      } else {
        quoted_end_ = at_;
        return;
      }
    }
    open_ = true;
    open_fault_ = {opened, begin, "has a quote that is not closed"};
  }

 public:
  const Fault& open_fault() const { return open_fault_; }

 private:
  const std::string_view text_;
  const char delimiter_;
  size_t at_ = 0;
  size_t quoted_end_ = 0;
  Place place_;
  std::vector<size_t> widths_;
  Fault fault_;
  Fault open_fault_;
  bool open_ = false;
};

// How well a delimiter fits: the share of records with the commonest width, and that width.
struct Fit {
  double share = 0;
  size_t width = 1;
};

Fit FitOf(std::string_view head, char delimiter) {
  Scan scan(head, delimiter);
  scan.Run(kRecordsMax);
  std::map<size_t, size_t> counts;
  for (const size_t width : scan.widths()) ++counts[width];
  Fit fit;
  size_t most = 0;
  for (const auto& [width, count] : counts) {
    if (count < most) continue;
    most = count;
    fit.width = width;
  }
  if (!scan.widths().empty()) {
    fit.share = static_cast<double>(most) / static_cast<double>(scan.widths().size());
  }
  if (scan.fault().what != nullptr) fit.share /= 2;
  return fit;
}

// Follows the records of a CSV, byte by byte, until one is too long.
class LongRecordScan {
 public:
  explicit LongRecordScan(char delimiter) : delimiter_(delimiter) {}

  // True once the record is too long.
  bool Take(char byte) {
    if (byte == '\n') ++line_;
    if (byte == '"') quoted_ = !quoted_;
    if (byte == '\n' && !quoted_) {
      bytes_ = 0;
      found_ = {.line = line_, .column = 1, .value = ""};
      return false;
    }
    if (byte == delimiter_ && !quoted_) {
      ++found_.column;
      found_.value.clear();
    } else if (byte != '"' && found_.value.size() < kFieldBytes) {
      found_.value += byte;
    }
    return ++bytes_ > kCsvRecordBytesMax;
  }

  const LongRecord& found() const { return found_; }

 private:
  static constexpr size_t kFieldBytes = 1000;

  const char delimiter_;
  bool quoted_ = false;
  size_t bytes_ = 0;
  int64_t line_ = 1;
  LongRecord found_{.line = 1, .column = 1, .value = ""};
};

}  // namespace

absl::StatusOr<std::optional<LongRecord>> FindLongRecord(const std::string& file, char delimiter) {
  LongRecordScan scan(delimiter);
  bool found = false;
  const absl::Status read = ReadWholeFile(file, [&](std::string_view bytes) {
    found = std::ranges::any_of(bytes, [&](char byte) { return scan.Take(byte); });
    return found ? absl::CancelledError() : absl::OkStatus();
  });
  if (found) return scan.found();
  TENANTRY_RETURN_IF_ERROR(read);
  return std::nullopt;
}

char FindDelimiter(std::string_view head, bool whole) {
  static_cast<void>(whole);
  char best = ',';
  Fit best_fit;
  for (const char delimiter : {',', ';', '\t', '|'}) {
    const Fit fit = FitOf(head, delimiter);
    if (fit.width < 2) continue;
    const bool better = best_fit.width < 2 || fit.share > best_fit.share + 0.1 ||
                        (fit.share > best_fit.share - 0.1 && fit.width > best_fit.width);
    if (!better) continue;
    best = delimiter;
    best_fit = fit;
  }
  return best;
}

std::vector<std::string> FirstRecord(std::string_view head, char delimiter) {
  head.remove_prefix(std::min(head.find_first_not_of("\r\n"), head.size()));
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (size_t at = 0; at < head.size(); ++at) {
    const char c = head[at];
    if (c == '"') {
      const bool doubled = quoted && head.substr(at + 1).starts_with('"');
      if (doubled) fields.back() += head[++at];
      if (!doubled) quoted = !quoted;
    } else if (quoted || (c != delimiter && c != '\r' && c != '\n')) {
      fields.back() += c;
    } else if (c == delimiter) {
      fields.emplace_back();
    } else {
      break;
    }
  }
  return fields;
}

std::optional<QuoteFault> FindQuoteFault(std::string_view head, char delimiter, bool whole) {
  Scan scan(head, delimiter);
  scan.Run(head.size() + 1);
  const Fault& fault = scan.fault().what != nullptr ? scan.fault() : scan.open_fault();
  if (fault.what == nullptr || (scan.open() && !whole && scan.fault().what == nullptr)) {
    return std::nullopt;
  }
  const std::string_view field = head.substr(fault.begin);
  return QuoteFault{
      static_cast<int64_t>(fault.place.line), static_cast<int64_t>(fault.place.column),
      std::string(field.substr(0, field.find_first_of("\r\n"))),
      fmt::format("the field {}: double the quotes inside of quoted fields", fault.what)};
}

}  // namespace tenantry::lake::datasets
