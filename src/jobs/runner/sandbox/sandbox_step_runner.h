#pragma once

#include <absl/base/call_once.h>
#include <absl/time/time.h>

#include <optional>
#include <string>
#include <vector>

#include "jobs/runner/step_runner.h"
#include "lake/datasets/private_folder.h"
#include "lake/sql/sql_process.h"

namespace tenantry::jobs {

/// Runs each step in a SQL process of its own, which parses its SQL first, waits for the tables
/// that it names and is killed past its limits of time, memory and disk and can touch no file but
/// the task's. Thread-safe.
class SandboxStepRunner final : public StepRunner {
 public:
  /// `processes`, which have the limits of steps, and `disk` outlive this. `result_bytes_max`
  /// bounds a result; what is free on `disk` above its reserve bounds all that a step writes.
  /// Errors do not tell the path of `folder`, in which the processes work.
  SandboxStepRunner(lake::sql::SqlProcesses& processes, const runtime::DiskReserve& disk,
                    int64_t result_bytes_max, std::string folder)
      : processes_(processes),
        disk_(disk),
        result_bytes_max_(result_bytes_max),
        folder_(std::move(folder)) {}

  absl::StatusOr<std::string> Run(const StepTask& task, StepInputs inputs, JobUse& use) override;
  absl::StatusOr<std::vector<StepCheck>> Check(
      const JobSpec& spec,
      const std::vector<std::optional<std::vector<TableSchema>>>& tables) override;

 private:
  absl::StatusOr<lake::datasets::PrivateFolder> MakeCheckFolder();
  absl::Status ForPeople(const absl::Status& status, const StepTask& task) const;
  static absl::Status RunIn(lake::sql::SqlProcess& process, const StepTask& task, StepInputs inputs,
                            const std::string& file, JobUse& use);

  lake::sql::SqlProcesses& processes_;
  const runtime::DiskReserve& disk_;
  const int64_t result_bytes_max_;
  const std::string folder_;
  absl::once_flag swept_;
};

/// A name as SQL takes it whatever is in it, and a text.
std::string QuotedName(std::string_view name);
std::string QuotedText(std::string_view text);

}  // namespace tenantry::jobs
