// Queries over a tenant's data sets against bare DuckDB on the same Parquet files, with the same
// threads and memory. `engine`: what a query takes in its locked process once its tables are there,
// answer written; the control runs it in an engine of the bench's own process, nothing locked.
// `staging`: what the tables' decryption takes, which every query does anew, against a copy of the
// same bytes.
//
//   lake_query_bench [--rounds N] [--rows N]

#include <unistd.h>

#include <filesystem>
#include <memory>

#include "bench_lake.h"
#include "interleaved_rounds.h"
#include "lake/datasets/query/sql_text.h"
#include "lake/sql/duckdb_library.h"
#include "lake/sql/sql_worker.h"

namespace tenantry::bench {
namespace {

using lake::datasets::SqlLiteral;

// We may take a tenth longer than the bare engine.
constexpr double kEngineTarget = 1 / 1.10;

// A fact table as retailers have it, and what is asked of it: a scan with sums, a filter, a join
// with itself grouped, a window.
std::string Orders(int rows) {
  return fmt::format(
      "SELECT range AS id, (hash(range) % 200)::INTEGER AS city, (hash(range + 1) % "
      "50000)::INTEGER "
      "AS customer, (hash(range + 2) % 1000000 / 100)::DECIMAL(12, 2) AS amount, DATE '2024-01-01' "
      "+ "
      "(hash(range + 3) % 730)::INTEGER AS day, md5(range::VARCHAR) AS note FROM range({})",
      rows);
}

constexpr const char* kQueries[] = {
    "SELECT city, count(*) n, sum(amount) s, avg(amount) a, max(day) d FROM orders GROUP BY city "
    "ORDER BY city",
    "SELECT sum(amount) s FROM orders WHERE day BETWEEN DATE '2024-03-01' AND DATE '2024-06-30' "
    "AND "
    "note LIKE '%ab%'",
    "SELECT a.city, count(*) n FROM orders a JOIN (SELECT customer, max(amount) m FROM orders "
    "GROUP "
    "BY customer) b ON a.customer = b.customer AND a.amount = b.m GROUP BY a.city ORDER BY n DESC, "
    "a.city LIMIT 10",
    "SELECT customer, sum(amount) s, rank() OVER (ORDER BY sum(amount) DESC) r FROM orders GROUP "
    "BY "
    "customer ORDER BY r LIMIT 100",
};

// An engine of this process with the limits of a SQL process, and no locks.
class BareEngine {
 public:
  BareEngine() {
    auto library = lake::sql::DuckDbLibrary::Load("");
    Require(library.ok(), library.status().ToString());
    library_ = *std::move(library);
    Require(library_->open(nullptr, &database_) != DuckDBError, "DuckDB does not open");
    Require(library_->connect(database_, &connection_) != DuckDBError, "DuckDB does not connect");
    const lake::sql::SqlOptions options;
    Run(fmt::format("SET threads = {}", options.sql_threads));
    Run(fmt::format("SET memory_limit = '{}KiB'", options.sql_memory_max / 2048));
  }

  void Run(const std::string& sql) {
    duckdb_result result{};
    const bool ok = library_->query(connection_, sql.c_str(), &result) != DuckDBError;
    Require(ok, ok ? "" : library_->result_error(&result));
    library_->destroy_result(&result);
  }

 private:
  std::unique_ptr<lake::sql::DuckDbLibrary> library_;
  duckdb_database database_ = nullptr;
  duckdb_connection connection_ = nullptr;
};

std::string CopyOf(const std::string& query, const std::string& file) {
  return fmt::format("COPY ({}) TO {} (FORMAT csv)", query, SqlLiteral(file));
}

class Bench {
 public:
  explicit Bench(std::string folder) : lake_(std::move(folder)) {}

  // Makes the table as a plain file and as a data set of the same bytes, and both engines ready.
  void Prepare(int rows) {
    const std::string file = lake_.folder() + "/plain/orders.parquet";
    std::filesystem::create_directories(lake_.folder() + "/plain");
    bare_.Run(fmt::format("COPY ({}) TO {} (FORMAT parquet)", Orders(rows), SqlLiteral(file)));
    const auto published = lake_.data_sets().Publish(lake_.tenant(), "orders", file, {});
    Require(published.ok(), published.status().ToString());
    bare_.Run(
        fmt::format("CREATE VIEW orders AS SELECT * FROM read_parquet({})", SqlLiteral(file)));
    for (const char* name : {"/in", "/out"})
      std::filesystem::create_directory(lake_.folder() + name);
    lake::sql::SqlTask task;
    task.read_only_folders = {lake_.folder() + "/in"};
    task.folders = {lake_.folder() + "/out"};
    auto process = lake_.processes().Start(task);
    Require(process.ok(), process.status().ToString());
    process_ = *std::move(process);
    const auto staged = lake_.data_sets().Stage(lake_.tenant(), {"orders"}, lake_.folder() + "/in");
    Require(staged.ok(), staged.status().ToString());
    Require(process_->Execute(staged->front().view_sql).ok(), "a view can't be made");
  }

  double Engine(const std::string& query) {
    return SecondsOf([&] {
      const absl::Status ran = process_->Execute(CopyOf(query, lake_.folder() + "/out/answer.csv"));
      Require(ran.ok(), ran.ToString());
    });
  }

  double Bare(const std::string& query) {
    return SecondsOf([&] { bare_.Run(CopyOf(query, lake_.folder() + "/plain/answer.csv")); });
  }

  double Staging() {
    const std::string folder = lake_.folder() + "/staged";
    std::filesystem::create_directory(folder);
    const double seconds = SecondsOf([&] {
      const auto staged = lake_.data_sets().Stage(lake_.tenant(), {"orders"}, folder);
      Require(staged.ok(), staged.status().ToString());
    });
    std::filesystem::remove_all(folder);
    return seconds;
  }

  double Copy() {
    const std::string copy = lake_.folder() + "/copy.parquet";
    const double seconds = SecondsOf(
        [&] { std::filesystem::copy_file(lake_.folder() + "/plain/orders.parquet", copy); });
    std::filesystem::remove(copy);
    return seconds;
  }

  double Whole(const std::string& query) { return lake_.Query(query); }

 private:
  BareEngine bare_;
  BenchLake lake_;
  std::unique_ptr<lake::sql::SqlProcess> process_;
};

int Run(int argc, char** argv) {
  const int rounds = NumberFlag(argc, argv, "--rounds", 9);
  const int rows = NumberFlag(argc, argv, "--rows", 2'000'000);
  const std::string folder =
      (std::filesystem::current_path() / fmt::format("lake_query_bench.{}", getpid())).string();
  std::filesystem::create_directory(folder);
  bool met = false;
  {
    Bench bench(folder);
    bench.Prepare(rows);
    const auto all = [&](double (Bench::*one)(const std::string&)) {
      double seconds = 0;
      for (const char* query : kQueries) seconds += (bench.*one)(query);
      return seconds;
    };
    const Control bare{"lake_query_engine", kEngineTarget, 0, [&] { return all(&Bench::Bare); }};
    met = RunInterleaved([&] { return all(&Bench::Engine); }, {bare}, rounds);
    const Control whole{"lake_query_engine_whole", 0, 0, bare.work};
    RunInterleaved([&] { return all(&Bench::Whole); }, {whole}, rounds);
    RunInterleaved([&] { return bench.Staging(); },
                   {{"lake_query_staging", 0, 0, [&] { return bench.Copy(); }}}, rounds);
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
