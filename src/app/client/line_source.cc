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

absl::Status TooLong(const std::string& name, int64_t line_number) {
  return base::InvalidArgument("{}:{}: the line has more than {} bytes", name, line_number,
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
  TENANTRY_ASSIGN_OR_RETURN(auto file, runtime::InputFile::Open(path));
  return std::make_unique<FileLines>(path, std::move(file));
}

std::unique_ptr<LineSource> LinesOf(std::istream& stream, std::string name) {
  return std::make_unique<StreamLines>(stream, std::move(name));
}

}  // namespace tenantry::app::client
