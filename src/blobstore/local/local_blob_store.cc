#include "blobstore/local/local_blob_store.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "base/status.h"
#include "blobstore/local/blob_file.h"
#include "blobstore/local/blob_path.h"
#include "blobstore/local/local_blob_writer.h"
#include "runtime/disk/files.h"

namespace tenantry::blobstore {

namespace fs = std::filesystem;

namespace {

constexpr uint32_t kFolderMode = 0700;
constexpr char kUnfinished[] = "/.unfinished";

absl::Status CheckNames(const base::TenantId& tenant, std::string_view key) {
  TENANTRY_RETURN_IF_ERROR(base::CheckId(tenant.value(), base::TenantTag::kName));
  return CheckBlobKey(key);
}

// Removes folders that are empty from `path` up, `top` stays.
void RemoveEmptyFolders(fs::path path, const fs::path& top) {
  for (; path != top && rmdir(path.c_str()) == 0; path = path.parent_path()) {
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<LocalBlobStore>> LocalBlobStore::Open(
    const std::string& folder, const std::string& master_key_file, runtime::Metrics& metrics) {
  std::error_code error;
  fs::remove_all(folder + kUnfinished, error);
  if (error) return DiskStatus(error.value(), "emptying " + folder + kUnfinished);
  if (const absl::Status made = runtime::MakeFolders(folder + kUnfinished, kFolderMode);
      !made.ok()) {
    return absl::IsResourceExhausted(made) ? made : absl::UnavailableError(made.message());
  }
  TENANTRY_RETURN_IF_ERROR(SyncFolder(folder));
  TENANTRY_ASSIGN_OR_RETURN(auto keys, TenantKeys::Open(master_key_file, folder));
  return std::unique_ptr<LocalBlobStore>(new LocalBlobStore(folder, std::move(keys), metrics));
}

LocalBlobStore::LocalBlobStore(std::string folder, std::unique_ptr<TenantKeys> keys,
                               runtime::Metrics& metrics)
    : folder_(std::move(folder)),
      keys_(std::move(keys)),
      written_bytes_(metrics.AddCounter("tenantry_blobstore_written_bytes_total",
                                        "Bytes of blobs put in their place, before encryption")),
      written_blobs_(
          metrics.AddCounter("tenantry_blobstore_written_total", "Blobs put in their place")) {}

std::string LocalBlobStore::FolderOf(const base::TenantId& tenant) const {
  return folder_ + "/" + TenantFolder(tenant.value());
}

absl::StatusOr<std::unique_ptr<BlobWriter>> LocalBlobStore::Create(const base::TenantId& tenant,
                                                                   std::string_view key) {
  TENANTRY_RETURN_IF_ERROR(CheckNames(tenant, key));
  std::string data_key;
  TENANTRY_RETURN_IF_ERROR(deleted_.WhileKept(tenant, [&]() -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(data_key, keys_->GetOrMake(tenant));
    return absl::OkStatus();
  }));
  std::string temporary = folder_ + kUnfinished + "/blob-XXXXXX";
  OpenFile file(mkostemp(temporary.data(), O_CLOEXEC));
  if (file.get() < 0) return DiskStatus(errno, "making a blob");
  const std::string nonce = RandomBytes(kNonceBytes);
  auto cipher = std::make_unique<BlobCipher>(std::move(data_key), tenant.value(), key, nonce);
  return std::make_unique<LocalBlobWriter>(
      LocalBlobPlace{FolderOf(tenant), BlobPath(key), std::move(temporary)}, std::move(file),
      BlobHead(key, nonce), std::move(cipher),
      [this, tenant](int64_t bytes, const std::function<absl::Status()>& move) {
        TENANTRY_RETURN_IF_ERROR(deleted_.WhileKept(tenant, move));
        written_bytes_.Increment(static_cast<double>(bytes));
        written_blobs_.Increment();
        return absl::OkStatus();
      });
}

absl::StatusOr<std::unique_ptr<BlobReader>> LocalBlobStore::Open(const base::TenantId& tenant,
                                                                 std::string_view key) {
  TENANTRY_RETURN_IF_ERROR(CheckNames(tenant, key));
  const std::string path = FolderOf(tenant) + "/" + BlobPath(key);
  OpenFile file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (file.get() < 0 && errno == ENOENT) return base::NotFound("there is no such blob");
  if (file.get() < 0) return DiskStatus(errno, "opening a blob");
  TENANTRY_ASSIGN_OR_RETURN(BlobFacts facts, ReadBlobFacts(file.get()));
  absl::StatusOr<std::string> data_key = keys_->Get(tenant);
  if (absl::IsNotFound(data_key.status())) {
    return base::DataLoss("a tenant's data key is missing: restore it from a backup");
  }
  TENANTRY_RETURN_IF_ERROR(data_key.status());
  auto cipher =
      std::make_unique<BlobCipher>(*std::move(data_key), tenant.value(), key, facts.nonce);
  return std::make_unique<LocalBlobReader>(std::move(file), std::move(facts), std::move(cipher));
}

absl::StatusOr<std::vector<BlobInfo>> LocalBlobStore::List(const base::TenantId& tenant,
                                                           std::string_view prefix) {
  TENANTRY_RETURN_IF_ERROR(base::CheckId(tenant.value(), base::TenantTag::kName));
  std::vector<BlobInfo> found;
  std::error_code error;
  fs::recursive_directory_iterator entries(FolderOf(tenant), error);
  for (; !error && entries != fs::recursive_directory_iterator(); entries.increment(error)) {
    const std::string name = entries->path().filename().string();
    if (!name.ends_with(".blob")) continue;
    const OpenFile file(open(entries->path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (file.get() < 0 && errno == ENOENT) continue;  // deleted meanwhile
    if (file.get() < 0) return DiskStatus(errno, "opening a blob");
    TENANTRY_ASSIGN_OR_RETURN(BlobFacts facts, ReadBlobFacts(file.get()));
    if (facts.key.starts_with(prefix)) found.push_back({std::move(facts.key), facts.bytes});
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return DiskStatus(error.value(), "listing blobs");
  }
  std::ranges::sort(found, {}, &BlobInfo::key);
  return found;
}

absl::Status LocalBlobStore::Delete(const base::TenantId& tenant, std::string_view key) {
  TENANTRY_RETURN_IF_ERROR(CheckNames(tenant, key));
  const fs::path top = FolderOf(tenant);
  const fs::path path = top / BlobPath(key);
  if (unlink(path.c_str()) != 0) {
    return errno == ENOENT || errno == ENOTDIR ? absl::OkStatus()
                                               : DiskStatus(errno, "deleting a blob");
  }
  const absl::Status synced = SyncFolder(path.parent_path().string());
  RemoveEmptyFolders(path.parent_path(), top);
  return synced;
}

absl::Status LocalBlobStore::DeleteTenant(const base::TenantId& tenant) {
  TENANTRY_RETURN_IF_ERROR(base::CheckId(tenant.value(), base::TenantTag::kName));
  deleted_.Add(tenant);
  TENANTRY_RETURN_IF_ERROR(keys_->Remove(tenant));
  std::error_code error;
  fs::remove_all(FolderOf(tenant), error);
  if (error) return DiskStatus(error.value(), "deleting a tenant's blobs");
  return SyncFolder(folder_);
}

}  // namespace tenantry::blobstore
