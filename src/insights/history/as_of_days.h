#pragma once

#include <absl/container/btree_map.h>
#include <absl/functional/function_ref.h>

#include <algorithm>

#include "activity/state/tenant_state.h"
#include "base/instant.h"

namespace tenantry::insights {

/// What a thing was at the end of each day: the latest event that tells of it wins ("What is
/// counted", the latest event). Not thread-safe.
template <typename Value>
class AsOfDays {
 public:
  /// Notes what an event says. Days before `first` are kept as one.
  void Put(const events::EventView& event, base::Day first, Value value) {
    activity::Latest<Value>& latest = days_[std::max(event.time.day(), first - 1)];
    if (!latest.order.id_and_source.empty() && !latest.order.IsBefore(event)) return;
    latest.order.Assign(event);
    latest.value = std::move(value);
  }

  /// The value at the end of `day`; nullptr before the first event.
  const Value* At(base::Day day) const {
    const auto after = days_.upper_bound(day);
    return after == days_.begin() ? nullptr : &std::prev(after)->second.value;
  }

  /// Gives each day on which it changed and what it was at its end, in order; those before the
  /// first day that was put as the day before that.
  void ForEach(absl::FunctionRef<void(base::Day, const Value&)> take) const {
    for (const auto& [day, latest] : days_) take(day, latest.value);
  }

  /// About the memory that it takes beyond its own, in bytes.
  size_t memory_bytes() const {
    constexpr size_t kNodeBytes = 256;  // of a B-tree, at least one
    size_t bytes = days_.empty() ? 0 : kNodeBytes + 2 * days_.size() * sizeof(*days_.begin());
    for (const auto& [day, latest] : days_) bytes += latest.order.id_and_source.capacity();
    return bytes;
  }

 private:
  absl::btree_map<base::Day, activity::Latest<Value>> days_;
};

}  // namespace tenantry::insights
