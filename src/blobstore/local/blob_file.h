#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "blobstore/blob_store.h"
#include "blobstore/local/blob_cipher.h"

namespace tenantry::blobstore {

/// A descriptor that is closed with this. Movable; not thread-safe.
class OpenFile {
 public:
  /// Takes the descriptor over; -1 is none.
  explicit OpenFile(int descriptor = -1) : descriptor_(descriptor) {}
  OpenFile(OpenFile&& other) noexcept : descriptor_(other.descriptor_) { other.descriptor_ = -1; }
  OpenFile& operator=(OpenFile&& other) noexcept;
  ~OpenFile() { Close(); }

  /// The descriptor.
  int get() const { return descriptor_; }
  /// Closes it now.
  void Close();

 private:
  int descriptor_;
};

/// The status of the system's error number as this room tells it: ResourceExhausted for a full
/// disk, Unavailable for the rest.
absl::Status DiskStatus(int error, std::string_view what);

/// Makes what changed in a folder durable. Errors as DiskStatus.
absl::Status SyncFolder(const std::string& path);

/// A blob's head: format, key and nonce, as they stand before the chunks.
std::string BlobHead(std::string_view key, std::string_view nonce);

/// What a blob's file says of itself, unproven until its chunks are opened.
struct BlobFacts {
  std::string key;
  std::string nonce;
  int64_t head_bytes = 0;
  int64_t chunks = 0;
  int64_t bytes = 0;  ///< of the object
};

/// Reads the head of a blob's file. DataLoss: it is no blob, or cut short; Unavailable.
absl::StatusOr<BlobFacts> ReadBlobFacts(int file);

/// An open blob, decrypted as it is read.
class LocalBlobReader final : public BlobReader {
 public:
  /// `facts` are of `file`, and `cipher` of the blob that they name.
  LocalBlobReader(OpenFile file, BlobFacts facts, std::unique_ptr<BlobCipher> cipher);

  int64_t size() const override { return facts_.bytes; }
  absl::StatusOr<std::string> Read(int64_t offset, int64_t bytes) override;

 private:
  absl::Status ReadChunks(int64_t first, int64_t last, std::string& plain);

  const OpenFile file_;
  const BlobFacts facts_;
  const std::unique_ptr<BlobCipher> cipher_;
};

}  // namespace tenantry::blobstore
