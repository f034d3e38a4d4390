#include <gmock/gmock.h>

#include "base/retry_after.h"
#include "lake/datasets/data_sets_test_env.h"

namespace tenantry::lake::datasets {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<UploadId> Ids(const std::vector<Upload>& uploads) {
  std::vector<UploadId> ids;
  for (const Upload& upload : uploads) ids.push_back(upload.id);
  return ids;
}

TEST(Uploads, AreListedWhileTheyAreUnfinished) {
  DataSetsTestEnv env;
  const auto begun = env.uploads().Begin(env.acme, {.name = "a", .bytes = 9}, env.Change());
  ASSERT_TRUE(begun.ok());
  ASSERT_TRUE(env.uploads().Begin(env.other, {.name = "b"}, env.Change()).ok());
  EXPECT_EQ(env.Put(env.acme, {{"name", "c"}}, "a\n1\n").state, UploadState::kDone);
  const auto listed = env.uploads().List(env.acme, "", 10);
  ASSERT_TRUE(listed.ok()) << listed.status();
  EXPECT_THAT(Ids(*listed), ElementsAre(begun->id));
  EXPECT_EQ(listed->front().request.bytes, 9);
  EXPECT_TRUE(env.uploads().List(env.acme, begun->id.value(), 10)->empty());
}

TEST(Uploads, OfTheSamePersonAndNameGiveWayWhenNobodyGoesOn) {
  DataSetsTestEnv env;
  env.options.uploads_max = 2;
  const auto oldest = env.uploads().Begin(env.acme, {.name = "a"}, env.Change());
  ASSERT_TRUE(env.uploads().Put(env.acme, oldest->id, 0, "a\n", "").ok());
  env.clock().Advance(absl::Minutes(1));
  const auto newer = env.uploads().Begin(env.acme, {.name = "b"}, env.Change());
  env.clock().Advance(env.options.upload_away_min - absl::Minutes(1) - absl::Seconds(1));
  const absl::Status early = env.uploads().Begin(env.acme, {.name = "a"}, env.Change()).status();
  EXPECT_TRUE(absl::IsResourceExhausted(early)) << "somebody may go on with it";
  EXPECT_THAT(early.ToString(), HasSubstr("tenantry data uploads list"));
  EXPECT_EQ(base::RetryAfterOf(early),
            env.options.upload_age_max - env.options.upload_away_min + absl::Seconds(1))
      << "then the oldest is over";
  env.clock().Advance(absl::Seconds(1));
  DataSetChange bob = env.Change();
  bob.actor.name = "user bob of acme";
  EXPECT_FALSE(env.uploads().Begin(env.acme, {.name = "a"}, bob).ok()) << "it is ann's";
  EXPECT_FALSE(env.uploads().Begin(env.acme, {.name = "b"}, env.Change()).ok())
      << "it is not the oldest";
  const auto next = env.uploads().Begin(env.acme, {.name = "A"}, env.Change());
  ASSERT_TRUE(next.ok()) << next.status();
  EXPECT_TRUE(absl::IsNotFound(env.uploads().Get(env.acme, oldest->id).status()));
  EXPECT_TRUE(env.uploads().Get(env.acme, newer->id).ok());
  EXPECT_TRUE(env.blobs().List(env.acme, "")->empty());
}

TEST(Uploads, OneThatIsImportingMakesPlaceSoon) {
  DataSetsTestEnv env;
  env.options.uploads_max = 2;
  const auto first = env.uploads().Begin(env.acme, {.name = "a"}, env.Change());
  ASSERT_TRUE(env.uploads().Put(env.acme, first->id, 0, "a\n1\n", "").ok());
  ASSERT_TRUE(env.uploads().Begin(env.acme, {.name = "b"}, env.Change()).ok());
  ASSERT_TRUE(env.uploads().Commit(env.acme, first->id, std::nullopt).ok());
  const absl::Status refused = env.uploads().Begin(env.acme, {.name = "c"}, env.Change()).status();
  ASSERT_TRUE(absl::IsResourceExhausted(refused)) << refused;
  EXPECT_LT(base::RetryAfterOf(refused), absl::Minutes(1));
}

}  // namespace
}  // namespace tenantry::lake::datasets
