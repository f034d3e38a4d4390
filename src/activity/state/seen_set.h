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

/// Hashes to save, 16 bytes each.
struct SeenChunk {
  std::string hashes;
  bool is_whole = false;  ///< it takes the place of all chunks before
};

/// What was seen of one tenant, by hashes: it only grows. What came since the last checkpoint is
/// told apart, so that few checkpoints write the whole: those at which the chunks saved are many
/// for the hashes there are. Reading the chunks so costs what the hashes cost, and saving a chunk
/// costs about kHashesPerChunk hashes more than its own. Two things share a hash with a chance of
/// 2^-128 a pair. Not thread-safe.
class SeenSet {
 public:
  /// There are at most this many chunks, and one more for each so many hashes.
  static constexpr size_t kChunksLeast = 4;
  static constexpr size_t kHashesPerChunk = 64;

  /// Notes a hash; false when it was there.
  bool Insert(const SeenHash& hash);

  /// True when the hash was noted.
  bool Contains(SeenHash hash) const;

  /// Has the memory that Insert will look at fetched meanwhile.
  void Prefetch(SeenHash hash) const { slots_.Prefetch(TableKey(hash.low)); }

  /// From now on notes what is new for TakeChunk; otherwise nothing is.
  void TrackNew() { tracks_new_ = true; }

  /// What is to be saved now: the hashes inserted since this was last asked, or all. Empty when
  /// there is nothing.
  SeenChunk TakeChunk();
  /// True when more chunks are saved than the hashes are worth: the next one will be whole.
  bool has_many_chunks() const { return chunks_ >= kChunksLeast + slots_.size() / kHashesPerChunk; }

  /// All hashes, 16 bytes each, in no order.
  std::string Encode() const;

  /// Adds what TakeChunk or Encode gave, as one chunk that is saved; false when the bytes are cut
  /// off.
  bool Restore(std::string_view bytes);

  /// How many hashes there are.
  size_t size() const { return slots_.size(); }

  /// The memory that they take, in bytes.
  size_t memory_bytes() const {
    return slots_.capacity() * sizeof(Slot) + new_.capacity() * sizeof(SeenHash);
  }

 private:
  struct Slot {
    uint64_t key = 0;
    uint64_t high = 0;
  };
  using Slots = HashTable<Slot>;

  Slots slots_;
  std::vector<SeenHash> new_;
  uint32_t chunks_ = 0;  // saved
  bool tracks_new_ = false;
};

}  // namespace tenantry::activity
