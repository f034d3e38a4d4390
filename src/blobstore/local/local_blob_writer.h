#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "blobstore/blob_store.h"
#include "blobstore/local/blob_cipher.h"
#include "blobstore/local/blob_file.h"

namespace tenantry::blobstore {

/// Where a blob goes and where it is written meanwhile.
struct LocalBlobPlace {
  std::string tenant_folder;  ///< which exists
  std::string path;           ///< below it
  std::string temporary;      ///< the file that is written
};

/// A blob on its way to its place. Not thread-safe.
class LocalBlobWriter final : public BlobWriter {
 public:
  /// Told the object's bytes, it runs what puts it in its place, or refuses that.
  using Placing = std::function<absl::Status(int64_t, const std::function<absl::Status()>&)>;

  /// `file` is the open temporary file.
  LocalBlobWriter(LocalBlobPlace place, OpenFile file, std::string head,
                  std::unique_ptr<BlobCipher> cipher, Placing placing);
  ~LocalBlobWriter() override;

  absl::Status Write(std::string_view bytes) override;
  absl::Status Commit() override;

 private:
  void SealChunk(std::string_view plain, bool last);
  absl::Status Flush();
  absl::Status Move();

  LocalBlobPlace place_;
  OpenFile file_;
  const std::unique_ptr<BlobCipher> cipher_;
  const Placing placing_;
  std::string sealed_;  // what is to be written
  std::string plain_;   // less than a chunk, or one whole
  uint64_t chunks_ = 0;
  int64_t bytes_ = 0;
};

}  // namespace tenantry::blobstore
