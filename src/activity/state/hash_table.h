#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace tenantry::activity {

/// A hash as a table keys it: never 0.
inline uint64_t TableKey(uint64_t hash) { return hash == 0 ? 1 : hash; }

/// A table of entries by 64-bit hashes that are uniform already: one block of memory, linear
/// probing, so that finding an entry costs one cache line as a rule and can be prefetched. `Entry`
/// has a member `uint64_t key`, 0 in a default one; entries move when the table grows. Not
/// thread-safe.
template <typename Entry>
class HashTable {
 public:
  HashTable() = default;
  HashTable(HashTable&&) noexcept = default;
  HashTable& operator=(HashTable&&) noexcept = default;
  HashTable(const HashTable& other) { *this = other; }
  HashTable& operator=(const HashTable& other) {
    if (this == &other) return *this;
    slots_ = other.capacity_ == 0 ? nullptr : std::make_unique<Entry[]>(other.capacity_);
    for (size_t i = 0; i < other.capacity_; ++i) slots_[i] = other.slots_[i];
    capacity_ = other.capacity_;
    size_ = other.size_;
    return *this;
  }

  /// The entry of a key for which `same(entry)` holds too; nullptr without one.
  template <typename Same>
  Entry* Find(uint64_t key, Same same) const {
    if (capacity_ == 0) return nullptr;
    for (size_t at = key & (capacity_ - 1);; at = (at + 1) & (capacity_ - 1)) {
      Entry& entry = slots_[at];
      if (entry.key == key && same(entry)) return &entry;
      if (entry.key == 0) return nullptr;
    }
  }

  /// The entry of a key; nullptr without one.
  Entry* Find(uint64_t key) const {
    return Find(key, [](const Entry&) { return true; });
  }

  /// True when the next Add makes the table grow.
  bool full() const { return 4 * (size_ + 1) > 3 * capacity_; }

  /// A new entry of a key; whether there is one already is the caller's business.
  Entry& Add(uint64_t key) {
    if (full()) Resize(capacity_ == 0 ? kFirstCapacity : 2 * capacity_);
    ++size_;
    Entry& entry = FreeSlot(key);
    entry.key = key;
    return entry;
  }

  /// The entry of a key for which `same(entry)` holds too, a default one when there was none;
  /// `added` tells. One search, where Find and Add are two.
  template <typename Same>
  Entry& FindOrAdd(uint64_t key, Same same, bool& added) {
    if (full()) Resize(capacity_ == 0 ? kFirstCapacity : 2 * capacity_);
    added = false;
    size_t at = key & (capacity_ - 1);
    while (slots_[at].key != 0) {
      if (slots_[at].key == key && same(slots_[at])) return slots_[at];
      at = (at + 1) & (capacity_ - 1);
    }
    added = true;
    ++size_;
    slots_[at].key = key;
    return slots_[at];
  }

  /// The entry of a key, a default one when there was none.
  Entry& operator[](uint64_t key) {
    Entry* const found = Find(key);
    return found != nullptr ? *found : Add(key);
  }

  /// Has the memory of a key's entry fetched meanwhile.
  void Prefetch(uint64_t key) const {
    if (capacity_ == 0) return;
    const Entry* const entry = &slots_[key & (capacity_ - 1)];
    __builtin_prefetch(entry);
    // Entries that do not fill cache lines evenly may reach into the next one.
    if constexpr (kLineBytes % sizeof(Entry) != 0) {
      __builtin_prefetch(reinterpret_cast<const char*>(entry + 1) - 1);
    }
  }

  /// How many entries there are.
  size_t size() const { return size_; }

  /// How many entries its memory is for.
  size_t capacity() const { return capacity_; }

  /// Calls `visit(entry)` for each entry, in no order.
  template <typename Visit>
  void ForEach(Visit visit) const {
    for (size_t i = 0; i < capacity_; ++i) {
      if (slots_[i].key != 0) visit(std::as_const(slots_[i]));
    }
  }

  /// Drops the entries for which `drop(entry)` holds. The table has room for an eighth more then,
  /// so that dropping whenever it is full costs a constant time an entry.
  template <typename Drop>
  void EraseIf(Drop drop) {
    size_t kept = 0;
    for (size_t i = 0; i < capacity_; ++i) {
      if (slots_[i].key == 0) continue;
      if (drop(std::as_const(slots_[i]))) {
        slots_[i].key = 0;
      } else {
        ++kept;
      }
    }
    size_ = kept;
    size_t capacity = kFirstCapacity;
    while (8 * kept > 5 * capacity) capacity *= 2;
    Resize(capacity);
  }

 private:
  static constexpr size_t kFirstCapacity = 4;
  static constexpr size_t kLineBytes = 64;

  Entry& FreeSlot(uint64_t key) const {
    size_t at = key & (capacity_ - 1);
    while (slots_[at].key != 0) at = (at + 1) & (capacity_ - 1);
    return slots_[at];
  }

  void Resize(size_t capacity) {
    const std::unique_ptr<Entry[]> old = std::exchange(slots_, std::make_unique<Entry[]>(capacity));
    const size_t old_capacity = std::exchange(capacity_, capacity);
    for (size_t i = 0; i < old_capacity; ++i) {
      if (old[i].key != 0) FreeSlot(old[i].key) = std::move(old[i]);
    }
  }

  std::unique_ptr<Entry[]> slots_;
  size_t capacity_ = 0;  // 0 or a power of two
  size_t size_ = 0;
};

}  // namespace tenantry::activity
