// Durable appends of batches of 1,000 events of 300 bytes to the embedded log, against a bare loop
// of `write` and `fdatasync` of the same bytes to a file in the same folder.
//
//   durable_append_bench [--rounds N] [--batches N]

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

#include "base/clock.h"
#include "base/faults.h"
#include "eventlog/rocksdb/rocksdb_event_log.h"
#include "interleaved_rounds.h"
#include "log_bench_data.h"
#include "runtime/metrics.h"

namespace tenantry::bench {
namespace {

constexpr double kTarget = 0.30;
constexpr double kAim = 0.40;
constexpr size_t kEvents = 1'000;
constexpr size_t kEventBytes = 300;

using Batches = std::vector<std::vector<eventlog::LogRecord>>;

double AppendToLog(eventlog::EventLog& log, const Batches& batches) {
  Batches copies = batches;
  return SecondsOf([&] {
    for (auto& batch : copies) {
      Require(log.Append("bigdatajobs", std::move(batch)).ok(), "an append failed");
    }
  });
}

double WriteToFile(int file, const Batches& batches) {
  std::vector<std::string> bytes;
  for (const auto& batch : batches) {
    std::string& all = bytes.emplace_back();
    for (const eventlog::LogRecord& record : batch) all += record.value;
  }
  return SecondsOf([&] {
    for (const std::string& all : bytes) {
      Require(write(file, all.data(), all.size()) == static_cast<ssize_t>(all.size()) &&
                  fdatasync(file) == 0,
              "a bare write failed");
    }
  });
}

int Run(int argc, char** argv) {
  const int rounds = NumberFlag(argc, argv, "--rounds", 15);
  const int count = NumberFlag(argc, argv, "--batches", 40);
  const std::string folder = fmt::format("durable_append_bench.{}", getpid());
  std::filesystem::create_directory(folder);
  base::SystemClock clock;
  base::NoFaults faults;
  runtime::Metrics metrics;
  base::SeededRandom random(1);
  auto log = eventlog::RocksDbEventLog::Open(folder + "/log", {}, clock, faults, metrics);
  Require(log.ok(), log.status().ToString());
  const int file = open((folder + "/bare").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  Require(file >= 0, "no file can be made here");
  Batches batches;
  for (int i = 0; i < count; ++i) batches.push_back(EventBatch(random, kEvents, kEventBytes));
  const bool met = RunInterleaved(
      [&] { return AppendToLog(**log, batches); },
      {{"durable_append", kTarget, kAim, [&] { return WriteToFile(file, batches); }}}, rounds);
  close(file);
  log->reset();
  std::filesystem::remove_all(folder);
  return met ? 0 : 1;
}

}  // namespace
}  // namespace tenantry::bench

int main(int argc, char** argv) { return tenantry::bench::Run(argc, argv); }
