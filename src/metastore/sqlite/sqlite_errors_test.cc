#include "metastore/sqlite/sqlite_errors.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "base/full_disk.h"
#include "base/status.h"

namespace tenantry::metastore::sqlite {
namespace {

// /proc is a file system without any room.
TEST(SqliteErrors, TellAFullDiskFromOneInTrouble) {
  const absl::Status full = StatusOfCode(SQLITE_IOERR_SHMSIZE, "/proc/metastore.db", "I/O error");
  EXPECT_TRUE(base::IsFullDisk(full)) << full;
  EXPECT_EQ(base::Message(full), "the disk of /proc/metastore.db is full: make room");
  const std::string file = testing::TempDir() + "/metastore.db";
  const absl::Status trouble = StatusOfCode(SQLITE_IOERR_READ, file, "I/O error");
  EXPECT_FALSE(base::IsFullDisk(trouble)) << trouble;
  EXPECT_EQ(base::Message(trouble), file + ": I/O error: look at its disk");
}

}  // namespace
}  // namespace tenantry::metastore::sqlite
