#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <utility>

#include "base/status.h"
#include "base/steady_time.h"
#include "lake/sql/sql_process.h"
#include "lake/sql/sql_worker.h"
#include "runtime/disk/files.h"
#include "runtime/logging.h"

namespace tenantry::lake::sql {
namespace {

constexpr std::string_view kFolderPrefix = "sql-";
constexpr uint32_t kFolderMode = 0700;
constexpr int64_t kDiskShareMin = 64 << 10;  // the engine takes no limit of nothing

// The server that made a process's folder, or 0 when the name is no such folder's.
pid_t OwnerOf(std::string_view name) {
  if (!name.starts_with(kFolderPrefix)) return 0;
  name.remove_prefix(kFolderPrefix.size());
  pid_t pid = 0;
  std::from_chars(name.data(), name.data() + name.size(), pid);
  return pid;
}

}  // namespace

SqlProcesses::SqlProcesses(SqlOptions options, std::string work_folder, runtime::Metrics& metrics,
                           std::string pool, std::string executable)
    : options_(std::move(options)),
      work_folder_(std::move(work_folder)),
      pool_(std::move(pool)),
      executable_(std::move(executable)),
      metrics_(metrics),
      running_gauge_(metrics.AddGauge("tenantry_lake_sql_processes", "SQL processes alive",
                                      {{"pool", pool_}})),
      waiting_gauge_(metrics.AddGauge("tenantry_lake_sql_queue_depth",
                                      "Tasks that wait for a SQL process", {{"pool", pool_}})),
      start_seconds_(metrics.AddHistogram("tenantry_lake_sql_start_seconds",
                                          "From asking for a SQL process until it is ready, "
                                          "without the wait for a place",
                                          runtime::LatencyBuckets(), {{"pool", pool_}})),
      task_seconds_(metrics.AddHistogram("tenantry_lake_sql_task_seconds", "Lives of SQL processes",
                                         runtime::LatencyBuckets(), {{"pool", pool_}})) {
  SweepWorkFolder();
}

absl::StatusOr<std::unique_ptr<SqlProcess>> SqlProcesses::Start(const SqlTask& task) {
  const absl::Duration time_max = task.time_max.value_or(options_.sql_time_max);
  if (task.disk != nullptr) TENANTRY_RETURN_IF_ERROR(task.disk->Check());
  TENANTRY_RETURN_IF_ERROR(TakePlace(task, time_max));
  const absl::Duration before = base::SteadyNow();
  auto folder = MakeWorkFolder();
  if (!folder.ok()) {
    GivePlaceBack(task.owner);
    return folder.status();
  }
  auto child = ChildProcess::Start(executable_, {"tenantry", kSqlWorkerArgument});
  if (!child.ok()) {
    RemoveWorkFolder(*folder);
    GivePlaceBack(task.owner);
    return child.status();
  }
  std::unique_ptr<SqlProcess> process(
      new SqlProcess(*this, *std::move(child), *folder, task, time_max));
  const WorkerSettings settings = SettingsFor(task, *folder, time_max);
  process->reserve_bounds_spill_ = settings.spill_bytes < options_.sql_spill_max;
  process->reserve_bounds_file_ = settings.file_bytes != task.file_bytes_max;
  TENANTRY_RETURN_IF_ERROR(process->Begin(settings));
  start_seconds_.Observe(absl::ToDoubleSeconds(base::SteadyNow() - before));
  return process;
}

WorkerSettings SqlProcesses::SettingsFor(const SqlTask& task, const std::string& work_folder,
                                         absl::Duration time_max) const {
  WorkerSettings settings;
  settings.server_pid = getpid();
  settings.duckdb_library = options_.duckdb_library;
  settings.work_folder = work_folder;
  settings.memory_bytes = options_.sql_memory_max;
  settings.spill_bytes = options_.sql_spill_max;
  settings.cpu_seconds =
      absl::ToInt64Seconds(time_max * static_cast<double>(options_.sql_threads)) + 2;
  settings.file_bytes = task.file_bytes_max;
  settings.threads = static_cast<int32_t>(options_.sql_threads);
  settings.folders = task.folders;
  settings.read_only = task.read_only_folders;
  if (task.disk == nullptr) return settings;
  const int64_t share = std::max(task.disk->Room() / 2, kDiskShareMin);
  settings.spill_bytes = std::min(settings.spill_bytes, share);
  settings.file_bytes = settings.file_bytes > 0 ? std::min(settings.file_bytes, share) : share;
  return settings;
}

bool SqlProcesses::HasPlace(const std::string& owner) const {
  if (running_ >= options_.sql_processes_max) return false;
  const auto mine = running_of_.find(owner);
  if (owner.empty() || mine == running_of_.end()) return true;
  return mine->second < options_.sql_processes_max - 1;
}

// True when a place came free.
bool SqlProcesses::AwaitPlace(const SqlTask& task, absl::Duration wait_max) {
  const auto has_place = [&]()
                             ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return HasPlace(task.owner); };
  const absl::Duration deadline = base::SteadyNow() + wait_max;
  while (!has_place()) {
    const absl::Duration left = deadline - base::SteadyNow();
    if (left <= absl::ZeroDuration() || (task.cancelled != nullptr && *task.cancelled))
      return false;
    mutex_.AwaitFor(absl::Condition(&has_place), std::min(left, kCancelStep));
  }
  return true;
}

