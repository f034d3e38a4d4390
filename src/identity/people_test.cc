#include "identity/people.h"

#include <gmock/gmock.h>

#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/status.h"
#include "identity/identity_test_env.h"
#include "metastore/twins/faulty_metastore.h"

namespace tenantry::identity {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::IsEmpty;

const Scope kAcme = base::TenantId("acme");
const Scope kOther = base::TenantId("other");
const Scope kOperator;
const base::UserId kAnn("ann");
const base::SessionId kNone;

class PeopleTest : public testing::Test {
 protected:
  People& people() { return env_.people(); }
  absl::Status Add(const Scope& scope, const std::string& user, Role role,
                   std::optional<std::string> password = std::nullopt) {
    return people()
        .Add(scope, {base::UserId(user), role, std::move(password)}, IdentityTestEnv::kActor)
        .status();
  }
  absl::Status Change(const Scope& scope, const base::UserId& user, const UserChange& change,
                      const base::SessionId& keep = kNone) {
    return people().Change(scope, user, change, keep, IdentityTestEnv::kActor).status();
  }
  absl::Status Remove(const Scope& scope, const std::string& user) {
    return people().Remove(scope, base::UserId(user), IdentityTestEnv::kActor);
  }
  std::vector<std::string> Names(const Scope& scope, const std::string& after = "",
                                 int64_t limit = 1'000) {
    const auto users = people().List(scope, after, limit);
    EXPECT_TRUE(users.ok()) << users.status();
    std::vector<std::string> names;
    for (const User& user : *users) names.push_back(user.id.value());
    return names;
  }
  bool Has(const Scope& scope, const base::UserId& user, const std::string& password) {
    const auto has = people().Prove(scope, user, password);
    EXPECT_TRUE(has.ok()) << has.status();
    return has.ok() && has->has_value();
  }
  // All that a refused change must leave as it was.
  std::string Everything() {
    std::string all;
    for (const char* sql : {"SELECT tenant_id || user_id || role || coalesce(password_hash, '-') "
                            "FROM users ORDER BY tenant_id, user_id",
                            "SELECT event FROM outbox ORDER BY number",
                            "SELECT action || thing FROM audit ORDER BY number",
                            "SELECT session_id FROM sessions ORDER BY session_id"}) {
      for (const std::string& line : env_.store().Column(sql)) all += line + "\n";
    }
    return all;
  }

