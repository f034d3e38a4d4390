#include "runtime/disk/output_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "runtime/disk/files.h"

namespace tenantry::runtime {
namespace {

TEST(OutputFile, LeavesTheOldFileUntilTheNewOneIsWhole) {
  std::string folder = ::testing::TempDir() + "/output.XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const std::string path = folder + "/file";
  ASSERT_TRUE(WriteFileAtomically(path, "old", 0644).ok());
  std::ostringstream unused;
  {
    const auto file = OutputFile::Open(path, unused);
    ASSERT_TRUE(file.ok()) << file.status();
    const std::string line(100'000, 'x');
    for (int i = 0; i < 10; ++i) ASSERT_TRUE((*file)->WriteLine(line).ok());
    EXPECT_EQ(*ReadFile(path, 100), "old");
  }  // given up
  EXPECT_EQ(*ReadFile(path, 100), "old");
  {
    const auto file = OutputFile::Open(path, unused);
    ASSERT_TRUE((*file)->WriteLine("new").ok());
    ASSERT_TRUE((*file)->Commit().ok());
  }
  EXPECT_EQ(*ReadFile(path, 100), "new\n");
  const std::filesystem::directory_iterator files(folder);
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace tenantry::runtime
