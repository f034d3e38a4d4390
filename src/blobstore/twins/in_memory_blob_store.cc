#include "blobstore/twins/in_memory_blob_store.h"

#include <algorithm>

#include "base/status.h"

namespace tenantry::blobstore {
namespace {

absl::Status CheckNames(const base::TenantId& tenant, std::string_view key) {
  TENANTRY_RETURN_IF_ERROR(base::CheckId(tenant.value(), base::TenantTag::kName));
  return CheckBlobKey(key);
}

}  // namespace

class InMemoryBlobStore::Writer final : public BlobWriter {
 public:
  Writer(InMemoryBlobStore& store, Name name) : store_(store), name_(std::move(name)) {}

  absl::Status Write(std::string_view bytes) override {
    bytes_.append(bytes);
    return absl::OkStatus();
  }
  absl::Status Commit() override {
    return store_.deleted_.WhileKept(name_.first, [&] {
      absl::MutexLock lock(&store_.mutex_);
      store_.blobs_[name_] = std::move(bytes_);
      return absl::OkStatus();
    });
  }

 private:
  InMemoryBlobStore& store_;
  const Name name_;
  std::string bytes_;
};

class InMemoryBlobStore::Reader final : public BlobReader {
 public:
  explicit Reader(std::string bytes) : bytes_(std::move(bytes)) {}

  int64_t size() const override { return static_cast<int64_t>(bytes_.size()); }
  absl::StatusOr<std::string> Read(int64_t offset, int64_t bytes) override {
    if (offset < 0 || bytes < 0 || offset > size()) {
      return base::Error(absl::StatusCode::kOutOfRange, "{} bytes from {} on are not in a blob",
                         bytes, offset);
    }
    return bytes_.substr(static_cast<size_t>(offset), static_cast<size_t>(bytes));
  }

 private:
  const std::string bytes_;
};

absl::StatusOr<std::unique_ptr<BlobWriter>> InMemoryBlobStore::Create(const base::TenantId& tenant,
                                                                      std::string_view key) {
  TENANTRY_RETURN_IF_ERROR(CheckNames(tenant, key));
  TENANTRY_RETURN_IF_ERROR(deleted_.WhileKept(tenant, [] { return absl::OkStatus(); }));
  return std::make_unique<Writer>(*this, Name(tenant, key));
}

absl::StatusOr<std::unique_ptr<BlobReader>> InMemoryBlobStore::Open(const base::TenantId& tenant,
                                                                    std::string_view key) {
  TENANTRY_RETURN_IF_ERROR(CheckNames(tenant, key));
  absl::MutexLock lock(&mutex_);
  const auto found = blobs_.find(Name(tenant, key));
  if (found == blobs_.end()) return base::NotFound("there is no such blob");
  return std::make_unique<Reader>(found->second);
}

absl::StatusOr<std::vector<BlobInfo>> InMemoryBlobStore::List(const base::TenantId& tenant,
                                                              std::string_view prefix) {
  TENANTRY_RETURN_IF_ERROR(base::CheckId(tenant.value(), base::TenantTag::kName));
  absl::MutexLock lock(&mutex_);
  std::vector<BlobInfo> found;
  for (const auto& [name, bytes] : blobs_) {
    if (name.first == tenant && name.second.starts_with(prefix)) {
      found.push_back({name.second, static_cast<int64_t>(bytes.size())});
    }
  }
  return found;
}

absl::Status InMemoryBlobStore::Delete(const base::TenantId& tenant, std::string_view key) {
  TENANTRY_RETURN_IF_ERROR(CheckNames(tenant, key));
  absl::MutexLock lock(&mutex_);
  blobs_.erase(Name(tenant, key));
  return absl::OkStatus();
}

absl::Status InMemoryBlobStore::DeleteTenant(const base::TenantId& tenant) {
  TENANTRY_RETURN_IF_ERROR(base::CheckId(tenant.value(), base::TenantTag::kName));
  deleted_.Add(tenant);
  absl::MutexLock lock(&mutex_);
  std::erase_if(blobs_, [&](const auto& blob) { return blob.first.first == tenant; });
  return absl::OkStatus();
}

}  // namespace tenantry::blobstore
