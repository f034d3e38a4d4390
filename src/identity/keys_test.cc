#include "identity/keys.h"

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

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;

const Scope kAcme = base::TenantId("acme");
const Scope kOther = base::TenantId("other");
const Scope kOperator;

class KeysTest : public testing::Test {
 protected:
  NewKey Make(const Scope& scope, const std::string& kind, Role role) {
    auto made = env_.keys().Create(scope, kind, role, IdentityTestEnv::kActor);
    EXPECT_TRUE(made.ok()) << made.status();
    return made.ok() ? *std::move(made) : NewKey();
  }
  absl::Status Revoke(const Scope& scope, const base::KeyId& key) {
    return env_.keys().Revoke(scope, key, IdentityTestEnv::kActor);
  }
  std::vector<std::string> Ids(const Scope& scope, const std::string& after = "",
                               int64_t limit = 100) {
    const auto keys = env_.keys().List(scope, after, limit);
    EXPECT_TRUE(keys.ok()) << keys.status();
    std::vector<std::string> ids;
    for (const Key& key : *keys) ids.push_back(key.id.value());
    return ids;
  }
  // Every value of every column of every table, as text.
  std::multimap<std::string, std::string> Values() {
    std::multimap<std::string, std::string> values;
    for (const std::string& table :
         env_.store().Column("SELECT name FROM sqlite_master WHERE type = 'table'")) {
      for (const std::string& column :
           env_.store().Column("SELECT name FROM pragma_table_info('" + table + "')")) {
        for (const std::string& value :
             env_.store().Column("SELECT CAST(" + column + " AS TEXT) FROM " + table)) {
          values.emplace(table + "." + column, value);
        }
      }
    }
    return values;
  }
  // The columns whose text contains `part`.
  std::set<std::string> Holding(const std::string& part) {
    std::set<std::string> columns;
    for (const auto& [column, value] : Values()) {
      if (value.find(part) != std::string::npos) columns.insert(column);
    }
    return columns;
  }

  IdentityTestEnv env_;
};

TEST_F(KeysTest, StandForTheirScopeAndRole) {
  const NewKey ours = Make(kAcme, "bearer", Role::kScientist);
  const NewKey operators = Make(kOperator, "bearer", Role::kSre);
  const auto caller = env_.keys().Authenticate(ours.secret);
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->tenant, kAcme);
  EXPECT_EQ(caller->role, Role::kScientist);
  EXPECT_EQ(caller->key, ours.key.id);
  EXPECT_TRUE(caller->user.empty() && caller->session.empty());
  const auto operators_caller = env_.keys().Authenticate(operators.secret);
  ASSERT_TRUE(operators_caller.ok()) << operators_caller.status();
  EXPECT_TRUE(operators_caller->is_operator());
  EXPECT_EQ(operators_caller->role, Role::kSre);
  env_.Start();
  EXPECT_TRUE(env_.keys().Authenticate(ours.secret).ok()) << "after a restart";
}

TEST_F(KeysTest, HaveSecretsOf256BitsAndIdsThatDiffer) {
  std::set<std::string> seen;
  for (int i = 0; i < 50; ++i) {
    const NewKey bearer = Make(kAcme, "bearer", Role::kScientist);
    EXPECT_THAT(bearer.secret, MatchesRegex("tk_[0-9a-f]{64}"));
    EXPECT_THAT(bearer.key.id.value(), MatchesRegex("k_[0-9a-f]{16}"));
    const NewKey aws = Make(kAcme, "aws", Role::kScientist);
    EXPECT_THAT(aws.secret, MatchesRegex("[0-9a-f]{40}"));
    EXPECT_THAT(aws.key.id.value(), MatchesRegex("TNKA[0-9a-f]{16}"));
    seen.insert({bearer.secret, bearer.key.id.value(), aws.secret, aws.key.id.value()});
  }
  EXPECT_EQ(seen.size(), 200);
}

TEST_F(KeysTest, ShowABearersSecretOnceAndKeepItsHashAlone) {
  const NewKey made = Make(kAcme, "bearer", Role::kTenantAdmin);
  EXPECT_THAT(Holding(HashSecret(made.secret)), ElementsAre("keys.secret_hash"));
  EXPECT_THAT(Holding(made.secret), IsEmpty());
  EXPECT_THAT(Holding(made.secret.substr(3)), IsEmpty());
  EXPECT_EQ(env_.store().Scalar("SELECT sealed_secret FROM keys"), "null");
  const std::string bytes = env_.EverythingStored();
  EXPECT_THAT(bytes, HasSubstr(HashSecret(made.secret))) << "or this looks at the wrong bytes";
  EXPECT_EQ(bytes.find(made.secret.substr(3)), std::string::npos);
  EXPECT_EQ(bytes.find(made.secret.substr(3, 32)), std::string::npos);
}

