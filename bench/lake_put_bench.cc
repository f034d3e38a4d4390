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

#include "base/random.h"
#include "bench_lake.h"
#include "interleaved_rounds.h"
#include "lake/datasets/imports/uploads.h"
#include "lake/datasets/query/sql_text.h"
#include "lake/sql/sql_worker.h"

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
  explicit Bench(std::string folder)
      : lake_(std::move(folder)),
        uploads_(lake_.data_sets(), [](const auto&, const auto&) { return true; }) {}

  double Put(const std::string& csv) {
    return SecondsOf([&] {
      const auto upload =
          uploads_.Begin(lake_.tenant(), {.name = "orders"}, {{"bench", {}}, {}, {}, {}});
      Require(upload.ok(), upload.status().ToString());
      for (size_t at = 0; at < csv.size(); at += kPartBytes) {
        const auto put = uploads_.Put(lake_.tenant(), upload->id, static_cast<int64_t>(at),
                                      std::string_view(csv).substr(at, kPartBytes), "");
        Require(put.ok(), put.status().ToString());
      }
      Require(uploads_.Commit(lake_.tenant(), upload->id, std::nullopt).ok(), "a commit failed");
      const absl::Status imported = uploads_.Import(lake_.tenant(), upload->id, cancelled_);
      Require(imported.ok(), imported.ToString());
    });
  }

  double Query() { return lake_.Query(kSelect); }

  // Runs statements in a process of their own, which may use the bench's folder.
  double Bare(const std::vector<std::string>& statements) {
    return SecondsOf([&] {
      lake::sql::SqlTask task;
      task.folders = {lake_.folder()};
      const auto process = lake_.processes().Start(task);
      Require(process.ok(), process.status().ToString());
      for (const std::string& sql : statements) {
        const absl::Status ran = (*process)->Execute(sql);
        Require(ran.ok(), ran.ToString());
      }
    });
  }

 private:
  BenchLake lake_;
  lake::datasets::Uploads uploads_;
  std::atomic<bool> cancelled_ = false;
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
