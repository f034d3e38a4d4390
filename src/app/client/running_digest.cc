#include "app/client/running_digest.h"

#include <absl/strings/escaping.h>
#include <openssl/evp.h>

#include "base/check.h"

namespace tenantry::app::client {

void RunningDigest::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

RunningDigest::RunningDigest() : context_(EVP_MD_CTX_new()) {
  TENANTRY_CHECK(context_ != nullptr);
  TENANTRY_CHECK(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
}

void RunningDigest::Add(std::string_view bytes) {
  TENANTRY_CHECK(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

std::string RunningDigest::Hex() const {
  const std::unique_ptr<evp_md_ctx_st, Free> copy(EVP_MD_CTX_new());
  TENANTRY_CHECK(copy != nullptr && EVP_MD_CTX_copy_ex(copy.get(), context_.get()) == 1);
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  TENANTRY_CHECK(
      EVP_DigestFinal_ex(copy.get(), reinterpret_cast<unsigned char*>(digest.data()), &size) == 1);
  digest.resize(size);
  return std::string(absl::BytesToHexString(digest));
}

}  // namespace tenantry::app::client
