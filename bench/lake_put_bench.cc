// A CSV that becomes a data set and is queried, against bare DuckDB in the same kind of process.
// `put`: parts taken, encrypted and synced; assembled, imported, encrypted and published in the
// catalog; all but HTTP. The control is one COPY of the same file to Parquet. `query`: parsed,
// staged, decrypted, run and answered; the control runs the same SELECT over the plain file.
//
//   lake_put_bench [--rounds N] [--rows N]

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <optional>

#include "base/clock.h"
#include "base/faults.h"
#include "base/random.h"
#include "blobstore/local/local_blob_store.h"
#include "interleaved_rounds.h"
#include "lake/datasets/imports/uploads.h"
#include "lake/datasets/query/sql_text.h"
#include "lake/datasets/stored_data_sets.h"
#include "lake/sql/sql_worker.h"
#include "metastore/migrations.h"
#include "metastore/sqlite/sqlite_metastore.h"
#include "runtime/metrics.h"

namespace tenantry::bench {
namespace {

using lake::datasets::SqlLiteral;

constexpr double kPutTarget = 0.50;
constexpr size_t kPartBytes = 8 << 20;
constexpr char kSelect[] =
    "SELECT city, count(*) n, sum(amount) s, max(day) d FROM orders GROUP BY city ORDER BY city";

// Orders: numbers, texts and dates, as people have them.
std::string Orders(int rows) {
  base::SeededRandom random(1);
  std::string csv = "id,city,amount,day,note\n";
  for (int i = 0; i < rows; ++i) {
    csv += fmt::format("{},city-{},{}.{:02},2025-{:02}-{:02},order {:x} of somebody\n", i,
                       random.Below(200), random.Below(10'000), random.Below(100),
                       1 + random.Below(12), 1 + random.Below(28), random.Next64());
  }
  return csv;
}

class Bench {
 public:
  explicit Bench(std::string folder) : folder_(std::move(folder)) {
    auto store = metastore::SqliteMetastore::Open(folder_ + "/metastore.db", {}, faults_);
    Require(store.ok(), store.status().ToString());
    store_ = *std::move(store);
    const auto migrated = metastore::Migrate(*store_, metastore::Migrations(), 1);
    Require(migrated.ok(), migrated.ToString());
    auto blobs = blobstore::LocalBlobStore::Open(folder_ + "/blobs", folder_ + "/master", metrics_);
    Require(blobs.ok(), blobs.status().ToString());
    blobs_ = *std::move(blobs);
    processes_.emplace(lake::sql::SqlOptions{}, folder_ + "/sql", metrics_);
    auto opened = lake::datasets::StoredDataSets::Open(
        {*store_, *blobs_, *processes_, clock_, random_, metrics_}, {}, folder_ + "/staging");
    Require(opened.ok(), opened.status().ToString());
    data_sets_ = *std::move(opened);
    uploads_.emplace(*data_sets_, [](const auto&, const auto&) { return true; });
  }

  double Put(const std::string& csv) {
    return SecondsOf([&] {
      const auto upload = uploads_->Begin(tenant_, {.name = "orders"}, {{"bench", {}}, {}, {}, {}});
      Require(upload.ok(), upload.status().ToString());
      for (size_t at = 0; at < csv.size(); at += kPartBytes) {
        const auto put = uploads_->Put(tenant_, upload->id, static_cast<int64_t>(at),
                                       std::string_view(csv).substr(at, kPartBytes), "");
        Require(put.ok(), put.status().ToString());
      }
      Require(uploads_->Commit(tenant_, upload->id, std::nullopt).ok(), "a commit failed");
      const absl::Status imported = uploads_->Import(tenant_, upload->id, cancelled_);
      Require(imported.ok(), imported.ToString());
    });
  }

  double Query() {
    return SecondsOf([&] {
      const absl::Status asked =
          data_sets_->Query(tenant_, kSelect, lake::datasets::AnswerFormat::kCsv, {},
                            [](std::string_view) { return absl::OkStatus(); });
      Require(asked.ok(), asked.ToString());
    });
  }

  // Runs statements in a process of their own, which may use the bench's folder.
  double Bare(const std::vector<std::string>& statements) {
    return SecondsOf([&] {
      lake::sql::SqlTask task;
      task.folders = {folder_};
      const auto process = processes_->Start(task);
      Require(process.ok(), process.status().ToString());
      for (const std::string& sql : statements) {
        const absl::Status ran = (*process)->Execute(sql);
        Require(ran.ok(), ran.ToString());
      }
    });
  }

 private:
  const base::TenantId tenant_{"acme"};
  const std::string folder_;
  base::SystemClock clock_;
  base::SystemRandom random_;
  base::NoFaults faults_;
  runtime::Metrics metrics_;
  std::atomic<bool> cancelled_ = false;
  std::unique_ptr<metastore::Metastore> store_;
  std::unique_ptr<blobstore::LocalBlobStore> blobs_;
  std::optional<lake::sql::SqlProcesses> processes_;
  std::unique_ptr<lake::datasets::StoredDataSets> data_sets_;
  std::optional<lake::datasets::Uploads> uploads_;
};

int Run(int argc, char** argv) {
  const int rounds = NumberFlag(argc, argv, "--rounds", 9);
  const std::string csv = Orders(NumberFlag(argc, argv, "--rows", 1'000'000));
  const std::string folder =
      (std::filesystem::current_path() / fmt::format("lake_put_bench.{}", getpid())).string();
  std::filesystem::create_directory(folder);
  std::ofstream(folder + "/orders.csv", std::ios::binary) << csv;
  bool met = false;
  {
    Bench bench(folder);
    const std::string parquet = SqlLiteral(folder + "/orders.parquet");
    const std::vector<std::string> copy = {
        fmt::format("COPY (FROM read_csv({})) TO {} (FORMAT parquet)",
                    SqlLiteral(folder + "/orders.csv"), parquet)};
    const std::vector<std::string> select = {
        fmt::format("CREATE VIEW orders AS FROM read_parquet({})", parquet),
        fmt::format("COPY ({}) TO {} (FORMAT csv)", kSelect, SqlLiteral(folder + "/answer.csv"))};
    met =
        RunInterleaved([&] { return bench.Put(csv); },
                       {{"lake_put_csv", kPutTarget, 0, [&] { return bench.Bare(copy); }}}, rounds);
    RunInterleaved([&] { return bench.Query(); },
                   {{"lake_query_whole", 0, 0, [&] { return bench.Bare(select); }}}, rounds);
  }
  std::filesystem::remove_all(folder);
  return met ? 0 : 1;
}

}  // namespace
}  // namespace tenantry::bench

int main(int argc, char** argv) {
  if (tenantry::lake::sql::IsSqlWorker(argc, argv)) tenantry::lake::sql::RunSqlWorker();
  return tenantry::bench::Run(argc, argv);
}
