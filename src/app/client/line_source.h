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

  /// Puts the next line, without its end, into `line`; false at the end. OutOfRange: a line longer
  /// than kLineBytesMax, of which no more is kept; the next call goes on behind it. Any other error
  /// ends the source: those of reading, and compressed data that is broken; their message names the
  /// file and the line.
  virtual absl::StatusOr<bool> Next(std::string& line) = 0;

  /// How much of the source has been read, 0 to 1; negative when its size is not known.
  virtual double share() const = 0;
};

/// The longest line that is read.
inline constexpr int64_t kLineBytesMax = 64 << 20;

/// Lines of the file at `path`. Errors as runtime::InputFile::Open.
absl::StatusOr<std::unique_ptr<LineSource>> OpenLines(const std::string& path);

/// Lines of `stream`, which outlives the source.
std::unique_ptr<LineSource> LinesOf(std::istream& stream);

}  // namespace tenantry::app::client
