#include "jobs/runner/snapshots.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "base/status.h"
#include "runtime/disk/files.h"

namespace tenantry::jobs {
namespace {

constexpr size_t kPieceBytes = 1 << 20;

std::string Prefix(const Job& job) { return fmt::format("jobs/{}/", job.id); }

std::string Key(const Job& job, size_t step) {
  return Prefix(job) + job.spec.steps[step].name + ".parquet";
}

// A descriptor that is closed with this.
class File {
 public:
  static absl::StatusOr<File> Open(const std::string& path, int flags, mode_t mode) {
    const int descriptor = open(path.c_str(), flags | O_CLOEXEC, mode);
    if (descriptor < 0) return runtime::ErrnoStatus(errno, path);
    return File(descriptor);
  }
  File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  File& operator=(File&&) = delete;
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }

  absl::StatusOr<int64_t> Size() const {
    struct stat about;
    if (fstat(descriptor_, &about) != 0) {
      return runtime::ErrnoStatus(errno, "a step's result can't be looked at");
    }
    return static_cast<int64_t>(about.st_size);
  }

  // Up to a piece; empty at the end.
  absl::StatusOr<std::string> Read() {
    std::string piece(kPieceBytes, '\0');
    ssize_t got = -1;
    do {
      got = read(descriptor_, piece.data(), piece.size());
    } while (got < 0 && errno == EINTR);
    if (got < 0) return runtime::ErrnoStatus(errno, "a step's result can't be read");
    piece.resize(static_cast<size_t>(got));
    return piece;
  }

  absl::Status Write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t put = write(descriptor_, bytes.data(), bytes.size());
      if (put < 0 && errno != EINTR) {
        return runtime::ErrnoStatus(errno, "a step's input can't be written");
      }
      if (put > 0) bytes.remove_prefix(static_cast<size_t>(put));
    }
    return absl::OkStatus();
  }

 private:
  explicit File(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
};

}  // namespace

absl::Status Snapshots::Keep(const Job& job, size_t step, const std::string& file) {
  TENANTRY_ASSIGN_OR_RETURN(File from, File::Open(file, O_RDONLY | O_NOFOLLOW, 0));
  TENANTRY_ASSIGN_OR_RETURN(const int64_t bytes, from.Size());
  TENANTRY_RETURN_IF_ERROR(disk_.Check(bytes));
  TENANTRY_ASSIGN_OR_RETURN(const auto to, blobs_.Create(job.tenant, Key(job, step)));
  while (true) {
    TENANTRY_ASSIGN_OR_RETURN(const std::string piece, from.Read());
    if (piece.empty()) return to->Commit();
    TENANTRY_RETURN_IF_ERROR(to->Write(piece));
  }
}

absl::StatusOr<int64_t> Snapshots::Fetch(const Job& job, size_t step, const std::string& file) {
  TENANTRY_ASSIGN_OR_RETURN(const auto from, blobs_.Open(job.tenant, Key(job, step)));
  TENANTRY_RETURN_IF_ERROR(disk_.Check(from->size()));
  TENANTRY_ASSIGN_OR_RETURN(File to, File::Open(file, O_WRONLY | O_CREAT | O_EXCL, 0400));
  for (int64_t offset = 0; offset < from->size();) {
    TENANTRY_ASSIGN_OR_RETURN(const std::string piece,
                              from->Read(offset, static_cast<int64_t>(kPieceBytes)));
    if (piece.empty()) return base::DataLoss("the result of a step ends at byte {}", offset);
    TENANTRY_RETURN_IF_ERROR(to.Write(piece));
    offset += static_cast<int64_t>(piece.size());
  }
  return from->size();
}

absl::Status Snapshots::Remove(const Job& job) {
  TENANTRY_ASSIGN_OR_RETURN(const auto kept, blobs_.List(job.tenant, Prefix(job)));
  for (const blobstore::BlobInfo& blob : kept) {
    TENANTRY_RETURN_IF_ERROR(blobs_.Delete(job.tenant, blob.key));
  }
  return absl::OkStatus();
}

}  // namespace tenantry::jobs
