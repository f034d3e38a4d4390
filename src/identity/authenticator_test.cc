#include "identity/authenticator.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "base/status.h"
#include "identity/identity_test_env.h"

namespace tenantry::identity {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const Scope kAcme = base::TenantId("acme");

class AuthenticatorTest : public testing::Test {
 protected:
  AuthenticatorTest() {
    env_.AddPerson(kAcme, "bob", Role::kScientist);
    token_ = env_.LogIn(kAcme, "bob");
    secret_ = SecretOf("bearer");
  }

  std::string SecretOf(const std::string& kind) {
    auto made = env_.keys().Create(kAcme, kind, Role::kTenantAdmin, IdentityTestEnv::kActor);
    EXPECT_TRUE(made.ok()) << made.status();
    return made->secret;
  }
  absl::StatusOr<Caller> Of(const std::string& header) { return door_.Authenticate(header); }

  IdentityTestEnv env_;
  Authenticator door_{env_.sessions(), env_.keys()};
  std::string token_;
  std::string secret_;
};

TEST_F(AuthenticatorTest, TellsASessionsTokenFromAKeysSecret) {
  const auto person = Of("Bearer " + token_);
  ASSERT_TRUE(person.ok()) << person.status();
  EXPECT_EQ(person->name(), "user bob of acme");
  EXPECT_EQ(person->role, Role::kScientist);
  EXPECT_FALSE(person->session.empty());
  EXPECT_TRUE(person->key.empty());
  const auto program = Of("Bearer " + secret_);
  ASSERT_TRUE(program.ok()) << program.status();
  EXPECT_THAT(program->name(), StartsWith("key k_"));
  EXPECT_EQ(program->role, Role::kTenantAdmin);
  EXPECT_EQ(program->tenant, kAcme);
  EXPECT_TRUE(program->session.empty() && program->user.empty());
}

// RFC 9110, 11.1 and 11.4: a scheme's case does not matter, and one blank or more follows it.
TEST_F(AuthenticatorTest, TakesTheSchemeInAnyCaseAndAnyNumberOfBlanks) {
  for (const char* scheme :
       {"Bearer ", "bearer ", "BEARER ", "bEaReR ", "Bearer  ", "bearer    "}) {
    EXPECT_TRUE(Of(scheme + token_).ok()) << "'" << scheme << "'";
    EXPECT_TRUE(Of(scheme + secret_).ok()) << "'" << scheme << "'";
  }
}

TEST_F(AuthenticatorTest, RefusesWhatIsNoBearer) {
  const std::vector<std::string> headers = {"",
                                            " ",
                                            "Bearer",
                                            "Bearer ",
                                            "Bearer    ",
                                            token_,
                                            secret_,
                                            "Bearer\t",
                                            "Basic YQ",
                                            "Basic " + token_,
                                            "Bearer" + token_,
                                            " Bearer " + token_,
                                            "Bearer:" + token_,
                                            "Bearer\t" + token_,
                                            "Digest Bearer " + token_,
                                            "Béarer " + token_};
  for (const std::string& header : headers) {
    const absl::Status status = Of(header).status();
    EXPECT_TRUE(absl::IsUnauthenticated(status)) << "'" << header << "': " << status;
  }
  for (const char* header : {"", "Basic YQ", "Bearer"}) {
    EXPECT_THAT(std::string(base::Message(Of(header).status())),
                HasSubstr("Authorization: Bearer TOKEN"))
        << "says what to do";
  }
}

TEST_F(AuthenticatorTest, RefusesATokenThatIsNotExactlyTheOneGiven) {
  for (const std::string& good : {token_, secret_}) {
    std::string other_case = good;
    for (char& letter : other_case) letter = static_cast<char>(std::toupper(letter));
    std::string changed = good;
    changed.back() = changed.back() == '0' ? '1' : '0';
    const std::vector<std::string> wrong = {good.substr(0, good.size() - 1),
                                            good + "0",
                                            good + " ",
                                            good + "," + good,
                                            good + " " + good,
                                            good + std::string(1, '\0'),
                                            std::string(1, '\0') + good,
                                            good + std::string("\0x", 2),
                                            good.substr(3),
                                            other_case,
                                            changed,
                                            HashSecret(good),
                                            "tk_",
                                            "ts_",
                                            "tk_" + std::string(64, '0'),
                                            "' OR ''='",
                                            "%",
                                            "tk_%",
                                            "\xff\xfe",
                                            std::string(10'000, 'a'),
                                            "tk_" + std::string(10'000, 'a'),
                                            good + std::string(10'000, 'a')};
    for (const std::string& token : wrong) {
      const absl::Status status = Of("Bearer " + token).status();
      EXPECT_TRUE(absl::IsUnauthenticated(status)) << token.substr(0, 100) << ": " << status;
      EXPECT_LT(base::Message(status).size(), 200) << "the token is not said back";
    }
  }
}

TEST_F(AuthenticatorTest, TakesNeitherTheOneCredentialInPlaceOfTheOtherNorAnAwsKey) {
  const std::string prefix = "Bearer ";
  EXPECT_FALSE(Of(prefix + "ts_" + secret_.substr(3)).ok());
  EXPECT_FALSE(Of(prefix + "tk_" + token_.substr(3)).ok());
  const std::string aws = SecretOf("aws");
  EXPECT_TRUE(absl::IsUnauthenticated(Of(prefix + aws).status()));
  EXPECT_TRUE(absl::IsUnauthenticated(Of(prefix + "tk_" + aws).status()));
}

TEST_F(AuthenticatorTest, KeepsASuspendedTenantsCredentialsOut) {
  env_.SetStatus("acme", "suspended");
  for (const std::string& token : {token_, secret_}) {
    EXPECT_TRUE(absl::IsPermissionDenied(Of("Bearer " + token).status())) << token;
  }
  env_.SetStatus("acme", "active");
  for (const std::string& token : {token_, secret_}) EXPECT_TRUE(Of("Bearer " + token).ok());
}

}  // namespace
}  // namespace tenantry::identity
