#include "jobs/runner/lake/lake_step_data.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/status.h"
#include "runtime/nearest_name.h"

namespace tenantry::jobs {

using lake::datasets::DataSet;
using lake::datasets::DataSetNameKey;

namespace {

constexpr int64_t kHintsMax = 1000;
constexpr size_t kShownMax = 64;

// The request that publishes a step's result, whatever process makes it.
std::string RequestOf(const Job& job, size_t step) {
  return fmt::format("job {} step {}", job.id, job.spec.steps[step].name);
}

// What a line of the audit trail says of a data set after a change.
absl::StatusOr<Publication> PublicationOf(const std::string& line, const std::string& request_id) {
  const auto after = nlohmann::json::parse(line, nullptr, false);
  Publication told;
  for (const auto& [name, value] :
       {std::pair("version", &told.version), std::pair("rows", &told.rows),
        std::pair("bytes", &told.bytes)}) {
    if (!after.is_object() || !after.contains(name) || !after[name].is_number_integer()) {
      return base::DataLoss("the audit trail tells no {} of '{}'", name, request_id);
    }
    *value = after[name].get<int64_t>();
  }
  return told;
}

}  // namespace

// The data sets that a step reads: what its SQL names, but for results of steps.
absl::StatusOr<std::vector<DataSet>> LakeStepData::DataSetsOf(
    const base::TenantId& tenant, lake::datasets::NamedTables named,
    const std::vector<std::string>& results) {
  std::set<std::string> hidden;
  for (const std::string& name : results) hidden.insert(DataSetNameKey(name));
  std::erase_if(named.data_sets,
                [&](const DataSet& each) { return hidden.contains(DataSetNameKey(each.name)); });
  std::erase_if(named.unknown,
                [&](const std::string& name) { return hidden.contains(DataSetNameKey(name)); });
  if (named.unknown.empty()) return std::move(named.data_sets);
  std::vector<std::string> known = results;
  TENANTRY_ASSIGN_OR_RETURN(const auto all, data_sets_.List(tenant, "", kHintsMax));
  for (const DataSet& each : all) known.push_back(each.name);
  const std::string& unknown = named.unknown.front();
  return base::InvalidArgument(
      "it reads '{}', which is neither a data set nor the result of a step before it{}",
      unknown.substr(0, kShownMax), runtime::NameHint(unknown, known, '\''));
}

absl::StatusOr<std::vector<StagedTable>> LakeStepData::Stage(
    const base::TenantId& tenant, const lake::datasets::SelectStatement& names,
    const std::vector<std::string>& results, const std::string& folder) {
  TENANTRY_ASSIGN_OR_RETURN(auto named, data_sets_.Resolve(tenant, names));
  TENANTRY_ASSIGN_OR_RETURN(const auto wanted, DataSetsOf(tenant, std::move(named), results));
  std::vector<StagedTable> tables;
  if (wanted.empty()) return tables;
  std::vector<std::string> read;
  for (const DataSet& each : wanted) read.push_back(each.name);
  TENANTRY_ASSIGN_OR_RETURN(const auto staged, data_sets_.Stage(tenant, read, folder));
  for (const auto& each : staged) {
    tables.push_back({each.data_set.name, each.view_sql, each.data_set.bytes});
  }
  return tables;
}

absl::StatusOr<std::vector<TableSchema>> LakeStepData::Describe(
    const base::TenantId& tenant, const StepSpec& step, const std::vector<std::string>& results,
    const std::vector<MadeDataSet>& made) {
  TENANTRY_ASSIGN_OR_RETURN(auto named, data_sets_.TablesOf(tenant, step.sql));
  std::set<std::string> keys;
  for (const DataSet& each : named.data_sets) keys.insert(DataSetNameKey(each.name));
  for (const std::string& name : named.unknown) keys.insert(DataSetNameKey(name));
  for (const std::string& name : results) keys.erase(DataSetNameKey(name));
  std::vector<TableSchema> tables;
  std::vector<std::string> known = results;
  for (auto each = made.rbegin(); each != made.rend(); ++each) {
    if (keys.erase(DataSetNameKey(each->data_set)) == 0) continue;
    tables.push_back({each->data_set, {}, each->step});
    known.push_back(each->data_set);
  }
  TENANTRY_ASSIGN_OR_RETURN(const auto wanted, DataSetsOf(tenant, std::move(named), known));
  for (const DataSet& each : wanted) {
    TableSchema& table = tables.emplace_back();
    table.name = each.name;
    for (const auto& column : each.schema) table.columns.push_back({column.name, column.type});
  }
  return tables;
}

absl::StatusOr<std::optional<Publication>> LakeStepData::Recover(const Job& job, size_t step,
                                                                 const std::string& file) {
  const std::string request_id = RequestOf(job, step);
  base::DataSetId data_set;
  std::optional<Publication> found;
  TENANTRY_RETURN_IF_ERROR(store_.Read(
      metastore::TenantScope::Of(job.tenant),
      [&](metastore::Transaction& transaction) -> absl::Status {
        TENANTRY_ASSIGN_OR_RETURN(
            const auto rows,
            transaction.Query("SELECT thing, after_json FROM audit WHERE request_id = :p0 AND "
                              "tenant_id = :p1 ORDER BY number DESC LIMIT 1",
                              {request_id, job.tenant.value()}, 2));
        if (rows.empty()) return absl::OkStatus();
        data_set = base::DataSetId(rows.front().Text(0));
        TENANTRY_ASSIGN_OR_RETURN(found, PublicationOf(rows.front().Text(1), request_id));
        return absl::OkStatus();
      }));
  if (!found) return found;
  const absl::Status staged = data_sets_.StageVersion(job.tenant, data_set, found->version, file);
  if (!staged.ok() && !absl::IsNotFound(staged)) return staged;
  found->is_there = staged.ok();
  return found;
}

absl::StatusOr<int64_t> LakeStepData::Publish(const Job& job, size_t step,
                                              const std::string& file) {
  const std::string request_id = RequestOf(job, step);
  lake::datasets::DataSetChange change;
  change.actor = {fmt::format("job {} of {}", job.id, job.tenant), {request_id, job.traceparent}};
  change.user = job.user;
  change.session = job.session;
  change.job = job.id;
  TENANTRY_ASSIGN_OR_RETURN(
      const DataSet data_set,
      data_sets_.Publish(job.tenant, job.spec.steps[step].data_set, file, change));
  return data_set.version;
}

}  // namespace tenantry::jobs
