#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <cstdint>
#include <functional>
#include <string>

#include "app/console/format.h"
#include "app/console/terminal.h"
#include "app/demo/life_player.h"
#include "app/demo/person.h"
#include "simulator/science/scientist_plan.h"

namespace tenantry::app::demo {

/// Who a data scientist is and what came of the work so far.
struct ScienceRecord {
  std::string tenant;
  std::string user;
  std::string password;
  int64_t files = 0;
  int64_t rows = 0;  ///< of all files
  int64_t jobs_succeeded = 0;
  std::string failed_job;  ///< its id; empty: none failed
  std::string failure;     ///< what it said
  std::string finding;     ///< what the last job found: "best day: 2026-11-20"
  std::string table;       ///< the answer's rows, as `data query` prints them
};

/// The measure of one visit.
struct Visit {
  uint64_t seed = 1;      ///< of the data
  int64_t rows = 20'000;  ///< of the data
  absl::Time end;         ///< the midnight that the data reaches up to
  bool slips = false;     ///< submits the misspelt job first
  bool asks = false;      ///< asks at the end what was found
};

/// A tenant's data scientist, who brings real data and runs real jobs by the commands of the
/// terminal, as anybody would. Used by one thread.
class Scientist {
 public:
  /// `plan` says for whom and what about; `home` is a folder for files and settings; the work ends
  /// early once `stopped` gives true. `terminal` outlives this.
  Scientist(const console::Terminal& terminal, const std::string& url, std::string home,
            const simulator::science::ScientistPlan& plan, std::string password,
            std::function<bool()> stopped);

  /// Becomes a user of the tenant; `admin` speaks for the operator. Errors as LifePlayer::Call.
  absl::Status Join(LifePlayer& admin);

  /// Logs in, puts the data, submits the job, waits for its end, logs off.
  /// Internal: the server refused something, or a job ended otherwise than it had to;
  /// DeadlineExceeded: a job did not end in time; Cancelled: `stopped`.
  absl::Status Work(const Visit& visit);

  /// What came of it so far.
  const ScienceRecord& record() const { return record_; }

 private:
  absl::Status PutData(const Visit& visit);
  absl::StatusOr<console::Json> RunJob(const std::string& spec);
  absl::Status RunMisspelt();
  absl::Status RunRight();
  absl::Status AskResult();

  const console::Terminal& terminal_;
  const simulator::science::Assignment& assignment_;
  const std::function<bool()> stopped_;
  Person person_;
  ScienceRecord record_;
};

}  // namespace tenantry::app::demo
