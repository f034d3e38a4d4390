#include "lake/datasets/data_set_rows.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/status.h"

namespace tenantry::lake::datasets {

using metastore::Row;
using metastore::Transaction;
using metastore::Value;
using nlohmann::json;

namespace {

constexpr char kColumns[] =
    "data_set_id, tenant_id, name, schema_json, row_count, bytes, version, created, updated, "
    "created_by, updated_by";
constexpr size_t kColumnCount = 11;

const char* NameOf(VersionState state) {
  switch (state) {
    case VersionState::kPending:
      return "pending";
    case VersionState::kLive:
      return "live";
    case VersionState::kDead:
      return "dead";
  }
  return "";
}

std::string SchemaText(const std::vector<DataSetColumn>& schema) {
  json columns = json::array();
  for (const DataSetColumn& column : schema) {
    columns.push_back({{"name", column.name}, {"type", column.type}});
  }
  return columns.dump(-1, ' ', false, json::error_handler_t::replace);
}

absl::StatusOr<DataSet> FromRow(const Row& row) {
  DataSet data_set;
  data_set.id = base::DataSetId(row.Text(0));
  data_set.tenant = base::TenantId(row.Text(1));
  data_set.name = row.Text(2);
  const json schema = json::parse(row.Text(3), nullptr, false);
  if (!schema.is_array()) return base::DataLoss("the schema of {} is damaged", data_set.id);
  for (const json& column : schema) {
    data_set.schema.push_back({column.value("name", ""), column.value("type", "")});
  }
  data_set.rows = row.Integer(4);
  data_set.bytes = row.Integer(5);
  data_set.version = row.Integer(6);
  data_set.created = absl::FromUnixMicros(row.Integer(7));
  data_set.updated = absl::FromUnixMicros(row.Integer(8));
  data_set.created_by = row.Text(9);
  data_set.updated_by = row.Text(10);
  return data_set;
}

absl::StatusOr<std::vector<DataSet>> Select(Transaction& transaction, std::string_view condition,
                                            const std::vector<Value>& values) {
  TENANTRY_ASSIGN_OR_RETURN(
      const std::vector<Row> rows,
      transaction.Query(fmt::format("SELECT {} FROM data_sets WHERE {}", kColumns, condition),
                        values, kColumnCount));
  std::vector<DataSet> found;
  for (const Row& row : rows) {
    TENANTRY_ASSIGN_OR_RETURN(DataSet data_set, FromRow(row));
    found.push_back(std::move(data_set));
  }
  return found;
}

}  // namespace

absl::Status CheckTenantLives(Transaction& transaction, const base::TenantId& tenant) {
  TENANTRY_ASSIGN_OR_RETURN(
      const auto gone,
      transaction.Query("SELECT 1 FROM tenants WHERE tenant_id = :p0 AND status IN ('deleting', "
                        "'deleted')",
                        {tenant.value()}, 1));
  return gone.empty() ? absl::OkStatus() : base::NotFound("the tenant '{}' is deleted", tenant);
}

absl::StatusOr<std::optional<DataSet>> FindDataSet(Transaction& transaction,
                                                   const base::TenantId& tenant,
                                                   std::string_view name_or_id) {
  const std::string text(name_or_id);
  TENANTRY_ASSIGN_OR_RETURN(
      std::vector<DataSet> found,
      Select(transaction, "tenant_id = :p0 AND data_set_id = :p1", {tenant.value(), text}));
  if (found.empty()) {
    TENANTRY_ASSIGN_OR_RETURN(found, Select(transaction, "tenant_id = :p0 AND name_key = :p1",
                                            {tenant.value(), DataSetNameKey(text)}));
  }
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

absl::StatusOr<std::vector<DataSet>> ListDataSets(Transaction& transaction,
                                                  const base::TenantId& tenant,
                                                  const std::string& after, int64_t limit) {
  return Select(transaction, "tenant_id = :p0 AND data_set_id > :p1 ORDER BY data_set_id LIMIT :p2",
                {tenant.value(), after, limit});
}

absl::Status InsertDataSet(Transaction& transaction, const DataSet& data_set) {
  return transaction
      .Execute(
          "INSERT INTO data_sets (tenant_id, data_set_id, name, name_key, schema_json, row_count, "
          "bytes, version, created, updated, created_by, updated_by) VALUES (:p0, :p1, :p2, :p3, "
          ":p4, :p5, :p6, :p7, :p8, :p9, :p10, :p11)",
          {data_set.tenant.value(), data_set.id.value(), data_set.name,
           DataSetNameKey(data_set.name), SchemaText(data_set.schema), data_set.rows,
           data_set.bytes, data_set.version, absl::ToUnixMicros(data_set.created),
           absl::ToUnixMicros(data_set.updated), data_set.created_by, data_set.updated_by})
      .status();
}

absl::Status UpdateDataSet(Transaction& transaction, const DataSet& data_set) {
  return transaction
      .Execute(
          "UPDATE data_sets SET name = :p0, name_key = :p1, schema_json = :p2, row_count = :p3, "
          "bytes = :p4, version = :p5, updated = :p6, updated_by = :p7 WHERE tenant_id = :p8 AND "
          "data_set_id = :p9",
          {data_set.name, DataSetNameKey(data_set.name), SchemaText(data_set.schema), data_set.rows,
           data_set.bytes, data_set.version, absl::ToUnixMicros(data_set.updated),
           data_set.updated_by, data_set.tenant.value(), data_set.id.value()})
      .status();
}

absl::Status DeleteDataSet(Transaction& transaction, const DataSet& data_set) {
  return transaction
      .Execute("DELETE FROM data_sets WHERE tenant_id = :p0 AND data_set_id = :p1",
               {data_set.tenant.value(), data_set.id.value()})
      .status();
}

absl::StatusOr<DataSetTotals> TotalDataSets(Transaction& transaction,
                                            const base::TenantId& tenant) {
  TENANTRY_ASSIGN_OR_RETURN(
      const auto rows,
      transaction.Query(
          "SELECT COUNT(*), COALESCE(SUM(bytes), 0) FROM data_sets WHERE tenant_id = :p0",
          {tenant.value()}, 2));
  return DataSetTotals{rows.front().Integer(0), rows.front().Integer(1)};
}

std::string BlobKeyOf(const DataSetVersion& version) {
  return fmt::format("dataset={}/version={}/part-0.parquet", version.data_set, version.version);
}

absl::StatusOr<DataSetVersion> ReserveVersion(Transaction& transaction,
                                              const base::TenantId& tenant,
                                              const base::DataSetId& data_set, int64_t now_micros) {
  TENANTRY_ASSIGN_OR_RETURN(
      const auto rows,
      transaction.Query("SELECT COALESCE(MAX(version), 0) FROM (SELECT version FROM "
                        "data_set_versions WHERE tenant_id = :p0 AND data_set_id = :p1 UNION ALL "
                        "SELECT version FROM data_sets WHERE tenant_id = :p0 AND data_set_id = "
                        ":p1) AS known",
                        {tenant.value(), data_set.value()}, 1));
  const DataSetVersion reserved{tenant, data_set, rows.front().Integer(0) + 1};
  TENANTRY_RETURN_IF_ERROR(
      transaction
          .Execute("INSERT INTO data_set_versions (tenant_id, data_set_id, version, state, since) "
                   "VALUES (:p0, :p1, :p2, 'pending', :p3)",
                   {tenant.value(), data_set.value(), reserved.version, now_micros})
          .status());
  return reserved;
}

absl::Status SetVersionState(Transaction& transaction, const DataSetVersion& version,
                             VersionState state, int64_t now_micros) {
  TENANTRY_ASSIGN_OR_RETURN(
      const int64_t changed,
      transaction.Execute(
          "UPDATE data_set_versions SET state = :p0, since = :p1 WHERE tenant_id = :p2 AND "
          "data_set_id = :p3 AND version = :p4",
          {std::string(NameOf(state)), now_micros, version.tenant.value(), version.data_set.value(),
           version.version}));
  if (changed == 1) return absl::OkStatus();
  return base::NotFound("there is no version {} of {}", version.version, version.data_set);
}

absl::StatusOr<std::vector<DataSetVersion>> VersionsIn(Transaction& transaction, VersionState state,
                                                       int64_t before_micros, int64_t limit) {
  TENANTRY_ASSIGN_OR_RETURN(
      const auto rows,
      transaction.Query("SELECT tenant_id, data_set_id, version FROM data_set_versions WHERE state "
                        "= :p0 AND since < :p1 ORDER BY since LIMIT :p2",
                        {std::string(NameOf(state)), before_micros, limit}, 3));
  std::vector<DataSetVersion> found;
  for (const Row& row : rows) {
    found.push_back({base::TenantId(row.Text(0)), base::DataSetId(row.Text(1)), row.Integer(2)});
  }
  return found;
}

absl::Status ForgetVersion(Transaction& transaction, const DataSetVersion& version) {
  return transaction
      .Execute(
          "DELETE FROM data_set_versions WHERE tenant_id = :p0 AND data_set_id = :p1 AND "
          "version = :p2",
          {version.tenant.value(), version.data_set.value(), version.version})
      .status();
}

}  // namespace tenantry::lake::datasets