TEST_F(KeysTest, RememberToTheMinuteWhenTheyWereLastUsed) {
  Authenticator door(env_.sessions(), env_.keys());
  const NewKey made = Make(kAcme, "bearer", Role::kTenantAdmin);
  const auto come = [&] { EXPECT_TRUE(door.Authenticate("Bearer " + made.secret).ok()); };
  const auto used = [&] { return env_.keys().List(kAcme, "", 1)->front().last_used; };
  EXPECT_EQ(used(), std::nullopt);
  EXPECT_TRUE(door.Look("Bearer " + made.secret).ok());
  EXPECT_EQ(used(), std::nullopt) << "nobody asked";
  come();
  const absl::Time first = env_.clock().Now();
  EXPECT_EQ(used(), first);
  env_.clock().Advance(absl::Seconds(59));
  come();
  EXPECT_EQ(used(), first) << "no write for every request";
  env_.clock().Advance(absl::Seconds(1));
  come();
  EXPECT_EQ(used(), first + absl::Minutes(1));
  env_.clock().Advance(-absl::Hours(1));
  come();
  EXPECT_EQ(used(), first + absl::Minutes(1)) << "a clock that is set back takes no use away";
}

TEST_F(KeysTest, LetInWhoseUseCannotBeWritten) {
  base::ScriptedFaults faults;
  metastore::FaultyMetastore faulty(env_.store().store(), faults);
  auto box = SecretBox::Open(env_.store().file() + ".key", false);
  ASSERT_TRUE(box.ok()) << box.status();
  base::SeededRandom random(7);
  Keys keys(faulty, *std::move(box), env_.clock(), random);
  Authenticator door(env_.sessions(), keys);
  const NewKey made = Make(kAcme, "bearer", Role::kTenantAdmin);
  faults.Fail("metastore.write", absl::ResourceExhaustedError("planted"));
  EXPECT_TRUE(door.Authenticate("Bearer " + made.secret).ok());
  EXPECT_EQ(keys.List(kAcme, "", 1)->front().last_used, std::nullopt);
}

TEST_F(KeysTest, TellWhetherAnySecretIsSealed) {
  EXPECT_FALSE(*Keys::AnySealed(env_.store().store()));
  Make(kAcme, "bearer", Role::kScientist);
  EXPECT_FALSE(*Keys::AnySealed(env_.store().store()));
  Make(kAcme, "aws", Role::kScientist);
  EXPECT_TRUE(*Keys::AnySealed(env_.store().store()));
}

TEST_F(KeysTest, KeepAnAwsKeysSecretInTheSealedColumnAlone) {
  const NewKey made = Make(kAcme, "aws", Role::kScientist);
  EXPECT_THAT(Holding(made.secret), IsEmpty());
  EXPECT_EQ(env_.EverythingStored().find(made.secret), std::string::npos);
  const auto box = SecretBox::Open(env_.store().file() + ".key", false);
  ASSERT_TRUE(box.ok()) << box.status();
  std::vector<std::string> opened;
  for (const auto& [column, value] : Values()) {
    const auto secret = box->Unseal(value);
    if (!secret.ok()) continue;
    opened.push_back(column);
    EXPECT_EQ(*secret, made.secret);
  }
  EXPECT_THAT(opened, ElementsAre("keys.sealed_secret"));
  EXPECT_TRUE(absl::IsUnauthenticated(env_.keys().Authenticate(made.secret).status()))
      << "it signs requests and is no token";
}

TEST_F(KeysTest, StandForNobodyOnceRevoked) {
  const NewKey made = Make(kAcme, "bearer", Role::kScientist);
  const NewKey kept = Make(kAcme, "bearer", Role::kScientist);
  ASSERT_TRUE(Revoke(kAcme, made.key.id).ok());
  EXPECT_TRUE(absl::IsUnauthenticated(env_.keys().Authenticate(made.secret).status()));
  EXPECT_TRUE(env_.keys().Authenticate(kept.secret).ok());
  EXPECT_THAT(Ids(kAcme), ElementsAre(kept.key.id.value()));
  EXPECT_TRUE(absl::IsNotFound(Revoke(kAcme, made.key.id))) << "a second time";
  env_.Start();
  EXPECT_FALSE(env_.keys().Authenticate(made.secret).ok());
}

