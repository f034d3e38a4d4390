#include "lake/datasets/parquet_facts.h"

#include <filesystem>

#include "base/errors/reworded.h"
#include "base/status.h"
#include "lake/datasets/query/sql_text.h"

namespace tenantry::lake::datasets {
namespace {

constexpr size_t kMessageBytesMax = 1000;

void RemoveAll(std::string& text, const std::string& part) {
  if (part.empty()) return;
  for (size_t at; (at = text.find(part)) != std::string::npos;) text.erase(at, part.size());
}

}  // namespace

std::string ParquetTable(const std::string& file) {
  return fmt::format("read_parquet({}, hive_partitioning = false)", SqlLiteral(file));
}

absl::StatusOr<ParquetFacts> InspectParquet(sql::SqlProcess& process, const std::string& file) {
  ParquetFacts facts;
  const std::string table = ParquetTable(file);
  TENANTRY_RETURN_IF_ERROR(process.Query(
      fmt::format("SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM {})", table),
      [&](const std::vector<sql::SqlColumn>&, const sql::SqlChunk& rows) {
        for (size_t row = 0; row < rows.rows(); ++row) {
          facts.schema.push_back(
              {std::string(rows.column(0).Bytes(row)), std::string(rows.column(1).Bytes(row))});
        }
        return absl::OkStatus();
      }));
  TENANTRY_RETURN_IF_ERROR(
      process.Query(fmt::format("SELECT count(*) FROM {}", table),
                    [&](const std::vector<sql::SqlColumn>&, const sql::SqlChunk& rows) {
                      facts.rows = rows.column(0).Integer(0);
                      return absl::OkStatus();
                    }));
  std::error_code error;
  facts.bytes = static_cast<int64_t>(std::filesystem::file_size(file, error));
  if (error) return base::Unavailable("a staged file is gone: {}", error.message());
  return facts;
}

absl::Status ShortError(const absl::Status& status, const std::string& folder) {
  if (status.ok()) return status;
  std::string text(base::Message(status));
  for (const char* hint :
       {"\n\nLINE ", "\nPossible", "\n\nPossible", "\nTry ", "\n Try ", "\n  file = ", "\n* "}) {
    text.resize(std::min(text.find(hint), text.size()));
  }
  RemoveAll(text, folder + "/in/");
  RemoveAll(text, folder + "/out/");
  RemoveAll(text, folder);
  for (size_t at; (at = text.find('\n')) != std::string::npos;) text.replace(at, 1, "; ");
  if (text.size() > kMessageBytesMax) text.resize(kMessageBytesMax);
  while (text.ends_with("; ") || text.ends_with(' ')) text.pop_back();
  return base::Reworded(status, text);
}

}  // namespace tenantry::lake::datasets
