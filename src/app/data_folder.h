#pragma once

#include <absl/status/statusor.h>

#include <string>

namespace tenantry::app {

/// The folder that holds everything a server keeps: made when absent, locked against a second
/// process, marked with its format. Holds the lock until destroyed.
class DataFolder {
 public:
  /// Opens `path`. FailedPrecondition: another process has it open, or a newer version wrote it;
  /// PermissionDenied: it can't be written; ResourceExhausted: the disk is full; InvalidArgument:
  /// it is no folder, or holds things that are not ours.
  static absl::StatusOr<DataFolder> Open(const std::string& path);

  DataFolder(DataFolder&& other) noexcept;
  DataFolder& operator=(DataFolder&& other) noexcept;
  ~DataFolder();

  /// The folder's absolute path.
  const std::string& path() const { return path_; }

  /// The path of an entry in it.
  std::string Entry(const std::string& name) const { return path_ + "/" + name; }

 private:
  DataFolder(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::string path_;
  int lock_ = -1;
};

}  // namespace tenantry::app
