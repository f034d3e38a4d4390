#include "simulator/science/scientist_plan.h"

#include <optional>
#include <utility>

namespace tenantry::simulator::science {
namespace {

constexpr int kVisits = 4;
constexpr int kDaysBetween = 7;
constexpr absl::Duration kFirstHour = absl::Hours(9);
constexpr absl::Duration kApart = absl::Minutes(20);  // from one scientist to the next

// Less is better: a tenant that does well first, then one of the industry.
int Cost(const TenantStory& story, const Assignment& assignment) {
  const bool well = story.mood == Mood::kThrive || story.mood == Mood::kSteady;
  return (well ? 0 : 3) + (story.industry == assignment.industry ? 0 : 2);
}

bool Stays(const TenantStory& story, int days) {
  return !story.gone_day || *story.gone_day >= days;
}

// The tenant that fits best of those that stay and are not `taken`.
std::optional<size_t> Choose(absl::Span<const TenantStory> stories, const Assignment& assignment,
                             int days, const std::vector<bool>& taken) {
  std::optional<size_t> best;
  for (size_t i = 0; i < stories.size(); ++i) {
    if (taken[i] || !Stays(stories[i], days)) continue;
    if (!best || Cost(stories[i], assignment) < Cost(stories[*best], assignment)) best = i;
  }
  return best;
}

}  // namespace

std::vector<ScientistPlan> PlanScientists(absl::Span<const TenantStory> stories, absl::Time start,
                                          int days) {
  std::vector<ScientistPlan> plans;
  std::vector<bool> taken(stories.size());
  for (const Assignment& assignment : Assignments()) {
    const std::optional<size_t> chosen = Choose(stories, assignment, days, taken);
    if (!chosen) break;
    taken[*chosen] = true;
    ScientistPlan plan{.tenant = stories[*chosen].tenant, .assignment = &assignment};
    for (int back = kVisits - 1; back >= 0; --back) {
      const int day = days - 1 - back * kDaysBetween;
      if (day <= stories[*chosen].born_day) continue;
      plan.visits.push_back(start + day * absl::Hours(24) + kFirstHour +
                            static_cast<int>(plans.size()) * kApart);
    }
    if (!plan.visits.empty()) plans.push_back(std::move(plan));
  }
  if (!plans.empty()) plans.back().slips = true;
  return plans;
}

}  // namespace tenantry::simulator::science
