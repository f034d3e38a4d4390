#pragma once

#include <absl/status/status.h>
#include <absl/synchronization/mutex.h>

#include <functional>
#include <string>
#include <string_view>

#include "net/http.h"

namespace tenantry::net::server {

/// Carries a streamed answer's pieces from the stream's thread to the connection's I/O thread, one
/// at a time. Thread-safe.
class StreamChannel final : public StreamWriter {
 public:
  /// `wake` tells the I/O thread, from any thread, that something changed. `chunked` frames the
  /// pieces.
  StreamChannel(std::function<void()> wake, bool chunked);

  /// On the stream's thread: hands over `bytes` and waits until they are sent.
  absl::Status Write(std::string_view bytes) override;
  bool Cancelled() const override;

  /// On the stream's thread: nothing more will be written; not `complete` when it failed midway,
  /// which the client then notices by a body without its end.
  void Finish(bool complete);

  /// On the I/O thread: the piece to send now; false when there is none.
  bool Take(std::string& piece);
  /// On the I/O thread: the piece taken was sent.
  void Sent();
  /// The client went away or the server drains: writes fail from now on.
  void Cancel();
  /// True once Finish was called.
  bool finished() const;
  /// True once Finish was called for a complete stream.
  bool complete() const;

 private:
  bool PieceIsGone() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !waiting_ || cancelled_; }

  const std::function<void()> wake_;
  const bool chunked_;
  mutable absl::Mutex mutex_;
  std::string piece_ ABSL_GUARDED_BY(mutex_);
  bool waiting_ ABSL_GUARDED_BY(mutex_) = false;  // a piece was handed over and not yet sent
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  bool complete_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace tenantry::net::server
