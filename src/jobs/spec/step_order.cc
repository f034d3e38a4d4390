#include "jobs/spec/step_order.h"

#include <absl/strings/match.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>

#include "base/status.h"

namespace tenantry::jobs {
namespace {

// The names of a cycle among the steps that could not be placed, the first one twice.
std::string Cycle(const std::vector<StepSpec>& steps, const std::vector<bool>& placed) {
  size_t at = static_cast<size_t>(std::ranges::find(placed, false) - placed.begin());
  std::vector<size_t> path;
  // Each step left waits for one that is left, so that the way back comes upon itself.
  while (std::ranges::find(path, at) == path.end()) {
    path.push_back(at);
    for (const std::string& name : steps[at].after) {
      const size_t before = *FindStep(steps, name);
      if (placed[before]) continue;
      at = before;
      break;
    }
  }
  std::vector<std::string> names;
  for (auto it = std::ranges::find(path, at); it != path.end(); ++it) {
    names.push_back(steps[*it].name);
  }
  names.push_back(steps[at].name);
  return fmt::format("{}", fmt::join(names, " after "));
}

}  // namespace

std::optional<size_t> FindStep(const std::vector<StepSpec>& steps, std::string_view name) {
  for (size_t i = 0; i < steps.size(); ++i) {
    const absl::string_view a(steps[i].name.data(), steps[i].name.size());
    if (absl::EqualsIgnoreCase(a, absl::string_view(name.data(), name.size()))) return i;
  }
  return std::nullopt;
}

absl::StatusOr<std::vector<size_t>> StepOrder(const std::vector<StepSpec>& steps) {
  std::vector<size_t> order;
  std::vector<bool> placed(steps.size(), false);
  const auto ready = [&](const StepSpec& step) {
    return std::ranges::all_of(
        step.after, [&](const std::string& name) { return placed[*FindStep(steps, name)]; });
  };
  while (order.size() < steps.size()) {
    size_t next = 0;
    while (next < steps.size() && (placed[next] || !ready(steps[next]))) ++next;
    if (next == steps.size()) {
      return base::InvalidArgument("the steps wait for each other, {}: take one `after` out",
                                   Cycle(steps, placed));
    }
    placed[next] = true;
    order.push_back(next);
  }
  return order;
}

}  // namespace tenantry::jobs
