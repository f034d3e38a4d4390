#include "jobs/spec/job_spec.h"

#include <nlohmann/json.hpp>

namespace tenantry::jobs {

std::string_view KindName(StepKind kind) {
  switch (kind) {
    case StepKind::kLoad:
      return "load";
    case StepKind::kTransform:
      return "transform";
    case StepKind::kProcess:
      return "process";
    case StepKind::kPersist:
      return "persist";
  }
  return "";
}

nlohmann::json ToJson(const JobSpec& spec) {
  nlohmann::json steps = nlohmann::json::array();
  for (const StepSpec& step : spec.steps) {
    nlohmann::json shown = {{"name", step.name},
                            {"kind", KindName(step.kind)},
                            {"sql", step.sql},
                            {"after", step.after}};
    if (step.kind == StepKind::kPersist) shown["dataSet"] = step.data_set;
    steps.push_back(std::move(shown));
  }
  return {{"name", spec.name}, {"steps", std::move(steps)}};
}

}  // namespace tenantry::jobs
