#include "app/client/line_source.h"

#include <sys/stat.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/status.h"
#include "runtime/disk/files.h"

namespace tenantry::app::client {
namespace {

constexpr size_t kPieceBytes = 256 * 1024;

void CutCarriageReturn(std::string& line) {
  if (line.ends_with('\r')) line.pop_back();
}

absl::Status TooLong(const std::string& name, int64_t line_number) {
  return base::InvalidArgument("{}:{}: the line has more than {} bytes", name, line_number,
                               kLineBytesMax);
}

/// zlib's file reading takes what is not compressed as it is.
class GzipLines final : public LineSource {
 public:
  GzipLines(std::string path, gzFile file, int64_t bytes)
      : path_(std::move(path)), file_(file), bytes_(bytes) {}

  ~GzipLines() override { gzclose(file_); }

  absl::StatusOr<bool> Next(std::string& line) override {
    line.clear();
    ++line_number_;
    while (true) {
      const size_t end = piece_.find('\n', at_);
      line.append(piece_, at_, end == std::string::npos ? std::string::npos : end - at_);
      if (static_cast<int64_t>(line.size()) > kLineBytesMax) return TooLong(path_, line_number_);
      if (end != std::string::npos) {
        at_ = end + 1;
        break;
      }
      TENANTRY_ASSIGN_OR_RETURN(const bool more, Refill());
      if (!more && line.empty()) return false;
      if (!more) break;
    }
    CutCarriageReturn(line);
    return true;
  }

  double share() const override {
    return bytes_ > 0 ? static_cast<double>(gzoffset(file_)) / static_cast<double>(bytes_) : -1;
  }

 private:
  absl::StatusOr<bool> Refill() {
    piece_.resize(kPieceBytes);
    at_ = 0;
    const int count = gzread(file_, piece_.data(), static_cast<unsigned>(piece_.size()));
    int error = Z_OK;
    const char* words = gzerror(file_, &error);
    // A compressed file that ends too early shows as Z_BUF_ERROR once everything was read.
    if (count < 0 || (count == 0 && error != Z_OK && error != Z_STREAM_END)) {
      piece_.clear();
      if (error == Z_ERRNO) words = std::strerror(errno);
      return base::InvalidArgument("{}: can't be read after line {}: {}", path_, line_number_ - 1,
                                   words);
    }
    piece_.resize(static_cast<size_t>(count));
    return count > 0;
  }

  std::string path_;
  gzFile file_;
  int64_t bytes_;
  int64_t line_number_ = 0;
  std::string piece_;
  size_t at_ = 0;
};

class StreamLines final : public LineSource {
 public:
  StreamLines(std::istream& stream, std::string name) : stream_(stream), name_(std::move(name)) {}

  absl::StatusOr<bool> Next(std::string& line) override {
    ++line_number_;
    line.clear();
    std::streambuf& buffer = *stream_.rdbuf();
    bool any = false;
    for (int letter = buffer.sbumpc(); letter != EOF; letter = buffer.sbumpc()) {
      any = true;
      if (letter == '\n') break;
      line += static_cast<char>(letter);
      if (static_cast<int64_t>(line.size()) > kLineBytesMax) return TooLong(name_, line_number_);
    }
    CutCarriageReturn(line);
    return any;
  }

  double share() const override { return -1; }

 private:
  std::istream& stream_;
  std::string name_;
  int64_t line_number_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<LineSource>> OpenLines(const std::string& path) {
  struct stat there = {};
  if (::stat(path.c_str(), &there) != 0) return runtime::ErrnoStatus(errno, "reading " + path);
  if (S_ISDIR(there.st_mode)) return runtime::ErrnoStatus(EISDIR, "reading " + path);
  const gzFile file = gzopen(path.c_str(), "rbe");
  if (file == nullptr) return runtime::ErrnoStatus(errno, "reading " + path);
  gzbuffer(file, kPieceBytes);
  const int64_t bytes = S_ISREG(there.st_mode) ? there.st_size : 0;
  return std::make_unique<GzipLines>(path, file, bytes);
}

std::unique_ptr<LineSource> LinesOf(std::istream& stream, std::string name) {
  return std::make_unique<StreamLines>(stream, std::move(name));
}

}  // namespace tenantry::app::client
