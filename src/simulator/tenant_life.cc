#include "simulator/tenant_life.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <numeric>
#include <utility>

#include "base/status.h"
#include "simulator/tenant_day.h"

namespace tenantry::simulator {

std::string_view ActionName(ActionKind kind) {
  constexpr std::array<std::string_view, 17> kNames = {
      "register tenant", "update tenant",   "delete tenant", "add user",          "remove user",
      "log in",          "log off",         "time out",      "complete tutorial", "create data set",
      "update data set", "delete data set", "submit job",    "start job",         "succeed job",
      "fail job",        "cancel job"};
  return kNames[static_cast<size_t>(kind)];
}

// Plans one day of all tenants at a time.
class TenantLife::Planner {
 public:
  explicit Planner(const LifeOptions& options) : options_(options) {
    const auto count = static_cast<uint64_t>(options.tenants);
    for (uint64_t i = 0; i < count; ++i) {
      stories_.push_back(MakeStory(options.seed, i, options.days));
      states_.emplace_back();
    }
  }

  std::optional<Action> Next() {
    while (next_ == today_.size()) {
      if (next_day_ >= options_.days) return std::nullopt;
      PlanDay();
    }
    return std::move(today_[next_++]);
  }

  const std::vector<TenantStory>& stories() const { return stories_; }
  double share_done() const { return static_cast<double>(next_day_) / options_.days; }

 private:
  absl::Time DayStart(int day) const { return options_.start + absl::Hours(24) * day; }

  void PlanDay() {
    std::vector<Action> actions = std::exchange(later_, {});
    for (size_t i = 0; i < stories_.size(); ++i) {
      const TenantStory& story = stories_[i];
      if (next_day_ < story.born_day || (story.gone_day && next_day_ > *story.gone_day)) continue;
      TenantDay day(options_.seed, i, story, states_[i], next_day_, DayStart(next_day_));
      std::vector<Action> planned = day.Plan();
      std::move(planned.begin(), planned.end(), std::back_inserter(actions));
    }
    ++next_day_;
    Sort(std::move(actions));
  }

  // Takes over what happens until midnight, in the order of time, and keeps the rest for the next
  // day.
  void Sort(std::vector<Action> actions) {
    std::vector<size_t> order(actions.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&actions](size_t a, size_t b) { return actions[a].time < actions[b].time; });
    today_.clear();
    next_ = 0;
    for (const size_t place : order) {
      const bool is_today = actions[place].time < DayStart(next_day_);
      (is_today ? today_ : later_).push_back(std::move(actions[place]));
    }
  }

  const LifeOptions options_;
  std::vector<TenantStory> stories_;
  std::vector<TenantState> states_;
  std::vector<Action> today_;  // in the order of time; those before next_ are given away
  size_t next_ = 0;
  std::vector<Action> later_;  // what reaches past midnight
  int next_day_ = 0;
};

absl::StatusOr<std::unique_ptr<TenantLife>> TenantLife::Make(const LifeOptions& options) {
  if (options.tenants < 1 || options.tenants > 10'000'000) {
    return base::InvalidArgument("{} tenants: a simulation takes 1 to 10,000,000", options.tenants);
  }
  if (options.days < 1 || options.days > 3'660) {
    return base::InvalidArgument("{} days: a simulation takes 1 to 3,660", options.days);
  }
  const absl::Time latest = absl::FromUnixSeconds(int64_t{253'402'300'800} - 86'400 * 4'000ll);
  if (options.start < absl::FromUnixSeconds(0) || options.start > latest ||
      absl::ToUnixSeconds(options.start) % 86'400 != 0 ||
      absl::FromUnixSeconds(absl::ToUnixSeconds(options.start)) != options.start) {
    return base::InvalidArgument(
        "a simulation starts at a day's midnight (UTC) from 1970-01-01 to {}",
        absl::FormatTime("%Y-%m-%d", latest, absl::UTCTimeZone()));
  }
  return std::unique_ptr<TenantLife>(new TenantLife(options));
}

TenantLife::TenantLife(const LifeOptions& options) : planner_(std::make_unique<Planner>(options)) {}

TenantLife::~TenantLife() = default;

std::optional<Action> TenantLife::Next() { return planner_->Next(); }

const std::vector<TenantStory>& TenantLife::stories() const { return planner_->stories(); }

double TenantLife::share_done() const { return planner_->share_done(); }

}  // namespace tenantry::simulator
