#include "activity/state/seen_set.h"

#include <cstring>

namespace tenantry::activity {
namespace {

void Append(std::string& bytes, SeenHash hash) {
  bytes.append(reinterpret_cast<const char*>(&hash), sizeof hash);
}

}  // namespace

bool SeenSet::Contains(SeenHash hash) const {
  return slots_.Find(TableKey(hash.low),
                     [hash](const Slot& slot) { return slot.high == hash.high; }) != nullptr;
}

bool SeenSet::Insert(const SeenHash& hash) {
  bool added;
  const auto same = [&hash](const Slot& slot) { return slot.high == hash.high; };
  slots_.FindOrAdd(TableKey(hash.low), same, added).high = hash.high;
  if (added && tracks_new_) new_.push_back(hash);
  return added;
}

SeenChunk SeenSet::TakeChunk() {
  SeenChunk chunk;
  if (has_many_chunks()) {
    chunk = {Encode(), true};
    chunks_ = 1;
  } else if (!new_.empty()) {
    chunk.hashes.reserve(new_.size() * sizeof(SeenHash));
    for (const SeenHash hash : new_) Append(chunk.hashes, hash);
    ++chunks_;
  }
  new_ = {};
  return chunk;
}

std::string SeenSet::Encode() const {
  std::string bytes;
  bytes.reserve(size() * sizeof(SeenHash));
  slots_.ForEach([&](const Slot& slot) { Append(bytes, {slot.key, slot.high}); });
  return bytes;
}

bool SeenSet::Restore(std::string_view bytes) {
  if (bytes.size() % sizeof(SeenHash) != 0) return false;
  ++chunks_;
  for (; !bytes.empty(); bytes.remove_prefix(sizeof(SeenHash))) {
    SeenHash hash;
    std::memcpy(&hash, bytes.data(), sizeof hash);
    if (!Contains(hash)) slots_.Add(TableKey(hash.low)).high = hash.high;
  }
  return true;
}

}  // namespace tenantry::activity
