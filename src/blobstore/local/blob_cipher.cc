#include "blobstore/local/blob_cipher.h"

#include <sodium.h>

#include <utility>

#include "base/check.h"
#include "base/status.h"

namespace tenantry::blobstore {
namespace {

constexpr std::string_view kBlobPurpose = "tenantry.blob.1";
constexpr std::string_view kKeyPurpose = "tenantry.blob.key.1";
constexpr size_t kWrapNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;

static_assert(kTagBytes == crypto_aead_xchacha20poly1305_ietf_ABYTES);
static_assert(kKeyBytes == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
static_assert(kNonceBytes + sizeof(uint64_t) == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);

unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

void PutNumber(uint64_t number, size_t bytes, std::string& to) {
  for (size_t i = 0; i < bytes; ++i) to.push_back(static_cast<char>((number >> (8 * i)) & 0xff));
}

void PutText(std::string_view text, std::string& to) {
  PutNumber(text.size(), 4, to);
  to.append(text);
}

// Appends `plain`, sealed, to `sealed`.
void SealTo(const std::string& key, std::string_view nonce, std::string_view bound,
            std::string_view plain, std::string& sealed) {
  const size_t begin = sealed.size();
  sealed.resize(begin + plain.size() + kTagBytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(Bytes(sealed) + begin, nullptr, Bytes(plain),
                                             plain.size(), Bytes(bound), bound.size(), nullptr,
                                             Bytes(nonce), Bytes(key));
}

// Appends what was sealed to `plain`; false when it was not.
bool OpenTo(const std::string& key, std::string_view nonce, std::string_view bound,
            std::string_view sealed, std::string& plain) {
  if (sealed.size() < kTagBytes) return false;
  const size_t begin = plain.size();
  plain.resize(begin + sealed.size() - kTagBytes);
  const int failed = crypto_aead_xchacha20poly1305_ietf_decrypt(
      Bytes(plain) + begin, nullptr, nullptr, Bytes(sealed), sealed.size(), Bytes(bound),
      bound.size(), Bytes(nonce), Bytes(key));
  if (failed != 0) plain.resize(begin);
  return failed == 0;
}

std::string KeyBinding(std::string_view tenant) {
  std::string bound(kKeyPurpose);
  PutText(tenant, bound);
  return bound;
}

}  // namespace

BlobCipher::BlobCipher(std::string data_key, std::string_view tenant, std::string_view key,
                       std::string nonce)
    : data_key_(std::move(data_key)), nonce_(std::move(nonce)), bound_(kBlobPurpose) {
  TENANTRY_CHECK(data_key_.size() == kKeyBytes && nonce_.size() == kNonceBytes);
  PutText(tenant, bound_);
  PutText(key, bound_);
  bound_fixed_ = bound_.size();
}

BlobCipher::~BlobCipher() { sodium_memzero(data_key_.data(), data_key_.size()); }

void BlobCipher::Bind(uint64_t number, bool last) {
  nonce_.resize(kNonceBytes);
  PutNumber(number, sizeof(number), nonce_);
  bound_.resize(bound_fixed_);
  PutNumber(number, sizeof(number), bound_);
  bound_.push_back(last ? '\1' : '\0');
}

void BlobCipher::Seal(uint64_t number, bool last, std::string_view plain, std::string& sealed) {
  Bind(number, last);
  SealTo(data_key_, nonce_, bound_, plain, sealed);
}

absl::Status BlobCipher::Open(uint64_t number, bool last, std::string_view sealed,
                              std::string& plain) {
  Bind(number, last);
  if (OpenTo(data_key_, nonce_, bound_, sealed, plain)) return absl::OkStatus();
  return base::DataLoss("chunk {} of a blob is damaged, or another tenant's or blob's", number);
}

std::string RandomBytes(size_t count) {
  std::string bytes(count, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return bytes;
}

std::string WrapKey(const std::string& master_key, std::string_view tenant,
                    const std::string& data_key) {
  std::string wrapped = RandomBytes(kWrapNonceBytes);
  const std::string nonce = wrapped;
  SealTo(master_key, nonce, KeyBinding(tenant), data_key, wrapped);
  return wrapped;
}

absl::StatusOr<std::string> UnwrapKey(const std::string& master_key, std::string_view tenant,
                                      std::string_view wrapped) {
  std::string data_key;
  if (wrapped.size() == kWrapNonceBytes + kKeyBytes + kTagBytes &&
      OpenTo(master_key, wrapped.substr(0, kWrapNonceBytes), KeyBinding(tenant),
             wrapped.substr(kWrapNonceBytes), data_key)) {
    return data_key;
  }
  return base::DataLoss("a tenant's data key is damaged, or was wrapped by another master key");
}

}  // namespace tenantry::blobstore
