#include "identity/secrets/secrets.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/check.h"
#include "base/status.h"

namespace tenantry::identity {
namespace {

unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

absl::Status FileError(const std::string& file) {
  const absl::StatusCode code =
      errno == ENOSPC ? absl::StatusCode::kResourceExhausted : absl::StatusCode::kPermissionDenied;
  return base::Error(code, "can't write {}: {}", file, std::strerror(errno));
}

bool WriteAll(int handle, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(handle, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return fsync(handle) == 0;
}

// False only when nothing has this name, be it a link that leads nowhere: what can't be looked at
// is there.
bool IsThere(const std::string& file) {
  struct stat found{};
  return lstat(file.c_str(), &found) == 0 || errno != ENOENT;
}

// The first `size` bytes, fewer where the file ends; false leaves why in errno.
bool ReadStart(const std::string& file, size_t size, std::string& bytes) {
  const int handle = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (handle < 0) return false;
  bytes.resize(size);
  size_t filled = 0;
  ssize_t got = 1;
  while (filled < size && got != 0) {
    got = read(handle, bytes.data() + filled, size - filled);
    if (got > 0) filled += static_cast<size_t>(got);
    if (got < 0 && errno != EINTR) break;
  }
  const int error = errno;
  close(handle);
  errno = error;
  bytes.resize(filled);
  return got >= 0;
}

std::string Hex(std::string_view bytes) {
  std::string hex;
  for (const char byte : bytes) hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return hex;
}

std::string KeyedHash(std::string_view key, std::string_view text) {
  std::string digest(crypto_generichash_BYTES, '\0');
  TENANTRY_CHECK(crypto_generichash(Bytes(digest), digest.size(), Bytes(text), text.size(),
                                    Bytes(key), key.size()) == 0);
  return digest;
}

}  // namespace

std::string HashSecret(std::string_view secret) {
  std::string digest(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256(Bytes(digest), Bytes(secret), secret.size());
  return Hex(digest);
}

std::string Fingerprint::Of(std::string_view text) const { return Hex(KeyedHash(key_, text)); }

absl::Status WritePrivateFile(const std::string& file, std::string_view text) {
  const std::string temporary = file + ".new";
  unlink(temporary.c_str());  // a crash's, whose mode may be another
  const int handle = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (handle < 0) return FileError(temporary);
  absl::Status status = WriteAll(handle, text) ? absl::OkStatus() : FileError(temporary);
  close(handle);
  if (status.ok() && rename(temporary.c_str(), file.c_str()) != 0) status = FileError(file);
  if (!status.ok()) {
    unlink(temporary.c_str());
    return status;
  }
  const std::string folder = std::filesystem::path(file).parent_path();
  const int parent =
      open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (parent >= 0) {
    fsync(parent);
    close(parent);
  }
  return absl::OkStatus();
}

absl::StatusOr<SecretBox> SecretBox::Open(const std::string& file, bool is_in_use) {
  TENANTRY_CHECK(sodium_init() >= 0);
  if (IsThere(file)) {
    std::string key;
    if (!ReadStart(file, crypto_secretbox_KEYBYTES + 1, key)) {
      return base::Error(absl::StatusCode::kPermissionDenied, "can't read {}: {}", file,
                         std::strerror(errno));
    }
    if (key.size() == crypto_secretbox_KEYBYTES) return SecretBox(key);
    return base::DataLoss("{} does not hold the server's key: restore it from a backup", file);
  }
  if (is_in_use) {
    return base::DataLoss(
        "{} is missing, and secrets of aws keys are sealed with it: restore it "
        "from a backup",
        file);
  }
  std::string key(crypto_secretbox_KEYBYTES, '\0');
  crypto_secretbox_keygen(Bytes(key));
  TENANTRY_RETURN_IF_ERROR(WritePrivateFile(file, key));
  return SecretBox(key);
}

Fingerprint SecretBox::FingerprintFor(std::string_view purpose) const {
  return Fingerprint(KeyedHash(key_, fmt::format("fingerprint of {}", purpose)));
}

std::string SecretBox::Seal(std::string_view secret) const {
  std::string box(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + secret.size(), '\0');
  randombytes_buf(box.data(), crypto_secretbox_NONCEBYTES);
  crypto_secretbox_easy(Bytes(box) + crypto_secretbox_NONCEBYTES, Bytes(secret), secret.size(),
                        Bytes(box), Bytes(std::string_view(key_)));
  constexpr int kVariant = sodium_base64_VARIANT_ORIGINAL;
  std::string text(sodium_base64_ENCODED_LEN(box.size(), kVariant), '\0');
  sodium_bin2base64(text.data(), text.size(), Bytes(box), box.size(), kVariant);
  text.resize(std::strlen(text.c_str()));
  return text;
}

absl::StatusOr<std::string> SecretBox::Unseal(std::string_view sealed) const {
  std::string box(sealed.size(), '\0');
  size_t size = 0;
  const bool decoded =
      sodium_base642bin(Bytes(box), box.size(), sealed.data(), sealed.size(), nullptr, &size,
                        nullptr, sodium_base64_VARIANT_ORIGINAL) == 0;
  constexpr size_t kOverhead = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
  if (!decoded || size < kOverhead) return base::DataLoss("a sealed secret is damaged");
  std::string secret(size - kOverhead, '\0');
  if (crypto_secretbox_open_easy(Bytes(secret), Bytes(box) + crypto_secretbox_NONCEBYTES,
                                 size - crypto_secretbox_NONCEBYTES, Bytes(box),
                                 Bytes(std::string_view(key_))) != 0) {
    return base::DataLoss("a sealed secret is damaged, or of another server");
  }
  return secret;
}

}  // namespace tenantry::identity
