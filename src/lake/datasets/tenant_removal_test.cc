#include <gmock/gmock.h>

#include "base/status.h"
#include "lake/datasets/data_sets_test_env.h"

namespace tenantry::lake::datasets {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr char kOrders[] = "id,amount\n1,2.5\n2,4\n3,\n";

TEST(DataSets, RemoveATenantWithItsBytes) {
  DataSetsTestEnv env;
  env.Put(env.acme, {{"name", "a"}}, kOrders);
  env.Put(env.other, {{"name", "a"}}, kOrders);
  for (int i = 0; i < 2; ++i) {  // resumed after its end, it changes nothing
    ASSERT_TRUE(env.data_sets().RemoveTenant(env.acme).ok());
    EXPECT_THAT(env.Events(),
                ElementsAre("dataset.created a", "dataset.created a", "dataset.deleted a"));
  }
  EXPECT_THAT(env.store().Column("SELECT tenant_id FROM audit WHERE action = 'dataset.delete'"),
              ElementsAre("acme"));
  EXPECT_THAT(*env.data_sets().List(env.acme, "", 10), IsEmpty());
  EXPECT_THAT(*env.blobs().List(env.acme, ""), IsEmpty());
  EXPECT_EQ(env.Query(env.other, "SELECT count(*) n FROM a"), "n\n3\n");
}

// Whatever fails while a tenant is removed, each of its data sets is told of once in the end.
TEST(DataSets, RemoveATenantWhateverFails) {
  for (const char* point : {"metastore.write", "metastore.committing", "blobstore.delete"}) {
    for (int64_t passes = 0; passes < 3; ++passes) {
      DataSetsTestEnv env;
      env.Put(env.acme, {{"name", "a"}}, kOrders);
      env.faults().Fail(point, base::Unavailable("away"), passes, 1000);
      env.data_sets().RemoveTenant(env.acme).IgnoreError();
      env.faults().Fail(point, absl::OkStatus(), 0, 0);
      ASSERT_TRUE(env.data_sets().RemoveTenant(env.acme).ok());
      EXPECT_THAT(env.Events(), ElementsAre("dataset.created a", "dataset.deleted a")) << point;
      EXPECT_THAT(*env.blobs().List(env.acme, ""), IsEmpty());
    }
  }
}

// Whenever the deletion of a tenant comes while one of its files is uploaded or imported, nothing
// of it is left, and no event comes after it.
TEST(DataSets, LeaveNothingOfATenantThatIsDeletedMeanwhile) {
  for (const char* point :
       {"metastore.read", "metastore.write", "metastore.committed", "blobstore.create",
        "blobstore.write", "blobstore.commit", "blobstore.open", "blobstore.list"}) {
    for (int64_t passes = 0; passes < 12; ++passes) {
      SCOPED_TRACE(fmt::format("{} {}", point, passes));
      DataSetsTestEnv env;
      ASSERT_TRUE(env.store()
                      .Do("INSERT INTO tenants (tenant_id, name, plan, pattern, status, created, "
                          "updated, version) VALUES ('acme', 'Acme', '', 'pool', 'active', 0, 0, "
                          "1)")
                      .ok());
      env.Put(env.acme, {{"name", "a"}}, kOrders);
      size_t events = 0;
      bool deleted = false;
      env.faults().Run(
          point,
          [&] {
            ASSERT_TRUE(env.store().Do("UPDATE tenants SET status = 'deleting'").ok());
            ASSERT_TRUE(env.data_sets().RemoveTenant(env.acme).ok());
            events = env.Events().size();
            deleted = true;
          },
          passes);
      const auto upload = env.uploads().Begin(env.acme, {.name = "b"}, env.Change());
      if (upload.ok()) {
        env.uploads().Put(env.acme, upload->id, 0, kOrders, "").IgnoreError();
        env.uploads().Commit(env.acme, upload->id, std::nullopt).IgnoreError();
        EXPECT_TRUE(env.ImportAll().ok()) << "nothing is left to be tried again";
      }
      if (!deleted) continue;
      EXPECT_THAT(env.Events(), SizeIs(events));
      EXPECT_THAT(*env.blobs().List(env.acme, ""), IsEmpty());
      for (const char* table : {"data_sets", "data_set_versions", "uploads", "upload_parts"}) {
        EXPECT_EQ(env.store().Scalar(fmt::format("SELECT COUNT(*) FROM {}", table)), "0") << table;
      }
      EXPECT_THAT(*env.data_sets().List(env.acme, "", 10), IsEmpty());
    }
  }
}

}  // namespace
}  // namespace tenantry::lake::datasets
