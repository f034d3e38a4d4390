#include "tenants/tenant_registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/status.h"
#include "metastore/store_test_env.h"

namespace tenantry::tenants {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const metastore::Actor kAnn{"user ann", "request-1"};

// A registry without outside steps in a fresh store.
class Bench {
 public:
  TenantRegistry& registry() { return registry_; }
  metastore::TestStore& store() { return store_; }
  base::ManualClock& clock() { return clock_; }

  // Registers a tenant of that id; the rest as it is by default.
  Tenant Add(const std::string& id, const std::string& name = "Name") {
    Tenant tenant;
    tenant.id = base::TenantId(id);
    tenant.name = name;
    auto made = registry_.Create(tenant, kAnn);
    EXPECT_TRUE(made.ok()) << made.status();
    return made.ok() ? *made : tenant;
  }

  absl::StatusOr<Tenant> SetStatus(const std::string& id, TenantStatus status) {
    const auto change = [status](Tenant& tenant) {
      tenant.status = status;
      return absl::OkStatus();
    };
    return registry_.Update(base::TenantId(id), std::nullopt, change, kAnn);
  }

  // The ids of a page.
  std::vector<std::string> Ids(const TenantFilter& filter, const std::string& after,
                               int64_t limit) {
    std::vector<std::string> ids;
    const auto page = registry_.List(filter, after, limit);
    EXPECT_TRUE(page.ok()) << page.status();
    if (!page.ok()) return ids;
    for (const Tenant& tenant : *page) ids.push_back(tenant.id.value());
    return ids;
  }

 private:
  metastore::TestStore store_;
  base::ManualClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  base::SeededRandom random_{1};
  TenantRegistry registry_{store_.store(), clock_, random_, {}};
};

std::function<absl::Status(Tenant&)> Rename(const std::string& name) {
  return [name](Tenant& tenant) {
    tenant.name = name;
    return absl::OkStatus();
  };
}

TEST(TenantRegistry, ReadsBackEveryFieldAfterARestart) {
  Bench bench;
  Tenant tenant;
  tenant.id = base::TenantId("Ü/ '%\"");
  tenant.name = std::string("a\0b \xE2\x82\xAC", 7);
  tenant.industry = "zoo";
  tenant.revenue = 0.1;
  tenant.employees = 10'000'000;
  tenant.plan = "team";
  tenant.pattern = "silo";
  tenant.monthly_fee = 1e12;
  tenant.total_fee = 1e-9;
  tenant.sentiment = -1;
  const auto made = bench.registry().Create(tenant, kAnn);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->status, TenantStatus::kActive);
  EXPECT_EQ(made->version, 1);
  EXPECT_EQ(made->created, bench.clock().Now());
  bench.store().Reopen();
  base::SeededRandom random(2);
  TenantRegistry registry(bench.store().store(), bench.clock(), random, {});
  const auto found = registry.Get(tenant.id);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(ToJson(*found), ToJson(*made));
  EXPECT_EQ(found->name, tenant.name);
  EXPECT_EQ(found->revenue, 0.1);
  EXPECT_EQ(found->total_fee, 1e-9);
}

TEST(TenantRegistry, MakesAnIdThatIsNobodysWhenNoneIsGiven) {
  Bench bench;
  std::set<std::string> ids;
  for (int i = 0; i < 20; ++i) {
    Tenant tenant;
    tenant.name = "Name";
    const auto made = bench.registry().Create(tenant, kAnn);
    ASSERT_TRUE(made.ok()) << made.status();
    EXPECT_THAT(made->id.value(), testing::MatchesRegex("t-[0-9a-f]{16}"));
    ids.insert(made->id.value());
  }
  EXPECT_EQ(ids.size(), 20u);
}

TEST(TenantRegistry, TakesNoIdTwiceAndLeavesTheFirstAlone) {
  Bench bench;
  bench.Add("acme", "First");
  Tenant second;
  second.id = base::TenantId("acme");
  second.name = "Second";
  const absl::Status refused = bench.registry().Create(second, kAnn).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(base::Message(refused)), HasSubstr("'acme' is taken"));
  EXPECT_EQ(bench.registry().Get(base::TenantId("acme"))->name, "First");
  EXPECT_EQ(bench.store().Scalar("SELECT COUNT(*) FROM outbox"), "1");
  EXPECT_EQ(bench.store().Scalar("SELECT COUNT(*) FROM audit"), "1");
  bench.Add("Acme");
  EXPECT_EQ(*bench.registry().Count({}), 2) << "ids are bytes";
}

