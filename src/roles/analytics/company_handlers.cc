#include <algorithm>
#include <charconv>
#include <utility>

#include "base/retry_after.h"
#include "base/status.h"
#include "insights/history/day_history.h"
#include "insights/summary.h"
#include "roles/analytics/analytics_role.h"
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

namespace {

constexpr size_t kSearchBytesMax = 200;
constexpr size_t kUsersShown = 200;
constexpr absl::Duration kAskAgain = absl::Seconds(2);
constexpr int64_t kDaysAgo = 30;  // what the page compares with
constexpr int64_t kOffsetMax = 10'000'000;

std::string Lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  });
  return text;
}

absl::StatusOr<insights::ListQuery> ReadQuery(const HttpRequest& request) {
  insights::ListQuery query;
  query.search = Lower(request.Query("q").value_or(""));
  if (query.search.size() > kSearchBytesMax) {
    return base::InvalidArgument("q has more than {} bytes", kSearchBytesMax);
  }
  query.industry = request.Query("industry");
  if (const auto risk = request.Query("risk")) {
    TENANTRY_ASSIGN_OR_RETURN(query.risk, insights::ReadRiskWord(*risk));
  }
  if (const auto sort = request.Query("sort")) {
    TENANTRY_RETURN_IF_ERROR(insights::ReadSort(*sort, query));
  }
  const auto view = request.Query("view");
  if (view && *view != "brief" && *view != "full") {
    return base::InvalidArgument("view must be brief or full");
  }
  return query;
}

// Where a table's page begins: at `offset`, or where the page before ended.
absl::StatusOr<int64_t> ReadOffset(const HttpRequest& request, const Page& page) {
  std::string text = page.after;
  if (const auto offset = request.Query("offset")) {
    if (!text.empty()) return base::InvalidArgument("give offset or cursor, not both");
    text = *offset;
  }
  int64_t at = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), at);
  if (!text.empty() &&
      (error != std::errc() || end != text.data() + text.size() || at < 0 || at > kOffsetMax)) {
    return base::InvalidArgument("offset '{}' is no number from 0 to {}", text.substr(0, 64),
                                 kOffsetMax);
  }
  return at;
}

bool IsTable(const HttpRequest& request) {
  return std::ranges::any_of(
      std::initializer_list<const char*>{"industry", "risk", "sort", "offset", "view"},
      [&](const char* name) { return request.Query(name).has_value(); });
}

}  // namespace

HttpResponse AnalyticsRole::ListCompanies(const HttpRequest& request, const Caller& caller) {
  if (const auto allowed = Authorize(caller, Permission::kReadAnalytics); !allowed.ok()) {
    return Problem(allowed);
  }
  const auto query = ReadQuery(request);
  if (!query.ok()) return Problem(query.status());
  if (IsTable(request)) return ListTable(request, caller, *query);
  const auto page = ReadPage(request, caller.name());
  if (!page.ok()) return Problem(page.status());
  const auto as_of = InstantQuery(request, "asOf");
  if (!as_of.ok()) return Problem(as_of.status());
  std::vector<std::pair<std::string, std::string>> items;
  const absl::Status read = ReadRecords(caller.tenant, *as_of, [&](const Records& records) {
    auto record = std::ranges::upper_bound(records, page->after, {},
                                           [](const auto& one) { return one.tenant.value(); });
    for (; record != records.end() && std::ssize(items) <= page->limit; ++record) {
      if (!insights::Holds(*record, query->search)) continue;
      items.emplace_back(record->tenant.value(), events::ToJson(*record, true));
    }
  });
  return read.ok() ? PageResponse(request, *page, std::move(items)) : Problem(read);
}

// A table: sorted, with the number of all its rows, and any part of it by its place.
HttpResponse AnalyticsRole::ListTable(const HttpRequest& request, const Caller& caller,
                                      const insights::ListQuery& query) {
  const auto page = ReadPage(request, caller.name());
  if (!page.ok()) return Problem(page.status());
  const auto offset = ReadOffset(request, *page);
  if (!offset.ok()) return Problem(offset.status());
  const auto as_of = InstantQuery(request, "asOf");
  if (!as_of.ok()) return Problem(as_of.status());
  const bool brief = request.Query("view").value_or("") == "brief";
  int64_t total = 0;
  std::vector<std::pair<std::string, std::string>> items;
  const absl::Status read = ReadRecords(caller.tenant, *as_of, [&](const Records& records) {
    const auto found = insights::ListCompanies(records, query);
    total = std::ssize(found);
    for (int64_t at = *offset; at < std::min(total, *offset + page->limit + 1); ++at) {
      const CompanyRecord& record = *found[static_cast<size_t>(at)];
      items.emplace_back(std::to_string(at + 1),
                         brief ? insights::BriefJson(record) : events::ToJson(record, true));
    }
  });
  if (!read.ok()) return Problem(read);
  return PageResponse(request, *page, std::move(items), fmt::format(R"("total":{})", total));
}

