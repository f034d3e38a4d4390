#include "net/server/stream_channel.h"

#include <utility>

#include "net/wire/answer.h"

namespace tenantry::net::server {

StreamChannel::StreamChannel(std::function<void()> wake, bool chunked)
    : wake_(std::move(wake)), chunked_(chunked) {}

absl::Status StreamChannel::Write(std::string_view bytes) {
  if (!bytes.empty()) {
    std::string piece = chunked_ ? wire::Chunk(bytes) : std::string(bytes);
    const absl::MutexLock lock(&mutex_);
    if (!cancelled_) {
      piece_ = std::move(piece);
      waiting_ = true;
    }
  }
  wake_();
  const absl::MutexLock lock(&mutex_, absl::Condition(this, &StreamChannel::PieceIsGone));
  if (cancelled_) return absl::CancelledError("the client went away or the server is stopping");
  return absl::OkStatus();
}

bool StreamChannel::Cancelled() const {
  const absl::MutexLock lock(&mutex_);
  return cancelled_;
}

void StreamChannel::Finish(bool complete) {
  {
    const absl::MutexLock lock(&mutex_);
    finished_ = true;
    complete_ = complete;
  }
  wake_();
}

bool StreamChannel::Take(std::string& piece) {
  const absl::MutexLock lock(&mutex_);
  if (piece_.empty()) return false;
  piece = std::exchange(piece_, {});
  return true;
}

void StreamChannel::Sent() {
  const absl::MutexLock lock(&mutex_);
  waiting_ = false;
}

void StreamChannel::Cancel() {
  const absl::MutexLock lock(&mutex_);
  cancelled_ = true;
}

bool StreamChannel::finished() const {
  const absl::MutexLock lock(&mutex_);
  return finished_;
}

bool StreamChannel::complete() const {
  const absl::MutexLock lock(&mutex_);
  return complete_;
}

}  // namespace tenantry::net::server
