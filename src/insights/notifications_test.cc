#include "insights/notifications.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/status.h"
#include "base/utf8.h"
#include "metastore/store_test_env.h"
#include "metastore/twins/faulty_metastore.h"

namespace tenantry::insights {
namespace {

using events::CompanyRecord;
using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const metastore::Actor kAnn{"user ann", "request-1"};

CompanyRecord Quiet(const std::string& id) {
  CompanyRecord record;
  record.tenant = base::TenantId(id);
  return record;
}

CompanyRecord Idle(const std::string& id, int64_t sessions = 4, int64_t idle = 2) {
  CompanyRecord record = Quiet(id);
  record.sessions30 = sessions;
  record.idle_sessions30 = idle;
  return record;
}

CompanyRecord AtRisk(const std::string& id, double score = 0.87) {
  CompanyRecord record = Quiet(id);
  record.risk.status = events::Risk::Status::kFresh;
  record.risk.churn = true;
  record.risk.score = score;
  record.risk.reasons = {{"logins30", "40", -2}, {"job30", "0", 1.5}, {"job90", "3", 1}};
  return record;
}

CompanyRecord IdleAtRisk(const std::string& id) {
  CompanyRecord record = AtRisk(id);
  record.sessions30 = 4;
  record.idle_sessions30 = 2;
  return record;
}

// Notifications over a store that fails as told and may be opened again.
class Bench {
 public:
  Bench() { Start(); }

  // A process of its own.
  void Start() {
    store_.Reopen();
    metrics_.emplace();
    faulty_.emplace(store_.store(), store_.faults());
    notifications_.emplace(*faulty_, clock_, random_, *metrics_);
    const absl::Status loaded = notifications_->Load();
    EXPECT_TRUE(loaded.ok()) << loaded;
  }

  Notifications& notifications() { return *notifications_; }
  metastore::TestStore& store() { return store_; }
  base::ManualClock& clock() { return clock_; }
  std::string Metrics() const { return metrics_->PrometheusText(); }

  void Look(const CompanyRecord& record) { notifications_->Look({record}); }

  std::vector<Notification> All(const NotificationFilter& filter = {},
                                const std::string& before = "", int64_t limit = 1000) {
    auto found = notifications_->List(filter, before, limit);
    EXPECT_TRUE(found.ok()) << found.status();
    return found.ok() ? *std::move(found) : std::vector<Notification>();
  }

  // The rule and tenant of each, newest first.
  std::vector<std::string> Told(const NotificationFilter& filter = {}) {
    std::vector<std::string> told;
    for (const auto& one : All(filter)) told.push_back(one.rule + " " + one.tenant.value());
    return told;
  }

  // The text of the newest.
  std::string Text() {
    const auto all = All();
    return all.empty() ? "none" : all.front().text;
  }

  std::string Events() { return store_.Scalar("SELECT COUNT(*) FROM outbox"); }

