#include "lake/datasets/data_set_keeper.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/status.h"
#include "base/steady_time.h"
#include "lake/datasets/data_sets_test_env.h"

namespace tenantry::lake::datasets {
namespace {

TEST(DataSetKeeper, EndsTheImportsOfATenantThatIsDeleted) {
  DataSetsTestEnv env;
  base::StopSignal imports;
  base::StopSignal goes_on;
  DataSetKeeper keeper(env.data_sets());
  ASSERT_TRUE(keeper.Start().ok());
  const auto upload = keeper.uploads().Begin(env.acme, {.name = "t"}, env.Change());
  ASSERT_TRUE(keeper.uploads().Put(env.acme, upload->id, 0, "a\n1\n", "").ok());
  env.faults().Run("blobstore.open", [&] {
    imports.Raise();
    EXPECT_TRUE(goes_on.WaitFor(absl::Seconds(30)));
  });
  ASSERT_TRUE(keeper.uploads().Commit(env.acme, upload->id, std::nullopt).ok());
  ASSERT_TRUE(imports.WaitFor(absl::Seconds(30)));
  EXPECT_TRUE(keeper.StopImports(env.other).ok()) << "nobody waits for another's";
  base::StopSignal stops;
  std::thread stop([&] {
    stops.Raise();
    EXPECT_TRUE(keeper.StopImports(env.acme).ok());
    EXPECT_TRUE(goes_on.WaitFor(absl::ZeroDuration())) << "it waits for the import";
  });
  EXPECT_TRUE(stops.WaitFor(absl::Seconds(30)));
  for (int i = 0; i < 1000; ++i) std::this_thread::yield();  // one that does not wait returns
  goes_on.Raise();
  stop.join();
  EXPECT_TRUE(keeper.StopImports(env.acme).ok());
  keeper.Stop();
}

}  // namespace
}  // namespace tenantry::lake::datasets
