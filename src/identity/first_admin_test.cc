// The first operator_admin, whom a new data folder begins with.

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>
#include <string>
#include <vector>

#include "identity/identity_test_env.h"
#include "identity/people.h"
#include "metastore/twins/faulty_metastore.h"

namespace tenantry::identity {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const Scope kOperator;

class FirstAdminTest : public testing::Test {
 protected:
  People& people() { return env_.people(); }
  std::vector<std::string> Operators() {
    const auto users = people().List(kOperator, "", 10);
    EXPECT_TRUE(users.ok()) << users.status();
    std::vector<std::string> names;
    for (const User& user : *users) names.push_back(user.id.value());
    return names;
  }
  bool IsPassword(const std::string& password) {
    const auto has = people().Prove(kOperator, base::UserId("admin"), password);
    EXPECT_TRUE(has.ok()) << has.status();
    return has.ok() && has->has_value();
  }

  IdentityTestEnv env_;
};

TEST_F(FirstAdminTest, BeginWithAnAdminWhosePasswordStandsInAPrivateFile) {
  const std::string file = metastore::FreshFolder() + "/admin_password";
  ASSERT_TRUE(people().MakeFirstAdmin(file).ok());
  std::ifstream input(file);
  std::string password;
  ASSERT_TRUE(std::getline(input, password));
  EXPECT_GE(password.size(), 24) << "96 random bits or more";
  struct stat found{};
  ASSERT_EQ(stat(file.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
  EXPECT_TRUE(IsPassword(password));
  EXPECT_EQ(people().Get(kOperator, base::UserId("admin"))->role, Role::kOperatorAdmin);
  EXPECT_THAT(env_.store().Column("SELECT actor || ' ' || action || ' ' || thing FROM audit"),
              ElementsAre("system user.add admin"));
  std::filesystem::remove(file);
  ASSERT_TRUE(people().MakeFirstAdmin(file).ok());
  EXPECT_FALSE(std::filesystem::exists(file)) << "there is an operator already";
  EXPECT_EQ(Operators().size(), 1);
}

TEST_F(FirstAdminTest, HaveAPasswordAsLongAsTheOptionAsks) {
  for (const int64_t length : {24, 25, 128}) {
    IdentityTestEnv env;
    PasswordOptions options = {1, 8 << 10, 4, 8};
    options.length_min = length;
    Passwords passwords(options);
    base::SeededRandom random(2);
    People people(env.store().store(), passwords, env.clock(), random);
    const std::string file = metastore::FreshFolder() + "/admin_password";
    const absl::Status made = people.MakeFirstAdmin(file);
    EXPECT_TRUE(made.ok()) << length << ": " << made;
  }
}

TEST_F(FirstAdminTest, BeginWithNobodyWhenThePasswordCannotBeWritten) {
  env_.AddPerson(Scope(base::TenantId("acme")), "ann", Role::kTenantAdmin);
  const std::string folder = metastore::FreshFolder();
  EXPECT_FALSE(people().MakeFirstAdmin(folder + "/absent/admin_password").ok());
  EXPECT_THAT(Operators(), IsEmpty());
  EXPECT_TRUE(people().MakeFirstAdmin(folder + "/admin_password").ok())
      << "a tenant's people are not the operator's";
  EXPECT_THAT(Operators(), ElementsAre("admin"));
}

TEST_F(FirstAdminTest, BeginAgainWithAnAdminWhereACrashCameBetweenTheFileAndTheUser) {
  metastore::FaultyMetastore faulty(env_.store().store(), env_.store().faults());
  Passwords passwords({1, 8 << 10, 4, 8});
  base::SeededRandom random(2);
  People people(faulty, passwords, env_.clock(), random);
  const std::string file = metastore::FreshFolder() + "/admin_password";
  env_.store().faults().Fail("metastore.committing", absl::UnavailableError("planted"));
  EXPECT_TRUE(absl::IsUnavailable(people.MakeFirstAdmin(file)));
  EXPECT_THAT(Operators(), IsEmpty());
  EXPECT_TRUE(std::filesystem::exists(file)) << "a password is never set and then lost";
  ASSERT_TRUE(people.MakeFirstAdmin(file).ok());
  std::string password;
  std::ifstream input(file);
  ASSERT_TRUE(std::getline(input, password));
  EXPECT_TRUE(IsPassword(password)) << "the file's is the right one";
}

}  // namespace
}  // namespace tenantry::identity
