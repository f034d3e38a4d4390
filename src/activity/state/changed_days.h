#pragma once

#include <cstdint>
#include <iterator>
#include <map>

#include "base/instant.h"

namespace tenantry::activity {

/// When answers as of a day last changed: an event changes those as of its own day and of every
/// later one. Holds no more than a number a day. Not thread-safe.
class ChangedDays {
 public:
  /// Notes that events were counted, the earliest of them of `day`.
  void Note(base::Day day) {
    // What later days had noted is older than this, which changes them, too.
    last_.erase(last_.lower_bound(day), last_.end());
    last_.emplace_hint(last_.end(), day, ++notes_);
  }

  /// A number that grows with each note that changes what is known as of `day`; 0 before the first.
  uint64_t LastChange(base::Day day) const {
    const auto after = last_.upper_bound(day);
    return after == last_.begin() ? 0 : std::prev(after)->second;
  }

 private:
  uint64_t notes_ = 0;
  std::map<base::Day, uint64_t> last_;  // both ascending
};

}  // namespace tenantry::activity
