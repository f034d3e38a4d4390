#pragma once

#include <absl/synchronization/mutex.h>

#include <cstdint>
#include <random>
#include <string>

namespace tenantry::base {

/// Where random bits come from. Injected, so that a simulation replays from its seed. Thread-safe.
class Random {
 public:
  virtual ~Random() = default;

  /// 64 uniform bits.
  virtual uint64_t Next64() = 0;

  /// A uniform number in [0, bound); `bound` > 0.
  uint64_t Below(uint64_t bound);

  /// A uniform number in [0, 1).
  double Uniform();

  /// A random version 4 UUID, lower case with dashes (RFC 9562).
  std::string Uuid();

  /// `bytes` random bytes as lower-case hexadecimal digits, two a byte.
  std::string Hex(size_t bytes);
};

/// The kernel's generator (getrandom), fit for secrets. Aborts if the kernel has none.
class SystemRandom final : public Random {
 public:
  uint64_t Next64() override;
};

/// The same numbers for the same seed; not for secrets.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : engine_(seed) {}

  uint64_t Next64() override;

 private:
  absl::Mutex mutex_;
  std::mt19937_64 engine_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tenantry::base
