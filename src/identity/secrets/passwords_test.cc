#include "identity/secrets/passwords.h"

#include <gtest/gtest.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "base/retry_after.h"
#include "base/status.h"

namespace tenantry::identity {
namespace {

// As little work as argon2id takes, so that tests are quick.
PasswordOptions Quick() {
  PasswordOptions options;
  options.operations = 1;
  options.memory_bytes = 8 << 10;
  return options;
}

std::string HashOf(Passwords& passwords, std::string_view password) {
  auto hash = passwords.Hash(password);
  EXPECT_TRUE(hash.ok()) << hash.status();
  return hash.ok() ? *hash : "";
}

TEST(Passwords, MatchTheirOwnHashAlone) {
  Passwords passwords(Quick());
  const std::string hash = HashOf(passwords, "correct horse");
  EXPECT_TRUE(*passwords.Matches("correct horse", hash));
  for (const char* wrong : {"correct hors", "correct horse ", "Correct horse", "", "correct"}) {
    EXPECT_FALSE(*passwords.Matches(wrong, hash)) << "'" << wrong << "'";
  }
}

TEST(Passwords, CountEveryByteAlsoAfterANul) {
  Passwords passwords(Quick());
  const std::string hash = HashOf(passwords, std::string("secret\0one", 10));
  EXPECT_TRUE(*passwords.Matches(std::string("secret\0one", 10), hash));
  EXPECT_FALSE(*passwords.Matches(std::string("secret\0two", 10), hash));
  EXPECT_FALSE(*passwords.Matches("secret", hash));
  const std::string longest(1024, 'x');
  EXPECT_FALSE(*passwords.Matches(std::string(1023, 'x') + "y", HashOf(passwords, longest)));
}

TEST(Passwords, NeverMatchWhereThereIsNoHashOrADamagedOne) {
  Passwords passwords(Quick());
  for (const char* password : {"", "no such user has this password", "correct horse"}) {
    EXPECT_FALSE(*passwords.Matches(password, "")) << "'" << password << "'";
    EXPECT_FALSE(*passwords.Matches(password, "")) << "asked twice: '" << password << "'";
  }
  const std::string hash = HashOf(passwords, "correct horse");
  EXPECT_FALSE(*passwords.Matches("correct horse", hash.substr(0, hash.size() - 1)));
  EXPECT_FALSE(*passwords.Matches("correct horse", "correct horse"));
  EXPECT_FALSE(*passwords.Matches("correct horse", std::string(4'000, '$')));
}

TEST(Passwords, AreHashedWithArgon2idTheOptionsAndASaltOfTheirOwn) {
  PasswordOptions options = Quick();
  options.operations = 3;
  options.memory_bytes = 64 << 10;
  Passwords passwords(options);
  const std::string first = HashOf(passwords, "correct horse");
  const std::string second = HashOf(passwords, "correct horse");
  EXPECT_NE(first, second);
  EXPECT_TRUE(*passwords.Matches("correct horse", second));
  EXPECT_EQ(first.find("$argon2id$v=19$m=64,t=3,p=1$"), 0) << first;
  EXPECT_EQ(first.find("correct"), std::string::npos);
  Passwords others(Quick());
  EXPECT_TRUE(*others.Matches("correct horse", first)) << "the hash carries its own parameters";
}

TEST(Passwords, AreTakenFromTheLeastLengthToThe1024thByte) {
  PasswordOptions options = Quick();
  options.length_min = 12;
  const Passwords passwords(options);
  EXPECT_TRUE(passwords.Check(std::string(12, 'x')).ok());
  EXPECT_TRUE(passwords.Check(std::string(1024, 'x')).ok());
  EXPECT_TRUE(passwords.Check("ééééééx").ok()) << "bytes are counted: 13";
  const absl::Status shorter = passwords.Check(std::string(11, 'x'));
  const absl::Status longer = passwords.Check(std::string(1025, 'x'));
  EXPECT_TRUE(absl::IsInvalidArgument(shorter) && absl::IsInvalidArgument(longer));
  EXPECT_NE(base::Message(shorter).find("at least 12 bytes"), std::string_view::npos) << shorter;
  EXPECT_NE(base::Message(longer).find("at most 1024 bytes"), std::string_view::npos) << longer;
  EXPECT_TRUE(absl::IsInvalidArgument(passwords.Check("")));
}

// The greatest memory of this process since the last reset, in KiB.
int64_t PeakKibibytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word != "VmHWM:") continue;
    int64_t kibibytes = 0;
    status >> kibibytes;
    return kibibytes;
  }
  return -1;
}

void ResetPeak() { std::ofstream("/proc/self/clear_refs") << "5"; }

TEST(Passwords, HashNoMoreAtOnceThanTheOptionAllows) {
  constexpr int64_t kMemory = 32 << 20;
  PasswordOptions options = Quick();
  options.memory_bytes = kMemory;
  options.at_once_max = 1;
  options.waiting_max = 8;
  Passwords passwords(options);
  const std::string hash = HashOf(passwords, "correct horse");
  ResetPeak();
  const int64_t before = PeakKibibytes();
  ASSERT_GT(before, 0);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      EXPECT_TRUE(i % 2 == 0 ? *passwords.Matches("correct horse", hash)
                             : passwords.Hash("another one").ok());
    });
  }
  for (std::thread& thread : threads) thread.join();
  const int64_t grown = PeakKibibytes() - before;
  EXPECT_GT(grown, kMemory / 1024 / 2) << "the measure sees a hashing's memory";
  EXPECT_LT(grown, kMemory / 1024 * 2) << "two at once need twice that of one";
}

