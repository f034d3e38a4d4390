#include "blobstore/local/blob_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/status.h"
#include "runtime/disk/files.h"

namespace tenantry::blobstore {
namespace {

constexpr std::string_view kMagic = "TNBLOB1\n";
constexpr size_t kFixedHeadBytes = kMagic.size() + 2;
constexpr int64_t kSealedBytes = kChunkBytes + kTagBytes;

// Reads up to `bytes` bytes at `offset`; fewer only at the end.
absl::StatusOr<std::string> ReadAt(int file, int64_t offset, int64_t bytes) {
  std::string read(static_cast<size_t>(bytes), '\0');
  size_t filled = 0;
  while (filled < read.size()) {
    const ssize_t got = pread(file, read.data() + filled, read.size() - filled,
                              offset + static_cast<int64_t>(filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return DiskStatus(errno, "reading a blob");
    if (got == 0) break;
    filled += static_cast<size_t>(got);
  }
  read.resize(filled);
  return read;
}

absl::Status NoBlob() { return base::DataLoss("a file of the blob store is cut short or no blob"); }

}  // namespace

OpenFile& OpenFile::operator=(OpenFile&& other) noexcept {
  if (this != &other) {
    Close();
    descriptor_ = std::exchange(other.descriptor_, -1);
  }
  return *this;
}

void OpenFile::Close() {
  if (descriptor_ >= 0) close(descriptor_);
  descriptor_ = -1;
}

absl::Status DiskStatus(int error, std::string_view what) {
  const absl::Status status = runtime::ErrnoStatus(error, what);
  if (absl::IsResourceExhausted(status)) return status;
  return absl::UnavailableError(status.message());
}

absl::Status SyncFolder(const std::string& path) {
  const OpenFile folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0 || fsync(folder.get()) != 0) return DiskStatus(errno, "syncing " + path);
  return absl::OkStatus();
}

std::string BlobHead(std::string_view key, std::string_view nonce) {
  std::string head(kMagic);
  head.push_back(static_cast<char>(key.size() & 0xff));
  head.push_back(static_cast<char>(key.size() >> 8));
  head.append(key);
  head.append(nonce);
  return head;
}

absl::StatusOr<BlobFacts> ReadBlobFacts(int file) {
  struct stat status{};
  if (fstat(file, &status) != 0) return DiskStatus(errno, "looking at a blob");
  TENANTRY_ASSIGN_OR_RETURN(const std::string head,
                            ReadAt(file, 0, kFixedHeadBytes + kKeyBytesMax + kNonceBytes));
  if (head.size() < kFixedHeadBytes || !head.starts_with(kMagic)) return NoBlob();
  const size_t key_bytes = static_cast<unsigned char>(head[kMagic.size()]) +
                           (size_t{static_cast<unsigned char>(head[kMagic.size() + 1])} << 8);
  if (key_bytes > kKeyBytesMax || head.size() < kFixedHeadBytes + key_bytes + kNonceBytes) {
    return NoBlob();
  }
  BlobFacts facts;
  facts.key = head.substr(kFixedHeadBytes, key_bytes);
  facts.nonce = head.substr(kFixedHeadBytes + key_bytes, kNonceBytes);
  facts.head_bytes = static_cast<int64_t>(kFixedHeadBytes + key_bytes + kNonceBytes);
  const int64_t body = status.st_size - facts.head_bytes;
  facts.chunks = (body + kSealedBytes - 1) / kSealedBytes;
  facts.bytes = body - facts.chunks * static_cast<int64_t>(kTagBytes);
  const int64_t last = body - (facts.chunks - 1) * kSealedBytes;
  const int64_t least = static_cast<int64_t>(kTagBytes) + (facts.chunks > 1 ? 1 : 0);
  if (facts.chunks < 1 || last < least) return NoBlob();
  return facts;
}

LocalBlobReader::LocalBlobReader(OpenFile file, BlobFacts facts, std::unique_ptr<BlobCipher> cipher)
    : file_(std::move(file)), facts_(std::move(facts)), cipher_(std::move(cipher)) {}

absl::StatusOr<std::string> LocalBlobReader::Read(int64_t offset, int64_t bytes) {
  if (offset < 0 || bytes < 0 || offset > facts_.bytes) {
    return base::Error(absl::StatusCode::kOutOfRange, "{} bytes from {} on are not in a blob of {}",
                       bytes, offset, facts_.bytes);
  }
  const int64_t end = offset + std::min(bytes, facts_.bytes - offset);
  std::string plain;
  const int64_t chunk = kChunkBytes;
  const int64_t first = std::min(offset / chunk, facts_.chunks - 1);
  const int64_t last = end > offset ? (end - 1) / chunk : first;
  TENANTRY_RETURN_IF_ERROR(ReadChunks(first, last, plain));
  const size_t begin = static_cast<size_t>(offset - first * chunk);
  if (begin == 0 && plain.size() == static_cast<size_t>(end - offset)) return plain;
  return plain.substr(begin, static_cast<size_t>(end - offset));
}

absl::Status LocalBlobReader::ReadChunks(int64_t first, int64_t last, std::string& plain) {
  TENANTRY_ASSIGN_OR_RETURN(const std::string sealed,
                            ReadAt(file_.get(), facts_.head_bytes + first * kSealedBytes,
                                   (last - first + 1) * kSealedBytes));
  plain.reserve(sealed.size());
  std::string_view rest = sealed;
  for (int64_t number = first; number <= last; ++number) {
    const std::string_view chunk = rest.substr(0, kSealedBytes);
    TENANTRY_RETURN_IF_ERROR(
        cipher_->Open(static_cast<uint64_t>(number), number + 1 == facts_.chunks, chunk, plain));
    rest.remove_prefix(chunk.size());
  }
  return absl::OkStatus();
}

}  // namespace tenantry::blobstore
