#include "lake/datasets/imports/parquet_columns.h"

#include <absl/cleanup/cleanup.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <utility>

#include "base/status.h"
#include "lake/datasets/blob_copy.h"
#include "lake/datasets/query/sql_text.h"
#include "runtime/disk/files.h"

namespace tenantry::lake::datasets {
namespace {

using Found = std::optional<ImportProblem>;

constexpr int64_t kDigitsMax = 38;
constexpr size_t kTailBytes = 8;  // the footer's length and "PAR1"

// Thrift's compact form of LogicalType{TIMESTAMP{isAdjustedToUTC, unit: NANOS}}, as every writer
// gives it, with true and with false (parquet-format, LogicalTypes).
constexpr std::string_view kUtcNanos("\x8c\x11\x1c\x3c\x00\x00\x00", 7);
constexpr std::string_view kLocalNanos("\x8c\x12\x1c\x3c\x00\x00\x00", 7);

// One element of the file's own schema.
struct Element {
  std::string name;
  int64_t children = 0;
  int64_t digits = 0;
  bool utc_nanos = false;
};

absl::StatusOr<std::vector<Element>> ElementsOf(sql::SqlProcess& process, const std::string& file) {
  std::vector<Element> elements;
  TENANTRY_RETURN_IF_ERROR(process.Query(
      fmt::format("SELECT coalesce(name, ''), coalesce(num_children, 0)::BIGINT, "
                  "greatest(coalesce(precision, 0), coalesce(TRY_CAST(regexp_extract(logical_type, "
                  "'precision=([0-9]+)', 1) AS BIGINT), 0))::BIGINT, "
                  "coalesce(logical_type LIKE 'TimestampType(isAdjustedToUTC=1%NANOS=Nano%', "
                  "false)::BIGINT FROM parquet_schema({})",
                  SqlLiteral(file)),
      [&](const std::vector<sql::SqlColumn>&, const sql::SqlChunk& rows) {
        for (size_t row = 0; row < rows.rows(); ++row) {
          elements.push_back({std::string(rows.column(0).Bytes(row)), rows.column(1).Integer(row),
                              rows.column(2).Integer(row), rows.column(3).Integer(row) != 0});
        }
        return absl::OkStatus();
      }));
  return elements;
}

// Walks the elements, which stand as in a book's table of contents.
class SchemaWalk {
 public:
  // The first problem of the names and the types.
  Found Run(const std::vector<Element>& elements) {
    if (elements.empty()) return std::nullopt;
    open_.push_back({elements.front().children, "", {}});
    for (size_t at = 1; at < elements.size(); ++at) {
      while (!open_.empty() && open_.back().left == 0) open_.pop_back();
      if (open_.empty()) break;
      if (Found problem = Look(elements[at])) return problem;
    }
    return std::nullopt;
  }

  // The columns that are moments in UTC to the nanosecond.
  const std::vector<std::pair<int64_t, std::string>>& moments() const { return moments_; }

 private:
  struct Open {
    int64_t left;  // elements that still belong to it
    std::string path;
    std::set<std::string> names;
  };

  Found Look(const Element& element) {
    Open& parent = open_.back();
    --parent.left;
    const bool top = open_.size() == 1;
    if (top) ++column_;
    const std::string path = parent.path.empty() ? element.name : parent.path + "." + element.name;
    if (top && element.name.empty()) return Problem("", "the column has no name: give it one");
    if (!parent.names.insert(DataSetNameKey(element.name)).second) {
      return Problem(path, "another column has the same name, whatever the case: rename one");
    }
    if (element.digits > kDigitsMax) {
      return Problem(path,
                     fmt::format("a DECIMAL of {} digits can't be kept, {} can: store it with "
                                 "fewer digits, or as text",
                                 element.digits, kDigitsMax));
    }
    if (element.utc_nanos && top && element.children == 0) {
      moments_.emplace_back(column_, element.name);
    } else if (element.utc_nanos) {
      return Problem(path,
                     "moments in UTC to the nanosecond inside of another column can't be kept: "
                     "store them to the microsecond, or without a zone");
    }
    if (element.children > 0) open_.push_back({element.children, path, {}});
    return std::nullopt;
  }

