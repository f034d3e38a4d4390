#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/monitor.h"
#include "runtime/metrics.h"
#include "runtime/options.h"

namespace tenantry::identity {

/// How passwords are hashed; all of it `identity.password_<field>`.
struct PasswordOptions {
  int64_t operations = 2;                      ///< passes of argon2id
  int64_t memory_bytes = 64 << 20;             ///< of one hashing
  int64_t at_once_max = 2;                     ///< hashings at the same time
  int64_t waiting_max = 4;                     ///< that wait for their place
  int64_t length_min = 8;                      ///< bytes of a new password
  absl::Duration wait_max = absl::Seconds(5);  ///< of one for its place

  /// Declares all of them.
  void Declare(runtime::OptionSet& options);
};

/// Hashes passwords with argon2id (libsodium; RFC 9106). Thread-safe.
class Passwords {
 public:
  /// `metrics`, if any, outlive this.
  explicit Passwords(const PasswordOptions& options, runtime::Metrics* metrics = nullptr);

  /// How many bytes a new password has at least.
  size_t length_min() const { return static_cast<size_t>(options_.length_min); }

  /// InvalidArgument when a new password is too short or too long (1,024 bytes).
  absl::Status Check(std::string_view password) const;

  /// The hash with its parameters, as text. ResourceExhausted when memory is short, or, with the
  /// time to try again after, when too many wait already.
  absl::StatusOr<std::string> Hash(std::string_view password);

  /// True when `hash` was made with other options.
  bool IsOutdated(const std::string& hash) const;

  /// True when `hash` is of `password`. An empty hash costs the same time and is never matched.
  /// Errors as Hash.
  absl::StatusOr<bool> Matches(std::string_view password, const std::string& hash);

 private:
  class Place;

  absl::Status TooMany();
  void ShowWaiting() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::StatusOr<std::string> HashInPlace(std::string_view password) const;

  const PasswordOptions options_;
  runtime::Gauge* const waiting_gauge_;  // nullptr without metrics
  runtime::Counter* const refused_;      // nullptr without metrics
  std::string dummy_;                    // compared with where there is no hash
  base::Monitor mutex_;
  int64_t running_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t waiting_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace tenantry::identity