TEST(Passwords, GiveTheirPlaceBackWhenMemoryIsShort) {
  PasswordOptions options = Quick();
  options.memory_bytes = int64_t{1} << 43;  // more than argon2id takes
  options.at_once_max = 1;
  Passwords passwords(options);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(absl::IsResourceExhausted(passwords.Hash("correct horse").status()));
    EXPECT_TRUE(absl::IsResourceExhausted(passwords.Matches("correct horse", "").status()));
  }
}

// The threads of requests that have nothing to do with passwords must stay free.
TEST(Passwords, SendAwayThoseForWhomNoPlaceToWaitIsLeft) {
  PasswordOptions options = Quick();
  options.operations = 60;
  options.memory_bytes = 32 << 20;  // seconds of work
  options.at_once_max = 1;
  options.waiting_max = 0;
  Passwords passwords(options);
  std::atomic<bool> hashed = false;
  std::thread one([&] {
    while (!passwords.Hash("correct horse").ok()) continue;  // the other one may be there first
    hashed = true;
  });
  absl::Status refused;
  while (!hashed && refused.ok()) refused = passwords.Matches("wrong horse", "x").status();
  one.join();
  EXPECT_TRUE(absl::IsResourceExhausted(refused)) << refused;
  EXPECT_EQ(base::RetryAfterOf(refused), absl::Seconds(1));
  EXPECT_TRUE(passwords.Matches("wrong horse", "x").ok());
}

// What would take seconds to come is not waited for.
TEST(Passwords, SendAwayThoseWhoHaveWaitedAsLongAsTheOptionAllows) {
  runtime::Metrics metrics;
  PasswordOptions options = Quick();
  options.operations = 60;
  options.memory_bytes = 32 << 20;  // seconds of work
  options.at_once_max = 1;
  options.waiting_max = 1;
  options.wait_max = absl::Milliseconds(1);
  Passwords passwords(options, &metrics);
  std::atomic<bool> hashed = false;
  std::thread one([&] {
    while (!passwords.Hash("correct horse").ok()) continue;  // the other one may be there first
    hashed = true;
  });
  absl::Status refused;
  while (!hashed && refused.ok()) refused = passwords.Matches("wrong horse", "x").status();
  one.join();
  EXPECT_TRUE(absl::IsResourceExhausted(refused)) << refused;
  const std::string shown = metrics.PrometheusText();
  EXPECT_EQ(shown.find("tenantry_identity_password_refused_total 0\n"), std::string::npos) << shown;
  EXPECT_NE(shown.find("tenantry_identity_password_waiting 0\n"), std::string::npos) << shown;
}

double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// The least processor time of a few comparisons, which noise only adds to.
double CostOfMatching(Passwords& passwords, const std::string& hash) {
  double least = 1e9;
  for (int i = 0; i < 5; ++i) {
    const double begun = CpuSeconds();
    EXPECT_FALSE(*passwords.Matches("wrong horse", hash));
    least = std::min(least, CpuSeconds() - begun);
  }
  return least;
}

TEST(Passwords, TakeTheSameTimeForSomebodyWhoIsNotThere) {
  PasswordOptions options = Quick();
  options.memory_bytes = 4 << 20;
  Passwords passwords(options);
  const double with = CostOfMatching(passwords, HashOf(passwords, "correct horse"));
  const double without = CostOfMatching(passwords, "");
  EXPECT_GT(without, with / 3);
  EXPECT_LT(without, with * 3);
}

}  // namespace
}  // namespace tenantry::identity
