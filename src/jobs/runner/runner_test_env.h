#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/steady_time.h"
#include "blobstore/twins/in_memory_blob_store.h"
#include "jobs/life/job_testing.h"
#include "jobs/runner/job_execution.h"
#include "jobs/runner/sandbox/sandbox_step_runner.h"
#include "jobs/spec/sql_words.h"
#include "jobs/store/twins/in_memory_job_store.h"
#include "lake/sql/sql_test_env.h"

namespace tenantry::jobs {

/// Waits, without sleeping blindly, until `true_now` holds; false when it does not within a minute.
inline bool WaitUntil(const std::function<bool()>& true_now) {
  const absl::Duration deadline = base::SteadyNow() + absl::Minutes(1);
  base::StopSignal never;
  while (!true_now()) {
    if (base::SteadyNow() > deadline) return false;
    never.WaitFor(absl::Milliseconds(2));
  }
  return true;
}

/// Data sets of one tenant as Parquet files in a folder, for tests.
class FolderStepData final : public StepData {
 public:
  explicit FolderStepData(std::string folder) : folder_(std::move(folder)) {}

  absl::StatusOr<std::vector<StagedTable>> Stage(const base::TenantId&,
                                                 const lake::datasets::SelectStatement& names,
                                                 const std::vector<std::string>& results,
                                                 const std::string& folder) override {
    std::vector<StagedTable> tables;
    std::set<std::string> staged(results.begin(), results.end());
    for (const std::string& word : names.tables) {
      const std::string from = File(word);
      if (!std::filesystem::exists(from) || !staged.insert(word).second) continue;
      const std::string to = folder + "/" + word + ".parquet";
      std::filesystem::copy_file(from, to);
      tables.push_back({word,
                        fmt::format("CREATE VIEW {} AS SELECT * FROM read_parquet({})",
                                    QuotedName(word), QuotedText(to)),
                        static_cast<int64_t>(std::filesystem::file_size(to))});
    }
    return tables;
  }

  absl::StatusOr<std::vector<TableSchema>> Describe(const base::TenantId&, const StepSpec& step,
                                                    const std::vector<std::string>&,
                                                    const std::vector<MadeDataSet>& made) override {
    std::vector<TableSchema> tables;
    for (const std::string& word : TableWords(step.sql)) {
      for (const MadeDataSet& each : made) {
        if (each.data_set == word) tables.push_back({word, {}, each.step});
      }
    }
    for (const auto& [name, columns] : schemas) {
      for (const std::string& word : TableWords(step.sql)) {
        if (word != name) continue;
        tables.push_back({name, columns});
        break;
      }
    }
    return tables;
  }

  absl::StatusOr<std::optional<Publication>> Recover(const Job& job, size_t step,
                                                     const std::string& file) override {
    const auto found = published.find(fmt::format("{} {}", job.id, step));
    if (found == published.end()) return std::nullopt;
    Publication told;
    told.version = found->second;
    told.rows = 1;
    const std::string kept = VersionFile(job.spec.steps[step].data_set, told.version);
    told.is_there = std::filesystem::exists(kept);
    if (told.is_there) std::filesystem::copy_file(kept, file);
    return told;
  }

  absl::StatusOr<int64_t> Publish(const Job& job, size_t step, const std::string& file) override {
    const std::string& name = job.spec.steps[step].data_set;
    const int64_t version = ++versions[name];
    published[fmt::format("{} {}", job.id, step)] = version;
    std::filesystem::copy_file(file, VersionFile(name, version));
    std::filesystem::copy_file(file, File(name), std::filesystem::copy_options::overwrite_existing);
    return version;
  }

  /// Where the data set of that name is.
  std::string File(const std::string& name) const { return folder_ + "/" + name + ".parquet"; }

  /// Where a version of it is; a test removes it as the lake does in time.
  std::string VersionFile(const std::string& name, int64_t version) const {
    return fmt::format("{}/{}-{}.version", folder_, name, version);
  }

  /// What Describe knows; what was published, by job and step; the newest versions.
  std::map<std::string, std::vector<ColumnSpec>> schemas;
  std::map<std::string, int64_t> published;
  std::map<std::string, int64_t> versions;

