#pragma once

#include <cstdint>

namespace tenantry::simulator {

/// A seed for one part of a simulation, so that parts draw independently of each other (the
/// finaliser of SplitMix64).
constexpr uint64_t MixSeed(uint64_t seed, uint64_t part) {
  uint64_t mixed = seed + 0x9E3779B97F4A7C15u * (part + 1);
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
  return mixed ^ (mixed >> 31);
}

}  // namespace tenantry::simulator
