#include "insights/history/day_history.h"

#include <absl/hash/hash.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "base/retry_after.h"
#include "base/status.h"
#include "base/steady_time.h"

namespace tenantry::insights {

using events::EventType;
using events::EventView;
using nlohmann::json;

namespace {

constexpr uint64_t kLookEvery = 1024;  // at the deadline, in records
constexpr size_t kNewestKept = 100;
constexpr base::Day kMonth = 30;
constexpr base::Day kNoDay = INT32_MAX;

bool IsOfData(EventType type) {
  return type == EventType::kDataSetCreated || type == EventType::kDataSetUpdated ||
         type == EventType::kDataSetDeleted;
}

uint64_t UserDay(const EventView& event) {
  return absl::HashOf(std::hash<std::string_view>()(event.user), event.time.day());
}

std::string Dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

// What happened to a company on a day.
struct DayHistory::Counts {
  absl::uint128 jobs = 0;
  int64_t ran = 0, failed = 0, logins = 0, data_events = 0, active_users = 0;

  void Add(const Counts& other) {
    jobs += other.jobs;
    ran += other.ran;
    failed += other.failed;
    logins += other.logins;
    data_events += other.data_events;
    active_users += other.active_users;
  }
};

// A day as it is told.
struct DayHistory::Day {
  Counts counts;
  int64_t sessions = 0, idle_sessions = 0;
  absl::uint128 data_bytes = 0;
};

// Its day is that of its first login.
struct DayHistory::Session {
  base::Day login_day = kNoDay;
  bool acted = false;  // on data, or with a job
};

struct DayHistory::User {
  base::Instant last;
  int64_t logins = 0;
  absl::uint128 jobs = 0;
};

struct DayHistory::Company {
  activity::SeenSet seen;
  absl::flat_hash_map<base::Day, Counts> days;  // those on which anything happened
  absl::flat_hash_map<uint64_t, Session> sessions;
  absl::flat_hash_map<std::string, AsOfDays<std::optional<uint64_t>>> data_sets;  // bytes
  AsOfDays<bool> deleted;
  std::map<std::string, User, std::less<>> users;
};

struct DayHistory::Noted {
  base::Instant time;
  std::string id;
  json shown;
  bool operator<(const Noted& other) const {  // the top of a heap is the oldest
    return std::tie(other.time, other.id) < std::tie(time, id);
  }
};

DayHistory::DayHistory(base::Instant as_of)
    : last_(as_of.day()), first_(last_ - kHistoryDays + 1) {}
DayHistory::~DayHistory() = default;

DayHistory::Counts* DayHistory::At(Company& company, base::Day day) const {
  return day < first_ || day > last_ ? nullptr : &company.days[day];
}

// Who asks for one company sees it, deleted or not.
bool DayHistory::IsLeftOut(const Company& company, base::Day day) const {
  if (of_one_) return false;
  const bool* const deleted = company.deleted.At(day);
  return deleted != nullptr && *deleted;
}

absl::Status DayHistory::Look(absl::Duration deadline) {
  if (++looks_ % kLookEvery != 0 || base::SteadyNow() <= deadline) return absl::OkStatus();
  return absl::DeadlineExceededError(
      "reading the history took too long: raise activity.history_timeout");
}

absl::Status DayHistory::ReadAll(const activity::EventsReader& events, activity::EventsPlace& place,
                                 absl::Duration deadline, const std::atomic<bool>& stopping) {
  return events(place, [&](const EventView& event) -> absl::Status {
    TENANTRY_RETURN_IF_ERROR(Look(deadline));
    if (stopping) return base::StoppingError();
    Apply(event);
    return absl::OkStatus();
  });
}

absl::Status DayHistory::Read(const activity::HistoryReader& history,
                              const std::optional<base::TenantId>& tenant,
                              absl::Duration deadline) {
  of_one_ = tenant.has_value();
  return history(
      tenant,
      [&](const eventlog::PartitionId& from, const activity::PlacedRecord& placed) -> absl::Status {
        TENANTRY_RETURN_IF_ERROR(Look(deadline));
        const std::string place =
            fmt::format("{}/{}/{}", from.stream, from.partition, placed.offset.text());
        EventView event;
        const absl::Status parsed = parser_.ParseRecord(
            placed.record.content_type, placed.record.value, place, placed.appended, event);
        // What was rejected when it came is rejected again.
        if (parsed.ok()) Apply(event);
        return absl::OkStatus();
      });
}

void DayHistory::Apply(const EventView& event) {
  auto& company = companies_[std::string(event.tenant)];
  if (!company) company = std::make_unique<Company>();
  // The first copy of an event is the one that counts, also when its day is yet to come.
  if (!company->seen.Insert(activity::EventHashes(event).event)) return;
  if (event.time.day() > last_) return;
  ApplyCounts(*company, event);
  if (!of_one_) return;
  NoteAct(*company, event);
  NoteNewest(event);
}

DayHistory::Session* DayHistory::SessionOf(Company& company, const EventView& event) {
  if (event.session.empty()) return nullptr;
  return &company.sessions[std::hash<std::string_view>()(event.session)];
}

void DayHistory::ApplyCounts(Company& company, const EventView& event) {
  const base::Day day_number = event.time.day();
  Counts* const day = At(company, day_number);
  switch (event.type) {
    case EventType::kTenantCreated:
    case EventType::kTenantUpdated:
    case EventType::kTenantDeleted:
      return company.deleted.Put(event, first_, event.type == EventType::kTenantDeleted);
    case EventType::kUserLoggedIn:
      if (day != nullptr) ++day->logins;
      if (Session* const session = SessionOf(company, event)) {
        session->login_day = std::min(session->login_day, day_number);
      }
      return;
    case EventType::kJobSucceeded:
    case EventType::kJobFailed:
      if (day == nullptr) return;
      ++day->ran;
      day->failed += event.type == EventType::kJobFailed ? 1 : 0;
      return;
    case EventType::kJobSubmitted:
      if (day != nullptr) day->jobs += event.nb_jobs;
      break;
    default:
      if (!IsOfData(event.type)) return;
      if (day != nullptr) ++day->data_events;
      company.data_sets[std::string(event.data_set)].Put(
          event, first_,
          event.type == EventType::kDataSetDeleted ? std::nullopt : std::optional(event.bytes));
  }
  if (Session* const session = SessionOf(company, event)) session->acted = true;
}

// What a user did: a login, a tutorial, data, a job.
void DayHistory::NoteAct(Company& company, const EventView& event) {
  const bool act = event.type == EventType::kUserLoggedIn ||
                   event.type == EventType::kUserCompletedTutorial ||
                   event.type == EventType::kJobSubmitted || IsOfData(event.type);
  if (!act || event.user.empty()) return;
  auto found = company.users.find(event.user);
  if (found == company.users.end()) {
    found = company.users.emplace(std::string(event.user), User{event.time}).first;
  }
  User& user = found->second;
  user.last = std::max(user.last, event.time);
  if (event.time.day() > last_ - kMonth) {
    user.logins += event.type == EventType::kUserLoggedIn ? 1 : 0;
    if (event.type == EventType::kJobSubmitted) user.jobs += event.nb_jobs;
  }
  Counts* const day = At(company, event.time.day());
  if (day == nullptr) return;
  if (acted_.insert(UserDay(event)).second) ++day->active_users;
}

void DayHistory::NoteNewest(const EventView& event) {
  if (newest_.size() == kNewestKept && event.time < newest_.front().time) return;
  json shown = {{"time", base::FormatRfc3339Millis(event.time)}, {"type", event.type_name}};
  const auto add = [&](const char* name, std::string_view value) {
    if (!value.empty()) shown[name] = value;
  };
  add("userID", event.user);
  add("sessionID", event.session);
  add("dataSetID", event.data_set);
  add("jobID", event.job);
  if (IsOfData(event.type) && event.type != EventType::kDataSetDeleted) {
    shown["bytes"] = event.bytes;
  }
  if (event.type == EventType::kJobSubmitted) shown["nbJobs"] = event.nb_jobs;
  newest_.push_back({event.time, std::string(event.id), std::move(shown)});
  std::push_heap(newest_.begin(), newest_.end());
  if (newest_.size() <= kNewestKept) return;
  std::pop_heap(newest_.begin(), newest_.end());
  newest_.pop_back();
}

void DayHistory::AddCounts(const Company& company, std::vector<Day>& days) const {
  for (const auto& [day, counts] : company.days) {
    days[static_cast<size_t>(day - first_)].counts.Add(counts);
  }
  for (const auto& [key, session] : company.sessions) {
    if (session.login_day < first_ || session.login_day > last_) continue;
    Day& day = days[static_cast<size_t>(session.login_day - first_)];
    ++day.sessions;
    day.idle_sessions += session.acted ? 0 : 1;
  }
}

// By how much a data set is larger on each day than on the one before: also less, modulo 2^128.
void DayHistory::AddChanges(const AsOfDays<std::optional<uint64_t>>& sizes,
                            std::vector<absl::uint128>& changes) const {
  absl::uint128 before = 0;
  sizes.ForEach([&](base::Day day, const std::optional<uint64_t>& size) {
    changes[static_cast<size_t>(std::max(day, first_) - first_)] += size.value_or(0) - before;
    before = size.value_or(0);
  });
}

void DayHistory::AddData(const Company& company, std::vector<Day>& days) const {
  if (company.data_sets.empty()) return;
  std::vector<absl::uint128> changes(days.size());
  for (const auto& [data_set, sizes] : company.data_sets) AddChanges(sizes, changes);
  absl::uint128 bytes = 0;
  for (size_t i = 0; i < days.size(); ++i) {
    bytes += changes[i];
    if (!IsLeftOut(company, first_ + static_cast<base::Day>(i))) days[i].data_bytes += bytes;
  }
}

size_t DayHistory::memory_bytes() const {
  constexpr size_t kBlockBytes = 32;  // that the allocator adds to a company's
  const auto table = [](const auto& map) {
    return map.capacity() * (sizeof(typename std::decay_t<decltype(map)>::value_type) + 1);
  };
  size_t bytes = table(companies_);
  for (const auto& [id, company] : companies_) {
    bytes += id.capacity() + sizeof(Company) + 6 * kBlockBytes + company->seen.memory_bytes() +
             table(company->days) + table(company->sessions) + table(company->data_sets) +
             company->deleted.memory_bytes();
    for (const auto& [name, sizes] : company->data_sets) {
      bytes += name.capacity() + sizes.memory_bytes();
    }
  }
  return bytes;
}

std::string DayHistory::DaysJson() const {
  std::vector<Day> days(static_cast<size_t>(kHistoryDays));
  for (const auto& [id, company] : companies_) {
    if (!IsLeftOut(*company, last_)) AddCounts(*company, days);
    AddData(*company, days);
  }
  std::string list;
  for (base::Day day = first_; day <= last_; ++day) {
    const Day& one = days[static_cast<size_t>(day - first_)];
    const Counts& did = one.counts;
    list +=
        fmt::format(R"({}{{"day":"{}","jobs":{},"ran":{},"failed":{},"logins":{},"dataEvents":{},)"
                    R"("activeUsers":{},"sessions":{},"idleSessions":{},"dataBytes":{}}})",
                    day == first_ ? "" : ",", base::FormatDay(day), events::DecimalText(did.jobs),
                    did.ran, did.failed, did.logins, did.data_events, did.active_users,
                    one.sessions, one.idle_sessions, events::DecimalText(one.data_bytes));
  }
  return '[' + list + ']';
}

std::string DayHistory::UsersJson(size_t users_max) const {
  std::vector<std::pair<std::string_view, const User*>> users;
  for (const auto& [id, company] : companies_) {
    for (const auto& [user_id, user] : company->users) users.emplace_back(user_id, &user);
  }
  std::ranges::sort(users, [](const auto& a, const auto& b) {
    return std::tie(b.second->last, a.first) < std::tie(a.second->last, b.first);
  });
  users.resize(std::min(users.size(), users_max));
  std::string list;
  for (const auto& [id, user] : users) {
    list += fmt::format(R"({}{{"userID":{},"lastActivity":"{}","logins30":{},"job30":{}}})",
                        list.empty() ? "" : ",", Dump(id), base::FormatRfc3339Millis(user->last),
                        user->logins, events::DecimalText(user->jobs));
  }
  return '[' + list + ']';
}

std::string DayHistory::NewestJson() const {
  std::vector<Noted> newest = newest_;
  std::sort(newest.begin(), newest.end());  // of a heap with the oldest on top: the newest first
  json list = json::array();
  for (const Noted& noted : newest) list.push_back(noted.shown);
  return Dump(list);
}

}  // namespace tenantry::insights
