#pragma once

#include <algorithm>
#include <initializer_list>
#include <utility>
#include <vector>

#include "base/instant.h"

namespace tenantry::events {

/// Counts of days in one piece of memory, ascending, each day once: a map that is cheap to fill in
/// the order of the days. Days that are not there have none. Not thread-safe.
template <typename Count>
class CountsByDay {
 public:
  using value_type = std::pair<base::Day, Count>;
  using mapped_type = Count;
  using const_iterator = typename std::vector<value_type>::const_iterator;

  CountsByDay() = default;
  /// Takes days in any order; of a day that is given twice the last count holds.
  CountsByDay(std::initializer_list<value_type> counts) {
    for (const auto& [day, count] : counts) (*this)[day] = count;
  }

  /// The count of a day, begun with 0 when there is none.
  Count& operator[](base::Day day) {
    if (counts_.empty() || counts_.back().first < day) return counts_.emplace_back(day, 0).second;
    const auto at = counts_.begin() + (lower_bound(day) - counts_.cbegin());
    if (at != counts_.end() && at->first == day) return at->second;
    return counts_.insert(at, {day, 0})->second;
  }

  /// The first day that is not before `day`.
  const_iterator lower_bound(base::Day day) const {
    return std::lower_bound(counts_.begin(), counts_.end(), day,
                            [](const value_type& count, base::Day d) { return count.first < d; });
  }

  /// The day itself; end() without a count.
  const_iterator find(base::Day day) const {
    const auto at = lower_bound(day);
    return at != counts_.end() && at->first == day ? at : counts_.end();
  }

  /// The days in order.
  const_iterator begin() const { return counts_.begin(); }
  /// One past the last day.
  const_iterator end() const { return counts_.end(); }

  /// How many days have a count.
  size_t size() const { return counts_.size(); }
  bool empty() const { return counts_.empty(); }

  /// Makes room for so many days.
  void reserve(size_t days) { counts_.reserve(days); }

  bool operator==(const CountsByDay&) const = default;

 private:
  std::vector<value_type> counts_;
};

}  // namespace tenantry::events
