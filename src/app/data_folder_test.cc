#include "app/data_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/status.h"

namespace tenantry::app {
namespace {

std::string Fresh(const std::string& name) {
  const std::string path = testing::TempDir() + "/data_folder_" + name;
  std::filesystem::remove_all(path);
  return path;
}

void Write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

TEST(DataFolder, IsMadeAndOpensAgain) {
  const std::string path = Fresh("made") + "/deep/er";
  EXPECT_TRUE(DataFolder::Open(path).ok());
  EXPECT_TRUE(DataFolder::Open(path).ok());
}

TEST(DataFolder, RefusesASecondOwner) {
  const std::string path = Fresh("second");
  const auto first = DataFolder::Open(path);
  ASSERT_TRUE(first.ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(DataFolder::Open(path).status()));
}

TEST(DataFolder, RefusesANewerFormatAndSomebodyElsesThings) {
  const std::string path = Fresh("newer");
  ASSERT_TRUE(DataFolder::Open(path).ok());
  Write(path + "/format", "99\n");
  EXPECT_TRUE(absl::IsFailedPrecondition(DataFolder::Open(path).status()));
  const std::string other = Fresh("other");
  std::filesystem::create_directories(other);
  Write(other + "/photo.jpg", "x");
  EXPECT_TRUE(absl::IsInvalidArgument(DataFolder::Open(other).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(DataFolder::Open(other + "/photo.jpg").status()));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(other), {}), 1) << "left untouched";
}

TEST(DataFolder, IsMadeAfterAFirstStartThatWasKilled) {
  const std::string path = Fresh("killed");
  std::filesystem::create_directories(path);
  Write(path + "/lock", "");
  Write(path + "/format.aB3xYz", "");
  EXPECT_TRUE(DataFolder::Open(path).ok());
}

}  // namespace
}  // namespace tenantry::app
