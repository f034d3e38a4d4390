#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/status.h"
#include "identity/caller.h"
#include "metastore/store_test_env.h"
#include "metastore/twins/faulty_metastore.h"
#include "tenants/tenant_registry.h"

namespace tenantry::tenants {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const base::TenantId kAcme("acme");
const metastore::Actor kAnn{"user ann", "request-1"};

// Everything that the life of tenants leaves behind.
struct Traces {
  std::vector<std::string> tenants, steps, audit, changes, events, data;

  bool operator==(const Traces&) const = default;
};

void PrintTo(const Traces& traces, std::ostream* out) {
  for (const auto& [name, rows] : {std::pair("tenants", &traces.tenants),
                                   {"steps", &traces.steps},
                                   {"audit", &traces.audit},
                                   {"changes", &traces.changes},
                                   {"events", &traces.events},
                                   {"data", &traces.data}}) {
    *out << "\n" << name << ": " << testing::PrintToString(*rows);
  }
}

// A registry over a store that fails as told, with steps outside of it that note when they ran.
class World {
 public:
  // A process of its own: the store is opened again, and what fails is told anew.
  void Start() {
    store_.Reopen();
    faulty_.emplace(store_.store(), store_.faults());
    registry_.emplace(*faulty_, clock_, random_, Steps(), 2);
  }

  World() { Start(); }

  TenantRegistry& registry() { return *registry_; }
  metastore::TestStore& store() { return store_; }
  base::ManualClock& clock() { return clock_; }
  std::vector<std::string>& ran() { return ran_; }
  std::string& broken_step() { return broken_step_; }

  absl::Status Create() {
    Tenant tenant;
    tenant.id = kAcme;
    tenant.name = "Acme";
    return registry_->Create(tenant, kAnn).status();
  }

  // Two people of its own, one of them with two sessions, and a key; somebody of another tenant.
  void AddPeople() {
    for (const char* sql :
         {"INSERT INTO users (tenant_id, user_id, role, created) VALUES ('acme', 'bob', "
          "'scientist', 0), ('acme', 'ann', 'tenant_admin', 0), ('other', 'eve', 'scientist', 0)",
          "INSERT INTO sessions (token_hash, session_id, tenant_id, user_id, created, last_seen, "
          "expires) VALUES ('1', 's1', 'acme', 'bob', 0, 0, 9), ('2', 's2', 'acme', 'bob', 0, 0, "
          "9), ('3', 's3', 'other', 'eve', 0, 0, 9)",
          "INSERT INTO keys (key_id, tenant_id, kind, role, secret_hash, created) VALUES ('k1', "
          "'acme', 'bearer', 'scientist', '1', 0), ('k2', 'other', 'bearer', 'scientist', '2', "
          "0)"}) {
      ASSERT_TRUE(store_.Do(sql).ok());
    }
  }

  // Whoever is left: users, sessions, keys.
  std::vector<std::string> Left() {
    return store_.Column(
        "SELECT user_id FROM users UNION SELECT session_id FROM sessions UNION SELECT key_id FROM "
        "keys ORDER BY 1");
  }

  absl::Status Suspend() { return SetStatus(TenantStatus::kSuspended); }
  absl::Status Reactivate() { return SetStatus(TenantStatus::kActive); }

  absl::Status Delete() { return registry_->Delete(kAcme, std::nullopt, kAnn); }

  Traces Look() {
    Traces traces;
    traces.tenants = store_.Column(
        "SELECT tenant_id || ' ' || status || ' v' || version FROM tenants ORDER BY 1");
    traces.steps = store_.Column(
        "SELECT tenant_id || ' ' || number || ' ' || status || ' ' || step FROM tenant_steps "
        "ORDER BY tenant_id, number");
    traces.audit = store_.Column(
        "SELECT tenant_id || ' ' || action || ' by ' || actor FROM audit ORDER BY number");
    traces.changes = store_.Column(
        "SELECT COALESCE(before_json, '') || ' -> ' || after_json FROM audit ORDER BY number");
    for (const std::string& event : store_.Column("SELECT event FROM outbox ORDER BY number")) {
      const auto json = nlohmann::json::parse(event);
      traces.events.push_back(json.at("tenantid").get<std::string>() + " " +
                              json.at("type").get<std::string>());
      traces.data.push_back(json.at("time").dump() + json.at("data").dump());
    }
    return traces;
  }