  Found Problem(const std::string& path, std::string detail) const {
    return ImportProblem{.column = column_, .column_name = Cut(path), .detail = std::move(detail)};
  }

  std::vector<Open> open_;
  int64_t column_ = 0;
  std::vector<std::pair<int64_t, std::string>> moments_;
};

// Where the footer of a Parquet file begins.
absl::StatusOr<int64_t> FooterOf(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0) return runtime::ErrnoStatus(errno, "reading " + path);
  const absl::Cleanup done = [file] { close(file); };
  const int64_t size = lseek(file, 0, SEEK_END);
  unsigned char tail[kTailBytes] = {};
  const int64_t tail_at = size - static_cast<int64_t>(kTailBytes);
  if (tail_at < 0 || pread(file, tail, kTailBytes, tail_at) != ssize_t{kTailBytes}) {
    return base::InvalidArgument("the file has no footer");
  }
  const int64_t length = tail[0] | tail[1] << 8 | tail[2] << 16 | int64_t{tail[3]} << 24;
  if (length > tail_at) return base::InvalidArgument("the file's footer is longer than the file");
  return tail_at - length;
}

// A copy of the file in which moments to the nanosecond have no zone: the engine reads those as
// they are.
absl::Status CopyWithoutZones(const std::string& from, const std::string& to) {
  TENANTRY_ASSIGN_OR_RETURN(const int64_t footer_at, FooterOf(from));
  TENANTRY_ASSIGN_OR_RETURN(NewFile copy, NewFile::Make(to));
  int64_t left = footer_at;
  std::string footer;
  TENANTRY_RETURN_IF_ERROR(ReadWholeFile(from, [&](std::string_view bytes) {
    const size_t before = static_cast<size_t>(std::min<int64_t>(left, std::ssize(bytes)));
    left -= static_cast<int64_t>(before);
    footer += bytes.substr(before);
    return copy.Write(bytes.substr(0, before));
  }));
  for (size_t at = 0; (at = footer.find(kUtcNanos, at)) != std::string::npos;) {
    footer.replace(at, kLocalNanos.size(), kLocalNanos);
  }
  return copy.Write(footer);
}

// The first moment that the engine would cut.
absl::StatusOr<Found> FindCutMoment(sql::SqlProcess& process, const ImportFiles& files,
                                    const std::vector<std::pair<int64_t, std::string>>& columns) {
  const std::string whole = files.input + "-without-zones";
  TENANTRY_RETURN_IF_ERROR(CopyWithoutZones(files.input, whole));
  Found found;
  for (const auto& [number, name] : columns) {
    const std::string sql = fmt::format(
        "SELECT row, moment::VARCHAR FROM (SELECT file_row_number + 1 AS row, "
        "CAST({0} AS TIMESTAMP_NS) AS moment FROM read_parquet({1}, hive_partitioning = false, "
        "file_row_number = true)) WHERE epoch_ns(moment) % 1000 <> 0 ORDER BY row LIMIT 1",
        SqlIdentifier(name), SqlLiteral(whole));
    TENANTRY_RETURN_IF_ERROR(process.Query(
        sql,
        [&, number, &name = name](const std::vector<sql::SqlColumn>&, const sql::SqlChunk& rows) {
          if (rows.rows() == 0) return absl::OkStatus();
          found = ImportProblem{
              .line = rows.column(0).Integer(0),
              .column = number,
              .column_name = Cut(name),
              .value = std::string(rows.column(1).Bytes(0)),
              .detail =
                  "has parts of a microsecond, which a moment in UTC can't keep: store it to "
                  "the microsecond, or without a zone"};
          return absl::OkStatus();
        }));
    if (found) return found;
  }
  return found;
}

}  // namespace

absl::StatusOr<std::optional<ImportProblem>> FindParquetProblem(sql::SqlProcess& process,
                                                                const ImportFiles& files) {
  TENANTRY_ASSIGN_OR_RETURN(const std::vector<Element> elements, ElementsOf(process, files.input));
  SchemaWalk walk;
  if (Found problem = walk.Run(elements)) return problem;
  if (walk.moments().empty()) return std::nullopt;
  return FindCutMoment(process, files, walk.moments());
}

}  // namespace tenantry::lake::datasets