TEST_F(KeysTest, OfAnotherScopeLookAsIfTheyWereNotThere) {
  const NewKey ours = Make(kAcme, "bearer", Role::kScientist);
  const NewKey operators = Make(kOperator, "bearer", Role::kSre);
  const base::KeyId absent("k_0");
  for (const Scope& scope : {kOther, kOperator}) {
    const absl::Status status = Revoke(scope, ours.key.id);
    EXPECT_TRUE(absl::IsNotFound(status)) << status;
    EXPECT_EQ(base::Message(status), "there is no key '" + ours.key.id.value() + "'");
    EXPECT_EQ(base::Message(Revoke(scope, absent)), "there is no key 'k_0'");
  }
  EXPECT_TRUE(absl::IsNotFound(Revoke(kAcme, operators.key.id)));
  EXPECT_THAT(Ids(kOther), IsEmpty());
  EXPECT_THAT(Ids(kAcme), ElementsAre(ours.key.id.value()));
  EXPECT_THAT(Ids(kOperator), ElementsAre(operators.key.id.value()));
  EXPECT_TRUE(env_.keys().Authenticate(ours.secret).ok()) << "nothing was revoked";
}

TEST_F(KeysTest, KeepOutWhileTheirTenantIsNotActive) {
  const NewKey ours = Make(kAcme, "bearer", Role::kScientist);
  const NewKey others = Make(kOther, "bearer", Role::kScientist);
  const NewKey operators = Make(kOperator, "bearer", Role::kSre);
  for (const char* status : {"suspended", "deleting", "deleted", "provisioning"}) {
    env_.SetStatus("acme", status);
    EXPECT_TRUE(absl::IsPermissionDenied(env_.keys().Authenticate(ours.secret).status())) << status;
    EXPECT_TRUE(env_.keys().Authenticate(others.secret).ok());
    EXPECT_TRUE(env_.keys().Authenticate(operators.secret).ok());
  }
  env_.SetStatus("acme", "active");
  EXPECT_TRUE(env_.keys().Authenticate(ours.secret).ok());
}

TEST_F(KeysTest, AreNotFoundWhereThereIsNoTenant) {
  const NewKey ours = Make(kAcme, "bearer", Role::kScientist);
  env_.SetStatus("acme", "deleting");
  for (const Scope& scope : {kAcme, Scope(base::TenantId("absent"))}) {
    const absl::Status no_tenant = NoSuchTenant(*scope);
    EXPECT_EQ(env_.keys().List(scope, "", 10).status(), no_tenant);
    EXPECT_EQ(Revoke(scope, ours.key.id), no_tenant);
    EXPECT_EQ(
        env_.keys().Create(scope, "bearer", Role::kScientist, IdentityTestEnv::kActor).status(),
        no_tenant);
  }
  EXPECT_EQ(env_.store().Scalar("SELECT COUNT(*) FROM keys"), "1");
}

TEST_F(KeysTest, AreListedInPagesByIdWhateverIsAddedAndRevokedBetween) {
  std::set<std::string> made;
  for (int i = 0; i < 25; ++i) {
    made.insert(Make(kAcme, i % 3 == 0 ? "aws" : "bearer", Role::kScientist).key.id.value());
    Make(kOther, "bearer", Role::kScientist);
    env_.clock().Advance(-absl::Seconds(1));  // the order is not that of their making
  }
  std::vector<std::string> seen;
  for (std::string after;;) {
    const auto page = Ids(kAcme, after, 4);
    seen.insert(seen.end(), page.begin(), page.end());
    if (page.size() < 4) break;
    after = page.back();
    if (seen.size() == 8) {
      ASSERT_TRUE(Revoke(kAcme, base::KeyId(after)).ok()) << "the page's last key goes away";
    }
  }
  EXPECT_THAT(seen, testing::ElementsAreArray(made)) << "each once, by the bytes of its id";
  EXPECT_THAT(Ids(kAcme, seen.back(), 4), IsEmpty());
}

