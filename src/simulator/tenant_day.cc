#include "simulator/tenant_day.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "simulator/seeds.h"

namespace tenantry::simulator {
namespace {

constexpr std::array<std::string_view, 40> kPeople = {
    "ada",      "alan",   "annie",  "barbara", "bjarne",  "carl",   "dennis", "donald",
    "dorothy",  "edsger", "emmy",   "ernst",   "fran",    "grace",  "hedy",   "ida",
    "jean",     "joan",   "john",   "karen",   "ken",     "leslie", "linus",  "lise",
    "margaret", "marie",  "mary",   "maurice", "niklaus", "olga",   "paul",   "radia",
    "robin",    "rosa",   "sophie", "stephen", "tim",     "tony",   "vera",   "yann"};
constexpr std::array<std::string_view, 4> kTutorials = {"first-steps", "first-job", "the-lake",
                                                        "sql"};
constexpr std::array<std::string_view, 8> kDataNames = {
    "orders", "visits", "sensors", "claims", "bookings", "payments", "tickets", "inventory"};

constexpr int kTutorialDays = 21;  // how long a newcomer takes lessons
constexpr size_t kUsersMax = 60;
constexpr size_t kDataSetsMax = 200;
constexpr int64_t kDataBytesMax = int64_t{1} << 42;

bool IsWeekend(absl::Time midnight) {
  const absl::CivilDay day = absl::ToCivilDay(midnight, absl::UTCTimeZone());
  const absl::Weekday weekday = absl::GetWeekday(day);
  return weekday == absl::Weekday::saturday || weekday == absl::Weekday::sunday;
}

absl::Duration Milliseconds(double milliseconds) {
  return absl::Milliseconds(static_cast<int64_t>(milliseconds));
}

}  // namespace

TenantDay::TenantDay(uint64_t seed, uint64_t index, const TenantStory& story, TenantState& state,
                     int day, absl::Time midnight)
    : story_(story),
      state_(state),
      day_(day),
      midnight_(midnight),
      random_(MixSeed(MixSeed(seed, index), static_cast<uint64_t>(day))) {}

std::vector<Action> TenantDay::Plan() {
  if (story_.gone_day == day_) {
    if (story_.deletes) Act(midnight_ + absl::Hours(9), ActionKind::kDeleteTenant);
    return std::move(actions_);
  }
  absl::Time earliest = midnight_;
  if (day_ == story_.born_day) {
    Register();
    earliest = actions_.back().time + absl::Minutes(5);
  } else {
    Renew();
    RemoveSomebody();
    if (story_.mood == Mood::kThrive && state_.users.size() < kUsersMax && Chance(0.03)) {
      AddUser(midnight_ + absl::Hours(6));
    }
  }
  const double chance = LoginChance(story_, day_) * (IsWeekend(midnight_) ? 0.2 : 1);
  for (size_t user = 0; user < state_.users.size(); ++user) {
    // Some come a second time, and whoever has just registered looks around.
    if (Chance(day_ == story_.born_day ? 0.9 : chance)) Session(user, earliest);
    if (Chance(chance * 0.15)) Session(user, earliest);
  }
  ResolveDataChanges();
  return std::move(actions_);
}

Action& TenantDay::Act(absl::Time time, ActionKind kind) {
  Action& action = actions_.emplace_back();
  action.time = time;
  action.kind = kind;
  action.tenant = story_.tenant;
  return action;
}

absl::Duration TenantDay::Exponential(absl::Duration mean) {
  return Milliseconds(-std::log(1 - random_.Uniform()) * absl::ToDoubleMilliseconds(mean));
}

base::UserId TenantDay::UserName(uint32_t number) const {
  const std::string_view name = kPeople[number % kPeople.size()];
  if (number < kPeople.size()) return base::UserId(std::string(name));
  return base::UserId(fmt::format("{}-{}", name, number / kPeople.size() + 1));
}

Profile TenantDay::CurrentProfile() const {
  return {story_.name,    story_.industry,  story_.plan,        story_.pattern,
          story_.revenue, story_.employees, state_.monthly_fee, state_.total_fee};
}

void TenantDay::Register() {
  state_.monthly_fee = story_.monthly_fee;
  absl::Time time = midnight_ + Milliseconds((6 + 10 * random_.Uniform()) * 3'600'000);
  Act(time, ActionKind::kRegisterTenant).profile = CurrentProfile();
  for (int i = 0; i < story_.users; ++i) {
    time += absl::Seconds(1) + Exponential(absl::Minutes(3));
    AddUser(time);
  }
}

void TenantDay::AddUser(absl::Time time) {
  Action& action = Act(time, ActionKind::kAddUser);
  action.user = UserName(state_.users_ever);
  action.role = state_.users_ever == 0 ? "tenant_admin" : "scientist";
  state_.users.push_back(state_.users_ever++);
  state_.tutorials.push_back(0);
}

void TenantDay::RemoveSomebody() {
  const bool declines = story_.gone_day && day_ >= story_.decline_day;
  if (state_.users.size() < 2 || !Chance(declines ? 0.03 : 0.002)) return;
  // The first one, who administers the others, stays.
  const size_t user = 1 + random_.Below(state_.users.size() - 1);
  Act(midnight_ + absl::Hours(5), ActionKind::kRemoveUser).user = UserName(state_.users[user]);
  state_.users.erase(state_.users.begin() + static_cast<std::ptrdiff_t>(user));
  state_.tutorials.erase(state_.tutorials.begin() + static_cast<std::ptrdiff_t>(user));
}

// Every thirty days the fee falls due; who thrives pays for more.
void TenantDay::Renew() {
  if ((day_ - story_.born_day) % 30 != 0 || state_.monthly_fee == 0) return;
  state_.total_fee += state_.monthly_fee;
  if (story_.mood == Mood::kThrive && Chance(0.5)) state_.monthly_fee += state_.monthly_fee / 5;
  Act(midnight_ + absl::Hours(4), ActionKind::kUpdateTenant).profile = CurrentProfile();
}

void TenantDay::Session(size_t user, absl::Time earliest) {
  const absl::Time opening = std::max(earliest, midnight_ + absl::Hours(7));
  const absl::Duration open = std::max(absl::Minutes(1), midnight_ + absl::Hours(23) - opening);
  absl::Time time = opening + Milliseconds(absl::ToDoubleMilliseconds(open) * random_.Uniform());
  const base::SessionId session(
      fmt::format("{}-s{}", story_.tenant.value(), ++state_.sessions_ever));
  const base::UserId name = UserName(state_.users[user]);
  Action& login = Act(time, ActionKind::kLogIn);
  login.user = name;
  login.session = session;
  time = Learn(user, session, time);
  if (!Chance(IdleChance(story_, day_))) time = Work(user, session, time);
  const bool logs_off = Chance(0.7);
  time += logs_off ? absl::Seconds(30) + Exponential(absl::Minutes(6)) : absl::Minutes(30);
  Action& end = Act(time, logs_off ? ActionKind::kLogOff : ActionKind::kTimeOut);
  end.user = name;
  end.session = session;
}

absl::Time TenantDay::Learn(size_t user, const base::SessionId& session, absl::Time time) {
  uint8_t& learned = state_.tutorials[user];
  const double eager = story_.mood == Mood::kThrive ? 0.35 : 0.15;
  if (day_ - story_.born_day > kTutorialDays || learned >= kTutorials.size() || !Chance(eager)) {
    return time;
  }
  time += absl::Minutes(4) + Exponential(absl::Minutes(8));
  Action& action = Act(time, ActionKind::kCompleteTutorial);
  action.user = UserName(state_.users[user]);
  action.session = session;
  action.tutorial = kTutorials[learned++];
  return time;
}

absl::Time TenantDay::Work(size_t user, const base::SessionId& session, absl::Time time) {
  const int steps =
      1 + static_cast<int>(random_.Below(1 + static_cast<uint64_t>(4 * story_.jobs_pace)));
  for (int i = 0; i < steps; ++i) {
    time += absl::Seconds(5) + Exponential(absl::Minutes(4));
    const bool data = Chance(0.3);
    Action& doing = Act(time, data ? ActionKind::kUpdateDataSet : ActionKind::kSubmitJob);
    doing.user = UserName(state_.users[user]);
    doing.session = session;
    if (!data) SubmitJob(doing);
  }
  return time;
}

// Which data sets there are is only known in the order of time, across all of the day's sessions.
void TenantDay::ResolveDataChanges() {
  std::stable_sort(actions_.begin(), actions_.end(),
                   [](const Action& a, const Action& b) { return a.time < b.time; });
  for (Action& action : actions_) {
    if (action.kind == ActionKind::kUpdateDataSet) ResolveDataChange(action);
  }
}

void TenantDay::ResolveDataChange(Action& action) {
  std::vector<SimulatedDataSet>& sets = state_.data_sets;
  const double what = random_.Uniform();
  const bool creates = sets.empty() || (what < 0.3 && sets.size() < kDataSetsMax);
  const bool deletes = !creates && what > 0.93 && sets.size() > 1;
  const size_t place = creates ? sets.size() : random_.Below(sets.size());
  // Sizes spread over three powers of ten; a larger plan has larger data.
  if (creates) {
    const double scale = story_.plan == "free" ? 7 : story_.plan == "team" ? 8.5 : 9.5;
    const double size = std::pow(10, scale - 2 + 3 * random_.Uniform());
    sets.push_back({++state_.data_sets_ever, static_cast<int64_t>(size)});
    action.kind = ActionKind::kCreateDataSet;
  } else if (deletes) {
    action.kind = ActionKind::kDeleteDataSet;
  } else {
    const double growth = 0.9 + 0.5 * random_.Uniform();
    const double grown = static_cast<double>(sets[place].bytes) * growth + 1;
    sets[place].bytes = std::min(kDataBytesMax, static_cast<int64_t>(grown));
  }
  const uint32_t number = sets[place].number;
  action.data_set = base::DataSetId(fmt::format("{}-d{}", story_.tenant.value(), number));
  action.name = fmt::format("{} {}", kDataNames[number % kDataNames.size()], number);
  action.bytes = deletes ? 0 : sets[place].bytes;
  if (deletes) sets.erase(sets.begin() + static_cast<std::ptrdiff_t>(place));
}

void TenantDay::SubmitJob(Action& submit) {
  const base::JobId job(fmt::format("{}-j{}", story_.tenant.value(), ++state_.jobs_ever));
  submit.job = job;
  submit.jobs = Chance(0.9) ? 1 : 2 + static_cast<int64_t>(random_.Below(4));
  const absl::Time start = submit.time + absl::Seconds(1) + Exponential(absl::Seconds(20));
  Act(start, ActionKind::kStartJob).job = job;
  const double what = random_.Uniform();
  const double fails = FailureChance(story_, day_);
  const ActionKind kind = what < fails          ? ActionKind::kFailJob
                          : what < fails + 0.02 ? ActionKind::kCancelJob
                                                : ActionKind::kSucceedJob;
  // Some run for hours; none so long that it outlasts its tenant, who is deleted at nine.
  const absl::Duration mean = Chance(0.1) ? absl::Minutes(90) : absl::Minutes(9);
  const absl::Duration ran = std::min(absl::Hours(6), absl::Seconds(1) + Exponential(mean));
  Action& end = Act(start + ran, kind);
  end.job = job;
  end.job_seconds = absl::ToDoubleSeconds(ran);
}

}  // namespace tenantry::simulator
