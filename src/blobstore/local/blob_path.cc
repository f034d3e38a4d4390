#include "blobstore/local/blob_path.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>

namespace tenantry::blobstore {
namespace {

constexpr size_t kEncodedBytesMax = 200;
constexpr size_t kKeptBytes = 100;  // of what is cut
constexpr std::string_view kSuffix = ".blob";

bool IsPlain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-' || c == '=';
}

std::string HashHex(std::string_view text) {
  unsigned char digest[crypto_generichash_BYTES];
  crypto_generichash(digest, sizeof(digest), reinterpret_cast<const unsigned char*>(text.data()),
                     text.size(), nullptr, 0);
  std::string hex;
  for (const unsigned char byte : digest) hex += fmt::format("{:02x}", byte);
  return hex;
}

std::string Encode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    if (IsPlain(c) && !(c == '.' && encoded.empty())) {
      encoded.push_back(c);
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  if (encoded.size() <= kEncodedBytesMax) return encoded;
  size_t keep = kKeptBytes;
  while (encoded[keep - 1] == '%' || encoded[keep - 2] == '%') --keep;  // no half escapes
  return encoded.substr(0, keep) + "~" + HashHex(text);
}

// A folder that ends like a file has the last letter as an escape.
std::string EncodeFolder(std::string_view text) {
  std::string encoded = Encode(text);
  if (encoded.ends_with(kSuffix)) encoded.replace(encoded.size() - 1, 1, "%62");
  return encoded;
}

}  // namespace

std::string TenantFolder(std::string_view tenant) {
  return Encode(fmt::format("tenant={}", tenant));
}

std::string BlobPath(std::string_view key) {
  std::string path;
  for (size_t begin = 0; begin <= key.size();) {
    const size_t end = std::min(key.find('/', begin), key.size());
    const std::string_view segment = key.substr(begin, end - begin);
    if (end == key.size()) return path + Encode(segment) + std::string(kSuffix);
    path += EncodeFolder(segment) + "/";
    begin = end + 1;
  }
  return path;
}

}  // namespace tenantry::blobstore