TEST_F(KeysTest, AreListedWithAllButTheirSecrets) {
  env_.clock().Advance(absl::Microseconds(123'457));
  const NewKey made = Make(kAcme, "aws", Role::kTenantAdmin);
  const auto keys = env_.keys().List(kAcme, "", 10);
  ASSERT_TRUE(keys.ok() && keys->size() == 1) << keys.status();
  const Key& key = keys->front();
  EXPECT_EQ(key.scope, kAcme);
  EXPECT_EQ(key.id, made.key.id);
  EXPECT_EQ(key.kind, "aws");
  EXPECT_EQ(key.role, Role::kTenantAdmin);
  EXPECT_EQ(key.created, env_.clock().Now());
  EXPECT_EQ(made.key.created, env_.clock().Now());
}

TEST_F(KeysTest, AreRefusedOfUnknownKindsAndOfTheOtherSidesRoles) {
  const auto refused = [&](const Scope& scope, const std::string& kind, Role role) {
    return env_.keys().Create(scope, kind, role, IdentityTestEnv::kActor).status();
  };
  for (const char* kind : {"", "Bearer", "aws ", "basic"}) {
    const absl::Status status = refused(kAcme, kind, Role::kScientist);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_THAT(std::string(base::Message(status)), HasSubstr("neither bearer nor aws"));
  }
  EXPECT_LT(base::Message(refused(kAcme, std::string(10'000, 'x'), Role::kScientist)).size(), 200);
  for (const Role role : {Role::kOperatorAdmin, Role::kAnalyst, Role::kSre}) {
    EXPECT_TRUE(absl::IsInvalidArgument(refused(kAcme, "bearer", role))) << RoleName(role);
    EXPECT_TRUE(refused(kOperator, "bearer", role).ok()) << RoleName(role);
  }
  for (const Role role : {Role::kTenantAdmin, Role::kScientist}) {
    EXPECT_TRUE(absl::IsInvalidArgument(refused(kOperator, "aws", role))) << RoleName(role);
    EXPECT_TRUE(refused(kAcme, "aws", role).ok()) << RoleName(role);
  }
  EXPECT_EQ(env_.store().Scalar("SELECT COUNT(*) FROM keys"), "5");
  EXPECT_EQ(env_.Audit().size(), 5) << "what is refused leaves no line";
}

TEST_F(KeysTest, LeaveALineOfTheAuditTrailForEachChangeAndNoneForWhatFailed) {
  const NewKey made = Make(kAcme, "aws", Role::kScientist);
  env_.clock().Advance(absl::Seconds(1));
  ASSERT_TRUE(Revoke(kAcme, made.key.id).ok());
  ASSERT_FALSE(Revoke(kAcme, made.key.id).ok());
  ASSERT_FALSE(Revoke(kOther, made.key.id).ok());
  const NewKey operators = Make(kOperator, "bearer", Role::kAnalyst);
  const std::string id = made.key.id.value();
  EXPECT_THAT(env_.Audit(), ElementsAre("acme key.create " + id, "acme key.revoke " + id,
                                        " key.create " + operators.key.id.value()));
  EXPECT_THAT(
      env_.store().Column("SELECT at || actor || request_id FROM audit ORDER BY number"),
      ElementsAre("1700000000000000user adminrequest-1", "1700000001000000user adminrequest-1",
                  "1700000001000000user adminrequest-1"));
  EXPECT_EQ(env_.store().Scalar("SELECT after_json FROM audit ORDER BY number"),
            R"({"kind":"aws","role":"scientist"})");
  EXPECT_EQ(env_.store().Scalar("SELECT COUNT(*) FROM outbox"), "0") << "keys make no events";
}

TEST_F(KeysTest, AreRevokedByOneOfTwoWhoRace) {
  for (int i = 0; i < 10; ++i) {
    const NewKey made = Make(kAcme, "bearer", Role::kScientist);
    absl::Status first, second;
    std::thread other([&] { first = Revoke(kAcme, made.key.id); });
    second = Revoke(kAcme, made.key.id);
    other.join();
    EXPECT_NE(first.ok(), second.ok()) << first << second;
    EXPECT_TRUE(absl::IsNotFound(first.ok() ? second : first));
  }
  EXPECT_EQ(env_.store().Scalar("SELECT COUNT(*) FROM audit WHERE action = 'key.revoke'"), "10");
}

TEST_F(KeysTest, AreMadeAndRevokedWhollyOrNotAtAllWhereverTheStoreFails) {
  base::ScriptedFaults& faults = env_.store().faults();
  metastore::FaultyMetastore faulty(env_.store().store(), faults);
  base::SeededRandom random(3);
  Keys keys(faulty, *SecretBox::Open(env_.store().file() + ".key", false), env_.clock(), random);
  const auto fail = [&](int passes) {
    faults.Fail("metastore.statement", absl::UnavailableError("planted"), passes);
  };
  const NewKey kept = Make(kAcme, "bearer", Role::kScientist);
  for (int passes = 0; passes < 3; ++passes) {
    fail(passes);
    EXPECT_TRUE(absl::IsUnavailable(
        keys.Create(kAcme, "aws", Role::kScientist, IdentityTestEnv::kActor).status()));
    fail(passes);
    EXPECT_TRUE(absl::IsUnavailable(keys.Revoke(kAcme, kept.key.id, IdentityTestEnv::kActor)));
  }
  for (int passes = 0; passes < 2; ++passes) {
    fail(passes);
    EXPECT_TRUE(absl::IsUnavailable(keys.Authenticate(kept.secret).status()))
        << "a store that fails is no wrong key";
  }
  EXPECT_THAT(Ids(kAcme), ElementsAre(kept.key.id.value()));
  EXPECT_THAT(env_.Audit(), ElementsAre("acme key.create " + kept.key.id.value()));
}

}  // namespace
}  // namespace tenantry::identity
