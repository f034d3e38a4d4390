#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "blobstore/blob_store.h"

namespace tenantry::lake::datasets {

/// How many bytes are copied at a time.
inline constexpr int64_t kCopyBytes = 1 << 20;

/// Gives the bytes of `reader` to `take`, in order. Errors of either.
absl::Status ReadBlob(blobstore::BlobReader& reader,
                      absl::FunctionRef<absl::Status(std::string_view)> take);

/// Gives the bytes of a file to `take`, in order. Errors as runtime::ErrnoStatus, and those of
/// `take`.
absl::Status ReadWholeFile(const std::string& path,
                           absl::FunctionRef<absl::Status(std::string_view)> take);

/// A new file that is written from its beginning. Not durable; not thread-safe.
class NewFile {
 public:
  /// Makes `path` with mode 0400; it must not exist, and no link leads there. Errors as
  /// runtime::ErrnoStatus.
  static absl::StatusOr<NewFile> Make(const std::string& path);
  NewFile(NewFile&& other) noexcept;
  NewFile& operator=(NewFile&&) = delete;
  ~NewFile();

  /// Adds bytes. ResourceExhausted: the disk is full; else as runtime::ErrnoStatus.
  absl::Status Write(std::string_view bytes);

 private:
  explicit NewFile(int file) : file_(file) {}

  int file_;
};

}  // namespace tenantry::lake::datasets
