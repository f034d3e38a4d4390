#include "runtime/disk/folder_lock.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "base/status.h"

namespace tenantry::runtime {
namespace {

class FolderLockTest : public testing::Test {
 protected:
  FolderLockTest() : folder_(fmt::format("{}/folder_lock_{}", testing::TempDir(), getpid())) {
    std::filesystem::create_directories(folder_);
  }
  ~FolderLockTest() override { std::filesystem::remove_all(folder_); }

  const std::string folder_;
};

TEST_F(FolderLockTest, IsHeldByOneUntilItIsGone) {
  absl::StatusOr<FolderLock> first = FolderLock::Take(folder_);
  ASSERT_TRUE(first.ok()) << first.status();
  const absl::Status refused = FolderLock::Take(folder_).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  {
    std::optional<FolderLock> moved = *std::move(first);
    EXPECT_FALSE(FolderLock::Take(folder_).ok()) << "it moved, it is not free";
  }
  EXPECT_TRUE(FolderLock::Take(folder_).ok());
}

TEST_F(FolderLockTest, IsOfAFolderThatIsThere) {
  EXPECT_TRUE(absl::IsNotFound(FolderLock::Take(folder_ + "/absent").status()));
  std::ofstream(folder_ + "/file") << "text";
  EXPECT_TRUE(absl::IsInvalidArgument(FolderLock::Take(folder_ + "/file").status()));
}

}  // namespace
}  // namespace tenantry::runtime
