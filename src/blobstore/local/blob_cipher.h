#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace tenantry::blobstore {

/// Bytes of a chunk before it is sealed, what sealing adds, and those of a data key and of a blob's
/// nonce.
inline constexpr size_t kChunkBytes = 64 << 10;
inline constexpr size_t kTagBytes = 16;
inline constexpr size_t kKeyBytes = 32;
inline constexpr size_t kNonceBytes = 16;

/// Seals and opens the chunks of one blob (XChaCha20-Poly1305): nonce and additional data bind the
/// tenant, the key, the blob's own nonce, the chunk's number and whether it is the last, so that no
/// chunk can stand elsewhere and none can be missing. Format: docs/formats/blob.md. Not
/// thread-safe.
class BlobCipher {
 public:
  /// `data_key` and `nonce` have their sizes.
  BlobCipher(std::string data_key, std::string_view tenant, std::string_view key,
             std::string nonce);
  ~BlobCipher();
  BlobCipher(const BlobCipher&) = delete;
  BlobCipher& operator=(const BlobCipher&) = delete;

  /// Appends chunk `number`, sealed, to `sealed`.
  void Seal(uint64_t number, bool last, std::string_view plain, std::string& sealed);

  /// Appends what chunk `number` holds to `plain`. DataLoss: it is not what was sealed.
  absl::Status Open(uint64_t number, bool last, std::string_view sealed, std::string& plain);

 private:
  void Bind(uint64_t number, bool last);

  std::string data_key_;
  std::string nonce_;  // the blob's, then the chunk's number
  std::string bound_;  // what is bound besides: tenant, key, then number and last
  size_t bound_fixed_ = 0;
};

/// Random bytes of the kernel.
std::string RandomBytes(size_t count);

/// A data key, wrapped by the master key for `tenant`.
std::string WrapKey(const std::string& master_key, std::string_view tenant,
                    const std::string& data_key);

/// The data key. DataLoss: it was wrapped by another master key or for another tenant.
absl::StatusOr<std::string> UnwrapKey(const std::string& master_key, std::string_view tenant,
                                      std::string_view wrapped);

}  // namespace tenantry::blobstore
