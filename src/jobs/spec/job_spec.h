#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace tenantry::jobs {

/// What a step is for. Each is a query whose rows are the step's result; a persist step's result
/// becomes the next version of a data set as well.
enum class StepKind { kLoad, kTransform, kProcess, kPersist };

/// `load`, `transform`, `process`, `persist`.
std::string_view KindName(StepKind kind);

/// A step of a job.
struct StepSpec {
  std::string name;  ///< a name that SQL takes without quotes; unique in its job, case ignored
  StepKind kind = StepKind::kTransform;
  std::string sql;                 ///< one query, without a semicolon at its end
  std::vector<std::string> after;  ///< the steps that come before it: those its text names and
                                   ///< those before it that its SQL reads, in the job's order
  std::string data_set;            ///< of a persist step: the name of the data set

  bool operator==(const StepSpec&) const = default;
};

/// A batch job: its steps in the order in which they run.
struct JobSpec {
  std::string tenant;  ///< whose job it is, when its text says so; else empty
  std::string name;
  std::vector<StepSpec> steps;

  bool operator==(const JobSpec&) const = default;
};

/// The bounds of a specification.
struct SpecLimits {
  int64_t spec_bytes_max = 256 << 10;  ///< of its text
  int64_t steps_max = 64;              ///< in one job
  int64_t sql_bytes_max = 64 << 10;    ///< in one step
};

/// The specification as JSON, which ParseSpec reads back to the same.
nlohmann::json ToJson(const JobSpec& spec);

}  // namespace tenantry::jobs
