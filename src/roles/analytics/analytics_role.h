#pragma once

#include <absl/functional/function_ref.h>

#include <optional>
#include <string_view>
#include <vector>

#include "activity/live_analytics.h"
#include "insights/company_list.h"
#include "insights/history/history_of_all.h"
#include "insights/notifications.h"
#include "roles/analytics/kept_answers.h"
#include "roles/http/doorkeeper.h"
#include "roles/role.h"

namespace tenantry::roles {

/// The enriched records, their summary and history, the five questions and the notifications. A
/// tenant's people see their own.
class AnalyticsRole final : public Role {
 public:
  /// The references outlive the role.
  AnalyticsRole(const activity::LiveAnalytics& analytics, insights::Notifications& notifications,
                const Doorkeeper& door, const AnalyticsOptions& options, runtime::Metrics& metrics)
      : analytics_(analytics),
        notifications_(notifications),
        door_(door),
        answers_(options, metrics),
        history_of_all_(analytics.all_events(), options.history_bytes_max, metrics) {}

  std::string_view name() const override { return "analytics"; }
  std::vector<net::Route> Routes() override;

  /// Brings up to date what the page asks of everybody's past, so that nobody waits for it: the
  /// history of all, and once a day the records of a month ago. From one thread. Errors are those
  /// of reading the history; base::StoppingError after GiveUp.
  absl::Status WorkAhead();

  /// Ends what WorkAhead and requests read of everybody's history, for good. From any thread.
  void GiveUp();

 private:
  using Records = std::vector<events::CompanyRecord>;

  // company_handlers.cc
  net::HttpResponse ListCompanies(const net::HttpRequest& request, const identity::Caller& caller);
  net::HttpResponse ListTable(const net::HttpRequest& request, const identity::Caller& caller,
                              const insights::ListQuery& query);
  net::HttpResponse GetCompanyHistory(const net::HttpRequest& request,
                                      const identity::Caller& caller);
  net::HttpResponse GetHistory(const net::HttpRequest& request, const identity::Caller& caller);
  net::HttpResponse GetSummary(const net::HttpRequest& request, const identity::Caller& caller);
  absl::StatusOr<std::string> HistoryDays(base::Instant now,
                                          const std::optional<base::TenantId>& tenant);
  absl::StatusOr<std::string> CompanyHistory(const base::TenantId& company) const;

  // analytics_role.cc
  net::HttpResponse GetCompany(const net::HttpRequest& request, const identity::Caller& caller);
  net::HttpResponse AskQuestion(const net::HttpRequest& request, const identity::Caller& caller);
  net::HttpResponse ListNotifications(const net::HttpRequest& request,
                                      const identity::Caller& caller);
  net::HttpResponse Acknowledge(const net::HttpRequest& request, const identity::Caller& caller);
  // An instant as a query gives it: RFC 3339, or a day, which means its end.
  static absl::StatusOr<std::optional<base::Instant>> InstantQuery(const net::HttpRequest& request,
                                                                   const char* name);
  absl::Status ReadRecords(const std::optional<base::TenantId>& only,
                           std::optional<base::Instant> as_of,
                           absl::FunctionRef<void(const Records&)> read) const;

  const activity::LiveAnalytics& analytics_;
  insights::Notifications& notifications_;
  const Doorkeeper& door_;
  KeptAnswers answers_;
  insights::HistoryOfAll history_of_all_;
  std::optional<base::Day> worked_ahead_;  // by WorkAhead's thread
};

}  // namespace tenantry::roles
