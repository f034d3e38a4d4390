#include "simulator/tenant_life.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/status.h"
#include "events/event_codec.h"
#include "simulator/life_events.h"

namespace tenantry::simulator {
namespace {

std::vector<Action> Live(const LifeOptions& options) {
  auto life = TenantLife::Make(options);
  EXPECT_TRUE(life.ok()) << life.status();
  std::vector<Action> actions;
  while (auto action = (*life)->Next()) actions.push_back(*std::move(action));
  return actions;
}

std::string Text(const Action& action) { return events::ToStructuredJson(ToEvent(action, "id")); }

std::vector<std::string> Texts(const std::vector<Action>& actions, const std::string& tenant = "") {
  std::vector<std::string> texts;
  for (const Action& action : actions) {
    if (tenant.empty() || action.tenant.value() == tenant) texts.push_back(Text(action));
  }
  return texts;
}

TEST(TenantLife, IsTheSameForTheSameOptions) {
  const LifeOptions options{.seed = 3, .tenants = 20, .days = 40};
  EXPECT_EQ(Texts(Live(options)), Texts(Live(options)));
  EXPECT_NE(Texts(Live(options)), Texts(Live({.seed = 4, .tenants = 20, .days = 40})));
}

TEST(TenantLife, LeavesATenantAloneWhenOthersJoin) {
  const auto few = Live({.seed = 3, .tenants = 5, .days = 40});
  const auto many = Live({.seed = 3, .tenants = 50, .days = 40});
  const std::string first = MakeStory(3, 0, 40).tenant.value();
  EXPECT_FALSE(Texts(few, first).empty());
  EXPECT_EQ(Texts(few, first), Texts(many, first));
}

TEST(TenantLife, ComesInTheOrderOfTimeWithinItsDays) {
  const LifeOptions options{.seed = 9, .tenants = 40, .days = 30};
  absl::Time last = options.start;
  int small_hours = 0;  // what began late goes on after midnight
  const std::vector<Action> actions = Live(options);
  for (const Action& action : actions) {
    EXPECT_GE(action.time, last);
    EXPECT_LT(action.time, options.start + absl::Hours(24 * 30));
    EXPECT_EQ(action.time, absl::FromUnixMillis(absl::ToUnixMillis(action.time)));
    last = action.time;
    small_hours += absl::ToUnixSeconds(action.time) % 86'400 < 3 * 3'600 ? 1 : 0;
  }
  EXPECT_GT(small_hours, 5);
  EXPECT_LT(small_hours, static_cast<int>(actions.size()) / 20) << "nobody sleeps";
}

TEST(TenantLife, LetsTenantsActEachInItsOwnWay) {
  std::map<absl::Time, std::set<std::string>> logins;
  for (const Action& action : Live({.seed = 9, .tenants = 40, .days = 10})) {
    if (action.kind == ActionKind::kLogIn) logins[action.time].insert(action.tenant.value());
  }
  EXPECT_GT(logins.size(), 200u);
  for (const auto& [time, tenants] : logins) EXPECT_LE(tenants.size(), 2u) << time;
}

// What a strict server would hold while it is told every action.
class World {
 public:
  // Empty when the action is possible, otherwise what is wrong with it.
  std::string Do(const Action& action) {
    Tenant& tenant = tenants_[action.tenant.value()];
    if (action.kind == ActionKind::kRegisterTenant) {
      if (tenant.there || tenant.gone) return "registered twice";
      tenant.there = true;
      return action.profile ? "" : "no profile";
    }
    if (!tenant.there) return tenant.gone ? "after its end" : "before its beginning";
    if (action.kind == ActionKind::kDeleteTenant) {
      tenant.there = false;
      tenant.gone = true;
      return tenant.sessions.empty() && tenant.running.empty() ? "" : "in the middle of work";
    }
    return DoWithin(tenant, action);
  }

 private:
  struct Tenant {
    bool there = false;
    bool gone = false;
    std::set<std::string> users, ever_users, ever_sessions, sets, ever_sets, ever_jobs, submitted,
        running;
    std::map<std::string, std::string> sessions;  // to their users
    std::set<std::string> tutorials;
  };

