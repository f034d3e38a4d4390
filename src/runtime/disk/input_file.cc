#include "runtime/disk/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/status.h"
#include "runtime/disk/files.h"

namespace tenantry::runtime {
namespace {

constexpr size_t kPieceBytes = 256 << 10;
constexpr int kGzipWindowBits = 15 + 16;  // the largest window, in gzip's frame

}  // namespace

struct InputFile::Inflater : z_stream {};

absl::StatusOr<std::unique_ptr<InputFile>> InputFile::Open(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return ErrnoStatus(errno, "reading " + path);
  struct stat facts = {};
  const bool known = ::fstat(file, &facts) == 0 && S_ISREG(facts.st_mode);
  std::unique_ptr<InputFile> input(new InputFile(path, file, known ? facts.st_size : 0));
  TENANTRY_RETURN_IF_ERROR(input->Refill());
  const bool compressed = input->piece_.starts_with("\x1f\x8b");
  if (path.ends_with(".gz") && !compressed && !input->piece_.empty()) {
    return base::DataLoss("{} is no gzip file", path);
  }
  if (compressed) {
    input->inflate_ = std::make_unique<Inflater>();
    TENANTRY_CHECK(inflateInit2(input->inflate_.get(), kGzipWindowBits) == Z_OK);
  }
  return input;
}

InputFile::InputFile(std::string path, int file, int64_t bytes)
    : path_(std::move(path)), file_(file), bytes_(bytes) {}

InputFile::~InputFile() {
  if (inflate_) inflateEnd(inflate_.get());
  ::close(file_);
}

absl::StatusOr<size_t> InputFile::Read(char* bytes, size_t size) {
  if (inflate_) return Inflate(bytes, size);
  if (at_ == piece_.size()) TENANTRY_RETURN_IF_ERROR(Refill());
  const size_t given = std::min(size, piece_.size() - at_);
  std::memcpy(bytes, piece_.data() + at_, given);
  at_ += given;
  return given;
}

double InputFile::share() const {
  if (bytes_ == 0) return -1;
  const auto given = static_cast<double>(taken_) - static_cast<double>(piece_.size() - at_);
  return std::min(1.0, given / static_cast<double>(bytes_));
}

absl::Status InputFile::Refill() {
  piece_.resize(kPieceBytes);
  at_ = 0;
  size_t size = 0;
  // A pipe gives what it has: the first two bytes may come apart.
  while (size < 2) {
    const ssize_t some = ::read(file_, piece_.data() + size, piece_.size() - size);
    if (some < 0 && errno == EINTR) continue;
    if (some < 0) {
      piece_.clear();
      return ErrnoStatus(errno, "reading " + path_);
    }
    if (some == 0) break;
    size += static_cast<size_t>(some);
  }
  piece_.resize(size);
  taken_ += static_cast<int64_t>(size);
  return absl::OkStatus();
}

absl::StatusOr<size_t> InputFile::Inflate(char* bytes, size_t size) {
  while (true) {
    if (at_ == piece_.size()) TENANTRY_RETURN_IF_ERROR(Refill());
    if (!in_member_ && had_member_) {  // zeros fill up what some tapes and tools write
      at_ = std::min(piece_.find_first_not_of('\0', at_), piece_.size());
      if (at_ == piece_.size() && !piece_.empty()) continue;
    }
    if (piece_.empty()) {
      if (!in_member_) return 0;
      return base::DataLoss("{} is no whole gzip file: it ends too early", path_);
    }
    if (!in_member_) TENANTRY_CHECK(inflateReset(inflate_.get()) == Z_OK);
    in_member_ = true;
    inflate_->next_in = reinterpret_cast<Bytef*>(piece_.data() + at_);
    inflate_->avail_in = static_cast<uInt>(piece_.size() - at_);
    inflate_->next_out = reinterpret_cast<Bytef*>(bytes);
    inflate_->avail_out = static_cast<uInt>(size);
    const int result = inflate(inflate_.get(), Z_NO_FLUSH);
    at_ = piece_.size() - inflate_->avail_in;
    const size_t made = size - inflate_->avail_out;
    if (result == Z_STREAM_END) {
      in_member_ = false;
      had_member_ = true;
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      const char* const why = inflate_->msg == nullptr ? "damaged" : inflate_->msg;
      return base::DataLoss("{} is no whole gzip file: {}", path_, why);
    }
    if (made > 0) return made;
  }
}

}  // namespace tenantry::runtime
