#include "lake/datasets/data_sets.h"

#include "base/status.h"

namespace tenantry::lake::datasets {

absl::StatusOr<DataSet> DataSets::Get(const base::TenantId& tenant, std::string_view name_or_id) {
  TENANTRY_ASSIGN_OR_RETURN(std::optional<DataSet> found, Find(tenant, name_or_id));
  if (!found) {
    return base::NotFound("there is no data set '{}'", name_or_id.substr(0, base::kIdBytesMax));
  }
  return *std::move(found);
}

}  // namespace tenantry::lake::datasets
