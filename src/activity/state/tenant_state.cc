#include "activity/state/tenant_state.h"

#define XXH_INLINE_ALL  // a call costs more than hashing an id
#include <xxhash.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "events/json_text.h"

namespace tenantry::activity {

using events::EventType;
using events::EventView;

namespace {

constexpr base::Day kMonth = 30;

// Marks the hash of a session among those seen; events have 64 hashed bits in its place.
constexpr uint64_t kEndedSession = 0x656e646564207365;

uint64_t Hash(std::string_view text) { return XXH3_64bits(text.data(), text.size()); }

uint64_t KeyOf(std::string_view id) { return id.empty() ? 0 : TableKey(Hash(id)); }

}  // namespace

// The source's hash is the seed, so that no two splits of one text share a hash.
EventHashes::EventHashes(const EventView& view)
    : user(KeyOf(view.user)), session(KeyOf(view.session)), day(view.time.day()) {
  const XXH128_hash_t hash =
      XXH3_128bits_withSeed(view.id.data(), view.id.size(), Hash(view.source));
  event = {hash.low64, hash.high64};
}

bool EventOrder::IsBefore(const EventView& event) const {
  if (event.time != time) return time < event.time;
  const std::string_view text(id_and_source);
  const int id = text.substr(0, id_bytes).compare(event.id);
  if (id != 0) return id < 0;
  return text.substr(id_bytes) < event.source;
}

void EventOrder::Assign(const EventView& event) {
  time = event.time;
  id_bytes = static_cast<uint32_t>(event.id.size());
  id_and_source.assign(event.id);
  id_and_source.append(event.source);
}

size_t TenantState::IdHash::operator()(std::string_view id) const { return Hash(id); }

void TenantState::Prefetch(const EventView& event, const EventHashes& hashes) const {
  seen_.Prefetch(hashes.event);
  days_.Prefetch(hashes.day);
  if (hashes.user != 0) active_users_.Prefetch(hashes.user);
  if (hashes.session != 0) sessions_.Prefetch(hashes.session);
  if (event.type == EventType::kUserLoggedIn) seen_.Prefetch({hashes.session, kEndedSession});
  if (!event.data_set.empty()) data_sets_.prefetch(event.data_set);
}

void TenantState::Apply(const EventView& event, const EventHashes& hashes) {
  ++revision_;
  const base::Day day = hashes.day;
  greatest_day_ = std::max(greatest_day_, day);
  switch (event.type) {
    case EventType::kTenantCreated:
    case EventType::kTenantUpdated:
    case EventType::kTenantDeleted:
      return ApplyTenant(event, Counts(day));
    case EventType::kUserAdded:
    case EventType::kUserRemoved:
      return ApplyUser(event);
    case EventType::kJobSucceeded:
    case EventType::kJobFailed:
      if (DayCounts* const counts = Counts(day)) {
        ++counts->ran;
        counts->failed += event.type == EventType::kJobFailed ? 1 : 0;
      }
      return;
    case EventType::kUserLoggedIn:
      ApplyLogin(hashes, day, Counts(day));
      break;
    case EventType::kUserCompletedTutorial:
      ApplyTutorial(event, hashes);
      break;
    case EventType::kDataSetCreated:
    case EventType::kDataSetUpdated:
    case EventType::kDataSetDeleted:
      ApplyData(event, hashes, Counts(day));
      break;
    case EventType::kJobSubmitted:
      ApplyJobs(event, hashes, Counts(day));
      break;
    default:
      return;
  }
  NoteAct(event, hashes);
}

// The counts of a day that a window can still hold; nullptr for an older one.
DayCounts* TenantState::Counts(base::Day day) {
  return day <= gone() ? nullptr : &days_.At(day, gone());
}

// Sessions whose day left every window: it can only become earlier, so what happens in them counts
// no more. Their hashes stay, lest a later login begin them anew.
void TenantState::DropEndedSessions() {
  const base::Day gone = greatest_day_ - kMonth;
  sessions_.EraseIf([&](const Session& session) {
    if (session.login_day > gone) return false;
    seen_.Insert({session.key, kEndedSession});
    return true;
  });
}

// Users who were last active before every window; when they come again they are new.
void TenantState::DropIdleUsers() {
  const base::Day gone = greatest_day_ - kMonth;
  active_users_.EraseIf([gone](const ActiveUser& user) { return user.last_day <= gone; });
}

// The session of a hash; nullptr without one, and for one that ended.
TenantState::Session* TenantState::SessionOf(uint64_t hash) {
  if (hash == 0) return nullptr;
  if (Session* const session = sessions_.Find(hash)) return session;
  if (seen_.Contains({hash, kEndedSession})) return nullptr;
  if (sessions_.full()) DropEndedSessions();
  return &sessions_.Add(hash);
}

void TenantState::ApplyTenant(const EventView& event, DayCounts* counts) {
  const bool deleted = event.type == EventType::kTenantDeleted;
  if (event.type == EventType::kTenantCreated) {
    registered_ = registered_ ? std::min(*registered_, event.time) : event.time;
    if (counts != nullptr) {
      ++counts->registrations;
      counts->asked = true;
    }
  }
  if (!deleted_ || deleted_->order.IsBefore(event)) {
    if (!deleted_) deleted_.emplace();
    deleted_->order.Assign(event);
    deleted_->value = deleted;
  }
  if (deleted || (profile_ && !profile_->order.IsBefore(event))) return;
  if (!profile_) profile_.emplace();
  profile_->order.Assign(event);
  for (size_t i = 0; i < events::kProfileFields; ++i) {
    profile_->value[i] = events::OneLineJson(event.profile[i]);
  }
}

// The value of a thing that the event is the latest about, to be set; nullptr when it is not.
template <typename Value>
Value* TenantState::PutLatest(ById<Value>& things, std::string_view id, const EventView& event) {
  auto found = things.find(id);
  if (found == things.end()) {
    found = things.try_emplace(std::string(id)).first;
  } else if (!found->second.order.IsBefore(event)) {
    return nullptr;
  }
  found->second.order.Assign(event);
  return &found->second.value;
}

void TenantState::ApplyUser(const EventView& event) {
  bool* const here = PutLatest(users_, event.user, event);
  if (here == nullptr) return;
  live_users_ -= *here ? 1 : 0;
  *here = event.type == EventType::kUserAdded;
  live_users_ += *here ? 1 : 0;
}

void TenantState::ApplyLogin(const EventHashes& hashes, base::Day day, DayCounts* counts) {
  if (counts != nullptr) {
    ++counts->logins;
    counts->asked = true;
  }
  if (Session* const session = SessionOf(hashes.session)) {
    session->login_day = std::min(session->login_day, day);
  }
}

void TenantState::ApplyJobs(const EventView& event, const EventHashes& hashes, DayCounts* counts) {
  if (counts != nullptr) {
    counts->AddJobs(event.nb_jobs);
    counts->asked = true;
  }
  Session* const session = SessionOf(hashes.session);
  if (session == nullptr) return;
  const base::Instant last{session->last_job_seconds, session->last_job_nanoseconds};
  if (session->last_job_seconds != kNever && event.time <= last) return;
  session->last_job_seconds = event.time.seconds;
  session->last_job_nanoseconds = event.time.nanoseconds;
}

void TenantState::ApplyData(const EventView& event, const EventHashes& hashes, DayCounts* counts) {
  if (counts != nullptr) {
    ++counts->data_events;
    counts->asked = true;
  }
  if (Session* const session = SessionOf(hashes.session)) {
    const base::Instant first{session->first_data_seconds, session->first_data_nanoseconds};
    if (session->first_data_seconds == kNever || event.time < first) {
      session->first_data_seconds = event.time.seconds;
      session->first_data_nanoseconds = event.time.nanoseconds;
    }
  }
  std::optional<uint64_t>* const bytes = PutLatest(data_sets_, event.data_set, event);
  if (bytes == nullptr) return;
  live_data_sets_ -= bytes->has_value() ? 1 : 0;
  data_bytes_ -= bytes->value_or(0);
  const bool deleted = event.type == EventType::kDataSetDeleted;
  *bytes = deleted ? std::nullopt : std::optional(event.bytes);
  live_data_sets_ += bytes->has_value() ? 1 : 0;
  data_bytes_ += bytes->value_or(0);
}

void TenantState::ApplyTutorial(const EventView& event, const EventHashes& hashes) {
  tutorials_.insert(
      XXH3_64bits_withSeed(event.tutorial.data(), event.tutorial.size(), hashes.user));
}

void TenantState::NoteAct(const EventView& event, const EventHashes& hashes) {
  if (!last_activity_ || *last_activity_ < event.time) last_activity_ = event.time;
  if (hashes.user == 0) return;
  ActiveUser* user = active_users_.Find(hashes.user);
  if (user == nullptr) {
    if (active_users_.full()) DropIdleUsers();
    user = &active_users_.Add(hashes.user);
  }
  user->last_day = std::max(user->last_day, hashes.day);
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
  record.users = live_users_;
  record.data_sets = live_data_sets_;
  record.data_bytes = data_bytes_;
  active_users_.ForEach([&](const ActiveUser& user) {
    record.active_users30 += user.last_day > day - kMonth ? 1 : 0;
  });
  FillWindows(day, record);
  FillSessions(day, record);
}

void TenantState::FillWindows(base::Day day, events::CompanyRecord& record) const {
  record.jobs_by_day.reserve(kDaysKept);
  record.ran_by_day.reserve(kDaysKept);
  for (auto* const days :
       {&record.registrations_by_day, &record.logins_by_day, &record.data_events_by_day}) {
    days->reserve(kMonth);
  }
  record.active_days30.reserve(kMonth);
  days_.ForEach(day - kDaysKept, day, [&](const DayCounts& counts) {
    const absl::uint128 jobs = counts.jobs();
    record.job90 += jobs;
    if (jobs != 0) record.jobs_by_day[counts.day] = jobs;
    if (counts.ran != 0) record.ran_by_day[counts.day] = counts.ran;
    if (counts.day <= day - kMonth) return;
    record.job30 += jobs;
    record.ran30 += counts.ran;
    record.failed30 += counts.failed;
    record.logins30 += counts.logins;
    record.data_events30 += counts.data_events;
    if (counts.registrations != 0) record.registrations_by_day[counts.day] = counts.registrations;
    if (counts.logins != 0) record.logins_by_day[counts.day] = counts.logins;
    if (counts.data_events != 0) record.data_events_by_day[counts.day] = counts.data_events;
    if (counts.asked) record.active_days30.push_back(counts.day);
  });
}

void TenantState::FillSessions(base::Day day, events::CompanyRecord& record) const {
  sessions_.ForEach([&](const Session& session) {
    if (session.login_day == kNoLogin || session.login_day <= day - kMonth) return;
    const base::Instant first_data{session.first_data_seconds, session.first_data_nanoseconds};
    const base::Instant last_job{session.last_job_seconds, session.last_job_nanoseconds};
    const bool data = session.first_data_seconds != kNever;
    const bool job = session.last_job_seconds != kNever;
    ++record.sessions30;
    record.sessions_with_data30 += data ? 1 : 0;
    record.sessions_with_jobs30 += job ? 1 : 0;
    record.sessions_data_then_job30 += data && job && first_data <= last_job ? 1 : 0;
    record.idle_sessions30 += !data && !job ? 1 : 0;
  });
}

}  // namespace tenantry::activity