  static std::string DoWithin(Tenant& tenant, const Action& action) {
    const std::string& user = action.user.value();
    const std::string& session = action.session.value();
    switch (action.kind) {
      case ActionKind::kUpdateTenant:
        return action.profile ? "" : "no profile";
      case ActionKind::kAddUser:
        if (action.role.empty()) return "no role";
        tenant.users.insert(user);
        return tenant.ever_users.insert(user).second ? "" : "user added twice";
      case ActionKind::kRemoveUser:
        return tenant.users.erase(user) == 1 ? "" : "unknown user removed";
      case ActionKind::kLogIn:
        if (!tenant.users.contains(user)) return "unknown user logs in";
        tenant.sessions[session] = user;
        return tenant.ever_sessions.insert(session).second ? "" : "session used twice";
      case ActionKind::kLogOff:
      case ActionKind::kTimeOut:
        if (tenant.sessions[session] != user) return "another's session ends";
        return tenant.sessions.erase(session) == 1 ? "" : "no such session";
      case ActionKind::kStartJob:
        if (tenant.submitted.erase(action.job.value()) != 1) return "an unknown job starts";
        tenant.running.insert(action.job.value());
        return "";
      case ActionKind::kSucceedJob:
      case ActionKind::kFailJob:
      case ActionKind::kCancelJob:
        return tenant.running.erase(action.job.value()) == 1 ? "" : "a job ends that did not run";
      default:
        break;
    }
    const auto found = tenant.sessions.find(session);
    if (found == tenant.sessions.end() || found->second != user) return "not logged in";
    return DoWork(tenant, action);
  }

  static std::string DoWork(Tenant& tenant, const Action& action) {
    const std::string& set = action.data_set.value();
    switch (action.kind) {
      case ActionKind::kCompleteTutorial:
        if (action.tutorial.empty()) return "no tutorial";
        return tenant.tutorials.insert(action.user.value() + " " + action.tutorial).second
                   ? ""
                   : "learned twice";
      case ActionKind::kCreateDataSet:
        tenant.sets.insert(set);
        if (action.bytes <= 0 || action.name.empty()) return "an empty data set";
        return tenant.ever_sets.insert(set).second ? "" : "data set created twice";
      case ActionKind::kUpdateDataSet:
        return tenant.sets.contains(set) && action.bytes > 0 ? "" : "no such data set to update";
      case ActionKind::kDeleteDataSet:
        return tenant.sets.erase(set) == 1 ? "" : "no such data set to delete";
      case ActionKind::kSubmitJob:
        tenant.submitted.insert(action.job.value());
        if (action.jobs < 1) return "no jobs";
        return tenant.ever_jobs.insert(action.job.value()).second ? "" : "job submitted twice";
      default:
        return "unknown";
    }
  }