HttpResponse AnalyticsRole::GetSummary(const HttpRequest& request, const Caller& caller) {
  const auto made = [&]() -> absl::StatusOr<std::string> {
    TENANTRY_RETURN_IF_ERROR(Authorize(caller, Permission::kReadAnalytics));
    TENANTRY_ASSIGN_OR_RETURN(const auto as_of, InstantQuery(request, "asOf"));
    const auto summarize = [&](base::Instant instant) -> absl::StatusOr<std::string> {
      std::string summary;
      TENANTRY_RETURN_IF_ERROR(ReadRecords(caller.tenant, as_of, [&](const Records& records) {
        summary = insights::Summary(records, instant);
      }));
      return summary;
    };
    if (as_of) {
      // Of a whole day, as all as-of answers are: one answer a day and caller is kept.
      const std::string key = fmt::format("summary {} {}", base::FormatDay(as_of->day()),
                                          caller.tenant ? "of " + caller.tenant->value() : "");
      return answers_.Get(key, [&] { return summarize(*as_of); });
    }
    return summarize(analytics_.Now());
  }();
  return made.ok() ? HttpResponse::JsonText(200, *made) : Problem(made.status());
}

HttpResponse AnalyticsRole::GetHistory(const HttpRequest& /*request*/, const Caller& caller) {
  const auto made = [&]() -> absl::StatusOr<std::string> {
    TENANTRY_RETURN_IF_ERROR(Authorize(caller, Permission::kReadAnalytics));
    const std::string key =
        "history " + (caller.tenant ? "of " + caller.tenant->value() : std::string());
    const auto make = [&]() -> absl::StatusOr<std::string> {
      const base::Instant now = analytics_.Now();
      TENANTRY_ASSIGN_OR_RETURN(const std::string days, HistoryDays(now, caller.tenant));
      return fmt::format(R"({{"asOf":"{}","days":{}}})", base::FormatRfc3339Millis(now), days);
    };
    const bool goes_on = !caller.tenant && history_of_all_.keeps();
    return answers_.Get(key, make,
                        goes_on ? KeptAnswers::Keep::kLeast : KeptAnswers::Keep::kByCost);
  }();
  return made.ok() ? HttpResponse::JsonText(200, *made) : Problem(made.status());
}

absl::StatusOr<std::string> AnalyticsRole::HistoryDays(
    base::Instant now, const std::optional<base::TenantId>& tenant) {
  const absl::Duration deadline = analytics_.HistoryDeadline();
  if (!tenant && analytics_.all_events() != nullptr) {
    auto days = history_of_all_.DaysJson(now, deadline);
    if (!absl::IsDeadlineExceeded(days.status()) || !history_of_all_.keeps()) return days;
    return base::WithRetryAfter(
        base::Unavailable("the history is being read, which takes a while at first: ask again"),
        kAskAgain);
  }
  insights::DayHistory history(now);
  TENANTRY_RETURN_IF_ERROR(history.Read(analytics_.history(), tenant, deadline));
  return history.DaysJson();
}

absl::Status AnalyticsRole::WorkAhead() {
  if (analytics_.all_events() == nullptr) return absl::OkStatus();
  const base::Instant now = analytics_.Now();
  if (history_of_all_.keeps()) {
    // What takes too long goes on the next time.
    const absl::Status read = history_of_all_.DaysJson(now, analytics_.HistoryDeadline()).status();
    if (!read.ok() && !absl::IsDeadlineExceeded(read)) return read;
  }
  if (worked_ahead_ == now.day()) return absl::OkStatus();
  base::Instant month_ago = now;
  month_ago.seconds -= kDaysAgo * base::kSecondsPerDay;
  const absl::Status read = analytics_.Records(month_ago).status();
  // What takes too long would take too long again, and hold up those who ask.
  if (read.ok() || absl::IsDeadlineExceeded(read)) worked_ahead_ = now.day();
  return read;
}

void AnalyticsRole::GiveUp() {
  history_of_all_.Stop();
  analytics_.GiveUpHistory();
}

absl::StatusOr<std::string> AnalyticsRole::CompanyHistory(const base::TenantId& company) const {
  const base::Instant now = analytics_.Now();
  insights::DayHistory history(now);
  TENANTRY_RETURN_IF_ERROR(
      history.Read(analytics_.history(), company, analytics_.HistoryDeadline()));
  TENANTRY_ASSIGN_OR_RETURN(const auto risks, analytics_.RiskHistory(company));
  std::string risk;
  for (const auto& [day, told] : risks) {
    risk += fmt::format(R"({}{{"day":"{}","risk":{}}})", risk.empty() ? "" : ",",
                        base::FormatDay(day), events::ToJson(told));
  }
  return fmt::format(R"({{"asOf":"{}","days":{},"users":{},"events":{},"risk":[{}]}})",
                     base::FormatRfc3339Millis(now), history.DaysJson(),
                     history.UsersJson(kUsersShown), history.NewestJson(), risk);
}

HttpResponse AnalyticsRole::GetCompanyHistory(const HttpRequest& request, const Caller& caller) {
  const auto made = [&]() -> absl::StatusOr<std::string> {
    TENANTRY_ASSIGN_OR_RETURN(const auto company, PathId<base::TenantId>(request, "companyID"));
    TENANTRY_RETURN_IF_ERROR(Authorize(caller, Permission::kReadAnalytics, company));
    const auto known = analytics_.Record(company, std::nullopt);
    if (absl::IsNotFound(known.status())) return identity::NoSuchTenant(company);
    TENANTRY_RETURN_IF_ERROR(known.status());
    // An answer of so many events is another one.
    const std::string key = fmt::format("company {} {}", known->revision, company.value());
    return answers_.Get(key, [&] { return CompanyHistory(company); });
  }();
  return made.ok() ? HttpResponse::JsonText(200, *made) : Problem(made.status());
}

}  // namespace tenantry::roles
