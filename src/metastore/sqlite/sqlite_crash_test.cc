#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <set>

#include "metastore/sqlite/faulty_vfs.h"
#include "metastore/store_test_env.h"

namespace tenantry::metastore {
namespace {

using sqlite::Death;

// The same seed replays the same deaths.
uint64_t Seed() {
  const char* given = std::getenv("TENANTRY_TEST_SEED");
  return given == nullptr ? 20251123 : std::strtoull(given, nullptr, 10);
}

// Ends the process when the fault points were asked for the n-th time.
class DeadlyFaults final : public base::Faults {
 public:
  explicit DeadlyFaults(int64_t at) : at_(at) {}
  absl::Status At(std::string_view) override {
    if (++asked_ == at_) kill(getpid(), SIGKILL);
    return absl::OkStatus();
  }

 private:
  const int64_t at_;
  int64_t asked_ = 0;
};

// What outlives the processes of a test: the store, the log that the relay publishes to, and the
// numbers of the changes that were acknowledged.
struct Remains {
  const std::string folder = FreshFolder();
  std::string store() const { return folder + "/metastore.db"; }
  std::string log() const { return folder + "/log"; }
  std::string acknowledged() const { return folder + "/acknowledged"; }

  static std::vector<int64_t> Numbers(const std::string& file) {
    std::vector<int64_t> numbers;
    std::ifstream lines(file);
    for (int64_t number = 0; lines >> number;) numbers.push_back(number);
    return numbers;
  }
  ~Remains() { std::filesystem::remove_all(folder); }
};

absl::Status AppendLines(const std::string& file, const std::string& lines) {
  const int opened = open(file.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0644);
  const bool all = write(opened, lines.data(), lines.size()) == static_cast<ssize_t>(lines.size());
  close(opened);
  return all ? absl::OkStatus() : absl::UnavailableError("the test's own file");
}

// A process's life with the store: each change is two rows and an event, which a relay publishes.
class Life {
 public:
  Life(const Remains& remains, base::Faults& faults, uint64_t seed)
      : remains_(remains), faults_(faults), random_(seed) {}

  absl::Status Open() {
    TENANTRY_ASSIGN_OR_RETURN(store_, SqliteMetastore::Open(remains_.store(), {}, faults_));
    TENANTRY_RETURN_IF_ERROR(Migrate(*store_, Migrations(), 1));
    relay_ = std::make_unique<OutboxRelay>(
        *store_,
        [this](const std::string&, const std::vector<OutboxEvent>& events) {
          std::string lines;
          for (const OutboxEvent& event : events) lines += event.event + "\n";
          TENANTRY_RETURN_IF_ERROR(faults_.At("log.append"));
          return AppendLines(remains_.log(), lines);
        },
        OutboxOptions(), clock_, faults_, metrics_);
    return store_->Write([](Transaction& transaction) {
      return transaction
          .Execute("CREATE TABLE IF NOT EXISTS changes (number BIGINT, side TEXT, note TEXT)", {})
          .status();
    });
  }

