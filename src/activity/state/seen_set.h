#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "activity/state/hash_table.h"

namespace tenantry::activity {

/// 128 bits that stand for something seen.
struct SeenHash {
  uint64_t low = 0;
  uint64_t high = 0;
};

/// What was seen of one tenant, by hashes: it only grows, and what came since the last checkpoint
/// is told apart, so that a checkpoint never writes the whole. Two things share a hash with a
/// chance of 2^-128 a pair. Not thread-safe.
class SeenSet {
 public:
  /// Notes a hash; false when it was there.
  bool Insert(const SeenHash& hash);

  /// True when the hash was noted.
  bool Contains(SeenHash hash) const;

  /// Has the memory that Insert will look at fetched meanwhile.
  void Prefetch(SeenHash hash) const { slots_.Prefetch(TableKey(hash.low)); }

  /// From now on notes what is new for TakeNew; otherwise nothing is.
  void TrackNew() { tracks_new_ = true; }

  /// The hashes inserted since this was last asked, 16 bytes each.
  std::string TakeNew();

  /// All hashes, 16 bytes each, in no order.
  std::string Encode() const;

  /// Adds what TakeNew or Encode gave, as nothing new; false when the bytes are cut off.
  bool Restore(std::string_view bytes);

  /// How many hashes there are.
  size_t size() const { return slots_.size(); }

 private:
  struct Slot {
    uint64_t key = 0;
    uint64_t high = 0;
  };
  using Slots = HashTable<Slot>;

  Slots slots_;
  std::vector<SeenHash> new_;
  bool tracks_new_ = false;
};

}  // namespace tenantry::activity
