#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <utility>

namespace tenantry::identity {

/// SHA-256 of a token or key secret as hexadecimal digits: what is stored in its place. Tokens are
/// 256 random bits, so a fast hash is enough.
std::string HashSecret(std::string_view secret);

/// Tells texts apart without keeping them, as HashSecret does, for texts that may be guessed:
/// without the key, which no store holds, nobody can try guesses. Immutable; thread-safe.
class Fingerprint {
 public:
  /// The keyed BLAKE2b of `text` as 64 hexadecimal digits.
  std::string Of(std::string_view text) const;

 private:
  friend class SecretBox;
  explicit Fingerprint(std::string key) : key_(std::move(key)) {}

  std::string key_;
};

/// Seals secrets that must be read again (the secret of an aws key) with a key of this server
/// (libsodium's secretbox). Immutable; thread-safe.
class SecretBox {
 public:
  /// Reads the server's key from `file`; makes it with mode 0600 when it is absent and nothing is
  /// sealed with it yet. DataLoss: the file holds no key, or is absent though `is_in_use`;
  /// PermissionDenied, ResourceExhausted as the file system says; a key that is there but can't be
  /// read is never replaced.
  static absl::StatusOr<SecretBox> Open(const std::string& file, bool is_in_use);

  /// Fingerprints under a key that is derived from this one for `purpose`: those of two purposes
  /// have nothing in common.
  Fingerprint FingerprintFor(std::string_view purpose) const;

  /// The sealed secret as base64.
  std::string Seal(std::string_view secret) const;

  /// The secret. DataLoss when it was sealed with another key or is damaged.
  absl::StatusOr<std::string> Unseal(std::string_view sealed) const;

 private:
  explicit SecretBox(std::string_view key) : key_(key) {}

  std::string key_;
};

/// Writes `text` to a new file of mode 0600 and makes it durable; an existing file is replaced
/// whole.
absl::Status WritePrivateFile(const std::string& file, std::string_view text);

}  // namespace tenantry::identity