TEST(TenantRegistry, GrowsTheVersionAndMovesTheTimeWithEveryChange) {
  Bench bench;
  const Tenant made = bench.Add("acme");
  for (int64_t version = 1; version < 4; ++version) {
    bench.clock().Advance(absl::Seconds(7));
    const auto changed = bench.registry().Update(made.id, {{version}}, Rename("Acme 2"), kAnn);
    ASSERT_TRUE(changed.ok()) << changed.status();
    EXPECT_EQ(changed->version, version + 1);
    EXPECT_EQ(changed->updated, bench.clock().Now());
    EXPECT_EQ(changed->created, made.created);
  }
  const absl::Status stale = bench.registry().Update(made.id, {{3}}, Rename("late"), kAnn).status();
  EXPECT_TRUE(absl::IsAborted(stale));
  EXPECT_THAT(std::string(base::Message(stale)),
              HasSubstr("has version 4, the change is meant for 3: read it again"));
}

TEST(TenantRegistry, LetsOneOfManyRacingChangesOfAVersionWin) {
  constexpr int kRacers = 8, kRounds = 10;
  Bench bench;
  bench.Add("acme");
  for (int64_t version = 1; version <= kRounds; ++version) {
    std::vector<absl::Status> answers(kRacers);
    std::vector<std::thread> racers;
    for (int i = 0; i < kRacers; ++i) {
      racers.emplace_back([&, i] {
        answers[i] =
            bench.registry()
                .Update(base::TenantId("acme"), {{version}}, Rename(std::to_string(i)), kAnn)
                .status();
      });
    }
    for (std::thread& racer : racers) racer.join();
    int winner = -1;
    for (int i = 0; i < kRacers; ++i) {
      if (!answers[i].ok()) {
        EXPECT_TRUE(absl::IsAborted(answers[i])) << answers[i];
        continue;
      }
      EXPECT_EQ(winner, -1) << "two won";
      winner = i;
    }
    const auto now = bench.registry().Get(base::TenantId("acme"));
    EXPECT_EQ(now->version, version + 1);
    EXPECT_EQ(now->name, std::to_string(winner));
  }
  EXPECT_EQ(bench.store().Scalar("SELECT COUNT(*) FROM outbox"), std::to_string(1 + kRounds));
  EXPECT_EQ(bench.store().Scalar("SELECT COUNT(*) FROM audit"), std::to_string(1 + kRounds));
}

TEST(TenantRegistry, LosesNoChangeOfThoseThatNameNoVersion) {
  constexpr int kRacers = 8;
  Bench bench;
  bench.Add("acme");
  const auto hire = [](Tenant& tenant) {
    tenant.employees = tenant.employees.value_or(0) + 1;
    return absl::OkStatus();
  };
  std::vector<std::thread> racers;
  for (int i = 0; i < kRacers; ++i) {
    racers.emplace_back([&] {
      EXPECT_TRUE(bench.registry().Update(base::TenantId("acme"), std::nullopt, hire, kAnn).ok());
    });
  }
  for (std::thread& racer : racers) racer.join();
  EXPECT_EQ(bench.registry().Get(base::TenantId("acme"))->employees, kRacers);
}

TEST(TenantRegistry, SuspendsAndReactivates) {
  Bench bench;
  bench.Add("acme");
  EXPECT_EQ(bench.SetStatus("acme", TenantStatus::kSuspended)->status, TenantStatus::kSuspended);
  EXPECT_TRUE(bench.registry().Knows(base::TenantId("acme"))) << "a suspended one exists";
  EXPECT_EQ(bench.SetStatus("acme", TenantStatus::kSuspended)->version, 3);
  EXPECT_EQ(bench.SetStatus("acme", TenantStatus::kActive)->status, TenantStatus::kActive);
  EXPECT_THAT(
      bench.store().Column("SELECT status || ' ' || step FROM tenant_steps WHERE number > 3 "
                           "ORDER BY number"),
      ElementsAre("suspended suspend", "active reactivate"))
      << "no step without a change of status";
}

