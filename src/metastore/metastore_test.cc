#include <gtest/gtest.h>

#include <memory>

#include "contract/metastore_contract.h"
#include "metastore/store_test_env.h"
#include "metastore/twins/faulty_metastore.h"

namespace tenantry::metastore {
namespace {

// Keeps something alive as long as the test and gives it.
template <typename T>
T& Keep(std::vector<std::shared_ptr<void>>& keep, std::unique_ptr<T> kept) {
  std::shared_ptr<T> shared = std::move(kept);
  keep.push_back(shared);
  return *shared;
}

Metastore* OpenFile(std::vector<std::shared_ptr<void>>& keep) {
  auto& faults = Keep(keep, std::make_unique<base::NoFaults>());
  return &Keep(keep, *SqliteMetastore::Open(FreshFolder() + "/metastore.db", {}, faults));
}

Metastore* OpenMemory(std::vector<std::shared_ptr<void>>& keep) {
  auto& faults = Keep(keep, std::make_unique<base::NoFaults>());
  return &Keep(keep, *SqliteMetastore::OpenInMemory({}, faults));
}

Metastore* OpenFaulty(std::vector<std::shared_ptr<void>>& keep) {
  Metastore& inner = *OpenFile(keep);
  auto& faults = Keep(keep, std::make_unique<base::NoFaults>());
  return &Keep(keep, std::make_unique<FaultyMetastore>(inner, faults));
}

INSTANTIATE_TEST_SUITE_P(Stores, MetastoreContract,
                         testing::Values(MetastoreCase{"Sqlite", OpenFile, true},
                                         MetastoreCase{"InMemory", OpenMemory, false},
                                         MetastoreCase{"Faulty", OpenFaulty, true}),
                         [](const auto& info) { return info.param.name; });

TEST(FaultyMetastore, FailsWhereItIsTold) {
  TestStore env;
  base::ScriptedFaults faults;
  FaultyMetastore store(env.store(), faults);
  const auto add = [&](const char* event) {
    return store.Write([event](Transaction& transaction) {
      return AddToOutbox(transaction, {"companies", "t", event});
    });
  };
  for (const char* point : {"metastore.write", "metastore.statement", "metastore.committing"}) {
    faults.Fail(point, absl::UnavailableError("planted"));
    EXPECT_TRUE(absl::IsUnavailable(add("lost"))) << point;
  }
  EXPECT_EQ(env.Scalar("SELECT COUNT(*) FROM outbox"), "0");
  faults.Fail("metastore.committed", absl::UnavailableError("planted"));
  EXPECT_TRUE(absl::IsUnavailable(add("kept")));
  EXPECT_EQ(env.Scalar("SELECT event FROM outbox"), "kept");
  faults.Fail("metastore.read", absl::UnavailableError("planted"));
  EXPECT_FALSE(store.Read([](Transaction&) { return absl::OkStatus(); }).ok());
}

TEST(TenantScope, KeepsOutboxAndAuditToTheTenantOfTheTransaction) {
  TestStore env;
  const TenantScope acme = TenantScope::Of(base::TenantId("acme"));
  const auto write = [&](const std::string& tenant, bool audit) {
    return env.store().Write(acme, [&](Transaction& transaction) {
      return audit ? WriteAudit(transaction, {1, {"user a", "r"}, tenant, "x", "y", "", ""})
                   : AddToOutbox(transaction, {"companies", tenant, "{}"});
    });
  };
  for (const bool audit : {true, false}) {
    EXPECT_TRUE(write("acme", audit).ok());
    EXPECT_TRUE(absl::IsInternal(write("rival", audit)));
    EXPECT_TRUE(absl::IsInternal(write("", audit)));
  }
}

TEST(Audit, IsAppendOnly) {
  TestStore env;
  ASSERT_TRUE(env.store()
                  .Write([](Transaction& transaction) {
                    return WriteAudit(transaction,
                                      {1, {"user admin", "r"}, "t", "x", "y", "", "{}"});
                  })
                  .ok());
  for (const char* sql :
       {"DELETE FROM audit", "UPDATE audit SET actor = 'nobody'",
        "INSERT OR REPLACE INTO audit (number, at, actor, tenant_id, action, thing, request_id) "
        "VALUES (1, 1, 'nobody', 't', 'x', 'y', 'r')"}) {
    EXPECT_TRUE(absl::IsFailedPrecondition(env.Do(sql))) << sql;
  }
  EXPECT_EQ(env.Scalar("SELECT actor FROM audit"), "user admin");
}

}  // namespace
}  // namespace tenantry::metastore
