#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <ostream>
#include <string>
#include <string_view>

namespace tenantry::app::simulation {

/// Long output that goes to a file or to a stream. A file is there whole or not at all: it is
/// written beside its place under a temporary name, synced, and renamed by Commit; without Commit
/// it vanishes. Not thread-safe.
class OutputFile {
 public:
  /// Opens `path`, or `standard_output` (which outlives this) when it is `-`. NotFound: there is no
  /// such folder; PermissionDenied; Internal: the system's own words.
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
  OutputFile(std::string path, std::string temporary, int file, std::ostream& stream);
  absl::Status Flush();

  const std::string path_;
  const std::string temporary_;  // empty for a stream, and once it is in its place
  int file_;                     // -1 for a stream
  std::ostream& stream_;
  std::string pending_;
  bool committed_ = false;
};

}  // namespace tenantry::app::simulation