  IdentityTestEnv env_;
};

TEST_F(PeopleTest, AreWhatWasAdded) {
  env_.clock().Advance(absl::Microseconds(654'321));
  ASSERT_TRUE(Add(kAcme, "ann", Role::kTenantAdmin, "ann's password").ok());
  const auto ann = people().Get(kAcme, kAnn);
  ASSERT_TRUE(ann.ok()) << ann.status();
  EXPECT_EQ(ann->scope, kAcme);
  EXPECT_EQ(ann->id, kAnn);
  EXPECT_EQ(ann->role, Role::kTenantAdmin);
  EXPECT_EQ(ann->created, env_.clock().Now());
  EXPECT_FALSE(ann->last_login.has_value());
  EXPECT_TRUE(Has(kAcme, kAnn, "ann's password"));
  EXPECT_FALSE(Has(kAcme, kAnn, "bob's password"));
  env_.clock().Advance(absl::Hours(1));
  ASSERT_TRUE(env_.sessions().LogIn(kAcme, kAnn, "ann's password").ok());
  EXPECT_EQ(people().Get(kAcme, kAnn)->last_login, env_.clock().Now());
}

TEST_F(PeopleTest, WithoutAPasswordHaveNone) {
  ASSERT_TRUE(Add(kAcme, "ann", Role::kScientist).ok());
  for (const char* password : {"", "null", "no such user has this password"}) {
    EXPECT_FALSE(Has(kAcme, kAnn, password)) << "'" << password << "'";
    EXPECT_FALSE(Has(kAcme, base::UserId("absent"), password)) << "'" << password << "'";
  }
  ASSERT_TRUE(Change(kAcme, kAnn, {.password = "given later"}).ok());
  EXPECT_TRUE(Has(kAcme, kAnn, "given later"));
}

TEST_F(PeopleTest, AreAddedOnceToEachScope) {
  ASSERT_TRUE(Add(kAcme, "ann", Role::kScientist, "first password").ok());
  const std::string before = Everything();
  const absl::Status again = Add(kAcme, "ann", Role::kTenantAdmin, "second password");
  EXPECT_TRUE(absl::IsAlreadyExists(again)) << again;
  EXPECT_THAT(std::string(base::Message(again)), HasSubstr("'ann'"));
  EXPECT_EQ(Everything(), before) << "no event, no audit line, nothing changed";
  EXPECT_TRUE(Add(kOther, "ann", Role::kTenantAdmin).ok());
  EXPECT_TRUE(Add(kOperator, "ann", Role::kSre).ok());
  EXPECT_EQ(people().Get(kAcme, kAnn)->role, Role::kScientist);
  EXPECT_EQ(people().Get(kOther, kAnn)->role, Role::kTenantAdmin);
  EXPECT_EQ(people().Get(kOperator, kAnn)->role, Role::kSre);
  EXPECT_TRUE(Add(kAcme, "Ann", Role::kScientist).ok()) << "ids are compared as bytes";
}

// Whoever reads the events takes the one with the latest time for what is so.
TEST_F(PeopleTest, ComeAndGoAtLaterTimesThoughTheClockIsSetBack) {
  ASSERT_TRUE(Add(kAcme, "ann", Role::kScientist).ok());
  const absl::Time added = people().Get(kAcme, kAnn)->created;
  env_.clock().Advance(-absl::Hours(1));
  env_.Start();
  ASSERT_TRUE(Remove(kAcme, "ann").ok());
  ASSERT_TRUE(Add(kAcme, "ann", Role::kScientist).ok());
  EXPECT_EQ(people().Get(kAcme, kAnn)->created, added + absl::Microseconds(2));
  const auto time = [&](int64_t micros) {
    return absl::FormatTime("%Y-%m-%d%ET%H:%M:%E6SZ", added + absl::Microseconds(micros),
                            absl::UTCTimeZone());
  };
  EXPECT_THAT(env_.Events(), ElementsAre("acme io.tenantry.user.added ann " + time(0),
                                         "acme io.tenantry.user.removed ann " + time(1),
                                         "acme io.tenantry.user.added ann " + time(2)));
  ASSERT_TRUE(Add(kOther, "ann", Role::kScientist).ok());
  EXPECT_EQ(people().Get(kOther, kAnn)->created, env_.clock().Now()) << "another's do not matter";
}

TEST_F(PeopleTest, OfOneScopeAreNotReachedThroughAnother) {
  ASSERT_TRUE(Add(kAcme, "ann", Role::kScientist, "ann's password").ok());
  const std::string before = Everything();
  for (const Scope& scope : {kOther, kOperator}) {
    const absl::Status absent = base::NotFound("there is no user 'ann'");
    EXPECT_EQ(people().Get(scope, kAnn).status(), absent);
    EXPECT_EQ(Change(scope, kAnn, {.password = "stolen password"}), absent);
    EXPECT_EQ(Remove(scope, "ann"), absent);
    EXPECT_FALSE(Has(scope, kAnn, "ann's password"));
    EXPECT_THAT(Names(scope), IsEmpty());
  }
  EXPECT_EQ(Everything(), before);
}

TEST_F(PeopleTest, OfNoTenantAreNotFound) {
  ASSERT_TRUE(Add(kAcme, "ann", Role::kScientist).ok());
  env_.SetStatus("acme", "deleted");
  for (const Scope& scope : {kAcme, Scope(base::TenantId("absent"))}) {
    const absl::Status no_tenant = NoSuchTenant(*scope);
    EXPECT_EQ(people().List(scope, "", 10).status(), no_tenant);
    EXPECT_EQ(people().Get(scope, kAnn).status(), no_tenant);
    EXPECT_EQ(Add(scope, "bob", Role::kScientist), no_tenant);
    EXPECT_EQ(Change(scope, kAnn, {.role = Role::kTenantAdmin}), no_tenant);
    EXPECT_EQ(Remove(scope, "ann"), no_tenant);
  }
  env_.SetStatus("acme", "suspended");
  EXPECT_TRUE(people().Get(kAcme, kAnn).ok()) << "a suspended tenant keeps its people";
}

TEST_F(PeopleTest, HaveRolesOfTheirOwnSide) {
  for (const Role role : {Role::kOperatorAdmin, Role::kAnalyst, Role::kSre}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Add(kAcme, "x", role))) << RoleName(role);
    EXPECT_TRUE(Add(kOperator, std::string(RoleName(role)), role).ok());
  }
  for (const Role role : {Role::kTenantAdmin, Role::kScientist}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Add(kOperator, "x", role))) << RoleName(role);
    EXPECT_TRUE(Add(kAcme, std::string(RoleName(role)), role).ok());
  }
  const std::string before = Everything();
  EXPECT_TRUE(absl::IsInvalidArgument(
      Change(kAcme, base::UserId("scientist"), {.role = Role::kOperatorAdmin})));
  EXPECT_TRUE(absl::IsInvalidArgument(
      Change(kOperator, base::UserId("sre"), {.role = Role::kTenantAdmin})));
  EXPECT_EQ(Everything(), before);
}

