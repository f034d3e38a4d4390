#include "jobs/runner/sandbox/sandbox_step_runner.h"

#include <absl/strings/str_replace.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/errors/reworded.h"
#include "base/status.h"
#include "jobs/runner/sandbox/engine_words.h"
#include "jobs/runner/sandbox/step_checker.h"
#include "lake/datasets/query/exact_integers.h"
#include "runtime/disk/files.h"

namespace tenantry::jobs {

using lake::sql::SqlChunk;
using lake::sql::SqlColumn;
using lake::sql::SqlProcess;
using lake::sql::SqlTask;

namespace {

constexpr uint32_t kFolderMode = 0700;

std::string Quoted(std::string_view text, char quote) {
  std::string quoted(1, quote);
  for (const char c : text) {
    if (c == quote) quoted.push_back(quote);
    quoted.push_back(c);
  }
  quoted.push_back(quote);
  return quoted;
}

// What the engine begins with of a value that Parquet does not have; it tells it as one of the
// disk.
constexpr std::string_view kNotOfParquet = "Parquet files do not support ";

}  // namespace

std::string QuotedName(std::string_view name) { return Quoted(name, '"'); }

std::string QuotedText(std::string_view text) { return Quoted(text, '\''); }

// The error without the paths of this machine, and about the step's own SQL.
absl::Status SandboxStepRunner::ForPeople(const absl::Status& status, const StepTask& task) const {
  if (status.ok()) return status;
  const std::string_view message = base::Message(status);
  if (const size_t at = message.find(kNotOfParquet);
      absl::IsUnavailable(status) && at != std::string_view::npos) {
    return base::InvalidArgument(
        "its result is kept as Parquet, which has no {}: cast them to VARCHAR",
        EngineWords(message.substr(at + kNotOfParquet.size()), task.sql));
  }
  const std::string text = absl::StrReplaceAll(status.message(), {{task.in_folder + "/", ""},
                                                                  {task.out_folder + "/", ""},
                                                                  {task.in_folder, "."},
                                                                  {task.out_folder, "."},
                                                                  {folder_ + "/", ""}});
  return base::Reworded(status, EngineWords(text, task.sql));
}

absl::Status SandboxStepRunner::RunIn(SqlProcess& process, const StepTask& task, StepInputs inputs,
                                      const std::string& file, JobUse& use) {
  TENANTRY_ASSIGN_OR_RETURN(const auto names, lake::datasets::ParseSelect(process, task.sql));
  TENANTRY_ASSIGN_OR_RETURN(const std::vector<StagedTable> tables, inputs(names));
  for (const StagedTable& table : tables) {
    use.bytes_read += table.bytes;
    TENANTRY_RETURN_IF_ERROR(process.Execute(table.view_sql));
  }
  TENANTRY_ASSIGN_OR_RETURN(const std::string query,
                            lake::datasets::WithExactIntegers(process, task.sql));
  TENANTRY_RETURN_IF_ERROR(process.Execute(fmt::format(
      "COPY ({}\n) TO {} (FORMAT parquet, COMPRESSION zstd)", query, QuotedText(file))));
  return process.Query(fmt::format("SELECT count(*) FROM read_parquet({})", QuotedText(file)),
                       [&](const std::vector<SqlColumn>&, const SqlChunk& rows) -> absl::Status {
                         use.rows = rows.column(0).Integer(0);
                         return absl::OkStatus();
                       });
}

absl::StatusOr<std::string> SandboxStepRunner::Run(const StepTask& task, StepInputs inputs,
                                                   JobUse& use) {
  SqlTask limits;
  limits.folders = {task.out_folder};
  limits.read_only_folders = {task.in_folder};
  // The kernel knows one limit for every file, those that it spills to included.
  limits.file_bytes_max = std::max(result_bytes_max_, processes_.options().sql_spill_max);
  limits.file_option = "jobs.step_result_bytes_max";
  limits.disk = &disk_;
  limits.cancelled = task.cancelled;
  TENANTRY_ASSIGN_OR_RETURN(const auto process, processes_.Start(limits));
  const std::string file = task.out_folder + "/result.parquet";
  const absl::Status ran = RunIn(*process, task, inputs, file, use);
  const lake::sql::ProcessUsage used = process->Finish();
  use.cpu_seconds += used.cpu_seconds;
  use.memory_bytes_peak = used.memory_bytes_peak;
  TENANTRY_RETURN_IF_ERROR(ForPeople(ran, task));
  std::error_code error;
  const auto bytes = std::filesystem::file_size(file, error);
  if (error) return base::Internal("the step left no result: {}", error.message());
  use.bytes_written = static_cast<int64_t>(bytes);
  if (use.bytes_written <= result_bytes_max_) return file;
  return base::Error(absl::StatusCode::kResourceExhausted,
                     "its result has {} bytes: at most {} may it have (jobs.step_result_bytes_max)",
                     bytes, result_bytes_max_);
}

// For results without rows. What a process that was killed left in there goes first.
absl::StatusOr<lake::datasets::PrivateFolder> SandboxStepRunner::MakeCheckFolder() {
  const std::string checks = folder_ + "/checks";
  absl::call_once(swept_, [&] {
    std::error_code ignored;
    std::filesystem::remove_all(checks, ignored);
  });
  TENANTRY_RETURN_IF_ERROR(runtime::MakeFolders(checks, kFolderMode));
  return lake::datasets::PrivateFolder::Make(checks);
}

absl::StatusOr<std::vector<StepCheck>> SandboxStepRunner::Check(
    const JobSpec& spec, const std::vector<std::optional<std::vector<TableSchema>>>& tables) {
  TENANTRY_ASSIGN_OR_RETURN(const auto folder, MakeCheckFolder());
  StepChecker checker(processes_, folder.path());
  std::map<std::string, std::string> results;  // files, by the name of the step
  std::vector<StepCheck> checks;
  for (size_t i = 0; i < spec.steps.size(); ++i) {
    const StepSpec& step = spec.steps[i];
    StepCheck& check = checks.emplace_back();
    if (!tables[i]) continue;
    CheckTask task{step.sql, {}, {}, fmt::format("{}/{}.parquet", folder.path(), i)};
    const auto read = [&](const std::string& name, const std::string& from) {
      if (results.contains(from)) {
        task.results.emplace_back(name, results[from]);
      } else {
        check.problem = fmt::format("it can't be checked before the step '{}' is right", from);
      }
    };
    for (const TableSchema& table : *tables[i]) {
      if (table.made_by.empty()) {
        task.tables.push_back(table);
      } else {
        read(table.name, table.made_by);
      }
    }
    for (const std::string& before : step.after) read(before, before);
    if (!check.problem.empty()) continue;
    auto columns = checker.ColumnsOf(task);
    if (columns.ok()) {
      check.columns = *std::move(columns);
      results[step.name] = task.file;
    } else if (absl::IsUnavailable(columns.status()) || absl::IsInternal(columns.status())) {
      return columns.status();
    } else {
      check.problem = EngineWords(base::Message(columns.status()), step.sql);
    }
  }
  return checks;
}

}  // namespace tenantry::jobs
