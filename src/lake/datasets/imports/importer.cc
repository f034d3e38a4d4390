#include "lake/datasets/imports/importer.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "base/status.h"
#include "base/utf8.h"
#include "base/words/counted.h"
#include "lake/datasets/blob_copy.h"
#include "lake/datasets/imports/csv/csv_checks.h"
#include "lake/datasets/imports/csv/csv_table.h"
#include "lake/datasets/imports/csv_dialect.h"
#include "lake/datasets/imports/json_words.h"
#include "lake/datasets/imports/loss_texts.h"
#include "lake/datasets/imports/ndjson_problem.h"
#include "lake/datasets/imports/parquet_columns.h"
#include "lake/datasets/imports/value_losses.h"
#include "lake/datasets/query/exact_integers.h"
#include "lake/datasets/query/sql_text.h"

namespace tenantry::lake::datasets {

namespace {

constexpr const char* kNoObject =
    "a line holds no object: NDJSON has one {…} a line; jq -c '.[]' makes such lines of an array";
constexpr size_t kLineBytesMax = 1 << 20;
constexpr const char* kOptionsOfNdjson =
    "format = 'newline_delimited', records = true, hive_partitioning = false";

// The text between `before` and `after`; empty when they are not there.
std::string Between(std::string_view text, std::string_view before, std::string_view after) {
  const size_t begin = text.find(before);
  if (begin == std::string_view::npos) return "";
  const size_t from = begin + before.size();
  const size_t end = text.find(after, from);
  return end == std::string_view::npos ? "" : std::string(text.substr(from, end - from));
}

absl::Status Refuse(ImportProblem problem, std::vector<ImportProblem>& problems) {
  absl::Status status = base::InvalidArgument("{}", Describe(problem));
  problems.push_back(std::move(problem));
  return status;
}

absl::StatusOr<std::string> Head(const std::string& file, bool& whole) {
  std::string head;
  const absl::Status read = ReadWholeFile(file, [&](std::string_view bytes) -> absl::Status {
    head.append(bytes.substr(0, kCsvHeadBytes - std::min(head.size(), kCsvHeadBytes)));
    return head.size() < kCsvHeadBytes ? absl::OkStatus() : absl::CancelledError();
  });
  whole = read.ok();
  if (!read.ok() && !absl::IsCancelled(read)) return read;
  return head;
}

// What a rejected line of a CSV is told as.
ImportProblem ProblemOf(const sql::SqlChunk& rows, size_t row) {
  ImportProblem problem;
  problem.line = rows.column(0).Integer(row);
  problem.column = rows.column(1).Integer(row);
  problem.column_name = rows.column(2).Bytes(row);
  const std::string kind(rows.column(3).Bytes(row));
  const std::string line(rows.column(4).Bytes(row));
  const std::string message(rows.column(5).Bytes(row));
  problem.value = Cut(line);
  const bool broken = kind == "CAST" && message.find("\" to '") == std::string::npos;
  if (kind == "INVALID ENCODING" || broken || !base::IsUtf8(message) || !base::IsUtf8(line)) {
    problem.detail = "the text is not UTF-8: say which encoding it has (utf-16, latin-1)";
    problem.value.clear();
  } else if (kind == "CAST") {
    problem.value = Cut(Between(message, "Could not convert string \"", "\" to '"));
    problem.detail = NotOfType(Between(message, "\" to '", "'"), problem.value);
  } else if (kind == "MISSING COLUMNS" || kind == "TOO MANY COLUMNS") {
    problem.column = 0;
    problem.column_name.clear();
    const std::string found = Between(message + "\n", "Found: ", "\n");
    problem.detail =
        fmt::format("the line has {}, the others {}", base::CountedAs(found, found == "1", "field"),
                    Between(message, "Columns: ", " "));
  } else {
    problem.detail = message.substr(0, message.find('\n'));
  }
  return problem;
}

absl::Status ReadRejects(sql::SqlProcess& process, std::vector<ImportProblem>& problems) {
  return process.Query(
      fmt::format("SELECT line::BIGINT, coalesce(column_idx, 0)::BIGINT, coalesce(column_name, "
                  "''), error_type::VARCHAR, coalesce(csv_line, ''), error_message FROM "
                  "reject_errors ORDER BY line, column_idx LIMIT {}",
                  kProblemsMax),
      [&](const std::vector<sql::SqlColumn>&, const sql::SqlChunk& rows) {
        for (size_t row = 0; row < rows.rows(); ++row) problems.push_back(ProblemOf(rows, row));
        return absl::OkStatus();
      });
}

absl::Status CopySelect(sql::SqlProcess& process, const std::string& select,
                        const ImportFiles& files) {
  return process.Execute(
      fmt::format("COPY ({}) TO {} (FORMAT parquet)", select, SqlLiteral(files.parquet)));
}

// Of NDJSON, in which the engine finds integers of 128 bits: Parquet has none.
absl::Status Copy(sql::SqlProcess& process, const std::string& table, const ImportFiles& files) {
  TENANTRY_ASSIGN_OR_RETURN(const std::string select,
                            WithExactIntegers(process, "SELECT * FROM " + table));
  return CopySelect(process, select, files);
}

// The first bytes of a line, counted from 1.
absl::StatusOr<std::string> TextOfLine(const std::string& file, int64_t line, size_t bytes_max) {
  std::string text;
  const absl::Status read = ReadWholeFile(file, [&](std::string_view bytes) -> absl::Status {
    for (const char byte : bytes) {
      if (byte == '\n' && --line == 0) return absl::CancelledError();
      if (line == 1 && byte != '\n' && text.size() < bytes_max) text += byte;
    }
    return absl::OkStatus();
  });
  if (!read.ok() && !absl::IsCancelled(read)) return read;
  return text;
}

// An error of the engine for a text: where it is, as far as the message says.
absl::Status TextError(const absl::Status& status, const ImportFiles& files,
                       std::vector<ImportProblem>& problems) {
  // A file that the engine can't read is the sender's fault, a full disk is not.
  if (!absl::IsInvalidArgument(status) && !absl::IsUnavailable(status)) return status;
  const absl::Status told = ShortError(status, files.folder);
  std::string text(base::Message(told));
  ImportProblem problem;
  for (const char* mark : {" in line ", "record/value ", "on Line: "}) {
    const size_t at = text.find(mark);
    if (at == std::string::npos) continue;
    const char* begin = text.data() + at + std::string_view(mark).size();
    std::from_chars(begin, text.data() + text.size(), problem.line);
    break;
  }
  problem.value = Cut(Between(text + "\"", "to numerical: \"", "\""));
  problem.detail = text.substr(0, text.find("; "));
  if (problem.detail.ends_with(':') && problem.line > 0) {  // the engine has no word for it
    TENANTRY_ASSIGN_OR_RETURN(const std::string line,
                              TextOfLine(files.input, problem.line, kLineBytesMax));
    problem.value = Cut(line);
    problem.detail = "does not fit the types of the lines before it";
  }
  if (problem.line > 0) {
    TENANTRY_ASSIGN_OR_RETURN(const std::string line,
                              TextOfLine(files.input, problem.line, kLineBytesMax));
    ImportProblem known = NdjsonProblem(base::Message(status), line, problem.line);
    if (!known.detail.empty()) {
      known.value = Cut(known.value);
      known.column_name = Cut(known.column_name);
      return Refuse(std::move(known), problems);
    }
  }
  if (text.starts_with("Invalid Input Error: Malformed JSON") && problem.line > 1) {
    --problem.line;  // the engine counts the line that it was about to read
    problem.detail =
        "the line is no JSON: " + text.substr(std::min(text.rfind(": ") + 2, text.size()));
  }
  return Refuse(std::move(problem), problems);
}

// OK also where rows were refused, which are not in the copy: `problems` are theirs then.
absl::Status CopyCsv(sql::SqlProcess& process, const ImportRequest& request,
                     const ImportFiles& files, char delimiter,
                     std::vector<ImportProblem>& problems) {
  const std::string table = CsvTable(request, files.input, delimiter);
  if (absl::Status copied = CopySelect(process, "SELECT * FROM " + table, files); !copied.ok()) {
    if (!absl::IsInvalidArgument(copied)) return TextError(copied, files, problems);
    TENANTRY_ASSIGN_OR_RETURN(const auto longest, FindLongRecord(files.input, delimiter));
    if (!longest) return TextError(copied, files, problems);
    return Refuse(
        {.line = longest->line,
         .column = longest->column,
         .value = Cut(longest->value),
         .detail = fmt::format("the record has more than {} bytes, which is the most of a "
                               "CSV's: bring such a table as NDJSON or Parquet",
                               kCsvRecordBytesMax)},
        problems);
  }
  return ReadRejects(process, problems);
}

absl::Status RefuseLoss(const ValueLoss& loss, const ImportFiles& files, const ParquetFacts& facts,
                        std::vector<ImportProblem>& problems) {
  const DataSetColumn& column = facts.schema[static_cast<size_t>(loss.column - 1)];
  TENANTRY_ASSIGN_OR_RETURN(const int64_t line,
                            LineOfRecord(files.input, loss.record, facts.schema.size() == 1));
  return Refuse({.line = line,
                 .column = loss.column,
                 .column_name = column.name,
                 .value = Cut(loss.value),
                 .detail = LossText(loss.kind, column.type)},
                problems);
}

// Looks for days in another order behind values that were refused: the engine reads all days of a
// file in one order, which may be another's. The columns that are to be texts then; without any the
// refusal.
absl::StatusOr<std::vector<std::string>> TextsForDays(sql::SqlProcess& process,
                                                      ImportRequest& request,
                                                      const ImportFiles& files, char delimiter,
                                                      const std::vector<std::string>& names,
                                                      std::vector<ImportProblem>& problems) {
  TENANTRY_ASSIGN_OR_RETURN(ParquetFacts facts, InspectParquet(process, files.parquet));
  bool header = false;
  for (size_t at = 0; at < std::min(names.size(), facts.schema.size()); ++at) {
    header = header || (!names[at].empty() && names[at] == facts.schema[at].name);
  }
  facts.rows = header ? 0 : std::numeric_limits<int64_t>::max();  // refused rows are not in it
  TENANTRY_ASSIGN_OR_RETURN(
      const ValueLosses losses,
      FindLosses(process, CsvText(files.input, delimiter, facts), facts, request.types));
  if (losses.first && losses.first->kind == LossKind::kOrder) {
    problems.clear();
    return RefuseLoss(*losses.first, files, facts, problems);
  }
  std::vector<std::string> texts;
  for (const DataSetColumn& column : facts.schema) {
    const bool inexact = std::ranges::find(losses.inexact, column.name) != losses.inexact.end();
    if (inexact && column.type != "DOUBLE") texts.push_back(column.name);
  }
  if (texts.empty()) return base::InvalidArgument("{}", Describe(problems.front()));
  problems.clear();
  request.header = header;
  TENANTRY_RETURN_IF_ERROR(process.Execute("DELETE FROM reject_errors"));
  return texts;
}

// The engine takes the types from the first rows, and rounds or cuts what comes later. What it
// would change unasked stays text; the other columns may have other types then.
absl::Status CopyCsvExactly(sql::SqlProcess& process, const ImportRequest& request,
                            const ImportFiles& files, char delimiter,
                            const std::vector<std::string>& names,
                            std::vector<ImportProblem>& problems) {
  ImportRequest wider = request;
  for (bool exact = false; !exact;) {
    TENANTRY_RETURN_IF_ERROR(CopyCsv(process, wider, files, delimiter, problems));
    std::vector<std::string> texts;
    if (problems.empty()) {
      TENANTRY_ASSIGN_OR_RETURN(const ParquetFacts facts, InspectParquet(process, files.parquet));
      TENANTRY_ASSIGN_OR_RETURN(
          const ValueLosses losses,
          FindLosses(process, CsvText(files.input, delimiter, facts), facts, wider.types));
      if (losses.first) return RefuseLoss(*losses.first, files, facts, problems);
      texts = losses.inexact;
      exact = texts.empty();
      if (!exact) wider.header = losses.header;
    } else {
      TENANTRY_ASSIGN_OR_RETURN(texts,
                                TextsForDays(process, wider, files, delimiter, names, problems));
    }
    for (const std::string& column : texts) wider.types[column] = "VARCHAR";
  }
  TENANTRY_ASSIGN_OR_RETURN(const bool empty_texts, HasEmptyTexts(files.input, delimiter));
  if (!empty_texts) return absl::OkStatus();
  TENANTRY_ASSIGN_OR_RETURN(const ParquetFacts kept, InspectParquet(process, files.parquet));
  return KeepEmptyTexts(process, wider, files, delimiter, kept);
}

// The engine would call the second of two equal names a_1.
absl::Status RefuseEqualNames(sql::SqlProcess& process, const ImportFiles& files,
                              const std::vector<std::string>& names,
                              std::vector<ImportProblem>& problems) {
  std::map<std::string, size_t> first;
  for (size_t at = 0; at < names.size(); ++at) {
    const auto [before, fresh] = first.emplace(DataSetNameKey(names[at]), at);
    if (fresh || names[at].empty()) continue;
    TENANTRY_ASSIGN_OR_RETURN(const ParquetFacts facts, InspectParquet(process, files.parquet));
    const size_t other = before->second;
    if (other >= facts.schema.size() || facts.schema[other].name != names[other]) break;
    return Refuse({.line = 1,
                   .column = static_cast<int64_t>(at) + 1,
                   .column_name = Cut(names[at]),
                   .detail = fmt::format("column {} has the same name, whatever the case: rename "
                                         "one of them in the file's first line",
                                         other + 1)},
                  problems);
  }
  return absl::OkStatus();
}

absl::Status ImportCsv(sql::SqlProcess& process, const ImportRequest& request,
                       const ImportFiles& files, std::vector<ImportProblem>& problems) {
  bool whole = false;
  TENANTRY_ASSIGN_OR_RETURN(const std::string head, Head(files.input, whole));
  if (head.find_first_not_of("\r\n \t") == std::string::npos && whole) {
    return Refuse({.detail = "the file is empty"}, problems);
  }
  if (const size_t zero = head.find('\0'); zero != std::string::npos) {
    return Refuse({.detail = fmt::format("there is a zero byte at {}: this is no CSV, or UTF-16 "
                                         "without a byte order mark (encoding)",
                                         zero)},
                  problems);
  }
  const char delimiter =
      request.delimiter.empty() ? FindDelimiter(head, whole) : request.delimiter.front();
  if (auto fault = FindQuoteFault(head, delimiter, whole)) {
    return Refuse({.line = fault->line,
                   .column = fault->column,
                   .value = Cut(fault->value),
                   .detail = std::move(fault->detail)},
                  problems);
  }
  const std::vector<std::string> names = FirstRecord(head, delimiter);
  TENANTRY_RETURN_IF_ERROR(CopyCsvExactly(process, request, files, delimiter, names, problems));
  return RefuseEqualNames(process, files, names, problems);
}

absl::StatusOr<std::vector<DataSetColumn>> ColumnsOf(sql::SqlProcess& process,
                                                     const std::string& table) {
  std::vector<DataSetColumn> columns;
  TENANTRY_RETURN_IF_ERROR(process.Query(
      fmt::format("SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM {})", table),
      [&](const std::vector<sql::SqlColumn>&, const sql::SqlChunk& rows) {
        for (size_t row = 0; row < rows.rows(); ++row) {
          columns.push_back(
              {std::string(rows.column(0).Bytes(row)), std::string(rows.column(1).Bytes(row))});
        }
        return absl::OkStatus();
      }));
  return columns;
}

// The file with columns of these types.
std::string NdjsonTable(const ImportFiles& files, const std::vector<DataSetColumn>& columns) {
  std::string list;
  for (const DataSetColumn& column : columns) {
    list += fmt::format("{}{}: {}", list.empty() ? "" : ", ", SqlLiteral(column.name),
                        SqlLiteral(column.type));
  }
  return fmt::format("read_json({}, {}, columns = {{{}}})", SqlLiteral(files.input),
                     kOptionsOfNdjson, list);
}

// Which columns hold something that their type would round or cut. NDJSON takes no wishes for
// types: those become texts.
absl::StatusOr<std::vector<std::string>> InexactOfNdjson(
    sql::SqlProcess& process, const ImportFiles& files, const std::vector<DataSetColumn>& columns) {
  ParquetFacts looked{.rows = std::numeric_limits<int64_t>::max()};  // no row is a header
  for (const DataSetColumn& column : columns) {
    if (column.type == "DOUBLE" || IsNestedDouble(column.type) || column.type == "DATE" ||
        column.type.starts_with("TIMESTAMP")) {
      looked.schema.push_back(column);
    }
  }
  std::vector<std::string> inexact;
  while (!looked.schema.empty()) {
    std::vector<DataSetColumn> texts = looked.schema;
    for (DataSetColumn& column : texts) column.type = "VARCHAR";
    TENANTRY_ASSIGN_OR_RETURN(const ValueLosses losses,
                              FindLosses(process, NdjsonTable(files, texts), looked, {}));
    if (!losses.first) {
      inexact.insert(inexact.end(), losses.inexact.begin(), losses.inexact.end());
      break;
    }
    const auto lossy = looked.schema.begin() + losses.first->column - 1;
    inexact.push_back(lossy->name);
    looked.schema.erase(lossy);
  }
  return inexact;
}

// The engine takes the types from the first lines and rounds what comes later: when all lines give
// other types, these count.
absl::Status CopyNdjsonExactly(sql::SqlProcess& process, const ImportFiles& files,
                               const std::string& table, std::vector<ImportProblem>& problems) {
  const std::string whole =
      fmt::format("read_json({}, {}, sample_size = -1)", SqlLiteral(files.input), kOptionsOfNdjson);
  TENANTRY_ASSIGN_OR_RETURN(const auto first, ColumnsOf(process, table));
  TENANTRY_ASSIGN_OR_RETURN(const auto columns, ColumnsOf(process, whole));
  if (first != columns) {
    if (absl::Status copied = Copy(process, whole, files); !copied.ok()) {
      return TextError(copied, files, problems);
    }
  }
  TENANTRY_ASSIGN_OR_RETURN(const auto inexact, InexactOfNdjson(process, files, columns));
  if (inexact.empty()) return absl::OkStatus();
  std::vector<DataSetColumn> exact = columns;
  for (DataSetColumn& column : exact) {
    if (std::ranges::find(inexact, column.name) == inexact.end()) continue;
    const bool inside = IsNestedDouble(column.type);
    column.type = inside ? WithOtherTypes(column.type,
                                          [](std::string_view word) {
                                            return std::string(word == "DOUBLE" ? "VARCHAR" : word);
                                          })
                         : "VARCHAR";
  }
  const absl::Status copied = Copy(process, NdjsonTable(files, exact), files);
  return copied.ok() ? copied : TextError(copied, files, problems);
}

absl::Status ImportNdjson(sql::SqlProcess& process, const ImportFiles& files,
                          std::vector<ImportProblem>& problems) {
  bool whole = false;
  TENANTRY_ASSIGN_OR_RETURN(const std::string head, Head(files.input, whole));
  if (head.find_first_not_of("\r\n \t") == std::string::npos && whole) {
    return Refuse({.detail = "the file is empty"}, problems);
  }
  const size_t first = head.find_first_not_of("\r\n \t");
  if (first != std::string::npos && head[first] == '[') {
    const std::string_view before = std::string_view(head).substr(0, first);
    return Refuse({.line = 1 + std::ranges::count(before, '\n'), .detail = kNoObject}, problems);
  }
  const std::string table =
      fmt::format("read_json({}, {})", SqlLiteral(files.input), kOptionsOfNdjson);
  const absl::Status copied = Copy(process, table, files);
  if (copied.ok()) {
    TENANTRY_ASSIGN_OR_RETURN(std::optional<ImportProblem> problem, FindJsonProblem(files.input));
    if (problem) return Refuse(*std::move(problem), problems);
    return CopyNdjsonExactly(process, files, table, problems);
  }
  if (base::Message(copied).find("non-record JSON") != std::string_view::npos) {
    return Refuse({.detail = kNoObject}, problems);
  }
  return TextError(copied, files, problems);
}

absl::Status ImportParquet(sql::SqlProcess& process, const ImportFiles& files,
                           std::vector<ImportProblem>& problems) {
  absl::StatusOr<std::optional<ImportProblem>> problem = FindParquetProblem(process, files);
  if (problem.ok() && *problem) return Refuse(**std::move(problem), problems);
  const absl::Status copied =
      problem.ok() ? CopySelect(process, "SELECT * FROM " + ParquetTable(files.input), files)
                   : problem.status();
  if (copied.ok() || (!absl::IsInvalidArgument(copied) && !absl::IsUnavailable(copied) &&
                      !absl::IsInternal(copied))) {
    return copied;
  }
  // Whatever the engine stumbles over, in a process of its own, is in the file.
  const absl::Status told = ShortError(copied, files.folder);
  return Refuse({.detail = fmt::format("the file is no Parquet, cut short or damaged: {}",
                                       base::Message(told))},
                problems);
}

// The engine passes over types of columns that are not there.
absl::Status CheckTypes(const ImportRequest& request, const ParquetFacts& facts,
                        std::vector<ImportProblem>& problems) {
  for (const auto& [name, type] : request.types) {
    const bool there = std::ranges::any_of(facts.schema, [&](const DataSetColumn& column) {
      return DataSetNameKey(column.name) == DataSetNameKey(name);
    });
    if (there) continue;
    return Refuse({.column_name = name,
                   .detail = fmt::format("there is no column '{}' to be {}", Cut(name), type)},
                  problems);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ParquetFacts> ImportFile(sql::SqlProcess& process, const ImportRequest& request,
                                        const ImportFiles& files,
                                        std::vector<ImportProblem>& problems) {
  switch (request.format) {
    case ImportFormat::kCsv:
      TENANTRY_RETURN_IF_ERROR(ImportCsv(process, request, files, problems));
      break;
    case ImportFormat::kNdjson:
      TENANTRY_RETURN_IF_ERROR(ImportNdjson(process, files, problems));
      break;
    case ImportFormat::kParquet:
      TENANTRY_RETURN_IF_ERROR(ImportParquet(process, files, problems));
      break;
  }
  TENANTRY_ASSIGN_OR_RETURN(ParquetFacts facts, InspectParquet(process, files.parquet));
  TENANTRY_RETURN_IF_ERROR(CheckTypes(request, facts, problems));
  return facts;
}

}  // namespace tenantry::lake::datasets
