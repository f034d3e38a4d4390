#include "lake/datasets/private_folder.h"

#include <stdlib.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "base/status.h"
#include "runtime/disk/files.h"
#include "runtime/logging.h"

namespace tenantry::lake::datasets {

absl::StatusOr<PrivateFolder> PrivateFolder::Make(const std::string& parent) {
  std::error_code error;
  const std::string real = std::filesystem::canonical(parent, error).string();
  if (error) return runtime::ErrnoStatus(error.value(), parent + " can't be resolved");
  std::string path = real + "/data-XXXXXX";
  if (mkdtemp(path.data()) == nullptr) {
    return runtime::ErrnoStatus(errno, "a folder can't be made in " + parent);
  }
  return PrivateFolder(std::move(path));
}

PrivateFolder::PrivateFolder(PrivateFolder&& other) noexcept
    : path_(std::exchange(other.path_, "")) {}

PrivateFolder& PrivateFolder::operator=(PrivateFolder&& other) noexcept {
  std::swap(path_, other.path_);
  return *this;
}

PrivateFolder::~PrivateFolder() {
  if (path_.empty()) return;
  std::error_code error;
  std::filesystem::remove_all(path_, error);
  if (error) {
    runtime::Log(runtime::LogLevel::kWarning, "lake", "{} can't be removed: {}", path_,
                 error.message());
  }
}

absl::StatusOr<std::string> PrivateFolder::MakeFolder(const std::string& name) const {
  std::string path = path_ + "/" + name;
  if (mkdir(path.c_str(), 0700) != 0) return runtime::ErrnoStatus(errno, "making " + path);
  return path;
}

}  // namespace tenantry::lake::datasets