TEST(TenantRegistry, LetsAChangeSetNoStatusButActiveAndSuspended) {
  Bench bench;
  bench.Add("a");
  bench.Add("b");
  ASSERT_TRUE(bench.SetStatus("b", TenantStatus::kSuspended).ok());
  const std::string events = bench.store().Scalar("SELECT COUNT(*) FROM outbox");
  for (const TenantStatus status : {TenantStatus::kRequested, TenantStatus::kProvisioning,
                                    TenantStatus::kDeleting, TenantStatus::kDeleted}) {
    for (const char* id : {"a", "b"}) {
      const absl::Status refused = bench.SetStatus(id, status).status();
      EXPECT_TRUE(absl::IsInvalidArgument(refused)) << refused;
      EXPECT_EQ(
          base::Message(refused),
          fmt::format("status may be set to active or suspended, not to {}", StatusName(status)));
    }
  }
  EXPECT_EQ(bench.registry().Get(base::TenantId("a"))->status, TenantStatus::kActive);
  EXPECT_EQ(bench.registry().Get(base::TenantId("b"))->status, TenantStatus::kSuspended);
  EXPECT_EQ(bench.store().Scalar("SELECT COUNT(*) FROM outbox"), events);
}

// The state a tenant is in, and what is refused to it there.
TEST(TenantRegistry, RefusesChangesWhileItsLifeIsOnTheMove) {
  for (const char* status : {"requested", "provisioning", "deleting"}) {
    SCOPED_TRACE(status);
    Bench bench;
    bench.Add("acme");
    ASSERT_TRUE(bench.store().Do(fmt::format("UPDATE tenants SET status = '{}'", status)).ok());
    for (const TenantStatus wanted : {TenantStatus::kActive, TenantStatus::kSuspended}) {
      const absl::Status refused = bench.SetStatus("acme", wanted).status();
      EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition) << refused;
      EXPECT_EQ(base::Message(refused),
                fmt::format("the tenant 'acme' is {}: wait until that is done", status));
    }
    EXPECT_EQ(bench.store().Scalar("SELECT status FROM tenants"), status);
    EXPECT_EQ(bench.store().Scalar("SELECT COUNT(*) FROM audit"), "1");
  }
}

TEST(TenantRegistry, DeletesFromEveryState) {
  for (const char* status : {"requested", "provisioning", "active", "suspended", "deleting"}) {
    SCOPED_TRACE(status);
    Bench bench;
    bench.Add("acme");
    ASSERT_TRUE(bench.store().Do(fmt::format("UPDATE tenants SET status = '{}'", status)).ok());
    EXPECT_EQ(bench.registry().Delete(base::TenantId("acme"), std::nullopt, kAnn),
              absl::OkStatus());
    EXPECT_EQ(bench.store().Scalar("SELECT status FROM tenants"), "deleted");
    EXPECT_THAT(bench.store().Column("SELECT tenant_id FROM outbox WHERE event LIKE "
                                     "'%io.tenantry.tenant.deleted%'"),
                ElementsAre("acme"));
  }
}

TEST(TenantRegistry, NamesWhatIsNotThere) {
  Bench bench;
  const base::TenantId nobody("nobody");
  for (const absl::Status& status :
       {bench.registry().Get(nobody).status(),
        bench.registry().Update(nobody, {{1}}, Rename("x"), kAnn).status(),
        bench.registry().Delete(nobody, std::nullopt, kAnn)}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kNotFound) << status;
    EXPECT_THAT(std::string(base::Message(status)), HasSubstr("nobody"));
  }
  EXPECT_FALSE(bench.registry().Knows(nobody));
  EXPECT_EQ(bench.store().Scalar("SELECT COUNT(*) FROM outbox"), "0");
  EXPECT_EQ(bench.store().Scalar("SELECT COUNT(*) FROM audit"), "0");
}

