#include "base/random.h"

#include <fmt/format.h>
#include <sys/random.h>

#include "base/check.h"

namespace tenantry::base {

uint64_t Random::Below(uint64_t bound) {
  TENANTRY_CHECK(bound > 0);
  // Draws past the last whole multiple of the bound are thrown away, so that no result is favoured.
  const uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  uint64_t draw = Next64();
  while (draw >= limit) draw = Next64();
  return draw % bound;
}

double Random::Uniform() { return static_cast<double>(Next64() >> 11) * 0x1.0p-53; }

std::string Random::Uuid() {
  const uint64_t high = (Next64() & ~0xF000ull) | 0x4000ull;
  const uint64_t low = (Next64() & ~(3ull << 62)) | (2ull << 62);
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, high >> 16 & 0xFFFF,
                     high & 0xFFFF, low >> 48, low & 0xFFFFFFFFFFFFull);
}

std::string Random::Hex(size_t bytes) {
  std::string text;
  while (text.size() < 2 * bytes) text += fmt::format("{:016x}", Next64());
  text.resize(2 * bytes);
  return text;
}

uint64_t SystemRandom::Next64() {
  uint64_t bits = 0;
  TENANTRY_CHECK(getrandom(&bits, sizeof bits, 0) == sizeof bits);
  return bits;
}

uint64_t SeededRandom::Next64() {
  absl::MutexLock lock(&mutex_);
  return engine_();
}

}  // namespace tenantry::base
