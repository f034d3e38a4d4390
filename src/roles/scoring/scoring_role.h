#pragma once

#include <absl/functional/function_ref.h>
#include <absl/synchronization/mutex.h>

#include <functional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "metastore/metastore.h"
#include "roles/http/doorkeeper.h"
#include "roles/role.h"
#include "scoring/embedded/embedded_scorer.h"
#include "scoring/registry/model_registry.h"

namespace tenantry::roles {

/// The registry of models and the scoring facade.
class ScoringRole final : public Role {
 public:
  /// `store` takes the audit lines. `changed` is called after another model scores, or
  /// one that could not be read. The references outlive the role.
  ScoringRole(scoring::registry::ModelRegistry& registry, scoring::embedded::EmbeddedScorer& scorer,
              metastore::Metastore& store, const base::Clock& clock, const Doorkeeper& door,
              std::function<void()> changed)
      : registry_(registry),
        scorer_(scorer),
        store_(store),
        clock_(clock),
        door_(door),
        changed_(std::move(changed)) {}

  std::string_view name() const override { return "scoring"; }
  std::vector<net::Route> Routes() override;

  /// Has the scorer use the registry's active model: after the last of several calls at once, the
  /// one that was promoted last. Errors of the registry: the scorer goes on with the model that
  /// it had, if any, and is not ready.
  absl::Status UseActiveModel();

  /// Tries again what UseActiveModel failed at last, if it did: call it now and then, from any
  /// thread.
  void RetryModel();

 private:
  net::HttpResponse ListModels(const net::HttpRequest& request, const identity::Caller& caller);
  net::HttpResponse AddModel(const net::HttpRequest& request, const identity::Caller& caller);
  net::HttpResponse GetModel(const net::HttpRequest& request, const identity::Caller& caller);
  net::HttpResponse Promote(const net::HttpRequest& request, const identity::Caller& caller);
  net::HttpResponse RollBack(const net::HttpRequest& request, const identity::Caller& caller);
  net::HttpResponse Assess(const net::HttpRequest& request, const identity::Caller& caller);
  absl::StatusOr<scoring::registry::RegisteredModel> Audited(
      const net::HttpRequest& request, const identity::Caller& caller, const char* action,
      absl::FunctionRef<absl::StatusOr<scoring::registry::RegisteredModel>()> change);
  net::HttpResponse Switched(const absl::StatusOr<scoring::registry::RegisteredModel>& model);

  scoring::registry::ModelRegistry& registry_;
  scoring::embedded::EmbeddedScorer& scorer_;
  metastore::Metastore& store_;
  const base::Clock& clock_;
  const Doorkeeper& door_;
  const std::function<void()> changed_;
  absl::Mutex switching_;  // from reading the active model until it scores
};

}  // namespace tenantry::roles
