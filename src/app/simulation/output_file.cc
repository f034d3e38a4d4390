#include "app/simulation/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "base/status.h"
#include "runtime/disk/files.h"

namespace tenantry::app::simulation {
namespace {

constexpr size_t kPendingBytesMax = 1 << 18;

absl::Status SyncFolderOf(const std::string& path) {
  std::string folder = std::filesystem::path(path).parent_path().string();
  if (folder.empty()) folder = ".";
  const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return runtime::ErrnoStatus(errno, "opening " + folder);
  const int result = ::fsync(file);
  const int error = errno;
  ::close(file);
  return result == 0 ? absl::OkStatus() : runtime::ErrnoStatus(error, "syncing " + folder);
}

}  // namespace

absl::StatusOr<std::unique_ptr<OutputFile>> OutputFile::Open(const std::string& path,
                                                             std::ostream& standard_output) {
  std::string temporary;
  int file = -1;
  if (path != "-") {
    if (std::filesystem::is_directory(path)) {
      return base::InvalidArgument("{} is a folder: name a file", path);
    }
    temporary = path + ".XXXXXX";
    file = ::mkostemp(temporary.data(), O_CLOEXEC);
    if (file < 0) return runtime::ErrnoStatus(errno, "creating " + path);
  }
  return std::unique_ptr<OutputFile>(
      new OutputFile(path, std::move(temporary), file, standard_output));
}

OutputFile::OutputFile(std::string path, std::string temporary, int file, std::ostream& stream)
    : path_(std::move(path)), temporary_(std::move(temporary)), file_(file), stream_(stream) {}

OutputFile::~OutputFile() {
  if (file_ >= 0) ::close(file_);
  if (!temporary_.empty() && !committed_) ::unlink(temporary_.c_str());
}

absl::Status OutputFile::WriteLine(std::string_view line) {
  pending_ += line;
  pending_ += '\n';
  return pending_.size() < kPendingBytesMax ? absl::OkStatus() : Flush();
}

absl::Status OutputFile::Flush() {
  const std::string bytes = std::exchange(pending_, std::string());
  if (temporary_.empty()) {
    stream_ << bytes << std::flush;
    return stream_.good() ? absl::OkStatus()
                          : absl::CancelledError("nobody reads the output any more");
  }
  for (size_t at = 0; at < bytes.size();) {
    const ssize_t written = ::write(file_, bytes.data() + at, bytes.size() - at);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return runtime::ErrnoStatus(errno, "writing " + path_);
    at += static_cast<size_t>(written);
  }
  return absl::OkStatus();
}

absl::Status OutputFile::Commit() {
  TENANTRY_RETURN_IF_ERROR(Flush());
  if (temporary_.empty()) return absl::OkStatus();
  if (::fsync(file_) != 0) return runtime::ErrnoStatus(errno, "syncing " + path_);
  if (::fchmod(file_, 0644) != 0) {
    return runtime::ErrnoStatus(errno, "setting the permissions of " + path_);
  }
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
    return runtime::ErrnoStatus(errno, "writing " + path_);
  }
  committed_ = true;
  return SyncFolderOf(path_);
}

}  // namespace tenantry::app::simulation