TEST_F(PeopleTest, AreNotAddedOrChangedWithAPasswordThatIsRefused) {
  ASSERT_TRUE(Add(kAcme, "ann", Role::kScientist, "ann's password").ok());
  const std::string before = Everything();
  for (const std::string& bad : {std::string(), std::string("short"), std::string(1'025, 'x')}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Add(kAcme, "bob", Role::kScientist, bad)));
    EXPECT_TRUE(absl::IsInvalidArgument(
        Change(kAcme, kAnn, {.role = Role::kTenantAdmin, .password = bad})));
  }
  EXPECT_EQ(Everything(), before) << "neither the role nor the password changed";
}

TEST_F(PeopleTest, WithANewPasswordKeepOneSessionAndLoseTheOthers) {
  env_.AddPerson(kAcme, "ann", Role::kScientist);
  env_.AddPerson(kAcme, "bob", Role::kScientist);
  env_.AddPerson(kOther, "ann", Role::kScientist);
  const std::string kept = env_.LogIn(kAcme, "ann"), lost = env_.LogIn(kAcme, "ann"),
                    bobs = env_.LogIn(kAcme, "bob"), others = env_.LogIn(kOther, "ann");
  const auto session = env_.sessions().Authenticate(kept)->session;
  ASSERT_TRUE(Change(kAcme, kAnn, {.role = Role::kTenantAdmin}).ok());
  EXPECT_TRUE(env_.sessions().Authenticate(lost).ok()) << "a new role ends none";
  EXPECT_EQ(env_.sessions().Authenticate(lost)->role, Role::kTenantAdmin) << "but holds at once";
  ASSERT_TRUE(Change(kAcme, kAnn, {.password = "a new password"}, session).ok());
  EXPECT_TRUE(env_.sessions().Authenticate(kept).ok());
  EXPECT_TRUE(absl::IsUnauthenticated(env_.sessions().Authenticate(lost).status()));
  EXPECT_TRUE(env_.sessions().Authenticate(bobs).ok());
  EXPECT_TRUE(env_.sessions().Authenticate(others).ok());
  EXPECT_TRUE(Has(kAcme, kAnn, "a new password"));
  EXPECT_FALSE(Has(kAcme, kAnn, IdentityTestEnv::kPassword));
  EXPECT_EQ(people().Get(kAcme, kAnn)->role, Role::kTenantAdmin) << "the role stays";
  ASSERT_TRUE(Change(kAcme, kAnn, {.password = "another password"}).ok());
  EXPECT_FALSE(env_.sessions().Authenticate(kept).ok()) << "set by somebody else: all end";
}

TEST_F(PeopleTest, OfWhomTwoProveTheSamePasswordAtOnceOneChangesIt) {
  ASSERT_TRUE(Add(kAcme, "ann", Role::kScientist, "ann's password").ok());
  const auto proven = people().Prove(kAcme, kAnn, "ann's password");
  ASSERT_TRUE(proven.ok() && proven->has_value()) << proven.status();
  const auto set = [&](const std::string& password) {
    return Change(kAcme, kAnn, {.role = {}, .password = password, .proven_hash = *proven});
  };
  EXPECT_TRUE(set("the first one's").ok());
  const absl::Status second = set("the second one's");
  EXPECT_TRUE(absl::IsPermissionDenied(second)) << second;
  EXPECT_TRUE(Has(kAcme, kAnn, "the first one's"));
  EXPECT_TRUE(Change(kAcme, kAnn, {.role = {}, .password = "an admin's"}).ok());
}

TEST_F(PeopleTest, LogOffWhenAnotherEndsTheirSessions) {
  env_.AddPerson(kAcme, "ann", Role::kScientist);
  const auto first = env_.sessions().Authenticate(env_.LogIn(kAcme, "ann"))->session;
  const auto second = env_.sessions().Authenticate(env_.LogIn(kAcme, "ann"))->session;
  ASSERT_TRUE(Change(kAcme, kAnn, {.password = "a new password"}, second).ok());
  ASSERT_TRUE(Remove(kAcme, "ann").ok());
  std::vector<std::string> ended;
  for (const std::string& text : env_.store().Column("SELECT event FROM outbox ORDER BY number")) {
    const json event = json::parse(text);
    if (event.at("type") == "io.tenantry.user.logged_off") {
      ended.push_back(event.at("data").at("sessionID"));
    }
  }
  EXPECT_THAT(ended, ElementsAre(first.value(), second.value()));
  EXPECT_THAT(env_.store().Column("SELECT thing || ' ' || actor FROM audit WHERE action = "
                                  "'session.end' ORDER BY number"),
              ElementsAre(first.value() + " user admin", second.value() + " user admin"));
}

TEST_F(PeopleTest, GetAStrongerHashWithTheirNextLogIn) {
  env_.AddPerson(kAcme, "ann", Role::kScientist);
  const auto hash = [&] { return env_.store().Scalar("SELECT password_hash FROM users"); };
  const std::string weak = hash();
  const std::string today = env_.LogIn(kAcme, "ann");
  EXPECT_EQ(hash(), weak) << "made with today's options";
  Passwords stronger({2, 16 << 10, 4, 64, 8});
  People people(env_.store().store(), stronger, env_.clock(), env_.random());
  Sessions sessions(env_.store().store(), people, env_.clock(), env_.random(), env_.options());
  EXPECT_FALSE(sessions.LogIn(kAcme, kAnn, "a wrong password").ok());
  EXPECT_EQ(hash(), weak);
  ASSERT_TRUE(sessions.LogIn(kAcme, kAnn, IdentityTestEnv::kPassword).ok());
  EXPECT_THAT(hash(), HasSubstr("m=16,t=2"));
  EXPECT_TRUE(sessions.LogIn(kAcme, kAnn, IdentityTestEnv::kPassword).ok());
  EXPECT_TRUE(env_.sessions().Authenticate(today).ok()) << "no session ended";
}

TEST_F(PeopleTest, OfTheOperatorAlwaysIncludeAnAdminWhoCanLogIn) {
  const UserChange demote{.role = Role::kAnalyst};
  ASSERT_TRUE(Add(kOperator, "admin", Role::kOperatorAdmin, "admin's password").ok());
  ASSERT_TRUE(Add(kOperator, "sre", Role::kSre, "sre's password").ok());
  ASSERT_TRUE(Add(kAcme, "admin", Role::kTenantAdmin, "acme's password").ok());
  ASSERT_TRUE(Add(kOperator, "invited", Role::kOperatorAdmin).ok());
  const std::string before = Everything();
  for (const absl::Status& status :
       {Remove(kOperator, "admin"), Change(kOperator, base::UserId("admin"), demote)}) {
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
    EXPECT_THAT(std::string(base::Message(status)), HasSubstr("last operator_admin"));
  }
  EXPECT_EQ(Everything(), before);
  EXPECT_TRUE(Change(kOperator, base::UserId("admin"), {.password = "new password"}).ok());
  EXPECT_TRUE(Change(kOperator, base::UserId("admin"), {.role = Role::kOperatorAdmin}).ok());
  EXPECT_TRUE(Remove(kOperator, "invited").ok()) << "nobody is locked out without them";
  ASSERT_TRUE(Add(kOperator, "second", Role::kOperatorAdmin, "second's password").ok());
  EXPECT_TRUE(Change(kOperator, base::UserId("admin"), demote).ok());
  EXPECT_TRUE(Remove(kOperator, "admin").ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(Remove(kOperator, "second")));
  EXPECT_TRUE(Remove(kAcme, "admin").ok()) << "a tenant may be without anybody";
}

TEST_F(PeopleTest, OfATenantDoNotGiveUpTheLastAdminsRoleThemselves) {
  const base::UserId admin("admin");
  ASSERT_TRUE(Add(kAcme, "admin", Role::kTenantAdmin, "acme's password").ok());
  ASSERT_TRUE(Add(kAcme, "invited", Role::kTenantAdmin).ok());
  ASSERT_TRUE(Add(kOther, "admin", Role::kTenantAdmin, "other's password").ok());
  const UserChange own{.role = Role::kScientist, .password = {}, .by_themselves = true};
  const absl::Status refused = Change(kAcme, admin, own);
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_THAT(std::string(base::Message(refused)), HasSubstr("last tenant_admin"));
  EXPECT_TRUE(Change(kAcme, admin, {.role = Role::kScientist}).ok()) << "the operator may do it";
  EXPECT_TRUE(Change(kAcme, admin, {.role = Role::kTenantAdmin}).ok());
  ASSERT_TRUE(Add(kAcme, "second", Role::kTenantAdmin, "second's password").ok());
  EXPECT_TRUE(Change(kAcme, admin, own).ok());
}

TEST_F(PeopleTest, OfTheOperatorKeepAnAdminThoughTwoRemoveEachOther) {
  for (int i = 0; i < 10; ++i) {
    Add(kOperator, "a", Role::kOperatorAdmin, "a's password").IgnoreError();
    Add(kOperator, "b", Role::kOperatorAdmin, "b's password").IgnoreError();
    absl::Status first, second;
    std::thread other([&] { first = Remove(kOperator, "a"); });
    second = Remove(kOperator, "b");
    other.join();
    EXPECT_NE(first.ok(), second.ok()) << first << second;
    EXPECT_EQ(Names(kOperator).size(), 1);
  }
}

TEST_F(PeopleTest, OfTenantsMakeEventsWhenTheyComeAndGo) {
  ASSERT_TRUE(Add(kAcme, "ann", Role::kScientist).ok());
  ASSERT_TRUE(Change(kAcme, kAnn, {.role = Role::kTenantAdmin, .password = "new one!"}).ok());
  env_.clock().Advance(absl::Milliseconds(1'500));
  ASSERT_TRUE(Remove(kAcme, "ann").ok());
  EXPECT_THAT(env_.store().Column("SELECT stream || ' ' || tenant_id FROM outbox"),
              ElementsAre("companies acme", "companies acme"));
  std::vector<json> events;
  std::set<std::string> ids;
  for (const std::string& text : env_.store().Column("SELECT event FROM outbox ORDER BY number")) {
    events.push_back(json::parse(text));
    ids.insert(events.back().at("id"));
    EXPECT_EQ(events.back().at("specversion"), "1.0");
    EXPECT_EQ(events.back().at("tenantid"), "acme");
    EXPECT_EQ(events.back().at("source"), "/tenants/acme");
    EXPECT_EQ(events.back().at("subject"), "ann");
  }
  ASSERT_EQ(events.size(), 2);
  EXPECT_EQ(ids.size(), 2) << "each has an id of its own";
  EXPECT_EQ(events[0].at("type"), "io.tenantry.user.added");
  EXPECT_EQ(events[0].at("data"), json({{"userID", "ann"}, {"role", "scientist"}}));
  EXPECT_EQ(events[0].at("time"), "2023-11-14T22:13:20.000000Z");
  EXPECT_EQ(events[1].at("type"), "io.tenantry.user.removed");
  EXPECT_EQ(events[1].at("data"), json({{"userID", "ann"}, {"role", "tenant_admin"}}));
  EXPECT_EQ(events[1].at("time"), "2023-11-14T22:13:21.500000Z");
}

TEST_F(PeopleTest, OfTheOperatorMakeNoEvents) {
  ASSERT_TRUE(Add(kOperator, "sre", Role::kSre, "sre's password").ok());
  ASSERT_TRUE(Change(kOperator, base::UserId("sre"), {.role = Role::kAnalyst}).ok());
  ASSERT_TRUE(Remove(kOperator, "sre").ok());
  EXPECT_THAT(env_.Events(), IsEmpty());
  EXPECT_THAT(env_.Audit(), ElementsAre(" user.add sre", " user.role sre", " user.remove sre"));
}

TEST_F(PeopleTest, AChangeThatChangesNothingLeavesNoLine) {
  ASSERT_TRUE(Add(kAcme, "ann", Role::kScientist, "a first password").ok());
  ASSERT_TRUE(Change(kAcme, kAnn, {.role = Role::kScientist}).ok());
  ASSERT_TRUE(Change(kAcme, kAnn, {}).ok());
  EXPECT_THAT(env_.Audit(), ElementsAre("acme user.add ann"));
  ASSERT_TRUE(
      Change(kAcme, kAnn, {.role = Role::kTenantAdmin, .password = "another password"}).ok());
  EXPECT_THAT(env_.Audit(),
              ElementsAre("acme user.add ann", "acme user.role ann", "acme user.password ann"));
}

TEST_F(PeopleTest, LeaveALineOfTheAuditTrailForEachChangeWithoutPasswords) {
  ASSERT_TRUE(Add(kAcme, "ann", Role::kScientist, "a first password").ok());
  ASSERT_TRUE(Change(kAcme, kAnn, {.role = Role::kTenantAdmin}).ok());
  env_.clock().Advance(absl::Seconds(1));
  ASSERT_TRUE(Change(kAcme, kAnn, {.password = "a second password"}).ok());
  ASSERT_TRUE(Remove(kAcme, "ann").ok());
  ASSERT_FALSE(Remove(kAcme, "ann").ok());
  EXPECT_THAT(env_.Audit(), ElementsAre("acme user.add ann", "acme user.role ann",
                                        "acme user.password ann", "acme user.remove ann"));
  EXPECT_THAT(
      env_.store().Column("SELECT coalesce(before_json, '-') || coalesce(after_json, '-') || at || "
                          "actor || request_id FROM audit ORDER BY number"),
      ElementsAre(R"(-{"role":"scientist"}1700000000000000user adminrequest-1)",
                  R"({"role":"scientist"}{"role":"tenant_admin"}1700000000000000)"
                  "user adminrequest-1",
                  "--1700000001000000user adminrequest-1",
                  R"({"role":"tenant_admin"}-1700000001000000user adminrequest-1)"));
  const std::string bytes = env_.EverythingStored();
  EXPECT_EQ(bytes.find("a first password"), std::string::npos);
  EXPECT_EQ(bytes.find("a second password"), std::string::npos);
}

TEST_F(PeopleTest, AreListedInPagesByTheBytesOfTheirIdsWhateverComesAndGoesBetween) {
  std::set<std::string> names = {"B", "a", "b", "é", "z", "aa", "Z", "_", "10", "9", "%", "Ω"};
  for (const std::string& name : names) {
    ASSERT_TRUE(Add(kAcme, name, Role::kScientist).ok()) << name;
    ASSERT_TRUE(Add(kOther, name + "!", Role::kScientist).ok()) << name;
    env_.clock().Advance(-absl::Seconds(1));  // the order is not that of their coming
  }
  std::vector<std::string> seen;
  for (std::string after;;) {
    const auto page = Names(kAcme, after, 5);
    seen.insert(seen.end(), page.begin(), page.end());
    if (page.size() < 5) break;
    after = page.back();
    Remove(kAcme, after).IgnoreError();
    Add(kAcme, " first", Role::kScientist).IgnoreError();  // before the cursor: not seen
  }
  EXPECT_THAT(seen, ElementsAreArray(names));
}

TEST_F(PeopleTest, WithHostileNamesStayThemselves) {
  std::vector<std::string> names = {"'",
                                    "''",
                                    "\"",
                                    "\\",
                                    "%",
                                    "_",
                                    "*",
                                    "?",
                                    ":p0",
                                    "--",
                                    ";",
                                    "'; DROP TABLE users; --",
                                    "' OR '1'='1",
                                    "a\nb",
                                    "a\tb",
                                    " ",
                                    "\u202ename",
                                    "名前",
                                    "👩🏽‍🔬",
                                    "e\u0301",
                                    "é",
                                    "{}",
                                    "{0}",
                                    "null",
                                    "\"}, {\"role\": \"operator_admin\"",
                                    "../../etc",
                                    "<b>",
                                    std::string(1'000, 'n'),
                                    std::string("a\0b", 3),
                                    "a",
                                    "A"};
  for (const std::string& name : names) {
    ASSERT_TRUE(Add(kAcme, name, Role::kScientist, "pw of " + name + " and some").ok()) << name;
  }
  EXPECT_EQ(Names(kAcme).size(), names.size());
  env_.Start();
  for (const std::string& name : names) {
    const base::UserId id(name);
    const auto user = people().Get(kAcme, id);
    ASSERT_TRUE(user.ok()) << name << user.status();
    EXPECT_EQ(user->id, id);
    EXPECT_TRUE(Has(kAcme, id, "pw of " + name + " and some")) << name;
    ASSERT_TRUE(Change(kAcme, id, {.role = Role::kTenantAdmin}).ok()) << name;
  }
  std::multiset<std::string> announced;
  for (const std::string& text : env_.store().Column("SELECT event FROM outbox")) {
    const json event = json::parse(text);
    EXPECT_EQ(event.at("data").at("userID"), event.at("subject"));
    announced.insert(event.at("data").at("userID").get<std::string>());
  }
  EXPECT_EQ(announced, std::multiset<std::string>(names.begin(), names.end()));
  for (size_t i = 0; i < names.size(); ++i) {
    ASSERT_TRUE(Remove(kAcme, names[i]).ok()) << names[i];
    EXPECT_EQ(Names(kAcme).size(), names.size() - i - 1) << "one goes, not those like it";
  }
}

TEST_F(PeopleTest, ChangeWhollyOrNotAtAllWhereverTheStoreFails) {
  metastore::FaultyMetastore faulty(env_.store().store(), env_.store().faults());
  Passwords passwords({1, 8 << 10, 4, 8});
  base::SeededRandom random(2);
  People people(faulty, passwords, env_.clock(), random);
  env_.AddPerson(kAcme, "ann", Role::kScientist);
  env_.LogIn(kAcme, "ann");
  const metastore::Actor& actor = IdentityTestEnv::kActor;
  const std::map<std::string, std::function<absl::Status()>> changes = {
      {"add",
       [&] {
         return people.Add(kAcme, {base::UserId("bob"), Role::kScientist, "bob's password"}, actor)
             .status();
       }},
      {"change",
       [&] {
         return people
             .Change(kAcme, kAnn, {.role = Role::kTenantAdmin, .password = "new one!"}, kNone,
                     actor)
             .status();
       }},
      {"remove", [&] { return people.Remove(kAcme, kAnn, actor); }}};
  for (const auto& [name, change] : changes) {
    const std::string before = Everything();
    int faults = 0;
    for (bool done = false; !done; ++faults) {
      ASSERT_LT(faults, 50) << name;
      env_.store().faults().Fail("metastore.statement", absl::UnavailableError("planted"), faults);
      done = change().ok();
      if (done) continue;
      EXPECT_EQ(Everything(), before) << name << ", statement " << faults;
    }
    EXPECT_GT(faults, 3) << name;
    EXPECT_NE(Everything(), before) << name;
  }
}

}  // namespace
}  // namespace tenantry::identity
