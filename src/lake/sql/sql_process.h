#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/monitor.h"
#include "lake/sql/child_process.h"
#include "lake/sql/sql_chunk.h"
#include "lake/sql/sql_options.h"
#include "lake/sql/wire.h"
#include "runtime/disk/disk_reserve.h"
#include "runtime/metrics.h"

namespace tenantry::lake::sql {

class SqlProcesses;

/// How long a wait lasts before it looks whether the task was cancelled.
inline constexpr absl::Duration kCancelStep = absl::Milliseconds(100);

/// How often a task that has a disk's reserve to keep looks at it.
inline constexpr absl::Duration kDiskStep = absl::Milliseconds(20);

/// What one task may touch and use.
struct SqlTask {
  /// Whose task it is; empty for the server's own. All but one of the places at once, if there are
  /// two at all, is the most that one owner has: its further tasks wait.
  std::string owner;
  /// Folders whose files SQL may read and write, and folders whose files it may only read; links
  /// are not followed out of them. They must exist.
  std::vector<std::string> folders;
  std::vector<std::string> read_only_folders;
  /// What the task may keep its caller waiting; SqlOptions::sql_time_max when absent. The time that
  /// the caller takes between calls and inside callbacks does not count.
  std::optional<absl::Duration> time_max;
  /// What says so, for the error of a task that takes longer; SqlLimitNames::time when empty.
  std::string time_option;
  /// Bytes of a single file that it may write; 0 for no limit but the disk's.
  int64_t file_bytes_max = 0;
  /// The option that says so, for the error; may be empty.
  std::string file_option;
  /// Bytes of rows that it may answer with; 0 for no limit.
  int64_t answer_bytes_max = 0;
  /// What must stay free on the disk of its folders; may be null. Outlives the process. No task
  /// begins once that is reached. One may fill half of the room above it with what it spills and
  /// half with one file; when the room is gone all the same, a task that wrote more than a little
  /// is ended within kDiskStep.
  const runtime::DiskReserve* disk = nullptr;
  /// Ends the task with Cancelled, within a tenth of a second, once it is true; may be null.
  /// Outlives the process.
  const std::atomic<bool>* cancelled = nullptr;
};

/// A process that runs the SQL of one task and of no other. Every error ends the task: later calls
/// give the same one. Errors of all calls: DeadlineExceeded when the time is up (the process is
/// killed); ResourceExhausted past a limit of memory, disk or answer, noted as such on a full disk;
/// PermissionDenied for files, network, extensions and settings that are locked; InvalidArgument
/// for what is wrong in the SQL; Unavailable when the system failed a read or write; Internal when
/// the process broke down, with what it printed. Dies with the thread that started it. Not
/// thread-safe.
class SqlProcess {
 public:
  ~SqlProcess();
  SqlProcess(const SqlProcess&) = delete;
  SqlProcess& operator=(const SqlProcess&) = delete;

  /// Makes a table, to which Append then adds. Errors may show at the next Execute or Query only.
  absl::Status CreateTable(std::string_view name, const std::vector<SqlColumn>& columns);

  /// Adds rows to the table made last. Errors as with CreateTable.
  absl::Status Append(const SqlChunk& chunk);

  /// Runs statements and drops their rows.
  absl::Status Execute(std::string_view sql);

  /// Takes the columns of an answer, then its rows in order.
  using RowsCallback =
      absl::FunctionRef<absl::Status(const std::vector<SqlColumn>&, const SqlChunk&)>;

  /// Runs statements; the last one's rows are streamed: the process waits while `rows` works. An
  /// error of `rows` ends the task and is returned.
  absl::Status Query(std::string_view sql, RowsCallback rows);

  /// Runs one query and writes its answer as an Arrow IPC stream to the file `path`, which must not
  /// exist, in a folder that the task may write. InvalidArgument: also a column of a type that is
  /// not given as Arrow.
  absl::Status WriteArrow(std::string_view sql, std::string_view path);

  /// Ends the process and tells what it used.
  ProcessUsage Finish();

  /// True when the kernel guards the files besides DuckDB: without it, a link that lies in a folder
  /// and leads nowhere lets SQL write outside, and read-only folders can be written.
  bool files_guarded() const { return files_guarded_; }

  /// The process's number, for tests and logs.
  pid_t pid() const { return child_.pid(); }

 private:
  friend class SqlProcesses;

