#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "identity/authenticator.h"
#include "identity/keys.h"
#include "identity/people.h"
#include "identity/secrets/passwords.h"
#include "identity/sessions.h"
#include "metastore/store_test_env.h"

namespace tenantry::identity {

/// For tests: people, keys and sessions over a store in a fresh folder, with the tenants `acme` and
/// `other`, cheap hashing, and a clock that stands still.
class IdentityTestEnv {
 public:
  static constexpr char kPassword[] = "right password";

  /// Makes the tenants and starts; what fails is a failure of the test.
  IdentityTestEnv() {
    for (const char* tenant : {"acme", "other"}) {
      const absl::Status made = store_.Do(
          "INSERT INTO tenants (tenant_id, name, plan, pattern, status, created, updated, version) "
          "VALUES (:p0, :p0, 'free', 'pool', 'active', 0, 0, 1)",
          {std::string(tenant)});
      EXPECT_TRUE(made.ok()) << made;
    }
    Start();
  }

  /// A process of its own: everything that is not stored is forgotten.
  void Start() {
    sessions_.reset();
    people_.reset();
    store_.Reopen();
    auto box = SecretBox::Open(store_.file() + ".key", false);
    ASSERT_TRUE(box.ok()) << box.status();
    people_.emplace(store_.store(), passwords_, clock_, random_);
    keys_.emplace(store_.store(), *std::move(box), clock_, random_);
    sessions_.emplace(store_.store(), *people_, clock_, random_, options_);
  }

  /// Adds a person of a tenant, or of the operator, with kPassword.
  void AddPerson(const Scope& scope, const std::string& user, Role role) {
    const auto added = people_->Add(scope, {base::UserId(user), role, kPassword}, kActor);
    EXPECT_TRUE(added.ok()) << added.status();
  }

  /// The token of a new session of theirs.
  std::string LogIn(const Scope& scope, const std::string& user) {
    const auto session = sessions_->LogIn(scope, base::UserId(user), kPassword);
    EXPECT_TRUE(session.ok()) << session.status();
    return session.ok() ? session->token : "";
  }

  /// Sets the status of a tenant.
  void SetStatus(const std::string& tenant, const std::string& status) {
    const absl::Status set =
        store_.Do("UPDATE tenants SET status = :p0 WHERE tenant_id = :p1", {status, tenant});
    EXPECT_TRUE(set.ok()) << set;
  }

  /// What waits in the outbox: "tenant type user time".
  std::vector<std::string> Events() {
    std::vector<std::string> events;
    for (const std::string& text : store_.Column("SELECT event FROM outbox ORDER BY number")) {
      const auto event = nlohmann::json::parse(text);
      events.push_back(fmt::format("{} {} {} {}", event.at("tenantid").get<std::string>(),
                                   event.at("type").get<std::string>(),
                                   event.at("data").at("userID").get<std::string>(),
                                   event.at("time").get<std::string>()));
    }
    return events;
  }

  /// The audit trail: "tenant action thing".
  std::vector<std::string> Audit() {
    return store_.Column(
        "SELECT tenant_id || ' ' || action || ' ' || thing FROM audit ORDER BY number");
  }

  /// The bytes of the database's files.
  std::string EverythingStored() {
    std::string bytes;
    const std::filesystem::path folder = std::filesystem::path(store_.file()).parent_path();
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
      std::ifstream input(file.path(), std::ios::binary);
      bytes.append(std::istreambuf_iterator<char>(input), std::istreambuf_iterator<char>());
    }
    return bytes;
  }

  /// Who makes the changes of tests.
  static inline const metastore::Actor kActor{"user admin", "request-1"};

  /// The parts, which live until the next Start; the clock and the store's folder outlive it.
  metastore::TestStore& store() { return store_; }
  /// See store.
  base::ManualClock& clock() { return clock_; }
  /// See store.
  base::Random& random() { return random_; }
  /// See store.
  People& people() { return *people_; }
  /// See store.
  Keys& keys() { return *keys_; }
  /// See store.
  Sessions& sessions() { return *sessions_; }
  /// What the sessions were made with.
  const SessionOptions& options() const { return options_; }

 private:
  metastore::TestStore store_;
  base::ManualClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  base::SeededRandom random_{1};
  Passwords passwords_{{1, 8 << 10, 4, 64, 8}};
  SessionOptions options_{.failures_max = 3};
  std::optional<People> people_;
  std::optional<Keys> keys_;
  std::optional<Sessions> sessions_;
};

}  // namespace tenantry::identity
