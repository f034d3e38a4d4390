#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "activity/live_analytics.h"
#include "insights/notifications.h"
#include "roles/http/doorkeeper.h"
#include "roles/role.h"

namespace tenantry::roles {

/// The enriched records, the five questions and the notifications. A tenant's people see their own.
class AnalyticsRole final : public Role {
 public:
  /// The references outlive the role.
  AnalyticsRole(const activity::LiveAnalytics& analytics, insights::Notifications& notifications,
                const Doorkeeper& door)
      : analytics_(analytics), notifications_(notifications), door_(door) {}

  std::string_view name() const override { return "analytics"; }
  std::vector<net::Route> Routes() override;

 private:
  net::HttpResponse ListCompanies(const net::HttpRequest& request, const identity::Caller& caller);
  net::HttpResponse GetCompany(const net::HttpRequest& request, const identity::Caller& caller);
  net::HttpResponse AskQuestion(const net::HttpRequest& request, const identity::Caller& caller);
  net::HttpResponse ListNotifications(const net::HttpRequest& request,
                                      const identity::Caller& caller);
  net::HttpResponse Acknowledge(const net::HttpRequest& request, const identity::Caller& caller);
  absl::StatusOr<std::vector<events::CompanyRecord>> Records(
      const std::optional<base::TenantId>& only, std::optional<base::Instant> as_of) const;

  const activity::LiveAnalytics& analytics_;
  insights::Notifications& notifications_;
  const Doorkeeper& door_;
};

}  // namespace tenantry::roles
