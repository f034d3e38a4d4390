#include "blobstore/local/tenant_keys.h"

#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <utility>

#include "base/status.h"
#include "blobstore/local/blob_cipher.h"
#include "blobstore/local/blob_file.h"
#include "blobstore/local/blob_path.h"
#include "runtime/disk/files.h"

namespace tenantry::blobstore {
namespace {

constexpr uint32_t kFileMode = 0600;
constexpr uint32_t kFolderMode = 0700;
constexpr int64_t kKeyFileBytesMax = 4096;
constexpr std::string_view kMasterMark = "tenantry.blob.master.1\n";

// As this room tells the errors of runtime's files.
absl::Status Told(const absl::Status& status) {
  if (status.ok() || absl::IsResourceExhausted(status) || absl::IsNotFound(status)) return status;
  return absl::UnavailableError(status.message());
}

bool HasTenants(const std::string& root) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(root, error)) {
    if (entry.path().filename().string().starts_with("tenant=")) return true;
  }
  return false;
}

absl::StatusOr<std::string> ReadMasterKey(const std::string& file) {
  TENANTRY_ASSIGN_OR_RETURN(const std::string text, runtime::ReadFile(file, kKeyFileBytesMax));
  if (text.size() == kMasterMark.size() + kKeyBytes && text.starts_with(kMasterMark)) {
    return text.substr(kMasterMark.size());
  }
  return base::DataLoss("{} holds no master key: restore it from a backup", file);
}

}  // namespace

absl::StatusOr<std::unique_ptr<TenantKeys>> TenantKeys::Open(const std::string& master_key_file,
                                                             std::string root) {
  if (sodium_init() < 0) return base::Internal("libsodium can't be used");
  absl::StatusOr<std::string> key = ReadMasterKey(master_key_file);
  if (absl::IsNotFound(key.status())) {
    if (HasTenants(root)) {
      return base::DataLoss("{} is missing, and {} holds data under it: restore it from a backup",
                            master_key_file, root);
    }
    key = RandomBytes(kKeyBytes);
    TENANTRY_RETURN_IF_ERROR(Told(
        runtime::WriteFileAtomically(master_key_file, std::string(kMasterMark) + *key, kFileMode)));
  }
  if (absl::IsDataLoss(key.status())) return key.status();
  TENANTRY_RETURN_IF_ERROR(Told(key.status()));
  return std::unique_ptr<TenantKeys>(new TenantKeys(*std::move(key), std::move(root)));
}

TenantKeys::TenantKeys(std::string master_key, std::string root)
    : master_key_(std::move(master_key)), root_(std::move(root)) {}

TenantKeys::~TenantKeys() { sodium_memzero(master_key_.data(), master_key_.size()); }

std::string TenantKeys::FileOf(const base::TenantId& tenant) const {
  return root_ + "/" + TenantFolder(tenant.value()) + "/.key";
}

absl::StatusOr<std::string> TenantKeys::Load(const base::TenantId& tenant) {
  if (const auto found = keys_.find(tenant); found != keys_.end()) return found->second;
  const auto wrapped = runtime::ReadFile(FileOf(tenant), kKeyFileBytesMax);
  TENANTRY_RETURN_IF_ERROR(Told(wrapped.status()));
  TENANTRY_ASSIGN_OR_RETURN(std::string key, UnwrapKey(master_key_, tenant.value(), *wrapped));
  keys_[tenant] = key;
  return key;
}

absl::StatusOr<std::string> TenantKeys::Get(const base::TenantId& tenant) {
  absl::MutexLock lock(&mutex_);
  return Load(tenant);
}

absl::StatusOr<std::string> TenantKeys::GetOrMake(const base::TenantId& tenant) {
  absl::MutexLock lock(&mutex_);
  absl::StatusOr<std::string> key = Load(tenant);
  if (!absl::IsNotFound(key.status())) return key;
  const std::string file = FileOf(tenant);
  TENANTRY_RETURN_IF_ERROR(
      Told(runtime::MakeFolders(std::filesystem::path(file).parent_path().string(), kFolderMode)));
  std::string made = RandomBytes(kKeyBytes);
  TENANTRY_RETURN_IF_ERROR(Told(
      runtime::WriteFileAtomically(file, WrapKey(master_key_, tenant.value(), made), kFileMode)));
  TENANTRY_RETURN_IF_ERROR(SyncFolder(root_));
  keys_[tenant] = made;
  return made;
}

absl::Status TenantKeys::Remove(const base::TenantId& tenant) {
  absl::MutexLock lock(&mutex_);
  keys_.erase(tenant);
  const std::string file = FileOf(tenant);
  if (unlink(file.c_str()) == 0) {
    return SyncFolder(std::filesystem::path(file).parent_path().string());
  }
  return errno == ENOENT ? absl::OkStatus() : DiskStatus(errno, "removing a tenant's data key");
}

}  // namespace tenantry::blobstore
