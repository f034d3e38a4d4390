#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include "runtime/metrics.h"

namespace tenantry::net::server {

/// A quantity of which only so much may be in use. Thread-safe.
class Budget {
 public:
  /// `gauge`, which may be null, shows what is in use.
  Budget(int64_t limit, runtime::Gauge* gauge) : limit_(limit), gauge_(gauge) {}

  /// Takes `amount`, or nothing and returns false when that would pass the limit.
  bool TryTake(int64_t amount) {
    if (used_.fetch_add(amount, std::memory_order_relaxed) + amount > limit_) {
      used_.fetch_sub(amount, std::memory_order_relaxed);
      return false;
    }
    if (gauge_ != nullptr) gauge_->Add(static_cast<double>(amount));
    return true;
  }

  /// Gives back what TryTake took.
  void Return(int64_t amount) {
    used_.fetch_sub(amount, std::memory_order_relaxed);
    if (gauge_ != nullptr) gauge_->Add(-static_cast<double>(amount));
  }

 private:
  const int64_t limit_;
  runtime::Gauge* const gauge_;
  std::atomic<int64_t> used_ = 0;
};

/// What one holder took of a budget; gives it back at its end. Not thread-safe.
class Share {
 public:
  /// A share of nothing.
  explicit Share(Budget& budget) : budget_(&budget) {}
  ~Share() { Clear(); }
  Share(Share&& other) noexcept
      : budget_(other.budget_), amount_(std::exchange(other.amount_, 0)) {}
  Share& operator=(Share&& other) noexcept {
    std::swap(budget_, other.budget_);
    std::swap(amount_, other.amount_);
    return *this;
  }

  /// Makes the share `amount` large, if it is smaller; false when the budget has not enough.
  bool GrowTo(int64_t amount) {
    if (amount <= amount_) return true;
    if (!budget_->TryTake(amount - amount_)) return false;
    amount_ = amount;
    return true;
  }

  /// Gives all of it back.
  void Clear() {
    if (amount_ > 0) budget_->Return(std::exchange(amount_, 0));
  }

 private:
  Budget* budget_;
  int64_t amount_ = 0;
};

}  // namespace tenantry::net::server