TEST(TenantRegistry, AnnouncesEachChangeAsTheCatalogueSays) {
  Bench bench;
  const base::TenantId acme = bench.Add("acme", "Acme").id;
  bench.clock().Advance(absl::Seconds(1));
  ASSERT_TRUE(bench.registry().Update(acme, std::nullopt, Rename("Other"), kAnn).ok());
  ASSERT_TRUE(bench.registry().Delete(acme, std::nullopt, kAnn).ok());
  std::vector<json> events;
  for (const auto& text : bench.store().Column("SELECT event FROM outbox ORDER BY number")) {
    events.push_back(json::parse(text));
  }
  ASSERT_EQ(events.size(), 3u);
  std::set<std::string> ids;
  for (const json& event : events) {
    EXPECT_EQ(event.at("specversion"), "1.0");
    EXPECT_EQ(event.at("tenantid"), "acme");
    EXPECT_EQ(event.at("subject"), "acme");
    EXPECT_EQ(event.at("source"), "/tenants/acme");
    ids.insert(event.at("id").get<std::string>());
  }
  EXPECT_EQ(ids.size(), 3u);
  const json created = {{"tenantID", "acme"},  {"name", "Acme"},        {"industry", nullptr},
                        {"revenue", nullptr},  {"employees", nullptr},  {"plan", "free"},
                        {"pattern", "bridge"}, {"monthlyFee", nullptr}, {"totalFee", nullptr}};
  json updated = created;
  updated["name"] = "Other";
  EXPECT_EQ(events[0].at("type"), "io.tenantry.tenant.created");
  EXPECT_EQ(events[0].at("data"), created);
  EXPECT_EQ(events[1].at("type"), "io.tenantry.tenant.updated");
  EXPECT_EQ(events[1].at("data"), updated);
  EXPECT_THAT(events[1].at("time").get<std::string>(), HasSubstr("2023-11-14T22:13:21"));
  EXPECT_EQ(events[2].at("type"), "io.tenantry.tenant.deleted");
  EXPECT_EQ(events[2].at("data"), json({{"tenantID", "acme"}}));
  EXPECT_THAT(bench.store().Column("SELECT DISTINCT stream FROM outbox"), ElementsAre("companies"));
}

// Whoever reads the events takes the one with the latest time for what is so.
TEST(TenantRegistry, TellsOfLaterChangesWithLaterTimesThoughTheClockIsSetBack) {
  Bench bench;
  const Tenant made = bench.Add("acme");
  bench.clock().Advance(-absl::Hours(1));
  const auto changed = bench.registry().Update(made.id, std::nullopt, Rename("Other"), kAnn);
  ASSERT_TRUE(changed.ok()) << changed.status();
  EXPECT_GT(changed->updated, made.created);
  ASSERT_TRUE(bench.registry().Delete(made.id, std::nullopt, kAnn).ok());
  std::vector<std::string> times;
  for (const auto& text : bench.store().Column("SELECT event FROM outbox ORDER BY number")) {
    times.push_back(json::parse(text).at("time"));
  }
  EXPECT_THAT(times, ElementsAre("2023-11-14T22:13:20.000000Z", "2023-11-14T22:13:20.000001Z",
                                 "2023-11-14T22:13:20.000003Z"))
      << "asking for the deletion has a time of its own";
}

TEST(TenantRegistry, AuditsWhoChangedWhatFromWhatToWhat) {
  Bench bench;
  const base::TenantId acme = bench.Add("acme", "Acme").id;
  ASSERT_TRUE(bench.SetStatus("acme", TenantStatus::kSuspended).ok());
  ASSERT_TRUE(bench.registry().Delete(acme, {{2}}, {"key K", "request-2"}).ok());
  EXPECT_THAT(bench.store().Column("SELECT action || ' ' || thing || ' by ' || actor || ' in ' || "
                                   "request_id || ' at ' || at FROM audit ORDER BY number"),
              ElementsAre("tenant.create acme by user ann in request-1 at 1700000000000000",
                          "tenant.update acme by user ann in request-1 at 1700000000000000",
                          "tenant.delete acme by key K in request-2 at 1700000000000000"));
  const auto before = bench.store().Column("SELECT before_json FROM audit ORDER BY number");
  const auto after = bench.store().Column("SELECT after_json FROM audit ORDER BY number");
  EXPECT_EQ(before[0], "null");
  EXPECT_EQ(json::parse(before[1]).at("version"), 1);
  EXPECT_EQ(json::parse(before[1]).at("status"), "active");
  EXPECT_EQ(json::parse(after[1]).at("status"), "suspended");
  EXPECT_EQ(json::parse(before[2]), json::parse(after[1]));
  EXPECT_EQ(json::parse(after[2]).at("status"), "deleting");
  EXPECT_EQ(json::parse(after[2]).at("version"), 3);
}