  absl::Status Change(int64_t number) {
    const std::string note(random_() % 3'000, 'x');
    TENANTRY_RETURN_IF_ERROR(store_->Write([&](Transaction& transaction) -> absl::Status {
      for (const char* side : {"a", "b"}) {
        TENANTRY_RETURN_IF_ERROR(
            transaction.Execute("INSERT INTO changes VALUES (:p0, :p1, :p2)", {number, side, note})
                .status());
      }
      return AddToOutbox(transaction, {"companies", "t", std::to_string(number)});
    }));
    return AppendLines(remains_.acknowledged(), std::to_string(number) + "\n");
  }

  absl::Status Live(int64_t first, int changes) {
    TENANTRY_RETURN_IF_ERROR(Open());
    for (int64_t number = first; number < first + changes; ++number) {
      TENANTRY_RETURN_IF_ERROR(Change(number));
      if (number % 3 == 0) TENANTRY_RETURN_IF_ERROR(relay_->PublishBatch().status());
    }
    relay_.reset();
    store_.reset();
    return absl::OkStatus();
  }

  // All that waits is published.
  void Drain() {
    while (true) {
      const auto published = relay_->PublishBatch();
      ASSERT_TRUE(published.ok()) << published.status();
      if (*published == 0) return;
    }
  }

  std::vector<std::string> Column(const std::string& sql) {
    std::vector<std::string> found;
    const absl::Status status = store_->Read([&](Transaction& transaction) -> absl::Status {
      TENANTRY_ASSIGN_OR_RETURN(const auto rows, transaction.Query(sql, {}, 1));
      for (const Row& row : rows) found.push_back(row.Text(0));
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return found;
  }

 private:
  const Remains& remains_;
  base::Faults& faults_;
  std::mt19937_64 random_;
  base::ManualClock clock_{absl::FromUnixSeconds(1'000)};
  runtime::Metrics metrics_;
  std::unique_ptr<Metastore> store_;
  std::unique_ptr<OutboxRelay> relay_;
};

// Runs `life` in a process of its own; true when it was killed.
template <typename Lived>
bool InAProcess(const Lived& life) {
  const pid_t child = fork();
  if (child == 0) _exit(life().ok() ? 0 : 1);
  int result = 0;
  EXPECT_EQ(waitpid(child, &result, 0), child);
  const bool killed = WIFSIGNALED(result) && WTERMSIG(result) == SIGKILL;
  EXPECT_TRUE(killed || (WIFEXITED(result) && WEXITSTATUS(result) == 0)) << result;
  return killed;
}

std::vector<int64_t> FirstTimes(const std::vector<int64_t>& numbers) {
  std::vector<int64_t> first;
  std::set<int64_t> seen;
  for (const int64_t number : numbers) {
    if (seen.insert(number).second) first.push_back(number);
  }
  return first;
}

// Nothing acknowledged is lost, nothing is half there; what the log holds was committed, and once
// the rest is published the log holds all of it, in order. Returns the next number.
int64_t CheckRemains(const Remains& remains) {
  base::NoFaults faults;
  Life after(remains, faults, 0);
  const absl::Status opened = after.Open();
  EXPECT_TRUE(opened.ok()) << opened;
  if (!opened.ok()) return 0;
  EXPECT_EQ(after.Column("PRAGMA integrity_check"), std::vector<std::string>{"ok"});
  std::vector<int64_t> kept;
  for (const std::string& text : after.Column("SELECT number FROM changes WHERE side = 'a' "
                                              "ORDER BY rowid")) {
    kept.push_back(std::stoll(text));
  }
  EXPECT_EQ(after.Column("SELECT number FROM changes WHERE side = 'b' ORDER BY rowid"),
            after.Column("SELECT number FROM changes WHERE side = 'a' ORDER BY rowid"));
  const std::set<int64_t> committed(kept.begin(), kept.end());
  for (const int64_t number : Remains::Numbers(remains.acknowledged())) {
    EXPECT_TRUE(committed.contains(number)) << number << " was acknowledged and is lost";
  }
  for (const int64_t number : Remains::Numbers(remains.log())) {
    EXPECT_TRUE(committed.contains(number)) << number << " was published and never committed";
  }
  after.Drain();
  EXPECT_EQ(FirstTimes(Remains::Numbers(remains.log())), kept);
  return kept.empty() ? 1 : kept.back() + 1;
}

// 200 deaths at any write, truncation, sync or deletion of files, half of them with the power.
TEST(SqliteCrash, KeepsWhatWasAcknowledgedOver200Deaths) {
  const uint64_t seed = Seed();
  std::mt19937_64 random(seed);
  int64_t whole = 0;
  {
    const Remains remains;
    sqlite::FaultyVfs disk;
    base::NoFaults faults;
    ASSERT_TRUE(Life(remains, faults, seed).Live(1, 12).ok());
    whole = disk.operations();
    ASSERT_GT(whole, 50);
  }
  for (int deaths = 0; deaths < 200 && !testing::Test::HasFailure();) {
    const Remains remains;
    int64_t next = 1;
    for (int life = 0; life < 4 && !testing::Test::HasFailure(); ++life) {
      // The first life makes the store, which is most of its operations.
      const auto at =
          static_cast<int64_t>(1 + random() % static_cast<uint64_t>(life == 0 ? whole : whole / 2));
      const Death death = random() % 2 == 0 ? Death::kKilled : Death::kPowerCut;
      const uint64_t life_seed = random();
      SCOPED_TRACE(
          fmt::format("TENANTRY_TEST_SEED={}: death {} at operation {}", seed, deaths, at));
      const bool killed = InAProcess([&] {
        sqlite::FaultyVfs disk;
        base::NoFaults faults;
        disk.DieAt(at, death, life_seed);
        return Life(remains, faults, life_seed).Live(next, 12);
      });
      deaths += killed ? 1 : 0;
      sqlite::FaultyVfs unsynced;
      next = CheckRemains(remains);
    }
  }
}

// 500 deaths between the steps of a change and of its event's way into the log.
TEST(SqliteCrash, StateAndLogAgreeOver500Deaths) {
  const uint64_t seed = Seed();
  std::mt19937_64 random(seed);
  sqlite::FaultyVfs unsynced;
  const Remains remains;
  int64_t next = CheckRemains(remains);
  for (int deaths = 0; deaths < 500 && !testing::Test::HasFailure();) {
    const auto at = static_cast<int64_t>(1 + random() % 40);
    SCOPED_TRACE(fmt::format("TENANTRY_TEST_SEED={}: death {} at point {}", seed, deaths, at));
    deaths += InAProcess([&] {
      DeadlyFaults faults(at);
      return Life(remains, faults, seed).Live(next, 8);
    })
                  ? 1
                  : 0;
    // Several die before one looks.
    next += 8;
    if (deaths % 5 == 0) next = std::max(next, CheckRemains(remains));
  }
  CheckRemains(remains);
}

}  // namespace
}  // namespace tenantry::metastore
