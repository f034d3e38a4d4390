#include "lake/archive/intake/archive_backlog.h"

#include <gmock/gmock.h>

#include "lake/archive/archive_test_env.h"

namespace tenantry::lake::archive {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> Describe(const std::vector<ArchiveSlice>& slices) {
  std::vector<std::string> described;
  for (const ArchiveSlice& slice : slices) {
    std::string text =
        fmt::format("{} {}-{}:", slice.partition.partition, slice.begin.text(), slice.next.text());
    for (const ArchiveRow& row : slice.rows) text += ' ' + row.offset.text();
    described.push_back(text);
  }
  return described;
}

TEST(ArchiveBacklog, TakesTheOldestThatFallIntoSoManyFiles) {
  ArchiveBacklog backlog;
  backlog.Add(MakeSlice(0, 3, 3));                     // t0 t1 t2
  backlog.Add(MakeSlice(7, 9, 2, "2026-03-01", "1"));  // t1 t0
  backlog.Add(MakeSlice(3, 6, 3));                     // t0 t1 t2
  backlog.Add(MakeSlice(6, 8, 1, "2026-03-02"));       // t0 on another day
  EXPECT_EQ(backlog.rows(), 10);
  EXPECT_THAT(Describe(backlog.Front(4)), ElementsAre("0 0-3: 0 1 2", "1 7-8: 7"));
  backlog.DropFront();
  EXPECT_EQ(backlog.rows(), 6);
  EXPECT_THAT(Describe(backlog.Front(4)), ElementsAre("1 8-9: 8", "0 3-6: 3 4 5"));
  backlog.DropFront();
  EXPECT_THAT(Describe(backlog.Front(4)), ElementsAre("0 6-8: 6 7"));
  backlog.DropFront();
  EXPECT_TRUE(backlog.empty());
  EXPECT_EQ(backlog.bytes(), 0);
  EXPECT_THAT(backlog.Front(4), IsEmpty());
}

TEST(ArchiveBacklog, GivesTheSameUntilItIsDropped) {
  ArchiveBacklog backlog;
  backlog.Add(MakeSlice(0, 5, 5));
  EXPECT_THAT(Describe(backlog.Front(2)), ElementsAre("0 0-2: 0 1"));
  const int64_t bytes = backlog.bytes();
  backlog.Add(MakeSlice(5, 6, 1));
  EXPECT_THAT(Describe(backlog.Front(100)), ElementsAre("0 0-2: 0 1"));
  EXPECT_EQ(backlog.rows(), 6);
  EXPECT_GT(backlog.bytes(), bytes);
  backlog.DropFront();
  EXPECT_THAT(Describe(backlog.Front(100)), ElementsAre("0 2-6: 2 3 4 5"));
}

}  // namespace
}  // namespace tenantry::lake::archive
