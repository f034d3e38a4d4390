// Reading the embedded log from its beginning, against an iterator over a RocksDB that holds the
// same records one a value.
//
//   log_scan_bench [--rounds N] [--batches N]

#include <rocksdb/db.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "base/clock.h"
#include "base/faults.h"
#include "eventlog/rocksdb/rocksdb_event_log.h"
#include "interleaved_rounds.h"
#include "log_bench_data.h"
#include "runtime/metrics.h"

namespace tenantry::bench {
namespace {

constexpr double kTarget = 3.0;
constexpr double kAim = 4.5;
constexpr size_t kEvents = 1'000;
constexpr size_t kEventBytes = 300;
constexpr char kStream[] = "bigdatajobs";

struct Read {
  size_t records = 0;
  size_t bytes = 0;
};

Read ScanLog(eventlog::EventLog& log) {
  Read read;
  const std::vector<eventlog::PartitionInfo> partitions = *log.Partitions(kStream);
  for (const auto& partition : partitions) {
    auto reader = *log.Read(partition.id, eventlog::LogOffset());
    while (true) {
      const auto batch = reader->Next(absl::ZeroDuration());
      Require(batch.ok(), batch.status().ToString());
      if (batch->records.empty()) break;
      for (const eventlog::RecordView& record : batch->records) {
        ++read.records;
        read.bytes += record.value.size();
      }
    }
  }
  return read;
}

Read ScanValues(rocksdb::DB& db) {
  Read read;
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> it(db.NewIterator(options));
  for (it->SeekToFirst(); it->Valid(); it->Next()) {
    ++read.records;
    read.bytes += it->value().size();
  }
  Require(it->status().ok(), it->status().ToString());
  return read;
}

std::unique_ptr<rocksdb::DB> OpenValues(const std::string& folder) {
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(options, folder, &db);
  Require(status.ok(), status.ToString());
  return std::unique_ptr<rocksdb::DB>(db);
}

void PutValues(rocksdb::DB& db, const std::vector<eventlog::LogRecord>& records, size_t& next) {
  rocksdb::WriteBatch batch;
  for (const eventlog::LogRecord& record : records) {
    Require(batch.Put(fmt::format("{:020}", next++), record.value).ok(), "a put failed");
  }
  Require(db.Write({}, &batch).ok(), "a write failed");
}

int Run(int argc, char** argv) {
  const int rounds = NumberFlag(argc, argv, "--rounds", 15);
  const int count = NumberFlag(argc, argv, "--batches", 400);
  const std::string folder = fmt::format("log_scan_bench.{}", getpid());
  std::filesystem::create_directory(folder);
  base::SystemClock clock;
  base::NoFaults faults;
  runtime::Metrics metrics;
  base::SeededRandom random(1);
  auto log = eventlog::RocksDbEventLog::Open(folder + "/log", {}, clock, faults, metrics);
  Require(log.ok(), log.status().ToString());
  auto values = OpenValues(folder + "/values");
  size_t next = 0;
  for (int i = 0; i < count; ++i) {
    auto records = EventBatch(random, kEvents, kEventBytes);
    PutValues(*values, records, next);
    Require((*log)->Append(kStream, std::move(records)).ok(), "an append failed");
  }
  Require(values->Flush({}).ok(), "a flush failed");
  const auto scan = [](const std::function<Read()>& read, size_t expected) {
    return SecondsOf([&] { Require(read().records == expected, "records are missing"); });
  };
  const bool met =
      RunInterleaved([&] { return scan([&] { return ScanLog(**log); }, next); },
                     {{"log_scan", kTarget, kAim,
                       [&] { return scan([&] { return ScanValues(*values); }, next); }}},
                     rounds);
  values.reset();
  log->reset();
  std::filesystem::remove_all(folder);
  return met ? 0 : 1;
}

}  // namespace
}  // namespace tenantry::bench

int main(int argc, char** argv) { return tenantry::bench::Run(argc, argv); }
