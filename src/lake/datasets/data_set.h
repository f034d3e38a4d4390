#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "metastore/audit.h"

namespace tenantry::lake::datasets {

/// A column of a data set: its name, and its type as SQL writes it ("BIGINT", "DECIMAL(18,3)").
struct DataSetColumn {
  std::string name;
  std::string type;

  bool operator==(const DataSetColumn&) const = default;
};

/// A data set as the catalog knows it: a table of a tenant, stored as Parquet.
struct DataSet {
  base::DataSetId id;  ///< "ds_…"
  base::TenantId tenant;
  std::string name;  ///< what SQL calls it; unique in the tenant, whatever the case
  std::vector<DataSetColumn> schema;
  int64_t rows = 0;
  int64_t bytes = 0;    ///< of the Parquet file, before encryption
  int64_t version = 0;  ///< from 1, grows with every change of its data
  absl::Time created;
  absl::Time updated;
  std::string created_by;  ///< an actor's name
  std::string updated_by;
};

/// Who changes data sets and why: for the audit trail and for the events.
struct DataSetChange {
  metastore::Actor actor;
  base::UserId user;        ///< empty for a key
  base::SessionId session;  ///< empty for a key
  base::JobId job;          ///< empty unless a job does it
};

/// OK when `name` is 1 to 63 of A-Z, a-z, 0-9 and _, the first no digit; InvalidArgument says what
/// is wrong.
absl::Status CheckDataSetName(std::string_view name);

/// What two names of one data set have in common: the name in small letters.
std::string DataSetNameKey(std::string_view name);

}  // namespace tenantry::lake::datasets
