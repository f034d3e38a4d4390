#pragma once

#include <absl/status/statusor.h>

#include <string>

namespace tenantry::lake::datasets {

/// A fresh folder of mode 0700 that is removed, with all in it, when this is destroyed. Movable;
/// not thread-safe.
class PrivateFolder {
 public:
  /// Makes one below `parent`, which exists. Errors as runtime::ErrnoStatus.
  static absl::StatusOr<PrivateFolder> Make(const std::string& parent);

  PrivateFolder(PrivateFolder&& other) noexcept;
  PrivateFolder& operator=(PrivateFolder&& other) noexcept;
  ~PrivateFolder();

  /// Its absolute path, without links in it.
  const std::string& path() const { return path_; }

  /// Makes a folder `name` in it and gives its path.
  absl::StatusOr<std::string> MakeFolder(const std::string& name) const;

 private:
  explicit PrivateFolder(std::string path) : path_(std::move(path)) {}

  std::string path_;
};

}  // namespace tenantry::lake::datasets