 private:
  metastore::TestStore store_;
  base::ManualClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  base::SeededRandom random_{1};
  std::optional<runtime::Metrics> metrics_;
  std::optional<metastore::FaultyMetastore> faulty_;
  std::optional<Notifications> notifications_;
};

// What is told of one record.
std::vector<std::string> Told(const CompanyRecord& record) {
  Bench bench;
  bench.Look(record);
  return bench.Told();
}

std::string TextOf(const CompanyRecord& record) {
  Bench bench;
  bench.Look(record);
  return bench.Text();
}

TEST(Notifications, TellOfIdleSessionsFromThreeSessionsAndHalfOfThemOn) {
  EXPECT_THAT(Told(Idle("a", 4, 2)), ElementsAre("idle_after_login a"));
  EXPECT_THAT(Told(Idle("a", 3, 2)), ElementsAre("idle_after_login a"));
  EXPECT_THAT(Told(Idle("a", 2, 2)), IsEmpty());
  EXPECT_THAT(Told(Idle("a", 4, 1)), IsEmpty());
  EXPECT_THAT(Told(Idle("a", 5, 2)), IsEmpty());
  EXPECT_THAT(Told(Idle("a", 0, 0)), IsEmpty());
}

TEST(Notifications, TellOfRiskThatIsKnownAlone) {
  using Status = events::Risk::Status;
  EXPECT_THAT(Told(AtRisk("a")), ElementsAre("at_risk a"));
  CompanyRecord record = AtRisk("a");
  record.risk.status = Status::kStale;
  EXPECT_THAT(Told(record), ElementsAre("at_risk a")) << "the last that was known";
  record.risk.status = Status::kUnknown;
  EXPECT_THAT(Told(record), IsEmpty());
  record = AtRisk("a");
  record.risk.churn = false;
  EXPECT_THAT(Told(record), IsEmpty()) << "the model's threshold decides, not the score";
  record.risk.churn.reset();
  EXPECT_THAT(Told(record), IsEmpty());
  record = AtRisk("a");
  record.risk.score.reset();
  EXPECT_THAT(Told(record), IsEmpty());
}

TEST(Notifications, TellNothingOfADeletedTenant) {
  CompanyRecord record = AtRisk("a");
  record.sessions30 = record.idle_sessions30 = 9;
  EXPECT_THAT(Told(record), SizeIs(2));
  record.deleted = true;
  EXPECT_THAT(Told(record), IsEmpty());
}

TEST(Notifications, AreWrittenForPeople) {
  CompanyRecord record = AtRisk("t-1");
  EXPECT_EQ(TextOf(record),
            "t-1 may leave: churn risk 87 %, above all because it submitted 0 jobs in 30 days");
  record.name = "\"Acme \\u00dcber\"";
  record.risk.score = 0.996;
  EXPECT_EQ(TextOf(record),
            "Acme Über (t-1) may leave: churn risk over 99 %, above all because it submitted 0 "
            "jobs in 30 days");
  record.risk.score = 0.994;
  record.risk.reasons.clear();
  EXPECT_EQ(TextOf(record), "Acme Über (t-1) may leave: churn risk 99 %");
  record.risk.reasons = {{"logins30", "40", -2}};
  EXPECT_EQ(TextOf(record), "Acme Über (t-1) may leave: churn risk 99 %")
      << "what speaks against leaving is no reason";
  record = Idle("t-1", 12, 7);
  record.name = "\"Acme\"";
  EXPECT_EQ(TextOf(record),
            "Acme (t-1) does little after logging in: 7 of 12 sessions in 30 days did nothing");
  for (const char* name : {"null", "\"\"", "\"t-1\"", "7", "{\"a\":[1]}"}) {
    record.name = name;
    EXPECT_THAT(TextOf(record), testing::StartsWith("t-1 does little")) << name;
  }
}

// An event may bring a name or an industry of any length: neither keeps a notification back.
TEST(Notifications, StayShortWhateverTheNamesAre) {
  CompanyRecord record = AtRisk("t-1");
  std::string endless;
  while (endless.size() < 300'000) endless += "x€";
  record.name = json(endless).dump();
  record.risk.reasons = {{"industry", "y" + endless, 3}};
  const std::string text = TextOf(record);
  EXPECT_LT(text.size(), 300u);
  EXPECT_TRUE(base::IsUtf8(text));
  EXPECT_THAT(text, testing::HasSubstr("… (t-1) may leave"));
}

TEST(Notifications, AreRaisedOnceWhileTheRuleHolds) {
  Bench bench;
  for (int i = 0; i < 5; ++i) {
    bench.clock().Advance(absl::Hours(24));
    bench.Look(Idle("a", 4 + i, 4));
  }
  EXPECT_THAT(bench.Told(), ElementsAre("idle_after_login a"));
  EXPECT_EQ(bench.Events(), "1");
  EXPECT_THAT(bench.Metrics(), testing::HasSubstr("tenantry_insights_notifications_total 1\n"));
}

TEST(Notifications, AreRaisedAnewWhenTheRuleCeasedAndHoldsAgain) {
  Bench bench;
  bench.Look(Idle("a"));
  bench.Look(Quiet("a"));
  EXPECT_THAT(bench.Told(), SizeIs(1)) << "what was told stays told";
  bench.Look(Quiet("a"));
  bench.Look(Idle("a"));
  bench.Look(Idle("a"));
  EXPECT_THAT(bench.Told(), ElementsAre("idle_after_login a", "idle_after_login a"));
  EXPECT_EQ(bench.Events(), "2");
  EXPECT_EQ(bench.store().Scalar("SELECT COUNT(*) FROM notifications WHERE cleared IS NULL"), "1");
}

TEST(Notifications, KeepRulesAndTenantsApart) {
  Bench bench;
  bench.notifications().Look({Idle("a"), AtRisk("b"), Quiet("c")});
  CompanyRecord both = AtRisk("a");
  both.sessions30 = both.idle_sessions30 = 5;
  bench.notifications().Look({both, AtRisk("b")});
  EXPECT_THAT(bench.Told(), ElementsAre("at_risk a", "at_risk b", "idle_after_login a"));
  bench.Look(AtRisk("a"));
  bench.Look(both);
  EXPECT_THAT(bench.Told(),
              ElementsAre("idle_after_login a", "at_risk a", "at_risk b", "idle_after_login a"));
}

TEST(Notifications, AreRememberedOverARestart) {
  Bench bench;
  bench.Look(Idle("a"));
  bench.Look(AtRisk("b"));
  bench.Look(Quiet("b"));
  const auto before = bench.All();
  bench.Start();
  const auto after = bench.All();
  ASSERT_EQ(after.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(after[i].id, before[i].id);
    EXPECT_EQ(after[i].text, before[i].text);
    EXPECT_EQ(after[i].raised, before[i].raised);
  }
  bench.Look(Idle("a"));
  EXPECT_THAT(bench.Told(), SizeIs(2)) << "it held before, it holds still";
  bench.Look(AtRisk("b"));
  EXPECT_THAT(bench.Told(), SizeIs(3)) << "it had ceased before";
  bench.Look(Quiet("a"));
  bench.Start();
  bench.Look(Idle("a"));
  EXPECT_THAT(bench.Told(), SizeIs(4));
}

TEST(Notifications, SendTheEventOfTheCatalogue) {
  Bench bench;
  bench.Look(Idle("acme"));
  const Notification one = bench.All().at(0);
  EXPECT_EQ(one.raised, bench.clock().Now());
  EXPECT_EQ(bench.store().Scalar("SELECT stream || ' ' || tenant_id FROM outbox"),
            "enrichedcompanies acme");
  const json event = json::parse(bench.store().Scalar("SELECT event FROM outbox"));
  EXPECT_EQ(event.at("specversion"), "1.0");
  EXPECT_EQ(event.at("type"), "io.tenantry.notification.raised");
  EXPECT_EQ(event.at("id"), one.id);
  EXPECT_EQ(event.at("subject"), one.id);
  EXPECT_EQ(event.at("tenantid"), "acme");
  EXPECT_THAT(event.at("time").get<std::string>(), testing::HasSubstr("2023-11-14T22:13:20"));
  EXPECT_EQ(event.at("data"),
            json({{"rule", "idle_after_login"}, {"tenantID", "acme"}, {"text", one.text}}));
}

TEST(Notifications, HaveGreaterIdsTheLaterTheyAreThoughTheClockStandsOrIsSetBack) {
  Bench bench;
  std::vector<std::string> raised;
  const auto raise = [&](const std::string& id) {
    bench.Look(Idle(id));
    raised.insert(raised.begin(), "idle_after_login " + id);
  };
  for (int i = 0; i < 20; ++i) raise("stands" + std::to_string(i));
  bench.clock().Advance(-absl::Hours(5));
  for (int i = 0; i < 5; ++i) raise("back" + std::to_string(i));
  EXPECT_EQ(bench.All().front().raised, bench.clock().Now());
  bench.Start();
  raise("restarted");
  bench.clock().Advance(absl::Hours(10));
  raise("onward");
  EXPECT_EQ(bench.Told(), raised);
}

TEST(Notifications, AreListedNewestFirstOverPagesWhileOthersAreRaised) {
  Bench bench;
  for (const char* id : {"a", "b", "c", "d", "e"}) bench.Look(Idle(id));
  const auto first = bench.All({}, "", 2);
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[0].tenant.value(), "e");
  bench.Look(Idle("f"));
  const auto second = bench.All({}, first[1].id, 2);
  ASSERT_EQ(second.size(), 2u);
  EXPECT_EQ(second[0].tenant.value(), "c");
  const auto third = bench.All({}, second[1].id, 2);
  ASSERT_EQ(third.size(), 1u);
  EXPECT_EQ(third[0].tenant.value(), "a");
  EXPECT_THAT(bench.All({}, third[0].id, 2), IsEmpty());
}

TEST(Notifications, ListATenantsOwnAndTheOpenOnes) {
  Bench bench;
  bench.notifications().Look({IdleAtRisk("a"), Idle("b")});
  EXPECT_THAT(bench.Told({.tenant = base::TenantId("a")}),
              testing::UnorderedElementsAre("at_risk a", "idle_after_login a"));
  EXPECT_THAT(bench.Told({.tenant = base::TenantId("none")}), IsEmpty());
  const std::string id = bench.All({.tenant = base::TenantId("b")}).at(0).id;
  ASSERT_TRUE(bench.notifications().Acknowledge(id, kAnn).ok());
  EXPECT_THAT(bench.Told({.status = "acknowledged"}), ElementsAre("idle_after_login b"));
  EXPECT_THAT(bench.Told({.status = "open"}), SizeIs(2));
  EXPECT_THAT(bench.Told({.tenant = base::TenantId("a"), .status = "acknowledged"}), IsEmpty());
}

TEST(Notifications, AreOpenOrAcknowledgedOnlyWhileTheirRuleHolds) {
  Bench bench;
  bench.notifications().Look({Idle("acme"), IdleAtRisk("gone"), Idle("taken")});
  const std::string first = bench.All({.tenant = base::TenantId("acme")}).at(0).id;
  const std::string taken = bench.All({.tenant = base::TenantId("taken")}).at(0).id;
  ASSERT_TRUE(bench.notifications().Acknowledge(taken, kAnn).ok());
  bench.clock().Advance(absl::Minutes(1));
  CompanyRecord gone = IdleAtRisk("gone");
  gone.deleted = true;
  bench.notifications().Look({Idle("acme", 4, 0), gone, Idle("taken", 4, 0)});
  EXPECT_THAT(bench.Told({.status = "open"}), IsEmpty());
  EXPECT_THAT(bench.Told({.status = "acknowledged"}), IsEmpty());
  EXPECT_THAT(bench.Told({.status = "cleared"}), SizeIs(4));
  bench.Look(Idle("acme"));
  bench.Start();
  const auto open = bench.All({.status = "open"});
  ASSERT_EQ(open.size(), 1u) << "one of a rule and a tenant";
  EXPECT_NE(open.front().id, first);
  EXPECT_EQ(open.front().status(), "open");
  EXPECT_EQ(open.front().cleared, std::nullopt);
  for (const Notification& one : bench.All({.status = "cleared"})) {
    EXPECT_EQ(one.status(), "cleared");
    EXPECT_EQ(one.cleared, bench.clock().Now());
    EXPECT_EQ(one.acknowledged_by, one.id == taken ? "user ann" : "")
        << "who had taken it on stays";
  }
}

TEST(Notifications, AreAcknowledgedOnceByWhoCameFirst) {
  Bench bench;
  bench.Look(Idle("acme"));
  const std::string id = bench.All().at(0).id;
  EXPECT_FALSE(bench.All().at(0).acknowledged.has_value());
  bench.clock().Advance(absl::Minutes(5));
  const absl::Time then = bench.clock().Now();
  const auto first = bench.notifications().Acknowledge(id, kAnn);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->acknowledged, then);
  bench.clock().Advance(absl::Minutes(5));
  const auto second = bench.notifications().Acknowledge(id, {"user bob", "request-2"});
  ASSERT_TRUE(second.ok()) << second.status();
  bench.Start();
  for (const Notification& one : {*first, *second, bench.All().at(0)}) {
    EXPECT_EQ(one.id, id);
    EXPECT_EQ(one.acknowledged, then);
    EXPECT_EQ(one.acknowledged_by, "user ann");
  }
  EXPECT_THAT(bench.store().Column("SELECT action || ' ' || thing || ' of ' || tenant_id || ' by ' "
                                   "|| actor || ' in ' || request_id FROM audit"),
              ElementsAre("notification.acknowledge " + id + " of acme by user ann in request-1"));
  bench.Look(Idle("acme"));
  EXPECT_THAT(bench.Told(), SizeIs(1)) << "acknowledged is not ceased";
}

TEST(Notifications, NameTheOneThatIsNotThere) {
  Bench bench;
  const absl::Status status = bench.notifications().Acknowledge("n0", kAnn).status();
  EXPECT_TRUE(absl::IsNotFound(status)) << status;
  EXPECT_EQ(base::Message(status), "there is no notification 'n0'");
  EXPECT_EQ(bench.store().Scalar("SELECT COUNT(*) FROM audit"), "0");
}

// Looks at a record while the store fails at one point's visit after `passes` others, then again,
// in a new process when `restart`. False when the point was not visited so often.
bool LookTwice(Bench& bench, const CompanyRecord& record, const char* point, int passes,
               bool restart) {
  base::ScriptedFaults& faults = bench.store().faults();
  const int64_t before = faults.Visits(point);
  faults.Fail(point, base::Unavailable("planted"), passes, 1);
  bench.Look(record);
  const bool failed = faults.Visits(point) - before > passes;
  faults.Fail(point, absl::OkStatus(), 0, 0);
  if (restart) bench.Start();
  bench.Look(record);
  return failed;
}

// The store fails at one call after the other, also after it has committed: the next look makes it
// good, and nothing is told twice or lost. So it is when the process dies there.
TEST(Notifications, AreToldOnceWhereverTheStoreFails) {
  int failures = 0;
  for (const bool restart : {false, true}) {
    for (const char* point : {"metastore.write", "metastore.statement", "metastore.committing",
                              "metastore.committed"}) {
      for (int passes = 0; passes < 6; ++passes) {
        SCOPED_TRACE(testing::Message() << point << " " << passes << " restart " << restart);
        Bench bench;
        failures += LookTwice(bench, Idle("a"), point, passes, restart);
        EXPECT_THAT(bench.Told(), SizeIs(1));
        failures += LookTwice(bench, Quiet("a"), point, passes, restart);
        failures += LookTwice(bench, Idle("a"), point, passes, restart);
        EXPECT_THAT(bench.Told(), SizeIs(2));
        EXPECT_EQ(bench.Events(), "2");
        EXPECT_EQ(bench.store().Scalar("SELECT COUNT(*) FROM notifications WHERE cleared IS NULL"),
                  "1");
      }
    }
  }
  EXPECT_EQ(failures, 2 * (3 + (4 + 1 + 4) + 3 + 3)) << "each call of the store has failed once";
}

// A tenant that left will send nothing more: its record may never change again.
TEST(Notifications, AreWrittenLaterWithoutAnotherRecord) {
  Bench bench;
  bench.Look(Idle("b"));
  base::ScriptedFaults& faults = bench.store().faults();
  faults.Fail("metastore.write", base::Unavailable("planted"), 0, 1000);
  bench.Look(Idle("a"));
  bench.Look(Quiet("b"));
  bench.Look(Idle("c"));
  bench.Look(Quiet("c"));
  bench.notifications().RetryUnwritten();
  EXPECT_THAT(bench.Told(), ElementsAre("idle_after_login b"));
  faults.Fail("metastore.write", absl::OkStatus(), 0, 0);
  bench.notifications().RetryUnwritten();
  bench.notifications().RetryUnwritten();
  EXPECT_THAT(bench.Told(), ElementsAre("idle_after_login a", "idle_after_login b"));
  EXPECT_EQ(bench.Events(), "2");
  EXPECT_EQ(bench.store().Scalar("SELECT tenant_id FROM notifications WHERE cleared IS NULL"), "a");
}

}  // namespace
}  // namespace tenantry::insights