  std::map<std::string, Tenant> tenants_;
};

TEST(TenantLife, DoesNothingThatIsImpossible) {
  for (const uint64_t seed : {1u, 2u}) {
    World world;
    std::map<ActionKind, int> kinds;
    for (const Action& action : Live({.seed = seed, .tenants = 40, .days = 120})) {
      ++kinds[action.kind];
      ASSERT_EQ(world.Do(action), "") << "seed " << seed << ": " << Text(action);
    }
    EXPECT_EQ(kinds.size(), 17u) << "seed " << seed;  // and everything happens
  }
}

TEST(TenantLife, EndsWhenItsStorySays) {
  const LifeOptions options{.seed = 5, .tenants = 80, .days = 120};
  std::map<std::string, int> last_day;
  std::set<std::string> deleted;
  for (const Action& action : Live(options)) {
    last_day[action.tenant.value()] =
        static_cast<int>((action.time - options.start) / absl::Hours(24));
    if (action.kind == ActionKind::kDeleteTenant) deleted.insert(action.tenant.value());
  }
  const auto life = TenantLife::Make(options);
  int gone = 0;
  for (const TenantStory& story : (*life)->stories()) {
    const std::string& name = story.tenant.value();
    ASSERT_TRUE(last_day.contains(name)) << name;
    const bool ended = story.gone_day && *story.gone_day < options.days;
    EXPECT_EQ(deleted.contains(name), ended && story.deletes) << name;
    if (!ended) continue;
    ++gone;
    // What began late may end in the small hours of the first day without anybody.
    EXPECT_LE(last_day[name], *story.gone_day) << name;
  }
  EXPECT_GT(gone, 8);
}

TEST(TenantLife, ShowsEveryMoodInWhatPeopleDo) {
  const LifeOptions options{.seed = 8, .tenants = 150, .days = 45};
  struct Sums {
    double tenants = 0, users = 0, logins = 0, jobs = 0, work = 0;
  };
  const auto life = TenantLife::Make(options);
  std::map<std::string, Mood> mood_of;
  std::map<Mood, Sums> sums;
  for (const TenantStory& story : (*life)->stories()) {
    mood_of[story.tenant.value()] = story.mood;
    sums[story.mood].tenants += 1;
    sums[story.mood].users += story.users;
  }
  for (const Action& action : Live(options)) {
    Sums& sum = sums[mood_of.at(action.tenant.value())];
    if (action.kind == ActionKind::kLogIn) sum.logins += 1;
    if (action.kind == ActionKind::kSubmitJob) sum.jobs += 1;
  }
  EXPECT_EQ(sums.size(), 6u);
  const auto logins = [&sums](Mood mood) { return sums[mood].logins / sums[mood].users; };
  const auto jobs_a_login = [&sums](Mood mood) { return sums[mood].jobs / sums[mood].logins; };
  EXPECT_GT(logins(Mood::kThrive), 1.2 * logins(Mood::kSteady));
  EXPECT_LT(logins(Mood::kMinimum), 0.4 * logins(Mood::kSteady));
  EXPECT_GT(logins(Mood::kIdle), 0.7 * logins(Mood::kSteady));
  EXPECT_LT(jobs_a_login(Mood::kIdle), 0.4 * jobs_a_login(Mood::kSteady));
}

TEST(TenantLife, RefusesOptionsOutOfBounds) {
  EXPECT_FALSE(TenantLife::Make({.tenants = 0}).ok());
  EXPECT_FALSE(TenantLife::Make({.tenants = 10'000'001}).ok());
  EXPECT_FALSE(TenantLife::Make({.days = 0}).ok());
  EXPECT_FALSE(TenantLife::Make({.days = 3'661}).ok());
  EXPECT_FALSE(TenantLife::Make({.start = absl::FromUnixSeconds(60)}).ok());
  const auto late = [](absl::CivilDay day) {
    return TenantLife::Make({.start = absl::FromCivil(day, absl::UTCTimeZone())}).status();
  };
  EXPECT_TRUE(late(absl::CivilDay(9989, 1, 18)).ok()) << late(absl::CivilDay(9989, 1, 18));
  EXPECT_THAT(std::string(base::Message(late(absl::CivilDay(9999, 12, 1)))),
              ::testing::HasSubstr("1970-01-01 to 9989-01-18"));
  EXPECT_FALSE(TenantLife::Make({.start = absl::InfiniteFuture()}).ok());
  EXPECT_FALSE(TenantLife::Make({.start = absl::InfinitePast()}).ok());
}

TEST(TenantStory, NamesEveryTenantOnce) {
  std::set<std::string> ids;
  for (uint64_t i = 0; i < 5'000; ++i) {
    const TenantStory story = MakeStory(1, i, 120);
    EXPECT_TRUE(ids.insert(story.tenant.value()).second) << story.tenant.value();
    EXPECT_TRUE(base::TenantId::Parse(story.tenant.value()).ok());
  }
}

TEST(LifeEvents, ShowTheAnalyticsTheSameAsTheirJson) {
  events::EventParser parser;
  for (const Action& action : Live({.seed = 2, .tenants = 12, .days = 75})) {
    const std::string json = Text(action);
    events::EventView read;
    ASSERT_TRUE(parser.Parse(json, read).ok()) << json;
    const ActionView view(action);
    const events::EventView& direct = view.view();
    EXPECT_EQ(direct.type, read.type);
    EXPECT_EQ(direct.type_name, read.type_name);
    EXPECT_EQ(direct.time, read.time);
    EXPECT_EQ(direct.tenant, read.tenant);
    EXPECT_EQ(direct.user, read.user) << json;
    EXPECT_EQ(direct.session, read.session) << json;
    EXPECT_EQ(direct.data_set, read.data_set);
    EXPECT_EQ(direct.job, read.job);
    EXPECT_EQ(direct.tutorial.empty(), read.tutorial.empty());
    EXPECT_EQ(direct.bytes, read.bytes);
    EXPECT_EQ(direct.nb_jobs, read.nb_jobs);
    EXPECT_EQ(direct.profile, read.profile) << json;
  }
}

}  // namespace
}  // namespace tenantry::simulator
