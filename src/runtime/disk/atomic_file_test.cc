#include "runtime/disk/atomic_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "runtime/disk/files.h"

namespace tenantry::runtime {
namespace {

class AtomicFileTest : public testing::Test {
 protected:
  AtomicFileTest() {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  const std::string folder_ = testing::TempDir() + "/atomic_file_test";
  const std::string path_ = folder_ + "/out";
};

TEST_F(AtomicFileTest, LeavesNothingBehindWithoutCommit) {
  ASSERT_TRUE(WriteFileAtomically(path_, "old", 0644).ok());
  {
    auto file = *AtomicFile::Create(path_, 0644);
    ASSERT_TRUE(file->Write("new").ok());
    EXPECT_EQ(*ReadFile(path_, 10), "old");
  }
  EXPECT_EQ(*ReadFile(path_, 10), "old");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
  EXPECT_EQ(AtomicFile::Create(folder_, 0644).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(AtomicFileTest, WritesWhatALinkLeadsToAndKeepsTheLink) {
  std::filesystem::create_directories(folder_ + "/there");
  std::filesystem::create_symlink("there/first", path_);
  std::filesystem::create_symlink("second", folder_ + "/there/first");
  for (const char* text : {"made", "replaced"}) {  // the last link hangs in the air at first
    ASSERT_TRUE(WriteFileAtomically(path_, text, 0644).ok());
    EXPECT_TRUE(std::filesystem::is_symlink(path_));
    EXPECT_TRUE(std::filesystem::is_symlink(folder_ + "/there/first"));
    EXPECT_EQ(*ReadFile(folder_ + "/there/second", 10), text);
  }
  std::filesystem::create_symlink("round", folder_ + "/round");
  EXPECT_FALSE(WriteFileAtomically(folder_ + "/round", "", 0644).ok());
}

TEST_F(AtomicFileTest, WritesToAPipeWithoutReplacingIt) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  const int reader = ::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  ASSERT_GE(reader, 0);
  ASSERT_TRUE(WriteFileAtomically(path_, "hello", 0644).ok());
  char bytes[10];
  EXPECT_EQ(::read(reader, bytes, sizeof bytes), 5);
  EXPECT_EQ(::read(reader, bytes, sizeof bytes), 0) << "the writer has closed it";
  ::close(reader);
  EXPECT_TRUE(std::filesystem::is_fifo(path_));
}

TEST_F(AtomicFileTest, WritesToADeviceWithoutReplacingIt) {
  std::filesystem::create_symlink("/dev/full", path_);  // a link, so that no mistake can harm it
  EXPECT_EQ(WriteFileAtomically(path_, "x", 0644).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(std::filesystem::is_symlink(path_));
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/full"));
}

}  // namespace
}  // namespace tenantry::runtime
