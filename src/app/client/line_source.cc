#include "app/client/line_source.h"

#include <utility>

#include "base/status.h"
#include "runtime/disk/input_file.h"

namespace tenantry::app::client {
namespace {

constexpr size_t kPieceBytes = 256 * 1024;

void CutCarriageReturn(std::string& line) {
  if (line.ends_with('\r')) line.pop_back();
}

bool IsTooLong(const std::string& line) {
  return static_cast<int64_t>(line.size()) > kLineBytesMax;
}

absl::Status TooLong(std::string& line) {
  line = std::string();
  return base::Error(absl::StatusCode::kOutOfRange, "the line has more than {} bytes",
                     kLineBytesMax);
}

class FileLines final : public LineSource {
 public:
  FileLines(std::string path, std::unique_ptr<runtime::InputFile> file)
      : path_(std::move(path)), file_(std::move(file)) {}

  absl::StatusOr<bool> Next(std::string& line) override {
    line.clear();
    ++line_number_;
    while (true) {
      const size_t end = piece_.find('\n', at_);
      // What is too long already is read to its end, but not kept.
      if (!IsTooLong(line)) line.append(piece_, at_, end == std::string::npos ? end : end - at_);
      if (end != std::string::npos) {
        at_ = end + 1;
        break;
      }
      TENANTRY_ASSIGN_OR_RETURN(const bool more, Refill());
      if (!more && line.empty()) return false;
      if (!more) break;
    }
    if (IsTooLong(line)) return TooLong(line);
    CutCarriageReturn(line);
    return true;
  }

  double share() const override { return file_->share(); }

 private:
  absl::StatusOr<bool> Refill() {
    piece_.resize(kPieceBytes);
    at_ = 0;
    const absl::StatusOr<size_t> count = file_->Read(piece_.data(), piece_.size());
    piece_.resize(count.value_or(0));
    if (!count.ok()) {
      return base::Error(count.status().code(), "{} (after line {})", base::Message(count.status()),
                         line_number_ - 1);
    }
    return *count > 0;
  }

  const std::string path_;
  const std::unique_ptr<runtime::InputFile> file_;
  int64_t line_number_ = 0;
  std::string piece_;
  size_t at_ = 0;
};

class StreamLines final : public LineSource {
 public:
  explicit StreamLines(std::istream& stream) : stream_(stream) {}

  absl::StatusOr<bool> Next(std::string& line) override {
    line.clear();
    std::streambuf& buffer = *stream_.rdbuf();
    bool any = false;
    for (int letter = buffer.sbumpc(); letter != EOF; letter = buffer.sbumpc()) {
      any = true;
      if (letter == '\n') break;
      if (!IsTooLong(line)) line += static_cast<char>(letter);
    }
    if (IsTooLong(line)) return TooLong(line);
    CutCarriageReturn(line);
    return any;
  }

  double share() const override { return -1; }

 private:
  std::istream& stream_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<LineSource>> OpenLines(const std::string& path) {
  TENANTRY_ASSIGN_OR_RETURN(auto file, runtime::InputFile::Open(path));
  return std::make_unique<FileLines>(path, std::move(file));
}

std::unique_ptr<LineSource> LinesOf(std::istream& stream) {
  return std::make_unique<StreamLines>(stream);
}

}  // namespace tenantry::app::client
