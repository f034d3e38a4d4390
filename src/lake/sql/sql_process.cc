#include "lake/sql/sql_process.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/full_disk.h"
#include "base/status.h"
#include "base/steady_time.h"
#include "lake/sql/sql_worker.h"

namespace tenantry::lake::sql {
namespace {

constexpr size_t kPrintedBytesMax = 8 << 10;
constexpr int64_t kLittleBytes = 1 << 20;

// What the files below a folder weigh, as far as they stay while it looks.
int64_t BytesIn(const std::string& folder) {
  int64_t bytes = 0;
  std::error_code error;
  std::filesystem::recursive_directory_iterator at(folder, error);
  for (; !error && at != std::filesystem::recursive_directory_iterator(); at.increment(error)) {
    std::error_code gone;
    const auto size = at->is_regular_file(gone) ? at->file_size(gone) : 0;
    if (!gone) bytes += static_cast<int64_t>(size);
  }
  return bytes;
}

absl::Status Protocol(std::string_view what) {
  return base::Internal("the SQL process broke the protocol: {}", what);
}

// The worker gives ResourceExhausted in the system's words then.
bool TellsOfAFullDisk(std::string_view message) {
  for (const int error : {ENOSPC, EDQUOT}) {
    if (message.find(std::strerror(error)) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

SqlProcess::SqlProcess(SqlProcesses& owner, ChildProcess child, std::string work_folder,
                       const SqlTask& task, absl::Duration time_max)
    : owner_(owner),
      child_(std::move(child)),
      work_folder_(std::move(work_folder)),
      owner_of_task_(task.owner),
      started_(base::SteadyNow()),
      time_max_(time_max),
      time_left_(time_max),
      time_option_(task.time_option.empty() ? owner.options().names.time : task.time_option),
      file_option_(task.file_option),
      answer_bytes_max_(task.answer_bytes_max),
      cancelled_(task.cancelled),
      disk_(task.disk),
      written_folders_(task.folders) {
  written_folders_.push_back(work_folder_);
}

SqlProcess::~SqlProcess() { Finish(); }

ProcessUsage SqlProcess::Finish() {
  const ProcessUsage usage = child_.Kill().usage;
  if (!std::exchange(finished_, true)) {
    owner_.RemoveWorkFolder(work_folder_);
    owner_.Ended(owner_of_task_, status_, base::SteadyNow() - started_);
    if (status_.ok()) status_ = base::FailedPrecondition("the SQL process was ended");
  }
  return usage;
}

absl::Status SqlProcess::Begin(const WorkerSettings& settings) {
  TENANTRY_RETURN_IF_ERROR(Send(FrameKind::kSettings, settings.Encode()));
  FrameKind kind;
  std::string payload;
  TENANTRY_RETURN_IF_ERROR(Receive(kind, payload));
  if (kind == FrameKind::kError) return ErrorFrame(payload);
  WireReader reader(payload);
  reader.Text();
  files_guarded_ = reader.U8() == 1;
  if (kind != FrameKind::kReady || !reader.done()) return Fail(Protocol("it did not report ready"));
  return absl::OkStatus();
}

absl::Status SqlProcess::CreateTable(std::string_view name, const std::vector<SqlColumn>& columns) {
  WireWriter writer;
  writer.Text(name);
  writer.Text(EncodeColumns(columns));
  return Send(FrameKind::kTable, writer.Take());
}

absl::Status SqlProcess::Append(const SqlChunk& chunk) {
  return Send(FrameKind::kRows, chunk.Encode());
}

absl::Status SqlProcess::Execute(std::string_view sql) { return Statement(sql, nullptr); }

absl::Status SqlProcess::Query(std::string_view sql, RowsCallback rows) {
  return Statement(sql, &rows);
}

absl::Status SqlProcess::Statement(std::string_view sql, const RowsCallback* rows) {
  TENANTRY_RETURN_IF_ERROR(Send(FrameKind::kStatement, sql));
  return Answer(rows);
}

absl::Status SqlProcess::WriteArrow(std::string_view sql, std::string_view path) {
  WireWriter writer;
  writer.Text(path);
  writer.Text(sql);
  TENANTRY_RETURN_IF_ERROR(Send(FrameKind::kArrow, writer.Take()));
  return Answer(nullptr);
}

absl::Status SqlProcess::Answer(const RowsCallback* rows) {
  std::vector<SqlColumn> columns;
  FrameKind kind;
  std::string payload;
  for (;;) {
    TENANTRY_RETURN_IF_ERROR(Receive(kind, payload));
    if (kind == FrameKind::kDone) return absl::OkStatus();
    if (kind == FrameKind::kError) return ErrorFrame(payload);
    if (kind == FrameKind::kColumns) {
      auto decoded = DecodeColumns(payload);
      if (!decoded.ok()) return Fail(Protocol(base::Message(decoded.status())));
      columns = *std::move(decoded);
      continue;
    }
    if (kind != FrameKind::kRows) return Fail(Protocol("an answer holds a frame of another kind"));
    answer_bytes_ += static_cast<int64_t>(payload.size());
    if (answer_bytes_max_ > 0 && answer_bytes_ > answer_bytes_max_) {
      return Fail(base::Error(absl::StatusCode::kResourceExhausted,
                              "the answer is larger than {} bytes: select fewer rows or columns",
                              answer_bytes_max_));
    }
    if (rows == nullptr) continue;
    const auto chunk = SqlChunk::Decode(columns, payload);
    if (!chunk.ok()) return Fail(Protocol(base::Message(chunk.status())));
    if (absl::Status status = (*rows)(columns, *chunk); !status.ok()) return Fail(status);
  }
}

absl::Status SqlProcess::ErrorFrame(std::string_view payload) {
  WireReader reader(payload);
  const uint32_t code = reader.U32();
  const std::string message(reader.Text());
  if (!reader.done() || code == 0 || code > 16) return Fail(Protocol("an error is malformed"));
  return Fail(ByOption(absl::Status(static_cast<absl::StatusCode>(code), message)));
}

absl::Status SqlProcess::OutOfMemory() const {
  return base::Error(absl::StatusCode::kResourceExhausted,
                     "the SQL ran out of memory: it may use {} bytes ({}); read, group or sort "
                     "less at once",
                     owner_.options().sql_memory_max, owner_.options().names.memory);
}

absl::Status SqlProcess::OutOfDisk(bool bound_by_reserve, std::string_view what,
                                   std::string_view option) const {
  if (bound_by_reserve) {
    return base::AsFullDisk(
        base::Error(absl::StatusCode::kResourceExhausted,
                    "{} takes more than half of the disk that is free ({} keeps the rest): write "
                    "less, or free some space",
                    what, disk_->option()));
  }
  const std::string from = option.empty() ? "" : fmt::format(" ({})", option);
  return base::Error(absl::StatusCode::kResourceExhausted,
                     "{} takes more disk than it may{}: read, sort or write less at once", what,
                     from);
}

// The error of a limit, told by the option that sets it: the engine's own words are about settings
// that nobody can change.
absl::Status SqlProcess::ByOption(absl::Status status) const {
  if (!absl::IsResourceExhausted(status)) return status;
  const std::string_view message = base::Message(status);
  if (TellsOfAFullDisk(message)) return base::AsFullDisk(std::move(status));
  if (message.find("max_temp_directory_size") != std::string_view::npos) {
    return OutOfDisk(reserve_bounds_spill_, "what the SQL spills because it outgrew its memory",
                     owner_.options().names.spill);
  }
  if (message.find(std::strerror(EFBIG)) != std::string_view::npos) {
    return OutOfDisk(reserve_bounds_file_, "a file that the SQL writes", file_option_);
  }
  for (const std::string_view told : {"Out of Memory Error", "bad_alloc", kSqlOutOfMemory}) {
    if (message.find(told) != std::string_view::npos) return OutOfMemory();
  }
  return status;
}

absl::Status SqlProcess::Send(FrameKind kind, std::string_view payload) {
  if (!status_.ok()) return status_;
  if (payload.size() > kFrameBytesMax) {
    return Fail(
        base::InvalidArgument("{} bytes are more than one message to the SQL process may "
                              "hold ({})",
                              payload.size(), kFrameBytesMax));
  }
  TENANTRY_RETURN_IF_ERROR(SendBytes(FrameHeader(kind, payload.size())));
  return SendBytes(payload);
}

absl::Status SqlProcess::SendBytes(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = send(child_.socket(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (put >= 0) {
      bytes.remove_prefix(static_cast<size_t>(put));
    } else if (errno == EAGAIN) {
      TENANTRY_RETURN_IF_ERROR(Wait(POLLOUT));
    } else if (errno != EINTR) {
      return Broken();
    }
  }
  return absl::OkStatus();
}

absl::Status SqlProcess::Receive(FrameKind& kind, std::string& payload) {
  if (!status_.ok()) return status_;
  TENANTRY_RETURN_IF_ERROR(Fill(kFrameHeaderBytes));
  WireReader reader(inbox_);
  const size_t size = reader.U32();
  kind = static_cast<FrameKind>(reader.U8());
  if (size > kFrameBytesMax) return Fail(Protocol("a frame is too long"));
  TENANTRY_RETURN_IF_ERROR(Fill(kFrameHeaderBytes + size));
  payload.assign(inbox_, kFrameHeaderBytes, size);
  inbox_.erase(0, kFrameHeaderBytes + size);
  return absl::OkStatus();
}

// Reads until the inbox holds `bytes`.
absl::Status SqlProcess::Fill(size_t bytes) {
  while (inbox_.size() < bytes) {
    char buffer[64 << 10];
    const ssize_t got = recv(child_.socket(), buffer, sizeof(buffer), 0);
    if (got > 0) {
      inbox_.append(buffer, static_cast<size_t>(got));
    } else if (got < 0 && errno == EAGAIN) {
      TENANTRY_RETURN_IF_ERROR(Wait(POLLIN));
    } else if (got == 0 || errno != EINTR) {
      return Broken();
    }
  }
  return absl::OkStatus();
}

// True when the task has written enough for the disk to be full because of it.
bool SqlProcess::FillsTheDisk() const {
  int64_t bytes = 0;
  for (const std::string& folder : written_folders_) bytes += BytesIn(folder);
  return bytes > kLittleBytes;
}

absl::Status SqlProcess::CheckLimits() {
  if (cancelled_ != nullptr && *cancelled_) {
    return Fail(absl::CancelledError("the SQL was cancelled"));
  }
  if (time_left_ <= absl::ZeroDuration()) {
    return Fail(base::Error(absl::StatusCode::kDeadlineExceeded,
                            "the SQL took longer than {} ({}) and was ended",
                            absl::FormatDuration(time_max_), time_option_));
  }
  if (disk_ == nullptr) return absl::OkStatus();
  const absl::Status disk = disk_->Check();
  if (disk.ok() || !FillsTheDisk()) return absl::OkStatus();
  return Fail(base::Annotate(disk, "the SQL was ended"));
}

// Waits until the socket is ready, at the cost of the task's time.
absl::Status SqlProcess::Wait(int16_t events) {
  for (;;) {
    TENANTRY_RETURN_IF_ERROR(CheckLimits());
    pollfd polled[] = {{child_.socket(), events, 0}, {child_.output(), POLLIN, 0}};
    const nfds_t count = printed_.size() < kPrintedBytesMax ? 2 : 1;
    const absl::Duration before = base::SteadyNow();
    const absl::Duration look = disk_ == nullptr ? kCancelStep : kDiskStep;
    const absl::Duration step = std::min(time_left_, look) + absl::Milliseconds(1);
    const int ready = poll(polled, count, static_cast<int>(absl::ToInt64Milliseconds(step)));
    time_left_ -= base::SteadyNow() - before;
    if (ready < 0 && errno != EINTR) return Fail(base::Internal("poll failed: errno {}", errno));
    if (ready <= 0) continue;
    if (polled[1].revents != 0) ReadOutput();
    if (polled[0].revents != 0) return absl::OkStatus();
  }
}

void SqlProcess::ReadOutput() {
  char buffer[4096];
  ssize_t got;
  while ((got = read(child_.output(), buffer, sizeof(buffer))) > 0) {
    const size_t room = kPrintedBytesMax - printed_.size();
    printed_.append(buffer, std::min(room, static_cast<size_t>(got)));
  }
}

// The process hung up without a word: what its end and its last prints tell.
absl::Status SqlProcess::Broken() {
  const ProcessEnd& end = child_.AwaitEnd();
  ReadOutput();
  const std::string said = printed_.empty() ? "" : fmt::format("; it printed: {}", printed_);
  if (end.signal == SIGXCPU) {
    return Fail(base::Error(absl::StatusCode::kDeadlineExceeded,
                            "the SQL used more processor time than it may ({})", time_option_));
  }
  if (printed_.find("bad_alloc") != std::string::npos) return Fail(OutOfMemory());
  if (end.signal == SIGKILL) {
    return Fail(base::Error(absl::StatusCode::kResourceExhausted,
                            "the SQL process was ended from outside or ran out of memory "
                            "({}, or the machine's){}",
                            owner_.options().names.memory, said));
  }
  if (end.signal != 0) {
    return Fail(base::Internal("the SQL process was ended by signal {}{}", end.signal, said));
  }
  return Fail(base::Internal("the SQL process ended with code {}{}", end.exit_code, said));
}

absl::Status SqlProcess::Fail(absl::Status status) {
  child_.Kill();
  status_ = std::move(status);
  return status_;
}

}  // namespace tenantry::lake::sql