 private:
  const std::string folder_;
};

/// Everything that jobs are executed with, for tests: real SQL processes, the rest in memory.
struct RunnerTestEnv {
  RunnerTestEnv() {
    options.poll_interval = absl::Milliseconds(5);
    options.keep_interval = absl::Milliseconds(5);
    std::filesystem::create_directories(folder / "data");
    std::filesystem::create_directories(folder / "work");
  }

  /// All of it as executions take it.
  ExecutionParts Parts() {
    return {store, snapshots, data, steps, clock, faults, options, metrics, disk, folder / "work"};
  }

  /// Puts a job into the queue.
  base::JobId Add(std::string_view spec, const std::string& id = "j1",
                  const std::string& tenant = "acme") {
    const auto made = store.Create(JobToSubmit(id, tenant, spec), {});
    EXPECT_TRUE(made.ok()) << made.status();
    return base::JobId(id);
  }

  /// Takes a job as a fresh process would, whoever had it.
  Job Take(const base::JobId& id) {
    const std::string owner = "p" + std::to_string(++owners);
    EXPECT_TRUE(store.EndLeases(owner).ok());
    const auto taken = store.Update(id, {}, [&](Job& job, JobNote& note) {
      return Claim(job, owner, clock.Now(), clock.Now() + absl::Seconds(30), note);
    });
    EXPECT_TRUE(taken.ok()) << taken.status();
    return taken.ok() ? *taken : Job{};
  }

  /// Lets a job that ended go on.
  absl::Status Resume(const base::JobId& id) {
    return store
        .Update(id, {},
                [&](Job& job, JobNote& note) { return jobs::Resume(job, clock.Now(), note); })
        .status();
  }

  /// Executes a job that nobody stops, in one go.
  absl::Status Execute(const base::JobId& id) {
    ExecutionParts parts = Parts();
    return JobExecution(parts, Take(id), StopSwitch()).Run();
  }

  /// The first column of an answer over the published data sets, as texts with a comma between.
  std::string Ask(const std::string& name, const std::string& columns) {
    return Answer(fmt::format(
        "SELECT string_agg(({})::TEXT, ',') FROM (SELECT * FROM read_parquet({}) ORDER BY ALL)",
        columns, QuotedText(data.File(name))));
  }

  /// The columns of a published data set, each with its type.
  std::string Described(const std::string& name) {
    return Answer(
        fmt::format("SELECT string_agg(column_name || ' ' || column_type, ',') FROM "
                    "(DESCRIBE FROM read_parquet({}))",
                    QuotedText(data.File(name))));
  }

  /// The one text that a query over the published data sets' files answers.
  std::string Answer(const std::string& sql) {
    lake::sql::SqlTask task;
    task.read_only_folders = {folder / "data"};
    auto process = processes.Start(task);
    EXPECT_TRUE(process.ok()) << process.status();
    std::string answer;
    const absl::Status status =
        (*process)->Query(sql, [&](const auto&, const lake::sql::SqlChunk& rows) {
          answer = std::string(rows.column(0).Bytes(0));
          return absl::OkStatus();
        });
    EXPECT_TRUE(status.ok()) << status;
    return answer;
  }

  /// The parts, each outliving those below it.
  lake::sql::TestFolder folder;
  runtime::Metrics metrics;
  base::ManualClock clock{absl::FromUnixSeconds(1'700'000'000)};
  base::ScriptedFaults faults;
  JobOptions options;
  InMemoryJobStore store{clock, options};
  blobstore::InMemoryBlobStore blobs;
  std::atomic<int64_t> disk_free = int64_t{1} << 40;  // bytes
  runtime::DiskReserve disk{folder.path(), 1 << 20, "lake", "lake.disk_free_min",
                            [this](const std::string&) { return disk_free.load(); }};
  Snapshots snapshots{blobs, disk};
  FolderStepData data{folder / "data"};
  lake::sql::SqlProcesses processes{{}, folder / "sql", metrics};
  SandboxStepRunner steps{processes, disk, 1 << 20, folder.path()};
  int owners = 0;
};

}  // namespace tenantry::jobs
