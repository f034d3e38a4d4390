#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "identity/authenticator.h"
#include "metastore/store_test_env.h"
#include "metastore/twins/faulty_metastore.h"
#include "roles/http/doorkeeper.h"
#include "tenants/tenant_registry.h"

namespace tenantry::roles {

/// For tests: the door and the rooms behind it over a store in a fresh folder, with the operator's
/// people, tenants and keys as a test makes them.
class DoorTestEnv {
 public:
  /// A key's token. The tenant is registered when it is not known yet.
  std::string Token(identity::Role role, const std::optional<std::string>& tenant = std::nullopt) {
    identity::Scope scope;
    if (tenant) {
      scope = base::TenantId(*tenant);
      if (!registry_.Knows(*scope)) AddTenant(*tenant);
    }
    const auto made = keys_.Create(scope, "bearer", role, {"test", "r"});
    EXPECT_TRUE(made.ok()) << made.status();
    return made.ok() ? made->secret : "";
  }

  /// Registers a tenant.
  void AddTenant(const std::string& id) {
    tenants::Tenant tenant;
    tenant.id = base::TenantId(id);
    tenant.name = id;
    const auto made = registry_.Create(std::move(tenant), {"test", "r"});
    EXPECT_TRUE(made.ok()) << made.status();
  }

  /// A request with a token; none when it is empty.
  static net::HttpRequest Request(const std::string& method, const std::string& path,
                                  const std::string& token, std::string body = "") {
    net::HttpRequest request;
    request.method = method;
    request.path = path;
    request.body = std::move(body);
    request.request_id = "r";
    if (!token.empty()) request.headers.emplace("Authorization", "Bearer " + token);
    return request;
  }

  /// The lines of the audit trail whose action begins so: "action thing before after".
  std::vector<std::string> Audit(const std::string& action) {
    return store_.Column(
        "SELECT action || ' ' || thing || ' ' || COALESCE(before_json, '') || ' ' "
        "|| COALESCE(after_json, '') FROM audit WHERE action LIKE '" +
        action + "%' ORDER BY number");
  }

  /// The first column of every row, as text.
  std::vector<std::string> Column(const std::string& sql) { return store_.Column(sql); }

  /// The parts; only `answers` goes through the store that fails as `faults` say.
  base::ManualClock& clock() { return clock_; }
  base::ScriptedFaults& faults() { return store_.faults(); }
  metastore::Metastore& store() { return store_.store(); }
  metastore::IdempotencyStore& answers() { return answers_; }
  identity::People& people() { return people_; }
  identity::Keys& keys() { return keys_; }
  identity::Sessions& sessions() { return sessions_; }
  tenants::TenantRegistry& registry() { return registry_; }
  const Doorkeeper& door() const { return door_; }

 private:
  identity::SecretBox OpenBox() {
    auto box = identity::SecretBox::Open(store_.file() + ".key", false);
    EXPECT_TRUE(box.ok()) << box.status();
    return *std::move(box);
  }

  metastore::TestStore store_;
  metastore::FaultyMetastore faulty_{store_.store(), store_.faults()};
  base::ManualClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  base::SeededRandom random_{1};
  identity::Passwords passwords_{{1, 8 << 20, 4, 64, 8}};
  identity::People people_{store_.store(), passwords_, clock_, random_};
  identity::Keys keys_{store_.store(), OpenBox(), clock_, random_};
  identity::Sessions sessions_{store_.store(), people_, clock_, random_, {}};
  identity::Authenticator authenticator_{sessions_, keys_};
  tenants::TenantRegistry registry_{store_.store(), clock_, random_, {}};
  metastore::IdempotencyStore answers_{faulty_, clock_, {}};
  const Doorkeeper door_{authenticator_, answers_, OpenBox().FingerprintFor("requests")};
};

}  // namespace tenantry::roles
