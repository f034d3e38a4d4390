#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "base/status.h"
#include "eventlog/rocksdb/faulty_file_system.h"
#include "eventlog/rocksdb/rocksdb_event_log.h"

namespace tenantry::eventlog {
namespace {

namespace fs = std::filesystem;

constexpr char kLife[] = "TENANTRY_EVENT_LOG_LIFE";  // what the child process is to do
constexpr int kThreads = 3;
constexpr int kAppends = 60;         // of a thread in one life
constexpr int kLifeNumbers = 1'000;  // numbers of a life begin at its own thousand
const std::vector<StreamName> kStreams = {"companies", "bigdatajobs"};

// The same seed replays the same faults.
uint64_t Seed() {
  const char* given = std::getenv("TENANTRY_TEST_SEED");
  return given == nullptr ? 20251123 : std::strtoull(given, nullptr, 10);
}

// A log in a folder on a file system that may fail.
struct Machine {
  absl::StatusOr<std::unique_ptr<RocksDbEventLog>> Open(const std::string& folder) {
    EventLogOptions options;
    options.partitions = 2;
    options.memory_bytes_max = 64 << 10;
    options.free_bytes_min = 1 << 20;
    return RocksDbEventLog::Open(folder, options, clock, faults, metrics, env.get());
  }

