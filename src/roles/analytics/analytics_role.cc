#include "roles/analytics/analytics_role.h"

#include <utility>

#include "base/instant.h"
#include "base/status.h"
#include "insights/questions.h"
#include "roles/http/paging.h"
#include "roles/http/request_body.h"

namespace tenantry::roles {

using events::CompanyRecord;
using identity::Authorize;
using identity::Caller;
using identity::Permission;
using net::HttpRequest;
using net::HttpResponse;
using net::Problem;

absl::StatusOr<std::optional<base::Instant>> AnalyticsRole::InstantQuery(const HttpRequest& request,
                                                                         const char* name) {
  const auto text = request.Query(name);
  if (!text) return std::nullopt;
  if (const auto day = base::ParseDay(*text); day.ok()) {
    return base::Instant{(int64_t{*day} + 1) * base::kSecondsPerDay - 1, 999'999'999};
  }
  const auto instant = base::ParseRfc3339(*text);
  if (!instant.ok()) {
    return base::InvalidArgument(
        "{} '{}' is neither a day such as 2025-01-31 nor a time such as 2025-01-31T12:00:00Z", name,
        text->substr(0, 64));
  }
  return *instant;
}

namespace {

nlohmann::json Show(const insights::Notification& notification) {
  nlohmann::json json = {{"notificationID", notification.id},
                         {"rule", notification.rule},
                         {"tenantID", notification.tenant.value()},
                         {"text", notification.text},
                         {"raised", ShowTime(notification.raised)},
                         {"status", notification.status()},
                         {"acknowledged", nullptr},
                         {"acknowledgedBy", nullptr},
                         {"cleared", nullptr}};
  if (notification.cleared) json["cleared"] = ShowTime(*notification.cleared);
  if (notification.acknowledged) {
    json["acknowledged"] = ShowTime(*notification.acknowledged);
    json["acknowledgedBy"] = notification.acknowledged_by;
  }
  return json;
}

}  // namespace

std::vector<net::Route> AnalyticsRole::Routes() {
  const auto handler = [this](HttpResponse (AnalyticsRole::*method)(const HttpRequest&,
                                                                    const Caller&)) {
    return door_.Authenticated([this, method](const HttpRequest& request, const Caller& caller) {
      return (this->*method)(request, caller);
    });
  };
  return {
      {"GET",
       "/api/v1/companies",
       "listCompanies",
       handler(&AnalyticsRole::ListCompanies),
       {"limit", "cursor", "asOf", "q", "industry", "risk", "sort", "offset", "view"}},
      {"GET",
       "/api/v1/companies/{companyID}",
       "getCompany",
       handler(&AnalyticsRole::GetCompany),
       {"asOf"}},
      {"GET", "/api/v1/companies/{companyID}/history", "getCompanyHistory",
       handler(&AnalyticsRole::GetCompanyHistory)},
      {"GET", "/api/v1/history", "getHistory", handler(&AnalyticsRole::GetHistory)},
      {"GET", "/api/v1/summary", "getSummary", handler(&AnalyticsRole::GetSummary), {"asOf"}},
      {"GET",
       "/api/v1/questions/{number}",
       "askQuestion",
       handler(&AnalyticsRole::AskQuestion),
       {"from", "to", "limit", "tenant"}},
      {"GET",
       "/api/v1/notifications",
       "listNotifications",
       handler(&AnalyticsRole::ListNotifications),
       {"limit", "cursor", "status", "tenant"}},
      {"POST", "/api/v1/notifications/{notificationID}/acknowledge", "acknowledgeNotification",
       handler(&AnalyticsRole::Acknowledge)},
  };
}

// Gives the records of one tenant, none when nothing is known of it, or of all.
absl::Status AnalyticsRole::ReadRecords(const std::optional<base::TenantId>& only,
                                        std::optional<base::Instant> as_of,
                                        absl::FunctionRef<void(const Records&)> read) const {
  if (only) {
    auto record = analytics_.Record(*only, as_of);
    Records records;
    if (record.ok()) {
      records.push_back(*std::move(record));
    } else if (!absl::IsNotFound(record.status())) {
      return record.status();
    }
    read(records);
    return absl::OkStatus();
  }
  // An answer as of an instant knows all events of its day.
  if (!as_of || as_of->day() == analytics_.Now().day()) return analytics_.ReadPresent(read);
  TENANTRY_ASSIGN_OR_RETURN(const Records records, analytics_.Records(as_of));
  read(records);
  return absl::OkStatus();
}

HttpResponse AnalyticsRole::GetCompany(const HttpRequest& request, const Caller& caller) {
  const auto found = [&]() -> absl::StatusOr<CompanyRecord> {
    TENANTRY_ASSIGN_OR_RETURN(const auto company, PathId<base::TenantId>(request, "companyID"));
    TENANTRY_RETURN_IF_ERROR(Authorize(caller, Permission::kReadAnalytics, company));
    TENANTRY_ASSIGN_OR_RETURN(const auto as_of, InstantQuery(request, "asOf"));
    auto record = analytics_.Record(company, as_of);
    // Nothing known of it, or not the caller's: one answer for both.
    if (absl::IsNotFound(record.status())) return identity::NoSuchTenant(company);
    return record;
  }();
  return found.ok() ? HttpResponse::JsonText(200, events::ToJson(*found, true))
                    : Problem(found.status());
}

HttpResponse AnalyticsRole::AskQuestion(const HttpRequest& request, const Caller& caller) {
  const auto answered = [&]() -> absl::StatusOr<std::string> {
    TENANTRY_RETURN_IF_ERROR(Authorize(caller, Permission::kReadAnalytics));
    const std::string& number = request.Param("number");
    if (number.size() != 1 || number[0] < '1' || number[0] > '5') {
      return base::NotFound("there is no question '{}': they are 1 to {}", number.substr(0, 64),
                            insights::kQuestions);
    }
    TENANTRY_ASSIGN_OR_RETURN(const Page page, ReadPage(request, caller.name(), 10));
    TENANTRY_ASSIGN_OR_RETURN(const auto from, InstantQuery(request, "from"));
    TENANTRY_ASSIGN_OR_RETURN(const auto to, InstantQuery(request, "to"));
    const base::Instant as_of = to.value_or(analytics_.Now());
    if (from && from->day() > as_of.day()) {
      return base::InvalidArgument("from lies after to: there are no days between them");
    }
    std::optional<base::TenantId> only = caller.tenant;
    if (const auto tenant = request.Query("tenant")) {
      TENANTRY_ASSIGN_OR_RETURN(const auto id, base::TenantId::Parse(*tenant));
      TENANTRY_RETURN_IF_ERROR(Authorize(caller, Permission::kReadAnalytics, id));
      only = id;
    }
    insights::AskOptions options;
    options.limit = static_cast<size_t>(page.limit);
    options.with_risk = true;
    if (from) options.from = from->day();
    bool known = true;
    std::string answer;
    TENANTRY_RETURN_IF_ERROR(ReadRecords(only, as_of, [&](const Records& records) {
      known = !only || caller.tenant || !records.empty();
      answer = insights::Answer(number[0] - '0', records, options);
    }));
    if (!known) {
      return base::NotFound("no event of tenant '{}' is known up to {}", *only,
                            base::FormatRfc3339Millis(as_of));
    }
    return fmt::format(R"({{"question":{},"title":{},"asOf":"{}","answer":{}}})", number,
                       nlohmann::json(insights::QuestionTitle(number[0] - '0')).dump(),
                       base::FormatRfc3339Millis(as_of), answer);
  }();
  return answered.ok() ? HttpResponse::JsonText(200, *answered) : Problem(answered.status());
}

HttpResponse AnalyticsRole::ListNotifications(const HttpRequest& request, const Caller& caller) {
  if (const auto allowed = Authorize(caller, Permission::kReadAnalytics); !allowed.ok()) {
    return Problem(allowed);
  }
  const auto page = ReadPage(request, caller.name());
  if (!page.ok()) return Problem(page.status());
  insights::NotificationFilter filter;
  filter.tenant = caller.tenant;
  if (const auto tenant = request.Query("tenant")) {
    const auto id = base::TenantId::Parse(*tenant);
    if (!id.ok()) return Problem(id.status());
    const auto allowed = Authorize(caller, Permission::kReadAnalytics, *id);
    if (!allowed.ok()) return Problem(allowed);
    filter.tenant = *id;
  }
  if (const auto status = request.Query("status")) {
    if (*status != "open" && *status != "acknowledged" && *status != "cleared") {
      return Problem(base::InvalidArgument("status must be open, acknowledged or cleared"));
    }
    filter.status = *status;
  }
  const auto found = notifications_.List(filter, page->after, page->limit + 1);
  if (!found.ok()) return Problem(found.status());
  std::vector<std::pair<std::string, std::string>> items;
  for (const auto& notification : *found) {
    items.emplace_back(notification.id, Show(notification).dump());
  }
  return PageResponse(request, *page, std::move(items));
}

HttpResponse AnalyticsRole::Acknowledge(const HttpRequest& request, const Caller& caller) {
  if (const auto allowed = Authorize(caller, Permission::kAcknowledge); !allowed.ok()) {
    return Problem(allowed);
  }
  const auto done =
      notifications_.Acknowledge(request.Param("notificationID"), ActorOf(caller, request));
  return done.ok() ? HttpResponse::Json(200, Show(*done)) : Problem(done.status());
}

}  // namespace tenantry::roles
