#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <istream>
#include <memory>
#include <string>

namespace tenantry::app::client {

/// Reads lines from a file, gzip-compressed or not, or from a stream. Used by one thread.
class LineSource {
 public:
  virtual ~LineSource() = default;

  /// Puts the next line, without its end, into `line`; false at the end. InvalidArgument: a line
  /// longer than kLineBytesMax, or compressed data that is broken; the message names file and line.
  virtual absl::StatusOr<bool> Next(std::string& line) = 0;

  /// How much of the source has been read, 0 to 1; negative when its size is not known.
  virtual double share() const = 0;
};

/// The longest line that is read.
inline constexpr int64_t kLineBytesMax = 64 << 20;

/// Lines of the file at `path`. Errors as runtime::InputFile::Open.
absl::StatusOr<std::unique_ptr<LineSource>> OpenLines(const std::string& path);

/// Lines of `stream`, which outlives the source; `name` is used in messages.
std::unique_ptr<LineSource> LinesOf(std::istream& stream, std::string name);

}  // namespace tenantry::app::client