 private:
  absl::Status SetStatus(TenantStatus status) {
    const auto change = [status](Tenant& tenant) {
      tenant.status = status;
      return absl::OkStatus();
    };
    return registry_->Update(kAcme, std::nullopt, change, kAnn).status();
  }

  LifecycleSteps Steps() {
    LifecycleSteps steps;
    for (const char* name : {"make prefix", "make key"}) steps.provision.push_back(Step(name));
    steps.remove.push_back(Step("drop prefix"));
    return steps;
  }

  LifecycleStep Step(const std::string& name) {
    return {name, [this, name](const base::TenantId& tenant) -> absl::Status {
              ran_.push_back(tenant.value() + " " + name);
              return broken_step_ == name ? base::Unavailable("planted") : absl::OkStatus();
            }};
  }

  metastore::TestStore store_;
  base::ManualClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  base::SeededRandom random_{1};
  std::vector<std::string> ran_;
  std::string broken_step_;
  std::optional<metastore::FaultyMetastore> faulty_;
  std::optional<TenantRegistry> registry_;
};

TEST(LifeCycle, RecordsEveryStepFromRequestedToDeleted) {
  World world;
  ASSERT_TRUE(world.Create().ok());
  ASSERT_TRUE(world.Suspend().ok());
  ASSERT_TRUE(world.Delete().ok());
  const Traces traces = world.Look();
  EXPECT_THAT(traces.tenants, ElementsAre("acme deleted v3"));
  EXPECT_THAT(traces.steps, ElementsAre("acme 1 requested request", "acme 2 provisioning provision",
                                        "acme 3 provisioning make prefix",
                                        "acme 4 provisioning make key", "acme 5 active activate",
                                        "acme 6 suspended suspend", "acme 7 deleting delete",
                                        "acme 8 deleting drop prefix", "acme 9 deleted finish"));
  EXPECT_THAT(traces.audit,
              ElementsAre("acme tenant.create by user ann", "acme tenant.update by user ann",
                          "acme tenant.delete by user ann"));
  EXPECT_THAT(traces.events,
              ElementsAre("acme io.tenantry.tenant.created", "acme io.tenantry.tenant.updated",
                          "acme io.tenantry.tenant.deleted"));
  EXPECT_THAT(world.ran(), ElementsAre("acme make prefix", "acme make key", "acme drop prefix"));
}

// One thing that is done to a tenant, after others were.
struct Operation {
  std::string name;
  std::function<void(World&)> before;
  std::function<absl::Status(World&)> run;
};

// Where a process can die: before, in and after a transaction.
constexpr const char* kPoints[] = {"metastore.write", "metastore.read", "metastore.statement",
                                   "metastore.committing", "metastore.committed"};

class LifeCycleCrash : public testing::TestWithParam<Operation> {};

// The process dies at one point after the other, comes back and goes on with what was begun: in the
// end all of it happened, once, or, when nothing was committed yet, none of it.
TEST_P(LifeCycleCrash, LeavesAllOrNothingWhereverItComes) {
  const Operation& operation = GetParam();
  World whole;
  operation.before(whole);
  const Traces none = whole.Look();
  ASSERT_TRUE(operation.run(whole).ok());
  const Traces all = whole.Look();
  ASSERT_NE(all, none);
  int finished = 0, undone = 0;
  for (const char* point : kPoints) {
    for (int passes = 0;; ++passes) {
      SCOPED_TRACE(testing::Message() << point << " number " << passes + 1);
      World world;
      operation.before(world);
      world.store().faults().Fail(point, base::Unavailable("the process dies here"), passes, 1000);
      if (operation.run(world).ok()) break;
      world.store().faults().Fail(point, absl::OkStatus(), 0, 0);
      world.Start();
      ASSERT_TRUE(world.registry().Resume().ok());
      const Traces found = world.Look();
      EXPECT_TRUE(found == all || found == none) << testing::PrintToString(found);
      ++(found == all ? finished : undone);
      ASSERT_TRUE(world.registry().Resume().ok());
      EXPECT_EQ(world.Look(), found) << "nothing is left to go on with";
    }
  }
  EXPECT_GT(finished, 0);
  EXPECT_GT(undone, 0);
}

// One call of the store fails and the next works: what was begun is gone on with by Resume in the
// same process, too.
TEST_P(LifeCycleCrash, LeavesAllOrNothingWhenOneCallFails) {
  const Operation& operation = GetParam();
  World whole;
  operation.before(whole);
  const Traces none = whole.Look();
  ASSERT_TRUE(operation.run(whole).ok());
  const Traces all = whole.Look();
  for (const char* point : kPoints) {
    for (int passes = 0;; ++passes) {
      SCOPED_TRACE(testing::Message() << point << " number " << passes + 1);
      World world;
      operation.before(world);
      world.store().faults().Fail(point, base::Unavailable("planted"), passes, 1);
      if (operation.run(world).ok()) break;
      ASSERT_TRUE(world.registry().Resume().ok());
      const Traces found = world.Look();
      EXPECT_TRUE(found == all || found == none) << testing::PrintToString(found);
    }
  }
}

// The process dies, comes back, and dies again while it goes on with what was begun.
TEST_P(LifeCycleCrash, LeavesAllOrNothingThoughItComesAgainAndAgain) {
  const auto seed = static_cast<uint64_t>(testing::UnitTest::GetInstance()->random_seed());
  const Operation& operation = GetParam();
  World whole;
  operation.before(whole);
  const Traces none = whole.Look();
  ASSERT_TRUE(operation.run(whole).ok());
  const Traces all = whole.Look();
  base::SeededRandom random(seed);
  for (int round = 0; round < 40; ++round) {
    SCOPED_TRACE(testing::Message() << "seed " << seed << " round " << round);
    World world;
    operation.before(world);
    absl::Status gone_on = base::Unavailable("not yet");
    for (int life = 0; !gone_on.ok() && life < 6; ++life) {
      const char* point = kPoints[random.Below(std::size(kPoints))];
      const auto passes = static_cast<int64_t>(random.Below(life == 0 ? 8 : 4));
      world.store().faults().Fail(point, base::Unavailable("the process dies here"), passes, 1000);
      gone_on = life == 0 ? operation.run(world) : world.registry().Resume();
      world.store().faults().Fail(point, absl::OkStatus(), 0, 0);
      world.Start();
    }
    ASSERT_TRUE(world.registry().Resume().ok());
    const Traces found = world.Look();
    EXPECT_TRUE(found == all || found == none) << testing::PrintToString(found);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Operations, LifeCycleCrash,
    testing::Values(Operation{"Create", [](World&) {}, [](World& world) { return world.Create(); }},
                    Operation{"Suspend", [](World& world) { ASSERT_TRUE(world.Create().ok()); },
                              [](World& world) { return world.Suspend(); }},
                    Operation{"Reactivate",
                              [](World& world) {
                                ASSERT_TRUE(world.Create().ok());
                                ASSERT_TRUE(world.Suspend().ok());
                              },
                              [](World& world) { return world.Reactivate(); }},
                    Operation{"Delete",
                              [](World& world) {
                                ASSERT_TRUE(world.Create().ok());
                                world.AddPeople();
                              },
                              [](World& world) { return world.Delete(); }}),
    [](const auto& operation) { return operation.param.name; });

TEST(LifeCycle, StaysProvisioningUntilItsStepsAreDone) {
  World world;
  world.broken_step() = "make key";
  const absl::Status failed = world.Create();
  EXPECT_EQ(failed.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(base::Message(failed), testing::HasSubstr("make key: planted"));
  EXPECT_THAT(world.Look().tenants, ElementsAre("acme provisioning v1"));
  EXPECT_EQ(world.Suspend().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(world.Create().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(base::Message(world.registry().Resume()), testing::HasSubstr("tenant acme"));
  world.broken_step() = "";
  ASSERT_TRUE(world.registry().Resume().ok());
  EXPECT_THAT(world.Look().tenants, ElementsAre("acme active v1"));
  EXPECT_THAT(world.ran(),
              ElementsAre("acme make prefix", "acme make key", "acme make key", "acme make key"))
      << "a step that is recorded does not run again";
}

TEST(LifeCycle, ADeletedTenantsPeopleLeaveTheTracesOfEachOne) {
  World world;
  ASSERT_TRUE(world.Create().ok());
  world.AddPeople();
  const size_t events_before = world.Look().events.size();
  const size_t audit_before = world.Look().audit.size();
  ASSERT_TRUE(world.Delete().ok());
  EXPECT_THAT(world.Left(), ElementsAre("eve", "k2", "s3"));
  const Traces traces = world.Look();
  const std::vector<std::string> events(traces.events.begin() + events_before, traces.events.end());
  EXPECT_THAT(events,
              ElementsAre("acme io.tenantry.user.logged_off", "acme io.tenantry.user.logged_off",
                          "acme io.tenantry.user.removed", "acme io.tenantry.user.removed",
                          "acme io.tenantry.tenant.deleted"));
  const std::vector<std::string> data(traces.data.begin() + events_before, traces.data.end());
  EXPECT_THAT(data[0], testing::HasSubstr(R"({"sessionID":"s1","userID":"bob"})"));
  EXPECT_THAT(data[2], testing::HasSubstr(R"({"role":"tenant_admin","userID":"ann"})"));
  const std::vector<std::string> audit(traces.audit.begin() + audit_before, traces.audit.end());
  EXPECT_THAT(audit, ElementsAre("acme tenant.delete by user ann", "acme session.end by user ann",
                                 "acme session.end by user ann", "acme user.remove by user ann",
                                 "acme user.remove by user ann", "acme key.revoke by user ann"));
}

TEST(LifeCycle, ADeletedTenantIsGoneAndItsIdTaken) {
  World world;
  ASSERT_TRUE(world.Create().ok());
  ASSERT_TRUE(world.store()
                  .Do("INSERT INTO users (tenant_id, user_id, role, created) VALUES "
                      "('acme', 'bob', 'scientist', 0), ('other', 'eve', 'scientist', 0)")
                  .ok());
  ASSERT_TRUE(world.Delete().ok());
  EXPECT_THAT(world.store().Column("SELECT user_id FROM users"), ElementsAre("eve"));
  EXPECT_EQ(world.registry().Get(kAcme).status(), identity::NoSuchTenant(kAcme));
  EXPECT_FALSE(world.registry().Knows(kAcme));
  EXPECT_EQ(world.Delete(), identity::NoSuchTenant(kAcme));
  EXPECT_EQ(world.Suspend(), identity::NoSuchTenant(kAcme));
  EXPECT_EQ(world.Create().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(*world.registry().List({}, "", 10), IsEmpty());
  EXPECT_EQ(*world.registry().Count({}), 0);
}

TEST(LifeCycle, AnswersOneOfTwoChangesOfOneVersion) {
  World world;
  ASSERT_TRUE(world.Create().ok());
  const auto rename = [](const char* name) {
    return [name](Tenant& tenant) {
      tenant.name = name;
      return absl::OkStatus();
    };
  };
  EXPECT_EQ(world.registry().Update(kAcme, {{1}}, rename("First"), kAnn)->version, 2);
  EXPECT_TRUE(
      absl::IsAborted(world.registry().Update(kAcme, {{1}}, rename("Second"), kAnn).status()));
  EXPECT_TRUE(absl::IsAborted(world.registry().Delete(kAcme, {{1}}, kAnn)));
  EXPECT_EQ(world.registry().Get(kAcme)->name, "First");
  EXPECT_EQ(world.Look().events.size(), 2u) << "what was refused makes no event";
  EXPECT_EQ(world.Look().audit.size(), 2u);
  const auto side = [&](const char* column) {
    return world.store().Scalar(
        fmt::format("SELECT {} FROM audit WHERE action = 'tenant.update' ORDER BY number", column));
  };
  EXPECT_EQ(nlohmann::json::parse(side("before_json")).at("name"), "Acme");
  EXPECT_EQ(nlohmann::json::parse(side("after_json")).at("name"), "First");
}

TEST(LifeCycle, AChangeThatIsRefusedLeavesNothing) {
  World world;
  ASSERT_TRUE(world.Create().ok());
  const Traces before = world.Look();
  const auto refuse = [](Tenant& tenant) {
    tenant.name = "Other";
    return base::InvalidArgument("planted");
  };
  EXPECT_EQ(base::Message(world.registry().Update(kAcme, std::nullopt, refuse, kAnn).status()),
            "planted");
  EXPECT_EQ(world.Look(), before);
  EXPECT_EQ(world.registry().Get(kAcme)->name, "Acme");
}

// Ids of a list read page by page.
std::vector<std::string> Pages(TenantRegistry& registry, const TenantFilter& filter,
                               int64_t limit) {
  std::vector<std::string> ids;
  while (true) {
    const auto page = registry.List(filter, ids.empty() ? "" : ids.back(), limit);
    EXPECT_TRUE(page.ok()) << page.status();
    if (!page.ok() || page->empty()) return ids;
    EXPECT_LE(page->size(), static_cast<size_t>(limit));
    for (const Tenant& tenant : *page) ids.push_back(tenant.id.value());
  }
}

TEST(TenantRegistry, ListsAndCountsWhatAFilterLetsThrough) {
  World world;
  const auto add = [&](const char* id, const char* name, std::optional<std::string> industry) {
    Tenant tenant;
    tenant.id = base::TenantId(id);
    tenant.name = name;
    tenant.industry = std::move(industry);
    ASSERT_TRUE(world.registry().Create(tenant, kAnn).ok());
  };
  add("b", "Bank of 100%", "finance");
  add("a", "under_score", "retail");
  add("c", "O'Neill; DROP TABLE tenants", "Finance");
  add("Ü", "Über", std::nullopt);
  const auto found = [&](TenantFilter filter) {
    const std::vector<std::string> ids = Pages(world.registry(), filter, 2);
    EXPECT_EQ(*world.registry().Count(filter), static_cast<int64_t>(ids.size()));
    return ids;
  };
  EXPECT_THAT(found({}), ElementsAre("a", "b", "c", "Ü"));
  EXPECT_THAT(found({.search = "BANK"}), ElementsAre("b"));
  EXPECT_THAT(found({.search = "%"}), ElementsAre("b"));
  EXPECT_THAT(found({.search = "_"}), ElementsAre("a"));
  EXPECT_THAT(found({.search = "'"}), ElementsAre("c"));
  EXPECT_THAT(found({.search = "finance"}), ElementsAre("b", "c"));
  EXPECT_THAT(found({.only = base::TenantId("b")}), ElementsAre("b"));
  EXPECT_THAT(found({.only = base::TenantId("b"), .search = "under"}), IsEmpty());
  EXPECT_THAT(found({.industry = "retail"}), ElementsAre("a"));
  EXPECT_THAT(found({.status = "suspended"}), IsEmpty());
}

}  // namespace
}  // namespace tenantry::tenants
