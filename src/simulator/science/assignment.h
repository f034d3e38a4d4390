#pragma once

#include <absl/types/span.h>

#include <string>
#include <string_view>

#include "simulator/science/sample_data.h"

namespace tenantry::simulator::science {

/// What a data scientist is to find out: the data that comes every week, the job that is run over
/// it, and the question that its result answers.
struct Assignment {
  SampleKind kind;
  std::string_view industry;  ///< of the tenants that have most need of it
  std::string_view user;      ///< who works on it; nobody of a TenantLife has this id
  std::string_view data_set;  ///< what the file becomes
  std::string_view file;      ///< its name
  std::string_view job;       ///< the name of the job
  std::string_view spec;      ///< its specification (TOML) of four steps
  std::string_view result;    ///< the data set that the job's last step persists
  std::string_view question;  ///< SQL over `result`: five rows, the finding first
  std::string_view finding;   ///< what the first row's first value is: "hottest sensor"
  std::string_view word;      ///< something in the third step of `spec`
  std::string_view slip;      ///< how a hurried person writes it: a column that is not there
};

/// All assignments, one a kind, in the order of SampleKind.
absl::Span<const Assignment> Assignments();

/// The specification with the slip in its third step: the two before it run, then the job fails.
std::string MisspeltSpec(const Assignment& assignment);

}  // namespace tenantry::simulator::science
