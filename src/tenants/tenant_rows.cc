#include "tenants/tenant_rows.h"

#include <utility>

#include "base/status.h"
#include "identity/caller.h"

namespace tenantry::tenants {

using metastore::Row;
using metastore::Transaction;
using metastore::Value;

namespace {

constexpr char kColumns[] =
    "tenant_id, name, industry, revenue, employees, plan, pattern, monthly_fee, total_fee, "
    "sentiment, status, created, updated, version";
constexpr size_t kColumnCount = 14;

template <typename Optional>
Value OrNull(const Optional& value) {
  if (!value) return std::monostate();
  return *value;
}

absl::StatusOr<Tenant> FromRow(const Row& row) {
  Tenant tenant;
  tenant.id = base::TenantId(row.Text(0));
  tenant.name = row.Text(1);
  if (!row.IsNull(2)) tenant.industry = row.Text(2);
  if (!row.IsNull(3)) tenant.revenue = row.Number(3);
  if (!row.IsNull(4)) tenant.employees = row.Integer(4);
  tenant.plan = row.Text(5);
  tenant.pattern = row.Text(6);
  if (!row.IsNull(7)) tenant.monthly_fee = row.Number(7);
  if (!row.IsNull(8)) tenant.total_fee = row.Number(8);
  if (!row.IsNull(9)) tenant.sentiment = row.Number(9);
  TENANTRY_ASSIGN_OR_RETURN(tenant.status, ParseStatus(row.Text(10)));
  tenant.created = absl::FromUnixMicros(row.Integer(11));
  tenant.updated = absl::FromUnixMicros(row.Integer(12));
  tenant.version = row.Integer(13);
  return tenant;
}

std::vector<Value> Columns(const Tenant& tenant) {
  return {tenant.id.value(),
          tenant.name,
          OrNull(tenant.industry),
          OrNull(tenant.revenue),
          OrNull(tenant.employees),
          tenant.plan,
          tenant.pattern,
          OrNull(tenant.monthly_fee),
          OrNull(tenant.total_fee),
          OrNull(tenant.sentiment),
          std::string(StatusName(tenant.status)),
          absl::ToUnixMicros(tenant.created),
          absl::ToUnixMicros(tenant.updated),
          tenant.version};
}

// The filter as a condition; its values are added to `values`.
std::string Condition(const TenantFilter& filter, std::vector<Value>& values) {
  std::string sql = "1 = 1";
  const auto add = [&](std::string_view condition, const std::string& value) {
    sql += fmt::format(" AND {} :p{}", condition, values.size());
    values.push_back(value);
  };
  if (filter.only) add("tenant_id =", filter.only->value());
  if (!filter.industry.empty()) add("industry =", filter.industry);
  if (!filter.plan.empty()) add("plan =", filter.plan);
  if (!filter.pattern.empty()) add("pattern =", filter.pattern);
  if (!filter.status.empty()) {
    add("status =", filter.status);
  } else {
    sql += " AND status <> 'deleted'";
  }
  if (!filter.search.empty()) {
    const std::string name = fmt::format(":p{}", values.size());
    sql += fmt::format(
        " AND (LOWER(tenant_id) LIKE {0} ESCAPE '!' OR LOWER(name) LIKE {0} ESCAPE '!' OR "
        "LOWER(COALESCE(industry, '')) LIKE {0} ESCAPE '!')",
        name);
    std::string pattern = "%";
    for (const char c : filter.search) {
      if (c == '%' || c == '_' || c == '!') pattern += '!';
      pattern += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    values.push_back(pattern + "%");
  }
  return sql;
}

}  // namespace

absl::StatusOr<Tenant> LoadTenant(Transaction& transaction, const base::TenantId& id) {
  TENANTRY_ASSIGN_OR_RETURN(
      const auto rows,
      transaction.Query(fmt::format("SELECT {} FROM tenants WHERE tenant_id = :p0", kColumns),
                        {id.value()}, kColumnCount));
  if (rows.empty()) return identity::NoSuchTenant(id);
  return FromRow(rows.front());
}

absl::Status InsertTenant(Transaction& transaction, const Tenant& tenant) {
  return transaction
      .Execute(fmt::format("INSERT INTO tenants ({}) VALUES (:p0, :p1, :p2, :p3, :p4, :p5, :p6, "
                           ":p7, :p8, :p9, :p10, :p11, :p12, :p13)",
                           kColumns),
               Columns(tenant))
      .status();
}

absl::Status SaveTenant(Transaction& transaction, const Tenant& tenant) {
  return transaction
      .Execute(
          "UPDATE tenants SET name = :p1, industry = :p2, revenue = :p3, employees = :p4, plan = "
          ":p5, pattern = :p6, monthly_fee = :p7, total_fee = :p8, sentiment = :p9, status = :p10, "
          "created = :p11, updated = :p12, version = :p13 WHERE tenant_id = :p0",
          Columns(tenant))
      .status();
}

absl::StatusOr<std::vector<Tenant>> ListTenants(Transaction& transaction,
                                                const TenantFilter& filter,
                                                const std::string& after, int64_t limit) {
  std::vector<Value> values = {after, limit};
  const std::string condition = Condition(filter, values);
  TENANTRY_ASSIGN_OR_RETURN(
      const auto rows,
      transaction.Query(fmt::format("SELECT {} FROM tenants WHERE tenant_id > :p0 AND {} ORDER BY "
                                    "tenant_id LIMIT :p1",
                                    kColumns, condition),
                        values, kColumnCount));
  std::vector<Tenant> tenants;
  for (const Row& row : rows) {
    TENANTRY_ASSIGN_OR_RETURN(Tenant tenant, FromRow(row));
    tenants.push_back(std::move(tenant));
  }
  return tenants;
}

absl::StatusOr<int64_t> CountTenants(Transaction& transaction, const TenantFilter& filter) {
  std::vector<Value> values;
  const std::string condition = Condition(filter, values);
  TENANTRY_ASSIGN_OR_RETURN(
      const auto rows,
      transaction.Query("SELECT COUNT(*) FROM tenants WHERE " + condition, values, 1));
  return rows.front().Integer(0);
}

absl::Status CheckVersion(const Tenant& tenant, const AnyVersion& versions) {
  if (!versions || std::ranges::find(*versions, tenant.version) != versions->end()) {
    return absl::OkStatus();
  }
  return absl::AbortedError(
      fmt::format("the tenant '{}' has version {}, the change is meant for {}: read it again",
                  tenant.id, tenant.version,
                  versions->empty() ? "none that it ever had"
                                    : fmt::format("{}", fmt::join(*versions, " or "))));
}

}  // namespace tenantry::tenants