  base::ManualClock clock{absl::FromUnixSeconds(1'700'000'000)};
  base::NoFaults faults;
  runtime::Metrics metrics;
  std::shared_ptr<FaultyFileSystem> files = std::make_shared<FaultyFileSystem>();
  std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(files);
};

fs::path FreshFolder(const std::string& name) {
  fs::path folder = fs::path(testing::TempDir()) / fmt::format("{}_{}", name, getpid());
  fs::remove_all(folder);
  fs::create_directories(folder);
  return folder;
}

// What is in a log: the values of each partition in order, and whether all could be read.
struct Contents {
  std::map<PartitionId, std::vector<std::string>> values;
  absl::Status status;

  void Read(EventLog& log) {
    for (const StreamName& stream : kStreams) {
      const auto infos = *log.Partitions(stream);
      for (const PartitionInfo& info : infos) status.Update(ReadPartition(log, info));
    }
  }

 private:
  absl::Status ReadPartition(EventLog& log, const PartitionInfo& info) {
    TENANTRY_ASSIGN_OR_RETURN(auto reader, log.Read(info.id, LogOffset()));
    std::vector<std::string>& read = values[info.id];
    while (true) {
      TENANTRY_ASSIGN_OR_RETURN(const LogBatch batch, reader->Next(absl::ZeroDuration()));
      if (batch.records.empty()) break;
      EXPECT_EQ(batch.first, LogOffset(info.begin.number() + read.size())) << "no gap";
      for (const RecordView& record : batch.records) read.emplace_back(record.value);
    }
    EXPECT_EQ(info.end, LogOffset(info.begin.number() + read.size()));
    return absl::OkStatus();
  }
};

// What a life meets: death at an operation, or a disk on which everything fails from there on.
enum class Fate { kKilled, kPowerCut, kDiskFull, kNoSync };

// One life of a process that appends until it dies: acknowledged numbers go to a file.
class Life {
 public:
  // "folder operation fate seed number"
  explicit Life(const std::string& text) : text_(text) {
    std::istringstream words(text);
    int fate = 0;
    words >> folder_ >> operation_ >> fate >> seed_ >> number_;
    fate_ = static_cast<Fate>(fate);
  }

  void Run() {
    acknowledged_ = open((folder_ + ".acks").c_str(), O_CREAT | O_WRONLY | O_APPEND, 0644);
    const bool dies = fate_ == Fate::kKilled || fate_ == Fate::kPowerCut;
    if (dies) {
      const Death death = fate_ == Fate::kKilled ? Death::kKilled : Death::kPowerCut;
      machine_.files->DieAt(operation_, death, seed_);
    } else if (fate_ == Fate::kDiskFull) {
      machine_.files->FailWrites(operation_, rocksdb::IOStatus::NoSpace("planted"));
    } else {
      machine_.files->FailSyncs(operation_, rocksdb::IOStatus::IOError("planted"));
    }
    auto log = machine_.Open(folder_);
    if (!dies && !log.ok()) return;
    ASSERT_TRUE(log.ok()) << text_ << ": " << log.status();
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) threads.emplace_back([&, t] { Append(**log, t); });
    for (std::thread& thread : threads) thread.join();
    log->reset();
    Acknowledge(fmt::format("operations 0 {}", machine_.files->operations()));
  }

 private:
  // Each append puts one record on two keys; every fifth a position is committed.
  void Append(EventLog& log, int thread) {
    std::mt19937_64 random(seed_ + static_cast<uint64_t>(thread));
    for (int i = 0; i < kAppends; ++i) {
      const int number = number_ * kLifeNumbers + i;
      const std::string padding(random() % 800, 'x');
      std::vector<LogRecord> records;
      for (const char side : {'a', 'b'}) {
        const std::string key = fmt::format("{}{}", thread, side);
        records.push_back({key, fmt::format("{} {} {}", key, number, padding)});
      }
      if (!log.Append(kStreams[static_cast<size_t>(i) % 2], records).ok()) return;
      Acknowledge(fmt::format("append {} {}", thread, number));
      if (i % 5 != 0) continue;
      const LogOffset place(static_cast<uint64_t>(number));
      const std::string consumer = fmt::format("reader{}", thread);
      if (!log.Commit(consumer, {{{"companies", "0"}, place}}, 0).ok()) return;
      Acknowledge(fmt::format("commit {} {}", thread, number));
    }
  }

  void Acknowledge(const std::string& line) {
    const std::string text = line + "\n";
    if (write(acknowledged_, text.data(), text.size()) < 0) _exit(1);
  }

  const std::string text_;
  std::string folder_;
  int64_t operation_ = 0;
  Fate fate_ = Fate::kKilled;
  uint64_t seed_ = 0;
  int number_ = 0;
  int acknowledged_ = -1;
  Machine machine_;
};

// Lives one life in a process of its own; true when it was killed, not when it came to its end. The
// engine may abort when a write fails under it: Debian's is built with its assertions.
bool Live(const std::string& life, int may_end_by = SIGKILL) {
  const pid_t child = fork();
  if (child == 0) {
    setenv(kLife, life.c_str(), 1);
    unsetenv("GTEST_OUTPUT");  // its result is ours: a file of its own would be counted as a test
    const rlimit no_core{0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
    if (may_end_by == SIGABRT) dup2(STDOUT_FILENO, STDERR_FILENO);
    execl("/proc/self/exe", "eventlog_test", "--gtest_filter=EventLogLife.*", "--gtest_brief=1",
          nullptr);
    _exit(127);
  }
  int result = 0;
  EXPECT_EQ(waitpid(child, &result, 0), child);
  const bool killed = WIFSIGNALED(result) && WTERMSIG(result) == may_end_by;
  EXPECT_TRUE(killed || (WIFEXITED(result) && WEXITSTATUS(result) == 0)) << life << ": " << result;
  return killed;
}

// The greatest number acknowledged of each kind and thread in each life, as "kind thread life".
std::map<std::string, int> Acknowledged(const fs::path& folder) {
  std::map<std::string, int> last;
  std::ifstream lines(folder.string() + ".acks");
  std::string kind;
  int thread = 0, number = 0;
  while (lines >> kind >> thread >> number) {
    last[fmt::format("{} {} {}", kind, thread, number / kLifeNumbers)] = number;
  }
  return last;
}

// For each key and life the numbers in the log, which must be in order.
std::map<std::string, std::set<int>> NumbersOf(const Contents& contents) {
  std::map<std::string, std::set<int>> numbers;
  std::map<std::string, int> before;
  for (const auto& [partition, values] : contents.values) {
    for (const std::string& value : values) {
      const std::string key = value.substr(0, value.find(' '));
      const int number = std::atoi(value.c_str() + key.size() + 1);
      const std::string in_order = fmt::format("{} {}", partition.stream, key);
      EXPECT_TRUE(!before.contains(in_order) || before[in_order] < number) << value;
      before[in_order] = number;
      numbers[fmt::format("{} {}", key, number / kLifeNumbers)].insert(number);
    }
  }
  return numbers;
}

// Nothing acknowledged is lost, nothing is half there, and each life's numbers have no gap.
void CheckKept(const fs::path& folder, EventLog& log, int lives) {
  Contents contents;
  contents.Read(log);
  ASSERT_TRUE(contents.status.ok()) << contents.status;
  auto numbers = NumbersOf(contents);
  auto last = Acknowledged(folder);
  for (int life = 0; life < lives; ++life) {
    for (int thread = 0; thread < kThreads; ++thread) {
      const std::set<int>& side_a = numbers[fmt::format("{}a {}", thread, life)];
      EXPECT_EQ(side_a, (numbers[fmt::format("{}b {}", thread, life)])) << "all of an append";
      const int first = life * kLifeNumbers;
      const int end = side_a.empty() ? first : *side_a.rbegin() + 1;
      EXPECT_EQ(static_cast<size_t>(end - first), side_a.size()) << "a gap";
      const auto acknowledged = last.find(fmt::format("append {} {}", thread, life));
      const int due = acknowledged == last.end() ? first : acknowledged->second + 1;
      EXPECT_GE(end, due) << "lost";
      EXPECT_LE(end, due + 1) << "never sent";
    }
  }
}

void CheckPositions(const fs::path& folder, EventLog& log) {
  std::map<std::string, int> greatest;
  for (const auto& [what, number] : Acknowledged(folder)) {
    if (!what.starts_with("commit")) continue;
    int& most = greatest[fmt::format("reader{}", what[7])];
    most = std::max(most, number);
  }
  for (const auto& [consumer, number] : greatest) {
    const auto positions = log.Committed(consumer);
    ASSERT_TRUE(positions.ok() && positions->size() == 1) << consumer;
    EXPECT_GE(positions->begin()->second, LogOffset(static_cast<uint64_t>(number)));
  }
}

// What the child processes of the tests below do; by itself, a life without trouble.
TEST(EventLogLife, AppendsUntilItDies) {
  const char* life = std::getenv(kLife);
  if (life != nullptr) {
    ASSERT_EQ(std::getenv("GTEST_OUTPUT"), nullptr) << "a life would be counted as a test";
    Life(life).Run();
    return;
  }
  const fs::path folder = FreshFolder("event_log_life") / "log";
  Life(fmt::format("{} 0 0 1 0", folder.string())).Run();
  Machine machine;
  auto log = machine.Open(folder);
  ASSERT_TRUE(log.ok()) << log.status();
  CheckKept(folder, **log, 1);
  EXPECT_EQ(Acknowledged(folder)["append 0 0"], kAppends - 1);
  fs::remove_all(folder.parent_path());
}

// 200 deaths: four in a row in each of 50 logs, half of them with the power.
TEST(EventLogCrash, KeepsWhatWasAcknowledgedOver200Deaths) {
  const uint64_t seed = Seed();
  std::mt19937_64 random(seed);
  const fs::path base = FreshFolder("event_log_deaths");
  ASSERT_FALSE(Live(fmt::format("{} 0 0 {} 0", (base / "whole").string(), seed)));
  const int whole = Acknowledged(base / "whole")["operations 0 0"];
  ASSERT_GT(whole, 100) << "operations of a whole life";
  int deaths = 0;
  for (int made = 0; deaths < 200 && !testing::Test::HasFailure(); ++made) {
    const fs::path folder = base / std::to_string(made);
    for (int life = 0; life < 4; ++life) {
      const std::string text =
          fmt::format("{} {} {} {} {}", folder.string(),
                      1 + random() % static_cast<uint64_t>(whole), random() % 2, random(), life);
      SCOPED_TRACE(fmt::format("TENANTRY_TEST_SEED={}: {}", seed, text));
      deaths += Live(text) ? 1 : 0;
      Machine machine;
      auto log = machine.Open(folder);
      ASSERT_TRUE(log.ok()) << log.status();
      CheckKept(folder, **log, life + 1);
      CheckPositions(folder, **log);
    }
    fs::remove_all(folder);
  }
  fs::remove_all(base);
}

// A full disk, or one that fails to sync, at 40 places: what was acknowledged before is there when
// the log is opened on a sound disk again, and it takes records.
TEST(EventLogCrash, AcknowledgesNothingThatAFailedWriteLost) {
  const uint64_t seed = Seed();
  std::mt19937_64 random(seed);
  const fs::path base = FreshFolder("event_log_failures");
  for (int made = 0; made < 40 && !testing::Test::HasFailure(); ++made) {
    const fs::path folder = base / std::to_string(made);
    const Fate fate = made % 2 == 0 ? Fate::kDiskFull : Fate::kNoSync;
    const std::string text =
        fmt::format("{} {} {} {} 0", folder.string(), random() % 120, static_cast<int>(fate), seed);
    SCOPED_TRACE(fmt::format("TENANTRY_TEST_SEED={}: {}", seed, text));
    Live(text, SIGABRT);
    Machine machine;
    auto log = machine.Open(folder);
    ASSERT_TRUE(log.ok()) << log.status();
    CheckKept(folder, **log, 1);
    EXPECT_TRUE((*log)->Append("companies", {{"0a", "0a 1000 after"}}).ok());
  }
  fs::remove_all(base);
}

// A log of some files and a write-ahead log, written by one thread and then closed.
Contents MakeLog(const fs::path& folder) {
  Machine machine;
  auto log = *machine.Open(folder);
  std::mt19937_64 random(Seed());
  for (int i = 0; i < 300; ++i) {
    const std::string key = fmt::format("k{}", random() % 5);
    std::string value = fmt::format("{} ", i);
    for (size_t n = random() % 600; n > 0; --n) value += static_cast<char>(random());
    EXPECT_TRUE(log->Append(kStreams[random() % 2], {{key, value}}).ok());
  }
  Contents contents;
  contents.Read(*log);
  return contents;
}

fs::path NewestOf(const fs::path& folder, const std::string& extension) {
  fs::path newest;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == extension && entry.path() > newest) newest = entry.path();
  }
  return newest;
}

bool IsPrefix(const std::vector<std::string>& part, const std::vector<std::string>& whole) {
  return part.size() <= whole.size() && std::equal(part.begin(), part.end(), whole.begin());
}

size_t Count(const Contents& contents) {
  size_t count = 0;
  for (const auto& [partition, values] : contents.values) count += values.size();
  return count;
}

TEST(EventLogCrash, DropsATornTailAndNothingBeforeIt) {
  std::mt19937_64 random(Seed());
  const fs::path base = FreshFolder("event_log_torn");
  const Contents whole = MakeLog(base / "whole");
  const uint64_t size = fs::file_size(NewestOf(base / "whole", ".log"));
  ASSERT_GT(size, 1'000u);
  for (int i = 0; i < 60; ++i) {
    const fs::path folder = base / "torn";
    fs::remove_all(folder);
    fs::copy(base / "whole", folder);
    const uint64_t left = random() % size;
    SCOPED_TRACE(fmt::format("TENANTRY_TEST_SEED={}: {} of {} bytes", Seed(), left, size));
    fs::resize_file(NewestOf(folder, ".log"), left);
    Machine machine;
    auto log = machine.Open(folder);
    ASSERT_TRUE(log.ok()) << log.status();
    Contents found;
    found.Read(**log);
    ASSERT_TRUE(found.status.ok()) << found.status;
    for (const auto& [partition, values] : found.values) {
      EXPECT_TRUE(IsPrefix(values, whole.values.at(partition)));
    }
    EXPECT_LT(Count(found), Count(whole));
    const PartitionId partition = *(*log)->PartitionOf("companies", "k0");
    ASSERT_TRUE((*log)->Append("companies", {{"k0", "after"}}).ok());
    Contents after;
    after.Read(**log);
    EXPECT_EQ(after.values[partition].back(), "after");
    EXPECT_EQ(Count(after), Count(found) + 1);
  }
  fs::remove_all(base);
}

void FlipBit(const fs::path& file, uint64_t bit) {
  std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
  bytes.seekg(static_cast<std::streamoff>(bit / 8));
  const int byte = bytes.get();
  bytes.seekp(static_cast<std::streamoff>(bit / 8));
  bytes.put(static_cast<char>(byte ^ (1 << bit % 8)));
}

// Files that hold the log: not RocksDB's own notes (LOG, OPTIONS, IDENTITY, LOCK).
std::vector<fs::path> FilesOf(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    const std::string extension = entry.path().extension();
    const bool holds = extension == ".sst" || extension == ".log" || name == "CURRENT" ||
                       name.starts_with("MANIFEST");
    if (holds && fs::file_size(entry.path()) > 0) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// What a flipped bit did: an error, fewer records at the end, or nothing that is read.
enum class Found { kError, kDropped, kNothing };

Found ReadFlipped(const fs::path& folder, const Contents& whole) {
  Machine machine;
  auto log = machine.Open(folder);
  if (!log.ok()) return Found::kError;
  Contents found;
  found.Read(**log);
  for (const auto& [partition, values] : found.values) {
    EXPECT_TRUE(IsPrefix(values, whole.values.at(partition))) << "a changed record is served";
  }
  if (!found.status.ok()) return Found::kError;
  return Count(found) < Count(whole) ? Found::kDropped : Found::kNothing;
}

// A damaged length makes a record seem cut: every bit of the manifest, which is small.
TEST(EventLogCrash, DropsNothingForAFlippedBitOfTheManifest) {
  const fs::path base = FreshFolder("event_log_manifest");
  const Contents whole = MakeLog(base / "whole");
  const std::string manifest = "MANIFEST-000005";
  const uint64_t bits = 8 * fs::file_size(base / "whole" / manifest);
  for (uint64_t bit = 0; bit < bits; ++bit) {
    const fs::path folder = base / "flipped";
    fs::remove_all(folder);
    fs::copy(base / "whole", folder);
    FlipBit(folder / manifest, bit);
    ASSERT_NE(ReadFlipped(folder, whole), Found::kDropped) << "bit " << bit << " of " << bits;
  }
  fs::remove_all(base);
}

TEST(EventLogCrash, ServesNoneOf500FlippedBits) {
  std::mt19937_64 random(Seed());
  const fs::path base = FreshFolder("event_log_flips");
  const Contents whole = MakeLog(base / "whole");
  const std::vector<fs::path> files = FilesOf(base / "whole");
  std::map<Found, int> counts;
  for (int i = 0; i < 500; ++i) {
    const fs::path& file = files[random() % files.size()];
    const uint64_t bit = random() % (8 * fs::file_size(file));
    const std::string trace =
        fmt::format("TENANTRY_TEST_SEED={}: bit {} of {}", Seed(), bit, file.filename().string());
    SCOPED_TRACE(trace);
    const fs::path folder = base / "flipped";
    fs::remove_all(folder);
    fs::copy(base / "whole", folder);
    FlipBit(folder / file.filename(), bit);
    const Found found = ReadFlipped(folder, whole);
    ++counts[found];
  }
  EXPECT_EQ(counts[Found::kDropped], 0) << "in silence";
  EXPECT_LE(counts[Found::kNothing], 10) << "bits that nothing reads, as of old versions' edits";
  fs::remove_all(base);
}

}  // namespace
}  // namespace tenantry::eventlog
