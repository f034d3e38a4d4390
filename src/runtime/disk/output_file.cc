#include "runtime/disk/output_file.h"

#include <zlib.h>

#include <cerrno>
#include <utility>

#include "base/check.h"
#include "base/status.h"
#include "runtime/disk/files.h"

namespace tenantry::runtime {
namespace {

constexpr size_t kPendingBytesMax = 1 << 18;
constexpr uint32_t kFileMode = 0644;
constexpr int kGzipWindowBits = 15 + 16;  // the largest window, in gzip's frame
constexpr int kMemoryLevel = 8;           // zlib's own default

}  // namespace

struct OutputFile::Deflater : z_stream {};

absl::StatusOr<std::unique_ptr<OutputFile>> OutputFile::Open(const std::string& path,
                                                             std::ostream& standard_output) {
  std::unique_ptr<AtomicFile> file;
  if (path != "-") {
    TENANTRY_ASSIGN_OR_RETURN(file, AtomicFile::Create(path, kFileMode));
  }
  return std::unique_ptr<OutputFile>(
      new OutputFile(std::move(file), path.ends_with(".gz"), standard_output));
}

OutputFile::OutputFile(std::unique_ptr<AtomicFile> file, bool compressed, std::ostream& stream)
    : file_(std::move(file)), stream_(stream) {
  if (!compressed) return;
  deflate_ = std::make_unique<Deflater>();
  TENANTRY_CHECK(deflateInit2(deflate_.get(), Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindowBits,
                              kMemoryLevel, Z_DEFAULT_STRATEGY) == Z_OK);
}

OutputFile::~OutputFile() {
  if (deflate_) deflateEnd(deflate_.get());
}

absl::Status OutputFile::WriteLine(std::string_view line) {
  pending_ += line;
  pending_ += '\n';
  return pending_.size() < kPendingBytesMax ? absl::OkStatus() : Flush(false);
}

absl::Status OutputFile::Flush(bool end) {
  const std::string bytes = std::exchange(pending_, std::string());
  if (deflate_) return WriteCompressed(bytes, end);
  if (file_) return file_->Write(bytes);
  errno = 0;
  stream_ << bytes << std::flush;
  if (stream_.good()) return absl::OkStatus();
  if (errno == EPIPE) return absl::CancelledError("nobody reads the output any more");
  return ErrnoStatus(errno, "standard output can't be written");
}

absl::Status OutputFile::WriteCompressed(std::string_view bytes, bool end) {
  std::string piece(kPendingBytesMax, '\0');
  deflate_->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  deflate_->avail_in = static_cast<uInt>(bytes.size());
  do {
    deflate_->next_out = reinterpret_cast<Bytef*>(piece.data());
    deflate_->avail_out = static_cast<uInt>(piece.size());
    TENANTRY_CHECK(deflate(deflate_.get(), end ? Z_FINISH : Z_NO_FLUSH) != Z_STREAM_ERROR);
    const size_t made = piece.size() - deflate_->avail_out;
    TENANTRY_RETURN_IF_ERROR(file_->Write({piece.data(), made}));
  } while (deflate_->avail_out == 0);
  return absl::OkStatus();
}

absl::Status OutputFile::Commit() {
  TENANTRY_RETURN_IF_ERROR(Flush(true));
  return file_ ? file_->Commit() : absl::OkStatus();
}

}  // namespace tenantry::runtime
