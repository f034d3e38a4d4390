#include "identity/secrets/passwords.h"

#include <sodium.h>

#include <utility>

#include "base/check.h"
#include "base/retry_after.h"
#include "base/status.h"

namespace tenantry::identity {
namespace {

constexpr size_t kLengthMax = 1024;

}  // namespace

void PasswordOptions::Declare(runtime::OptionSet& options) {
  options.AddInt("identity.password_operations", &operations, 1, 100, "passes of argon2id");
  options.AddBytes("identity.password_memory_bytes", &memory_bytes, 8 << 10, int64_t{4} << 30,
                   "memory of one hashing");
  options.AddInt("identity.password_at_once_max", &at_once_max, 1, 256,
                 "hashings at the same time; others wait");
  options.AddInt("identity.password_waiting_max", &waiting_max, 0, 10'000,
                 "hashings that wait for others; further ones answer 429");
  options.AddDuration("identity.password_wait_max", &wait_max, absl::Milliseconds(1),
                      absl::Minutes(1), "how long a hashing waits for others, then it answers 429");
  options.AddInt("identity.password_length_min", &length_min, 8, 128, "bytes of a new password");
}

// One of the places to hash in, so that memory stays bounded, and the threads of requests that have
// nothing to do with passwords stay free: few wait, not for long, and the others are sent away.
class Passwords::Place {
 public:
  static absl::StatusOr<Place> Take(Passwords& passwords) {
    base::MonitorLock lock(&passwords.mutex_);
    const auto free = [&passwords]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
      return passwords.running_ < passwords.options_.at_once_max;
    };
    if (!free() && passwords.waiting_ >= passwords.options_.waiting_max) {
      return passwords.TooMany();
    }
    ++passwords.waiting_;
    passwords.ShowWaiting();
    const bool found =
        passwords.mutex_.AwaitFor(absl::Condition(&free), passwords.options_.wait_max);
    --passwords.waiting_;
    passwords.ShowWaiting();
    if (!found) return passwords.TooMany();
    ++passwords.running_;
    return Place(passwords);
  }

  Place(Place&& other) noexcept : passwords_(std::exchange(other.passwords_, nullptr)) {}
  Place& operator=(Place&&) = delete;
  ~Place() {
    if (passwords_ == nullptr) return;
    base::MonitorLock lock(&passwords_->mutex_);
    --passwords_->running_;
  }

 private:
  explicit Place(Passwords& passwords) : passwords_(&passwords) {}

  Passwords* passwords_;
};

Passwords::Passwords(const PasswordOptions& options, runtime::Metrics* metrics)
    : options_(options),
      waiting_gauge_(metrics == nullptr ? nullptr
                                        : &metrics->AddGauge("tenantry_identity_password_waiting",
                                                             "Hashings that wait for others")),
      refused_(metrics == nullptr ? nullptr
                                  : &metrics->AddCounter("tenantry_identity_password_refused_total",
                                                         "Hashings that found no place in time")) {
  TENANTRY_CHECK(sodium_init() >= 0);
}

absl::Status Passwords::TooMany() {
  if (refused_ != nullptr) refused_->Increment();
  return base::WithRetryAfter(
      base::Error(absl::StatusCode::kResourceExhausted,
                  "too many passwords are looked at now: try again in a second"),
      absl::Seconds(1));
}

void Passwords::ShowWaiting() {
  if (waiting_gauge_ != nullptr) waiting_gauge_->Set(static_cast<double>(waiting_));
}

absl::Status Passwords::Check(std::string_view password) const {
  if (static_cast<int64_t>(password.size()) < options_.length_min) {
    return base::InvalidArgument("the password is too short: give at least {} bytes",
                                 options_.length_min);
  }
  if (password.size() > kLengthMax) {
    return base::InvalidArgument("the password is too long: give at most {} bytes", kLengthMax);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> Passwords::Hash(std::string_view password) {
  TENANTRY_ASSIGN_OR_RETURN(const Place place, Place::Take(*this));
  return HashInPlace(password);
}

absl::StatusOr<std::string> Passwords::HashInPlace(std::string_view password) const {
  char hash[crypto_pwhash_STRBYTES];
  const int failed = crypto_pwhash_str_alg(
      hash, password.data(), password.size(), static_cast<unsigned long long>(options_.operations),
      static_cast<size_t>(options_.memory_bytes), crypto_pwhash_ALG_ARGON2ID13);
  if (failed != 0) {
    return base::Error(absl::StatusCode::kResourceExhausted, "no memory to hash a password");
  }
  return std::string(hash);
}

bool Passwords::IsOutdated(const std::string& hash) const {
  return crypto_pwhash_str_needs_rehash(hash.c_str(),
                                        static_cast<unsigned long long>(options_.operations),
                                        static_cast<size_t>(options_.memory_bytes)) != 0;
}

absl::StatusOr<bool> Passwords::Matches(std::string_view password, const std::string& hash) {
  TENANTRY_ASSIGN_OR_RETURN(const Place place, Place::Take(*this));
  std::string compared = hash;
  if (compared.empty()) {
    base::MonitorLock lock(&mutex_);
    compared = dummy_;
  }
  if (compared.empty()) {
    TENANTRY_ASSIGN_OR_RETURN(compared, HashInPlace("no such user has this password"));
    base::MonitorLock lock(&mutex_);
    dummy_ = compared;
  }
  const bool same =
      crypto_pwhash_str_verify(compared.c_str(), password.data(), password.size()) == 0;
  return same && !hash.empty();
}

}  // namespace tenantry::identity
