#include <absl/cleanup/cleanup.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/retry_after.h"
#include "base/status.h"
#include "lake/datasets/blob_copy.h"
#include "lake/datasets/query/answer_error.h"
#include "lake/datasets/query/exact_integers.h"
#include "lake/datasets/query/json_numbers.h"
#include "lake/datasets/query/sql_text.h"
#include "lake/datasets/stored_data_sets.h"
#include "runtime/nearest_name.h"

namespace tenantry::lake::datasets {

using nlohmann::json;

namespace {

constexpr absl::Duration kRetryAfter = absl::Seconds(2);

// How the engine writes an answer's file.
std::string_view CopyOptions(AnswerFormat format) {
  switch (format) {
    case AnswerFormat::kJson:
      return "FORMAT json, ARRAY true";
    case AnswerFormat::kCsv:
      return "FORMAT csv, HEADER true";
    case AnswerFormat::kParquet:
      return "FORMAT parquet";
    case AnswerFormat::kArrow:
      break;  // the engine's COPY does not write it
  }
  return "";
}

absl::StatusOr<std::string> ColumnsText(sql::SqlProcess& process, const std::string& select) {
  json columns = json::array();
  TENANTRY_RETURN_IF_ERROR(
      process.Query(fmt::format("SELECT column_name, column_type FROM (DESCRIBE {})", select),
                    [&](const std::vector<sql::SqlColumn>&, const sql::SqlChunk& rows) {
                      for (size_t row = 0; row < rows.rows(); ++row) {
                        columns.push_back({{"name", std::string(rows.column(0).Bytes(row))},
                                           {"type", std::string(rows.column(1).Bytes(row))}});
                      }
                      return absl::OkStatus();
                    }));
  return columns.dump(-1, ' ', false, json::error_handler_t::replace);
}

absl::Status TooLarge(int64_t bytes_max) {
  return base::Error(absl::StatusCode::kResourceExhausted,
                     "the answer is larger than {} bytes (lake.answer_bytes_max): select fewer "
                     "rows or columns",
                     bytes_max);
}

// The rows' file with its columns before it, as one object.
absl::Status SendJson(const std::string& file, const std::string& columns,
                      DataSets::AnswerSink sink) {
  TENANTRY_RETURN_IF_ERROR(sink("{\"columns\":" + columns + ",\"rows\":"));
  JsonNumbers numbers;
  TENANTRY_RETURN_IF_ERROR(
      ReadWholeFile(file, [&](std::string_view bytes) { return sink(numbers.Next(bytes)); }));
  return sink(numbers.End() + "}\n");
}

// One query on its way: the statement in its process, and where its answer goes.
struct Running {
  sql::SqlProcess& process;
  const std::string& select;
  const std::string& out;  // a folder
  int64_t answer_bytes_max;
};

absl::Status Answer(const Running& query, AnswerFormat format, DataSets::AnswerSink sink) {
  std::string columns;
  if (format == AnswerFormat::kJson) {
    TENANTRY_ASSIGN_OR_RETURN(columns, ColumnsText(query.process, query.select));
  }
  std::string select = query.select;
  if (format == AnswerFormat::kParquet || format == AnswerFormat::kArrow) {
    TENANTRY_ASSIGN_OR_RETURN(select, WithExactIntegers(query.process, query.select));
  }
  const std::string file = query.out + "/answer";
  if (format == AnswerFormat::kArrow) {
    TENANTRY_RETURN_IF_ERROR(query.process.WriteArrow(select, file));
  } else {
    TENANTRY_RETURN_IF_ERROR(query.process.Execute(
        fmt::format("COPY ({}) TO {} ({})", select, SqlLiteral(file), CopyOptions(format))));
  }
  query.process.Finish();
  std::error_code error;
  const auto bytes = static_cast<int64_t>(std::filesystem::file_size(file, error));
  if (error) return base::Internal("the engine left no answer: {}", error.message());
  if (bytes > query.answer_bytes_max) return TooLarge(query.answer_bytes_max);
  return format == AnswerFormat::kJson ? SendJson(file, columns, sink) : ReadWholeFile(file, sink);
}

}  // namespace

absl::StatusOr<NamedTables> StoredDataSets::Resolve(const base::TenantId& tenant,
                                                    const SelectStatement& statement) {
  NamedTables named;
  for (const std::string& table : statement.tables) {
    // A table is meant by its name alone, never by its id.
    std::optional<DataSet> found;
    if (CheckDataSetName(table).ok()) {
      TENANTRY_ASSIGN_OR_RETURN(found, Find(tenant, table));
    }
    if (found && DataSetNameKey(found->name) != DataSetNameKey(table)) found.reset();
    const auto is_same = [&](const DataSet& known) { return found && known.id == found->id; };
    if (found && !std::ranges::any_of(named.data_sets, is_same)) {
      named.data_sets.push_back(*std::move(found));
    } else if (!found && std::ranges::none_of(statement.own_names, [&](const std::string& own) {
                 return DataSetNameKey(own) == DataSetNameKey(table);
               })) {
      named.unknown.push_back(table);
    }
  }
  return named;
}

absl::StatusOr<NamedTables> StoredDataSets::TablesOf(const base::TenantId& tenant,
                                                     const std::string& sql) {
  sql::SqlTask task;
  task.owner = tenant.value();
  task.time_max = options_.query_time_max;
  task.time_option = "lake.query_time_max";
  TENANTRY_ASSIGN_OR_RETURN(const auto process, parts_.processes.Start(task));
  TENANTRY_ASSIGN_OR_RETURN(const SelectStatement statement, ParseSelect(*process, sql));
  process->Finish();
  return Resolve(tenant, statement);
}

absl::Status StoredDataSets::TakeQueryPlace(const base::TenantId& tenant) {
  absl::MutexLock lock(&mutex_);
  if (queries_ >= options_.queries_max) {
    queries_refused_.Increment();
    return base::WithRetryAfter(
        base::Error(absl::StatusCode::kResourceExhausted,
                    "{} queries run or wait already (lake.queries_max): try later", queries_),
        kRetryAfter);
  }
  // One place is left to others whatever the option says.
  const int64_t tenant_max =
      std::min(options_.queries_per_tenant_max, std::max<int64_t>(options_.queries_max - 1, 1));
  const auto mine = queries_of_.find(tenant);
  if (mine != queries_of_.end() && mine->second >= tenant_max) {
    tenant_queries_refused_.Increment();
    return base::WithRetryAfter(
        base::Error(absl::StatusCode::kResourceExhausted,
                    "{} queries of the tenant run or wait already (lake.queries_per_tenant_max): "
                    "try again when one of them has ended",
                    mine->second),
        kRetryAfter);
  }
  ++queries_of_[tenant];
  queries_gauge_.Set(static_cast<double>(++queries_));
  return absl::OkStatus();
}

void StoredDataSets::GiveQueryPlaceBack(const base::TenantId& tenant) {
  absl::MutexLock lock(&mutex_);
  const auto mine = queries_of_.find(tenant);
  if (--mine->second == 0) queries_of_.erase(mine);
  queries_gauge_.Set(static_cast<double>(--queries_));
}

absl::Status StoredDataSets::Query(const base::TenantId& tenant, const std::string& sql,
                                   AnswerFormat format, const QueryLimits& limits,
                                   AnswerSink sink) {
  TENANTRY_RETURN_IF_ERROR(TakeQueryPlace(tenant));
  const absl::Cleanup done = [&] { GiveQueryPlaceBack(tenant); };
  TENANTRY_RETURN_IF_ERROR(CheckDisk(0));
  TENANTRY_ASSIGN_OR_RETURN(const PrivateFolder folder, MakeFolder());
  TENANTRY_ASSIGN_OR_RETURN(const std::string in, folder.MakeFolder("in"));
  TENANTRY_ASSIGN_OR_RETURN(const std::string out, folder.MakeFolder("out"));
  const int64_t bytes_max = limits.answer_bytes_max.value_or(options_.answer_bytes_max);
  sql::SqlTask task;
  task.owner = tenant.value();
  task.read_only_folders = {in};
  task.folders = {out};
  task.time_max = limits.time_max.value_or(options_.query_time_max);
  task.time_option = limits.time_max ? "the query's own limit" : "lake.query_time_max";
  task.file_bytes_max = std::max(bytes_max, parts_.processes.options().sql_spill_max);
  task.file_option = "lake.answer_bytes_max";
  task.disk = &disk_;
  task.cancelled = limits.cancelled;
  TENANTRY_ASSIGN_OR_RETURN(const auto process, parts_.processes.Start(task));
  TENANTRY_ASSIGN_OR_RETURN(const SelectStatement statement, ParseSelect(*process, sql));
  TENANTRY_ASSIGN_OR_RETURN(const NamedTables named, Resolve(tenant, statement));
  if (!named.unknown.empty()) {
    TENANTRY_ASSIGN_OR_RETURN(const auto known, List(tenant, "", options_.tenant_data_sets_max));
    std::vector<std::string> names;
    for (const DataSet& data_set : known) names.push_back(data_set.name);
    return base::InvalidArgument("there is no data set '{}'{}", named.unknown.front(),
                                 runtime::NameHint(named.unknown.front(), names, '\''));
  }
  std::vector<std::string> names;
  for (const DataSet& data_set : named.data_sets) names.push_back(data_set.name);
  TENANTRY_ASSIGN_OR_RETURN(const auto staged, Stage(tenant, names, in));
  for (const StagedDataSet& one : staged) {
    TENANTRY_RETURN_IF_ERROR(ShortError(process->Execute(one.view_sql), folder.path()));
  }
  const std::string select = fmt::format("SELECT * FROM (\n{}\n)", WithoutSemicolon(sql));
  return ShortError(AsAnswerError(Answer({*process, select, out, bytes_max}, format, sink)),
                    folder.path());
}

}  // namespace tenantry::lake::datasets