TEST(TenantRegistry, PagesOnFromAnIdWhateverIsAddedOrGoneMeanwhile) {
  Bench bench;
  for (const char* id : {"b", "d", "f", "h"}) bench.Add(id, "the same name");
  EXPECT_THAT(bench.Ids({}, "", 2), ElementsAre("b", "d"));
  bench.Add("a");
  bench.Add("e");
  ASSERT_TRUE(bench.registry().Delete(base::TenantId("d"), std::nullopt, kAnn).ok());
  EXPECT_THAT(bench.Ids({}, "d", 2), ElementsAre("e", "f")) << "'d' is gone, its place is not";
  bench.Add("g");
  ASSERT_TRUE(bench.registry().Delete(base::TenantId("h"), std::nullopt, kAnn).ok());
  EXPECT_THAT(bench.Ids({}, "f", 2), ElementsAre("g"));
  EXPECT_THAT(bench.Ids({}, "g", 2), IsEmpty());
  EXPECT_THAT(bench.Ids({.search = "SAME"}, "", 10), ElementsAre("b", "f"));
}

TEST(TenantRegistry, PagesWithoutLossOrRepeatWhileOthersAreAdded) {
  Bench bench;
  std::vector<std::string> first;
  for (int i = 100; i < 160; ++i) first.push_back(bench.Add(std::to_string(i)).id.value());
  std::thread adder([&] {
    for (int i = 100; i < 130; ++i) bench.Add(std::to_string(i) + "+");
  });
  std::vector<std::string> seen;
  for (auto page = bench.Ids({}, "", 7); !page.empty(); page = bench.Ids({}, seen.back(), 7)) {
    seen.insert(seen.end(), page.begin(), page.end());
  }
  adder.join();
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  EXPECT_EQ(std::adjacent_find(seen.begin(), seen.end()), seen.end()) << "none twice";
  EXPECT_TRUE(std::includes(seen.begin(), seen.end(), first.begin(), first.end())) << "none lost";
  EXPECT_EQ(*bench.registry().Count({}), 90);
}

TEST(TenantRegistry, ShowsDeletedOnesOnlyWhenAskedForThem) {
  Bench bench;
  bench.Add("gone");
  bench.Add("here");
  ASSERT_TRUE(bench.registry().Delete(base::TenantId("gone"), std::nullopt, kAnn).ok());
  EXPECT_THAT(bench.Ids({}, "", 10), ElementsAre("here"));
  EXPECT_THAT(bench.Ids({.status = "deleted"}, "", 10), ElementsAre("gone"));
  EXPECT_EQ(*bench.registry().Count({.status = "deleted"}), 1);
  EXPECT_THAT(bench.Ids({.only = base::TenantId("gone")}, "", 10), IsEmpty());
}

TEST(TenantRegistry, FiltersByPlanPatternAndStatusTogether) {
  Bench bench;
  const auto add = [&](const char* id, const char* plan, const char* pattern) {
    Tenant tenant;
    tenant.id = base::TenantId(id);
    tenant.name = id;
    tenant.plan = plan;
    tenant.pattern = pattern;
    ASSERT_TRUE(bench.registry().Create(tenant, kAnn).ok());
  };
  add("a", "team", "pool");
  add("b", "team", "silo");
  add("c", "free", "silo");
  ASSERT_TRUE(bench.SetStatus("b", TenantStatus::kSuspended).ok());
  EXPECT_THAT(bench.Ids({.plan = "team"}, "", 10), ElementsAre("a", "b"));
  EXPECT_THAT(bench.Ids({.pattern = "silo"}, "", 10), ElementsAre("b", "c"));
  EXPECT_THAT(bench.Ids({.plan = "team", .pattern = "silo"}, "", 10), ElementsAre("b"));
  EXPECT_THAT(bench.Ids({.plan = "team", .status = "suspended"}, "", 10), ElementsAre("b"));
  EXPECT_THAT(bench.Ids({.plan = "team", .status = "active"}, "", 10), ElementsAre("a"));
  EXPECT_THAT(bench.Ids({.plan = "TEAM"}, "", 10), IsEmpty()) << "filters are exact";
  EXPECT_EQ(*bench.registry().Count({.search = "B", .plan = "team", .pattern = "silo"}), 1);
}

TEST(TenantRegistry, SearchesWhateverTheCaseOfAToZAndTakesOtherLettersAsTheyAre) {
  Bench bench;
  bench.Add("a", "Über ALLES!");
  EXPECT_THAT(bench.Ids({.search = "Über alles!"}, "", 10), ElementsAre("a"));
  EXPECT_THAT(bench.Ids({.search = "ÜBER"}, "", 10), ElementsAre("a"));
  EXPECT_THAT(bench.Ids({.search = "alles!!"}, "", 10), IsEmpty());
}

}  // namespace
}  // namespace tenantry::tenants
