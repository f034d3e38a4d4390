#include "lake/lake_options.h"

#include <gmock/gmock.h>

namespace tenantry::lake {
namespace {

TEST(LakeOptions, DefaultsAreDeclaredAndFit) {
  LakeOptions options;
  runtime::OptionSet set;
  options.Declare(set);
  EXPECT_TRUE(options.Check().ok());
  EXPECT_TRUE(set.Set("lake.archive_rows_max", "7", runtime::OptionSource::kFlag, "test").ok());
  EXPECT_TRUE(set.Set("lake.sql_time_max", "90s", runtime::OptionSource::kFlag, "test").ok());
  EXPECT_EQ(options.archive_rows_max, 7);
  EXPECT_EQ(options.sql_time_max, absl::Seconds(90));
  EXPECT_FALSE(set.Set("lake.sql_threads", "0", runtime::OptionSource::kFlag, "test").ok());
}

TEST(LakeOptions, RefusesFlushesThatDoNotFitTheMemory) {
  LakeOptions options;
  options.archive_bytes_max = options.sql_memory_max / 8 + 1;
  EXPECT_EQ(options.Check().code(), absl::StatusCode::kInvalidArgument);
}

TEST(LakeOptions, RefusesWaitsThatShrink) {
  LakeOptions options;
  options.archive_retry_min = options.archive_retry_max + absl::Seconds(1);
  EXPECT_EQ(options.Check().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace tenantry::lake
