#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <ostream>
#include <string>
#include <string_view>

#include "runtime/disk/atomic_file.h"

namespace tenantry::runtime {

/// Long output that goes to a file or to a stream. A file is a AtomicFile, there whole or
/// not at all; one whose name ends in .gz is compressed. Not thread-safe.
class OutputFile {
 public:
  /// Opens `path`, or `standard_output` (which outlives this) when it is `-`. Errors as
  /// AtomicFile.
  static absl::StatusOr<std::unique_ptr<OutputFile>> Open(const std::string& path,
                                                          std::ostream& standard_output);

  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  /// Adds a line and its end. ResourceExhausted: the disk is full; Cancelled: nobody reads the
  /// stream any more; Internal otherwise.
  absl::Status WriteLine(std::string_view line);

  /// Puts the file in its place. Errors as WriteLine.
  absl::Status Commit();

 private:
  struct Deflater;

  OutputFile(std::unique_ptr<AtomicFile> file, bool compressed, std::ostream& stream);
  absl::Status Flush(bool end);
  absl::Status WriteCompressed(std::string_view bytes, bool end);

  const std::unique_ptr<AtomicFile> file_;  // none for a stream
  std::unique_ptr<Deflater> deflate_;       // none when it is not compressed
  std::ostream& stream_;
  std::string pending_;
};

}  // namespace tenantry::runtime
