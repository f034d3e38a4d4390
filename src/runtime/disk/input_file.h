#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <string>

namespace tenantry::runtime {

/// A file read from its beginning to its end; one that is compressed by gzip (RFC 1952, any number
/// of members) gives what was compressed. Used by one thread.
class InputFile {
 public:
  /// Opens a file, compressed when its first two bytes say so. DataLoss: they do not, though its
  /// name ends in .gz; other errors as ReadFile's.
  static absl::StatusOr<std::unique_ptr<InputFile>> Open(const std::string& path);

  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  /// Reads up to `size` bytes, which is more than 0; 0 at the end. DataLoss: what is compressed is
  /// damaged, ends too early or is followed by something else; Internal: the system's own words.
  absl::StatusOr<size_t> Read(char* bytes, size_t size);

  /// How much of the file was read, from 0 to 1; -1 when nobody knows (a pipe).
  double share() const;

 private:
  struct Inflater;

  InputFile(std::string path, int file, int64_t bytes);
  absl::Status Refill();
  absl::StatusOr<size_t> Inflate(char* bytes, size_t size);

  const std::string path_;
  const int file_;
  const int64_t bytes_;                // 0 when nobody knows
  int64_t taken_ = 0;                  // from the file
  std::string piece_;                  // read and not yet given
  size_t at_ = 0;                      // in it
  std::unique_ptr<Inflater> inflate_;  // none when it is not compressed
  bool in_member_ = false;
  bool had_member_ = false;
};

}  // namespace tenantry::runtime
