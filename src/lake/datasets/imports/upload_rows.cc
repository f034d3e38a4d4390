#include "lake/datasets/imports/upload_rows.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/status.h"

namespace tenantry::lake::datasets {

using metastore::Row;
using metastore::Transaction;
using metastore::Value;

namespace {

constexpr std::array<std::string_view, 4> kStates = {"receiving", "importing", "done", "failed"};
constexpr char kColumns[] =
    "upload_id, tenant_id, request_json, state, bytes, parts, answer_json, actor, request_id, "
    "user_id, session_id, created, updated";
constexpr size_t kColumnCount = 13;

absl::StatusOr<Upload> FromRow(const Row& row) {
  Upload upload;
  upload.id = UploadId(row.Text(0));
  upload.tenant = base::TenantId(row.Text(1));
  TENANTRY_ASSIGN_OR_RETURN(upload.request,
                            ReadImportRequest(nlohmann::json::parse(row.Text(2), nullptr, false)));
  for (size_t i = 0; i < kStates.size(); ++i) {
    if (kStates[i] == row.Text(3)) upload.state = static_cast<UploadState>(i);
  }
  upload.bytes = row.Integer(4);
  upload.parts = row.Integer(5);
  upload.answer_json = row.Text(6);
  upload.change.actor.name = row.Text(7);
  upload.change.actor.origin.request_id = row.Text(8);
  upload.change.user = base::UserId(row.Text(9));
  upload.change.session = base::SessionId(row.Text(10));
  upload.created = absl::FromUnixMicros(row.Integer(11));
  upload.updated = absl::FromUnixMicros(row.Integer(12));
  return upload;
}

absl::StatusOr<std::vector<Upload>> Select(Transaction& transaction, std::string_view condition,
                                           const std::vector<Value>& values) {
  TENANTRY_ASSIGN_OR_RETURN(
      const std::vector<Row> rows,
      transaction.Query(fmt::format("SELECT {} FROM uploads WHERE {}", kColumns, condition), values,
                        kColumnCount));
  std::vector<Upload> found;
  for (const Row& row : rows) {
    TENANTRY_ASSIGN_OR_RETURN(Upload upload, FromRow(row));
    found.push_back(std::move(upload));
  }
  return found;
}

}  // namespace

std::string_view StateName(UploadState state) { return kStates[static_cast<size_t>(state)]; }

absl::StatusOr<std::optional<Upload>> FindUpload(Transaction& transaction,
                                                 const base::TenantId& tenant, const UploadId& id) {
  TENANTRY_ASSIGN_OR_RETURN(
      std::vector<Upload> found,
      Select(transaction, "tenant_id = :p0 AND upload_id = :p1", {tenant.value(), id.value()}));
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

absl::StatusOr<std::vector<Upload>> UploadsIn(Transaction& transaction, UploadState state,
                                              absl::Time before, int64_t limit) {
  return Select(transaction, "state = :p0 AND updated < :p1 ORDER BY updated LIMIT :p2",
                {std::string(StateName(state)), absl::ToUnixMicros(before), limit});
}

absl::StatusOr<std::vector<Upload>> UnfinishedUploads(Transaction& transaction,
                                                      const base::TenantId& tenant,
                                                      const std::string& after, int64_t limit) {
  return Select(transaction,
                "tenant_id = :p0 AND state IN ('receiving', 'importing') AND upload_id > :p1 ORDER "
                "BY upload_id LIMIT :p2",
                {tenant.value(), after, limit});
}

absl::StatusOr<std::optional<Upload>> OldestUpload(Transaction& transaction,
                                                   const base::TenantId& tenant) {
  TENANTRY_ASSIGN_OR_RETURN(
      std::vector<Upload> found,
      Select(transaction, "tenant_id = :p0 AND state = 'receiving' ORDER BY updated LIMIT 1",
             {tenant.value()}));
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

absl::StatusOr<UnfinishedCount> CountUnfinished(Transaction& transaction,
                                                const base::TenantId& tenant) {
  TENANTRY_ASSIGN_OR_RETURN(
      const auto rows,
      transaction.Query("SELECT COUNT(*), SUM(CASE state WHEN 'importing' THEN 1 ELSE 0 END) FROM "
                        "uploads WHERE tenant_id = :p0 AND state IN ('receiving', 'importing')",
                        {tenant.value()}, 2));
  return UnfinishedCount{rows.front().Integer(0), rows.front().Integer(1)};
}

absl::Status InsertUpload(Transaction& transaction, const Upload& upload) {
  return transaction
      .Execute(
          "INSERT INTO uploads (tenant_id, upload_id, request_json, state, bytes, parts, "
          "answer_json, actor, request_id, user_id, session_id, created, updated) VALUES (:p0, "
          ":p1, :p2, :p3, :p4, :p5, :p6, :p7, :p8, :p9, :p10, :p11, :p12)",
          {upload.tenant.value(), upload.id.value(), ToJson(upload.request).dump(),
           std::string(StateName(upload.state)), upload.bytes, upload.parts, upload.answer_json,
           upload.change.actor.name, upload.change.actor.origin.request_id,
           upload.change.user.value(), upload.change.session.value(),
           absl::ToUnixMicros(upload.created), absl::ToUnixMicros(upload.updated)})
      .status();
}

absl::Status UpdateUpload(Transaction& transaction, const Upload& upload) {
  TENANTRY_ASSIGN_OR_RETURN(
      const int64_t changed,
      transaction.Execute(
          "UPDATE uploads SET state = :p0, bytes = :p1, parts = :p2, answer_json = :p3, updated = "
          ":p4 WHERE tenant_id = :p5 AND upload_id = :p6",
          {std::string(StateName(upload.state)), upload.bytes, upload.parts, upload.answer_json,
           absl::ToUnixMicros(upload.updated), upload.tenant.value(), upload.id.value()}));
  if (changed == 1) return absl::OkStatus();
  return base::NotFound("there is no upload '{}' any more", upload.id);
}

absl::Status DeleteUpload(Transaction& transaction, const base::TenantId& tenant,
                          const UploadId& id) {
  for (const char* table : {"upload_parts", "uploads"}) {
    TENANTRY_RETURN_IF_ERROR(
        transaction
            .Execute(fmt::format("DELETE FROM {} WHERE tenant_id = :p0 AND upload_id = :p1", table),
                     {tenant.value(), id.value()})
            .status());
  }
  return absl::OkStatus();
}

absl::Status InsertPart(Transaction& transaction, const Upload& upload, const UploadPart& part) {
  return transaction
      .Execute(
          "INSERT INTO upload_parts (tenant_id, upload_id, number, first_byte, bytes) VALUES "
          "(:p0, :p1, :p2, :p3, :p4)",
          {upload.tenant.value(), upload.id.value(), part.number, part.first_byte, part.bytes})
      .status();
}

absl::StatusOr<std::optional<UploadPart>> FindPart(Transaction& transaction, const Upload& upload,
                                                   int64_t first_byte) {
  TENANTRY_ASSIGN_OR_RETURN(
      const auto rows,
      transaction.Query("SELECT number, first_byte, bytes FROM upload_parts WHERE tenant_id = :p0 "
                        "AND upload_id = :p1 AND first_byte = :p2",
                        {upload.tenant.value(), upload.id.value(), first_byte}, 3));
  if (rows.empty()) return std::nullopt;
  const Row& row = rows.front();
  return UploadPart{row.Integer(0), row.Integer(1), row.Integer(2)};
}

}  // namespace tenantry::lake::datasets
