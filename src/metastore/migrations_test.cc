#include "metastore/migrations.h"

#include <gtest/gtest.h>

#include <tuple>

#include "metastore/store_test_env.h"

namespace tenantry::metastore {
namespace {

constexpr char kSchema[] =
    "SELECT type || ' ' || name || ' ' || COALESCE(sql, '') FROM sqlite_master ORDER BY name";

std::unique_ptr<Metastore> Empty(const std::string& folder, base::Faults& faults) {
  return *SqliteMetastore::Open(folder + "/metastore.db", {}, faults);
}

std::vector<std::string> Column(Metastore& store, const std::string& sql) {
  std::vector<std::string> found;
  EXPECT_TRUE(store
                  .Read([&](Transaction& transaction) -> absl::Status {
                    TENANTRY_ASSIGN_OR_RETURN(const auto rows, transaction.Query(sql, {}, 1));
                    for (const Row& row : rows) found.push_back(row.Text(0));
                    return absl::OkStatus();
                  })
                  .ok());
  return found;
}

TEST(Migrations, AreNumberedWithoutGaps) {
  int expected = 0;
  for (const Migration& migration : Migrations()) EXPECT_EQ(migration.number, ++expected);
}

TEST(Migrations, BringTheOldestSchemaToTheNewestWithItsData) {
  base::NoFaults faults;
  auto fresh = Empty(FreshFolder(), faults);
  ASSERT_TRUE(Migrate(*fresh, Migrations(), 1).ok());
  auto old = Empty(FreshFolder(), faults);
  ASSERT_TRUE(Migrate(*old, {Migrations().front()}, 1).ok());
  ASSERT_TRUE(
      old->Write([](Transaction& transaction) {
           return transaction
               .Execute("INSERT INTO outbox (stream, tenant_id, event) VALUES ('s', 't', 'kept')",
                        {})
               .status();
         })
          .ok());
  ASSERT_NE(Column(*old, kSchema), Column(*fresh, kSchema));
  ASSERT_TRUE(Migrate(*old, Migrations(), 2).ok());
  EXPECT_EQ(Column(*old, kSchema), Column(*fresh, kSchema));
  EXPECT_EQ(Column(*old, "SELECT event FROM outbox"), std::vector<std::string>{"kept"});
  EXPECT_EQ(Column(*old, "SELECT applied FROM schema_migrations ORDER BY number").front(), "1");
}

// The first `count` steps, with which an earlier version left its store.
std::vector<Migration> Until(int count) {
  return {Migrations().begin(), Migrations().begin() + count};
}

TEST(Migrations, LeaveNoGuessableHashOfARequest) {
  base::NoFaults faults;
  auto store = Empty(FreshFolder(), faults);
  ASSERT_TRUE(Migrate(*store, Until(5), 1).ok());
  ASSERT_TRUE(store
                  ->Write([](Transaction& transaction) {
                    return transaction
                        .Execute(
                            "INSERT INTO idempotency (caller, idempotency_key, request_hash, "
                            "created, answer) VALUES ('c', 'k', 'sha256', 1, 'answer')",
                            {})
                        .status();
                  })
                  .ok());
  ASSERT_TRUE(Migrate(*store, Migrations(), 2).ok());
  EXPECT_EQ(Column(*store, "SELECT request_hash || answer FROM idempotency"),
            std::vector<std::string>{"answer"});
}

TEST(Migrations, KnowWhenPeopleLastCameOrWent) {
  base::NoFaults faults;
  auto store = Empty(FreshFolder(), faults);
  ASSERT_TRUE(Migrate(*store, Until(6), 1).ok());
  ASSERT_TRUE(store
                  ->Write([](Transaction& transaction) -> absl::Status {
                    for (const char* tenant : {"a", "b", "c"}) {
                      TENANTRY_RETURN_IF_ERROR(
                          transaction
                              .Execute("INSERT INTO tenants (tenant_id, name, plan, pattern, "
                                       "status, created, updated, version) VALUES (:p0, 'n', "
                                       "'free', 'pool', 'active', 1, 1, 1)",
                                       {std::string(tenant)})
                              .status());
                    }
                    for (const auto& [at, tenant, action] : {std::tuple(20, "a", "user.add"),
                                                             {30, "a", "user.remove"},
                                                             {40, "a", "user.role"},
                                                             {10, "b", "user.add"},
                                                             {50, "", "user.add"}}) {
                      TENANTRY_RETURN_IF_ERROR(
                          WriteAudit(transaction, {at, {}, tenant, action, "u", "", ""}));
                    }
                    return absl::OkStatus();
                  })
                  .ok());
  ASSERT_TRUE(Migrate(*store, Migrations(), 2).ok());
  EXPECT_EQ(Column(*store,
                   "SELECT tenant_id || COALESCE(people_changed, '-') FROM tenants "
                   "ORDER BY tenant_id"),
            (std::vector<std::string>{"a30", "b10", "c-"}));
}

TEST(Migrations, AreAppliedOnce) {
  TestStore env;
  const auto before = env.Column("SELECT applied FROM schema_migrations");
  ASSERT_TRUE(Migrate(env.store(), Migrations(), 99).ok());
  EXPECT_EQ(env.Column("SELECT applied FROM schema_migrations"), before);
}

TEST(Migrations, RefuseAChangedStep) {
  TestStore env;
  std::vector<Migration> changed = Migrations();
  changed[0].sql = "CREATE TABLE other (x TEXT);\n";
  const absl::Status status = Migrate(env.store(), changed, 1);
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_NE(base::Message(status).find("schema step 1"), std::string_view::npos) << status;
}

TEST(Migrations, RefuseANewerStore) {
  TestStore env;
  std::vector<Migration> longer = Migrations();
  longer.push_back(
      {static_cast<int>(longer.size()) + 1, "from tomorrow", "CREATE TABLE next (x TEXT);\n"});
  ASSERT_TRUE(Migrate(env.store(), longer, 1).ok());
  const absl::Status status = Migrate(env.store(), Migrations(), 1);
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_NE(base::Message(status).find("from tomorrow"), std::string_view::npos) << status;
}

TEST(Migrations, LeaveNothingOfAStepThatFails) {
  TestStore env;
  std::vector<Migration> longer = Migrations();
  const int next = static_cast<int>(longer.size()) + 1;
  longer.push_back({next, "half", "CREATE TABLE half (x TEXT);\nNO SQL;\n"});
  EXPECT_FALSE(Migrate(env.store(), longer, 1).ok());
  EXPECT_EQ(env.Scalar("SELECT COUNT(*) FROM sqlite_master WHERE name = 'half'"), "0");
  longer.back().sql = "CREATE TABLE half (x TEXT);\nCREATE TABLE unended (x TEXT)";
  EXPECT_TRUE(absl::IsInternal(Migrate(env.store(), longer, 1)));
  longer.back().sql = "CREATE TABLE half (x TEXT);\n";
  EXPECT_TRUE(Migrate(env.store(), longer, 1).ok());
}

}  // namespace
}  // namespace tenantry::metastore
