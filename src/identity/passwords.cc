#include "identity/passwords.h"

#include <sodium.h>

#include "base/check.h"
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
  options.AddInt("identity.password_length_min", &length_min, 8, 128, "bytes of a new password");
}

// Waits for one of the places to hash in, so that memory stays bounded.
class Passwords::Place {
 public:
  explicit Place(Passwords& passwords) : passwords_(passwords) {
    absl::MutexLock lock(&passwords_.mutex_);
    auto free = [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
      return passwords_.running_ < passwords_.options_.at_once_max;
    };
    passwords_.mutex_.Await(absl::Condition(&free));
    ++passwords_.running_;
  }
  ~Place() {
    absl::MutexLock lock(&passwords_.mutex_);
    --passwords_.running_;
  }

 private:
  Passwords& passwords_;
};

Passwords::Passwords(const PasswordOptions& options) : options_(options) {
  TENANTRY_CHECK(sodium_init() >= 0);
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
  const Place place(*this);
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

bool Passwords::Matches(std::string_view password, const std::string& hash) {
  std::string compared = hash;
  if (compared.empty()) {
    absl::MutexLock lock(&mutex_);
    compared = dummy_;
  }
  if (compared.empty()) {
    auto made = Hash("no such user has this password");
    if (!made.ok()) return false;
    compared = *made;
    absl::MutexLock lock(&mutex_);
    dummy_ = compared;
  }
  const Place place(*this);
  const bool same =
      crypto_pwhash_str_verify(compared.c_str(), password.data(), password.size()) == 0;
  return same && !hash.empty();
}

}  // namespace tenantry::identity
