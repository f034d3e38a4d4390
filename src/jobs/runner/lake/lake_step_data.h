#pragma once

#include <optional>
#include <string>
#include <vector>

#include "jobs/runner/step_data.h"
#include "lake/datasets/data_sets.h"
#include "metastore/metastore.h"

namespace tenantry::jobs {

/// The lake's data sets. What was published for a step is known by the audit trail, whose line
/// commits with the new version and carries the step's own request id. Thread-safe.
class LakeStepData final : public StepData {
 public:
  /// The references outlive this; the store is the one that the data sets' catalog is in.
  LakeStepData(lake::datasets::DataSets& data_sets, metastore::Metastore& store)
      : data_sets_(data_sets), store_(store) {}

  absl::StatusOr<std::vector<StagedTable>> Stage(const base::TenantId& tenant,
                                                 const lake::datasets::SelectStatement& names,
                                                 const std::vector<std::string>& results,
                                                 const std::string& folder) override;
  absl::StatusOr<std::vector<TableSchema>> Describe(const base::TenantId& tenant,
                                                    const StepSpec& step,
                                                    const std::vector<std::string>& results,
                                                    const std::vector<MadeDataSet>& made) override;
  absl::StatusOr<std::optional<Publication>> Recover(const Job& job, size_t step,
                                                     const std::string& file) override;
  absl::StatusOr<int64_t> Publish(const Job& job, size_t step, const std::string& file) override;

 private:
  absl::StatusOr<std::vector<lake::datasets::DataSet>> DataSetsOf(
      const base::TenantId& tenant, lake::datasets::NamedTables named,
      const std::vector<std::string>& results);

  lake::datasets::DataSets& data_sets_;
  metastore::Metastore& store_;
};

}  // namespace tenantry::jobs