  SqlProcess(SqlProcesses& owner, ChildProcess child, std::string work_folder, const SqlTask& task,
             absl::Duration time_max);

  absl::Status Begin(const WorkerSettings& settings);
  absl::Status Send(FrameKind kind, std::string_view payload);
  absl::Status SendBytes(std::string_view bytes);
  absl::Status Receive(FrameKind& kind, std::string& payload);
  absl::Status Fill(size_t bytes);
  absl::Status Wait(int16_t events);
  absl::Status CheckLimits();
  bool FillsTheDisk() const;
  void ReadOutput();
  absl::Status Statement(std::string_view sql, const RowsCallback* rows);
  absl::Status Answer(const RowsCallback* rows);
  absl::Status ErrorFrame(std::string_view payload);
  absl::Status ByOption(absl::Status status) const;
  absl::Status OutOfMemory() const;
  absl::Status OutOfDisk(bool bound_by_reserve, std::string_view what,
                         std::string_view option) const;
  absl::Status Broken();
  absl::Status Fail(absl::Status status);

  SqlProcesses& owner_;
  ChildProcess child_;
  std::string work_folder_;
  std::string owner_of_task_;
  absl::Duration started_;  // base::SteadyNow then
  absl::Duration time_max_;
  absl::Duration time_left_;
  std::string time_option_;
  std::string file_option_;
  bool reserve_bounds_spill_ = false;  // more than the option does
  bool reserve_bounds_file_ = false;
  int64_t answer_bytes_max_;
  const std::atomic<bool>* cancelled_;
  const runtime::DiskReserve* disk_;
  std::vector<std::string> written_folders_;  // the task's, and its own
  int64_t answer_bytes_ = 0;
  std::string inbox_;    // bytes received and not yet taken
  std::string printed_;  // what the process printed, its first part
  absl::Status status_;  // the error that ended the task
  bool files_guarded_ = false;
  bool finished_ = false;
};

/// Starts processes for SQL: the program itself, run again as a worker. At most
/// SqlOptions::sql_processes_max live at once. Thread-safe; must outlive its processes.
class SqlProcesses {
 public:
  /// `work_folder` is made when absent: each process gets a folder of its own below it, removed
  /// with the process; what processes of ended servers left there is removed now. `pool` is the
  /// label of the metrics, for processes that have a bound of their own. `executable` is
  /// the program to run as a worker: one whose `main` begins as sql_worker.h says.
  SqlProcesses(SqlOptions options, std::string work_folder, runtime::Metrics& metrics,
               std::string pool = "system", std::string executable = "/proc/self/exe");

  /// A process that is ready for `task`'s statements; waits for a free place, no longer than the
  /// task may take. ResourceExhausted: too many tasks wait, or the system is out of processes;
  /// DeadlineExceeded: no place came free in time; FailedPrecondition: DuckDB is missing or too
  /// old; Internal: the worker can't be set up.
  absl::StatusOr<std::unique_ptr<SqlProcess>> Start(const SqlTask& task);

  /// OK when a process can be started at all: for a server's start, which had better fail than find
  /// out later. Errors as Start.
  absl::Status Check() { return Start({}).status(); }

  /// The limits that its processes have.
  const SqlOptions& options() const { return options_; }

 private:
  friend class SqlProcess;

  bool HasPlace(const std::string& owner) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  absl::Status TakePlace(const SqlTask& task, absl::Duration wait_max);
  bool AwaitPlace(const SqlTask& task, absl::Duration wait_max)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void GivePlaceBack(const std::string& owner);
  WorkerSettings SettingsFor(const SqlTask& task, const std::string& work_folder,
                             absl::Duration time_max) const;
  absl::StatusOr<std::string> MakeWorkFolder();
  void RemoveWorkFolder(const std::string& folder);
  void SweepWorkFolder();
  void Ended(const std::string& owner, const absl::Status& status, absl::Duration took);

  const SqlOptions options_;
  const std::string work_folder_;
  const std::string pool_;
  const std::string executable_;
  runtime::Metrics& metrics_;
  runtime::Gauge& running_gauge_;
  runtime::Gauge& waiting_gauge_;
  runtime::Histogram& start_seconds_;
  runtime::Histogram& task_seconds_;
  base::Monitor mutex_;
  int64_t running_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, int64_t> running_of_ ABSL_GUARDED_BY(mutex_);  // by owner, none at 0
  int64_t waiting_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace tenantry::lake::sql
