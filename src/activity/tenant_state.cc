#include "activity/tenant_state.h"

#include <xxhash.h>

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace tenantry::activity {

using events::EventType;
using events::EventView;

namespace {

constexpr base::Day kMonth = 30;
constexpr base::Day kQuarter = 90;

uint64_t Hash(std::string_view text) { return XXH3_64bits(text.data(), text.size()); }

// Takes `value` when `event` is later than what was there.
template <typename Map, typename Value>
void PutLatest(Map& map, std::string_view key, const EventView& event, Value value) {
  auto& latest = map[std::string(key)];
  EventOrder order{event.time, std::string(event.id), std::string(event.source)};
  if (!latest.order.id.empty() && order <= latest.order) return;
  latest.order = std::move(order);
  latest.value = std::move(value);
}

bool IsLater(const EventView& event, const EventOrder& than) {
  if (event.time != than.time) return event.time > than.time;
  if (event.id != than.id) return event.id > std::string_view(than.id);
  return event.source > std::string_view(than.source);
}

}  // namespace

void TenantState::Apply(const EventView& event) {
  ++revision_;
  const base::Day day = event.time.day();
  MoveTo(day);
  DayCounts* counts = Counts(day);
  switch (event.type) {
    case EventType::kTenantCreated:
      registered_ = registered_ ? std::min(*registered_, event.time) : event.time;
      if (counts != nullptr) {
        ++counts->registrations;
        counts->asked = true;
      }
      [[fallthrough]];
    case EventType::kTenantUpdated:
    case EventType::kTenantDeleted:
      return ApplyProfile(event);
    case EventType::kUserAdded:
    case EventType::kUserRemoved:
      return PutLatest(users_, event.user, event, event.type == EventType::kUserAdded);
    case EventType::kJobSucceeded:
    case EventType::kJobFailed:
      return ApplyJobEnd(event, counts);
    case EventType::kUserLoggedIn:
    case EventType::kUserCompletedTutorial:
    case EventType::kDataSetCreated:
    case EventType::kDataSetUpdated:
    case EventType::kDataSetDeleted:
    case EventType::kJobSubmitted:
      return ApplyUserAct(event, counts);
    default:
      return;
  }
}

void TenantState::MoveTo(base::Day day) {
  if (day <= greatest_day_) return;
  greatest_day_ = day;
  const auto kept = std::find_if(days_.begin(), days_.end(), [day](const DayCounts& counts) {
    return counts.day > day - kQuarter;
  });
  days_.erase(days_.begin(), kept);
  Compact();
}

// Drops what no window can hold again: a user's last day only grows, a session's day only shrinks.
void TenantState::Compact() {
  const base::Day gone = greatest_day_ - kMonth;
  absl::erase_if(last_days_, [gone](const auto& user) { return user.second <= gone; });
  absl::erase_if(sessions_, [this, gone](const auto& session) {
    if (session.second.login_day > gone) return false;
    old_sessions_.insert(session.first);
    return true;
  });
}

// The counts of a day that a window can still hold; nullptr for an older one.
TenantState::DayCounts* TenantState::Counts(base::Day day) {
  if (!days_.empty() && days_.back().day == day) return &days_.back();
  if (day <= greatest_day_ - kQuarter) return nullptr;
  const auto at =
      std::lower_bound(days_.begin(), days_.end(), day,
                       [](const DayCounts& counts, base::Day d) { return counts.day < d; });
  if (at != days_.end() && at->day == day) return &*at;
  return &*days_.insert(at, DayCounts{day});
}

TenantState::Session* TenantState::SessionOf(std::string_view id) {
  if (id.empty()) return nullptr;
  const uint64_t hash = Hash(id);
  if (!old_sessions_.empty() && old_sessions_.contains(hash)) return nullptr;
  return &sessions_[hash];
}

void TenantState::ApplyProfile(const EventView& event) {
  const bool deleted = event.type == EventType::kTenantDeleted;
  const EventOrder order{event.time, std::string(event.id), std::string(event.source)};
  if (!deleted_ || IsLater(event, deleted_->order)) deleted_ = {order, deleted};
  if (deleted || (profile_ && !IsLater(event, profile_->order))) return;
  profile_.emplace();
  profile_->order = order;
  for (size_t i = 0; i < events::kProfileFields; ++i) {
    profile_->value[i] = event.profile[i].empty() ? "null" : std::string(event.profile[i]);
  }
}

void TenantState::ApplyJobEnd(const EventView& event, DayCounts* counts) {
  if (counts == nullptr) return;
  ++counts->ran;
  if (event.type == EventType::kJobFailed) ++counts->failed;
}

void TenantState::ApplyUserAct(const EventView& event, DayCounts* counts) {
  const base::Day day = event.time.day();
  Session* session = nullptr;
  if (counts != nullptr && event.type != EventType::kUserCompletedTutorial) counts->asked = true;
  switch (event.type) {
    case EventType::kUserCompletedTutorial: {
      const uint64_t user = event.user.empty() ? 0 : Hash(event.user);
      tutorials_.insert(XXH3_64bits_withSeed(event.tutorial.data(), event.tutorial.size(), user));
      break;
    }
    case EventType::kUserLoggedIn:
      if (counts != nullptr) ++counts->logins;
      session = SessionOf(event.session);
      if (session != nullptr) session->login_day = std::min(session->login_day, day);
      break;
    case EventType::kJobSubmitted:
      if (counts != nullptr) counts->jobs += event.nb_jobs;
      session = SessionOf(event.session);
      if (session != nullptr && (!session->last_job || *session->last_job < event.time)) {
        session->last_job = event.time;
      }
      break;
    default:
      if (counts != nullptr) ++counts->data_events;
      session = SessionOf(event.session);
      if (session != nullptr && (!session->first_data || *session->first_data > event.time)) {
        session->first_data = event.time;
      }
      PutLatest(
          data_sets_, event.data_set, event,
          event.type == EventType::kDataSetDeleted ? std::nullopt : std::optional(event.bytes));
  }
  if (!last_activity_ || *last_activity_ < event.time) last_activity_ = event.time;
  if (event.user.empty()) return;
  const auto [last, added] = last_days_.try_emplace(Hash(event.user), day);
  if (!added) last->second = std::max(last->second, day);
}

void TenantState::Fill(base::Day day, events::CompanyRecord& record) const {
  TENANTRY_CHECK(day >= greatest_day_);
  if (profile_) {
    const auto& profile = profile_->value;
    record.name = profile[events::kName];
    record.industry = profile[events::kIndustry];
    record.revenue = profile[events::kRevenue];
    record.employees = profile[events::kEmployees];
    record.plan = profile[events::kPlan];
    record.monthly_fee = profile[events::kMonthlyFee];
    record.total_fee = profile[events::kTotalFee];
  }
  record.deleted = deleted_ && deleted_->value;
  record.registered = registered_;
  record.last_activity = last_activity_;
  record.revision = revision_;
  record.tutorials = static_cast<int64_t>(tutorials_.size());
  for (const auto& [id, user] : users_) record.users += user.value ? 1 : 0;
  for (const auto& [id, last] : last_days_) record.active_users30 += last > day - kMonth ? 1 : 0;
  for (const auto& [id, set] : data_sets_) {
    if (!set.value) continue;
    ++record.data_sets;
    record.data_bytes += *set.value;
  }
  FillWindows(day, record);
  FillSessions(day, record);
}

void TenantState::FillWindows(base::Day day, events::CompanyRecord& record) const {
  for (const DayCounts& counts : days_) {
    if (counts.day <= day - kQuarter) continue;
    record.job90 += counts.jobs;
    if (counts.jobs != 0) record.jobs_by_day[counts.day] = counts.jobs;
    if (counts.ran != 0) record.ran_by_day[counts.day] = counts.ran;
    if (counts.day <= day - kMonth) continue;
    record.job30 += counts.jobs;
    record.ran30 += counts.ran;
    record.failed30 += counts.failed;
    record.logins30 += counts.logins;
    record.data_events30 += counts.data_events;
    if (counts.registrations != 0) record.registrations_by_day[counts.day] = counts.registrations;
    if (counts.logins != 0) record.logins_by_day[counts.day] = counts.logins;
    if (counts.data_events != 0) record.data_events_by_day[counts.day] = counts.data_events;
    if (counts.asked) record.active_days30.push_back(counts.day);
  }
}

void TenantState::FillSessions(base::Day day, events::CompanyRecord& record) const {
  for (const auto& [hash, session] : sessions_) {
    if (session.login_day == kNoLogin || session.login_day <= day - kMonth) continue;
    ++record.sessions30;
    const bool data = session.first_data.has_value(), job = session.last_job.has_value();
    if (data) ++record.sessions_with_data30;
    if (job) ++record.sessions_with_jobs30;
    if (data && job && *session.first_data <= *session.last_job) ++record.sessions_data_then_job30;
    if (!data && !job) ++record.idle_sessions30;
  }
}

}  // namespace tenantry::activity
