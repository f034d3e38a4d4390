#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>

namespace tenantry::net::wire {

/// Bytes that were read and not yet used. Not thread-safe.
class ReadBuffer {
 public:
  /// What is in it, oldest first.
  std::string_view bytes() const { return {data_.get() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }

  /// Drops the oldest `count` bytes.
  void Consume(size_t count) {
    begin_ += count;
    if (begin_ == end_) begin_ = end_ = 0;
  }

  /// Room for at least `room` more bytes, all that is free; Commit says how many were put there.
  std::pair<char*, size_t> Prepare(size_t room) {
    if (capacity_ - end_ < room) Rearrange(room);
    return {data_.get() + end_, capacity_ - end_};
  }
  void Commit(size_t count) { end_ += count; }

  /// Gives back memory past `capacity` if the buffer is empty.
  void Shrink(size_t capacity) {
    if (empty() && capacity_ > capacity) *this = ReadBuffer();
  }

 private:
  void Rearrange(size_t room) {
    const size_t used = end_ - begin_;
    if (capacity_ >= used + room) {
      std::memmove(data_.get(), data_.get() + begin_, used);
    } else {
      const size_t capacity = std::max(used + room, used * 2);
      auto data = std::make_unique_for_overwrite<char[]>(capacity);
      if (used > 0) std::memcpy(data.get(), data_.get() + begin_, used);
      data_ = std::move(data);
      capacity_ = capacity;
    }
    begin_ = 0;
    end_ = used;
  }

  std::unique_ptr<char[]> data_;
  size_t capacity_ = 0;
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace tenantry::net::wire
