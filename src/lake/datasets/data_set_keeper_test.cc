#include "lake/datasets/data_set_keeper.h"

#include <absl/synchronization/notification.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/status.h"
#include "lake/datasets/data_sets_test_env.h"

namespace tenantry::lake::datasets {
namespace {

TEST(DataSetKeeper, EndsTheImportsOfATenantThatIsDeleted) {
  DataSetsTestEnv env;
  absl::Notification imports;
  absl::Notification goes_on;
  DataSetKeeper keeper(env.data_sets());
  ASSERT_TRUE(keeper.Start().ok());
  const auto upload = keeper.uploads().Begin(env.acme, {.name = "t"}, env.Change());
  ASSERT_TRUE(keeper.uploads().Put(env.acme, upload->id, 0, "a\n1\n", "").ok());
  env.faults().Run("blobstore.open", [&] {
    imports.Notify();
    goes_on.WaitForNotification();
  });
  ASSERT_TRUE(keeper.uploads().Commit(env.acme, upload->id, std::nullopt).ok());
  imports.WaitForNotification();
  EXPECT_TRUE(keeper.StopImports(env.other).ok()) << "nobody waits for another's";
  std::atomic<bool> ended = false;
  std::thread stop([&] {
    EXPECT_TRUE(keeper.StopImports(env.acme).ok());
    ended = true;
  });
  EXPECT_FALSE(ended);
  goes_on.Notify();
  stop.join();
  EXPECT_TRUE(keeper.StopImports(env.acme).ok());
  keeper.Stop();
}

}  // namespace
}  // namespace tenantry::lake::datasets