absl::Status SqlProcesses::TakePlace(const SqlTask& task, absl::Duration wait_max) {
  base::MonitorLock lock(&mutex_);
  if (!HasPlace(task.owner)) {
    if (waiting_ >= options_.sql_queue_max) {
      return base::Error(absl::StatusCode::kResourceExhausted,
                         "{} tasks wait for a SQL process already (lake.sql_queue_max): try later",
                         waiting_);
    }
    waiting_gauge_.Set(static_cast<double>(++waiting_));
    const bool came = AwaitPlace(task, wait_max);
    waiting_gauge_.Set(static_cast<double>(--waiting_));
    if (!came && task.cancelled != nullptr && *task.cancelled) {
      return absl::CancelledError("the SQL was cancelled");
    }
    if (!came) {
      return base::Error(absl::StatusCode::kDeadlineExceeded,
                         "no SQL process came free within {} ({})", absl::FormatDuration(wait_max),
                         options_.names.processes);
    }
  }
  running_gauge_.Set(static_cast<double>(++running_));
  ++running_of_[task.owner];
  return absl::OkStatus();
}

void SqlProcesses::GivePlaceBack(const std::string& owner) {
  base::MonitorLock lock(&mutex_);
  const auto mine = running_of_.find(owner);
  if (--mine->second == 0) running_of_.erase(mine);
  running_gauge_.Set(static_cast<double>(--running_));
}

void SqlProcesses::Ended(const std::string& owner, const absl::Status& status,
                         absl::Duration took) {
  GivePlaceBack(owner);
  task_seconds_.Observe(absl::ToDoubleSeconds(took));
  metrics_
      .AddCounter("tenantry_lake_sql_tasks_total", "SQL tasks by how they ended",
                  {{"outcome", absl::StatusCodeToString(status.code())}, {"pool", pool_}})
      .Increment();
}

absl::StatusOr<std::string> SqlProcesses::MakeWorkFolder() {
  TENANTRY_RETURN_IF_ERROR(runtime::MakeFolders(work_folder_, kFolderMode));
  std::error_code error;
  const std::string real = std::filesystem::canonical(work_folder_, error).string();
  if (error) return base::Unavailable("{} can't be resolved: {}", work_folder_, error.message());
  std::string path = fmt::format("{}/{}{}-XXXXXX", real, kFolderPrefix, getpid());
  if (mkdtemp(path.data()) == nullptr) {
    return runtime::ErrnoStatus(errno, "a folder for SQL can't be made in " + work_folder_);
  }
  return path;
}

void SqlProcesses::RemoveWorkFolder(const std::string& folder) {
  std::error_code error;
  std::filesystem::remove_all(folder, error);
  if (error) {
    runtime::Log(runtime::LogLevel::kWarning, "lake", "{} can't be removed: {}", folder,
                 error.message());
  }
}

void SqlProcesses::SweepWorkFolder() {
  std::error_code error;
  std::vector<std::string> left;
  for (const auto& entry : std::filesystem::directory_iterator(work_folder_, error)) {
    const pid_t owner = OwnerOf(entry.path().filename().string());
    if (owner > 0 && kill(owner, 0) != 0 && errno == ESRCH) left.push_back(entry.path().string());
  }
  for (const std::string& folder : left) RemoveWorkFolder(folder);
}

}  // namespace tenantry::lake::sql
