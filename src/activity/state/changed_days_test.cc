#include "activity/state/changed_days.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace tenantry::activity {
namespace {

TEST(ChangedDays, GivesTheLastNoteUpToTheDay) {
  constexpr int kDays = 12;
  std::mt19937 random(7);
  std::uniform_int_distribution<int> pick(0, kDays - 1);
  ChangedDays changed;
  std::vector<uint64_t> noted(kDays, 0);  // the last note of each day alone
  for (uint64_t note = 1; note <= 500; ++note) {
    const int day = pick(random);
    changed.Note(day);
    noted[static_cast<size_t>(day)] = note;
    for (int as_of = -1; as_of <= kDays; ++as_of) {
      const auto end = noted.begin() + std::min(as_of + 1, kDays);
      const uint64_t wanted = as_of < 0 ? 0 : *std::max_element(noted.begin(), end);
      ASSERT_EQ(changed.LastChange(as_of), wanted) << "note " << note << ", day " << as_of;
    }
  }
}

}  // namespace
}  // namespace tenantry::activity
