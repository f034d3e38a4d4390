#include "lake/sql/sql_worker.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <new>
#include <string>

#include "base/status.h"
#include "lake/sql/duckdb_library.h"
#include "lake/sql/landlock.h"
#include "lake/sql/sql_chunk.h"
#include "lake/sql/sql_session.h"
#include "lake/sql/wire.h"

namespace tenantry::lake::sql {
namespace {

constexpr rlim_t kDescriptorsMax = 512;

// Frames over the socket, blocking.
class WorkerChannel {
 public:
  // False when the server hung up or sent what is no frame.
  bool Receive(FrameKind& kind, std::string& payload) {
    char header[kFrameHeaderBytes];
    if (!ReadAll(header, sizeof(header))) return false;
    WireReader reader({header, sizeof(header)});
    const uint32_t size = reader.U32();
    kind = static_cast<FrameKind>(reader.U8());
    if (size > kFrameBytesMax) return false;
    payload.resize(size);
    return ReadAll(payload.data(), size);
  }

  absl::Status Send(FrameKind kind, std::string_view payload) {
    if (payload.size() > kFrameBytesMax) {
      return base::InvalidArgument("a row of the answer holds more than {} bytes", kFrameBytesMax);
    }
    if (!WriteAll(FrameHeader(kind, payload.size())) || !WriteAll(payload)) {
      return base::Unavailable("the server hung up");
    }
    return absl::OkStatus();
  }

 private:
  static bool ReadAll(char* bytes, size_t count) {
    while (count > 0) {
      const ssize_t got = read(kSqlWorkerSocket, bytes, count);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return false;
      bytes += got;
      count -= static_cast<size_t>(got);
    }
    return true;
  }

  static bool WriteAll(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t put = send(kSqlWorkerSocket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (put < 0 && errno == EINTR) continue;
      if (put <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(put));
    }
    return true;
  }
};

void Limit(decltype(RLIMIT_AS) what, rlim_t value, rlim_t grace = 0) {
  const rlimit limit{value, value + grace};
  if (setrlimit(what, &limit) != 0) {
    std::fprintf(stderr, "a resource limit of the SQL worker can't be set: %s\n",
                 std::strerror(errno));
    _exit(1);
  }
}

// What needs no settings: before a byte of the task is read.
void GiveUpPrivileges() {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    std::fprintf(stderr, "the SQL worker can't be confined: %s\n", std::strerror(errno));
    _exit(1);
  }
  signal(SIGXFSZ, SIG_IGN);  // a file that grows too large is an error of the write
  Limit(RLIMIT_CORE, 0);
  Limit(RLIMIT_NOFILE, kDescriptorsMax);
  umask(0077);
}

// The address space that the process has now, in bytes.
int64_t AddressSpaceBytes() {
  long long pages = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "re");
  if (file == nullptr || std::fscanf(file, "%lld", &pages) != 1) pages = 0;
  if (file != nullptr) std::fclose(file);
  return pages * sysconf(_SC_PAGESIZE);
}

absl::StatusOr<std::unique_ptr<SqlSession>> SetUp(const WorkerSettings& settings,
                                                  WorkerChannel& channel) {
  if (chdir(settings.work_folder.c_str()) != 0) {
    return base::Internal("the folder {} can't be entered: {}", settings.work_folder,
                          std::strerror(errno));
  }
  TENANTRY_ASSIGN_OR_RETURN(std::unique_ptr<DuckDbLibrary> loaded,
                            DuckDbLibrary::Load(settings.duckdb_library));
  const DuckDbLibrary& library = *loaded.release();  // stays until the process ends
  // The library is loaded and no thread runs yet: from here on the kernel guards the files. The
  // engine itself asks for the machine's limits.
  FileRights rights{.writable = settings.folders, .readable = settings.read_only};
  rights.writable.push_back(settings.work_folder);
  rights.readable.push_back("/proc/self");
  if (access("/sys/fs/cgroup", F_OK) == 0) rights.readable.push_back("/sys/fs/cgroup");
  TENANTRY_ASSIGN_OR_RETURN(const bool restricted, RestrictFiles(rights));
  TENANTRY_ASSIGN_OR_RETURN(auto session, SqlSession::Open(library, settings));
  if (SqlWorkerBoundsMemory()) {
    Limit(RLIMIT_AS, static_cast<rlim_t>(AddressSpaceBytes() + settings.memory_bytes));
  }
  Limit(RLIMIT_CPU, static_cast<rlim_t>(settings.cpu_seconds), /*grace=*/1);
  if (settings.file_bytes > 0) Limit(RLIMIT_FSIZE, static_cast<rlim_t>(settings.file_bytes));
  WireWriter ready;
  ready.Text(library.library_version());
  ready.U8(restricted ? 1 : 0);
  TENANTRY_RETURN_IF_ERROR(channel.Send(FrameKind::kReady, ready.Take()));
  return session;
}

absl::Status MakeTable(SqlSession& session, std::string_view payload) {
  WireReader reader(payload);
  const std::string name(reader.Text());
  TENANTRY_ASSIGN_OR_RETURN(auto columns, DecodeColumns(reader.Text()));
  return session.CreateTable(name, columns);
}

absl::Status RunStatement(SqlSession& session, const std::string& sql, WorkerChannel& channel) {
  const SqlAnswer answer = {
      .columns =
          [&](const std::vector<SqlColumn>& columns) {
            return channel.Send(FrameKind::kColumns, EncodeColumns(columns));
          },
      .rows = [&](const SqlChunk& rows) { return channel.Send(FrameKind::kRows, rows.Encode()); }};
  TENANTRY_RETURN_IF_ERROR(session.Execute(sql, answer));
  return channel.Send(FrameKind::kDone, {});
}

absl::Status WriteArrow(SqlSession& session, std::string_view payload, WorkerChannel& channel) {
  WireReader reader(payload);
  const std::string path(reader.Text());
  const std::string sql(reader.Text());
  TENANTRY_RETURN_IF_ERROR(session.WriteArrow(sql, path));
  return channel.Send(FrameKind::kDone, {});
}

absl::Status Serve(SqlSession& session, FrameKind kind, const std::string& payload,
                   WorkerChannel& channel) {
  switch (kind) {
    case FrameKind::kTable:
      return MakeTable(session, payload);
    case FrameKind::kRows: {
      TENANTRY_ASSIGN_OR_RETURN(SqlChunk chunk, SqlChunk::Decode(session.columns(), payload));
      return session.Append(chunk);
    }
    case FrameKind::kStatement:
      return RunStatement(session, payload, channel);
    case FrameKind::kArrow:
      return WriteArrow(session, payload, channel);
    default:
      return base::Internal("the SQL worker got a frame of kind {}", static_cast<int>(kind));
  }
}

absl::Status RunTask(WorkerChannel& channel, const std::string& first) {
  TENANTRY_ASSIGN_OR_RETURN(WorkerSettings settings, WorkerSettings::Decode(first));
  // The server may have died before the death signal was asked for.
  if (getppid() != static_cast<pid_t>(settings.server_pid)) _exit(1);
  TENANTRY_ASSIGN_OR_RETURN(auto session, SetUp(settings, channel));
  FrameKind kind;
  std::string payload;
  absl::Status status;
  while (status.ok() && channel.Receive(kind, payload)) {
    status = Serve(*session, kind, payload, channel);
  }
  return status;
}

void SendError(WorkerChannel& channel, absl::StatusCode code, std::string_view message) {
  constexpr size_t kMessageBytesMax = 16 << 10;
  WireWriter writer;
  writer.U32(static_cast<uint32_t>(code));
  writer.Text(message.substr(0, kMessageBytesMax));
  channel.Send(FrameKind::kError, writer.Take()).IgnoreError();
  // Reads on until the server hangs up: closing with unread bytes would lose the message.
  char rest[4096];
  while (read(kSqlWorkerSocket, rest, sizeof(rest)) > 0) {
  }
}

}  // namespace

bool IsSqlWorker(int argc, const char* const* argv) {
  return argc == 2 && std::string_view(argv[1]) == kSqlWorkerArgument;
}

bool SqlWorkerBoundsMemory() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return false;
#else
  return true;
#endif
}

void RunSqlWorker() {
  GiveUpPrivileges();
  WorkerChannel channel;
  FrameKind kind;
  std::string payload;
  if (!channel.Receive(kind, payload) || kind != FrameKind::kSettings) {
    std::fprintf(stderr, "a SQL worker is started by the server alone\n");
    _exit(1);
  }
  try {
    if (const absl::Status status = RunTask(channel, payload); !status.ok()) {
      SendError(channel, status.code(), base::Message(status));
    }
  } catch (const std::bad_alloc&) {
    SendError(channel, absl::StatusCode::kResourceExhausted, kSqlOutOfMemory);
  } catch (const std::exception& error) {
    SendError(channel, absl::StatusCode::kInternal, error.what());
  }
  _exit(0);
}

}  // namespace tenantry::lake::sql
