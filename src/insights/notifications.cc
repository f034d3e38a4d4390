#include "insights/notifications.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/status.h"
#include "events/event.h"
#include "metastore/outbox.h"
#include "runtime/logging.h"

namespace tenantry::insights {

using events::CompanyRecord;
using metastore::Row;
using metastore::Transaction;

namespace {

constexpr int64_t kSessionsLeast = 3;
constexpr double kIdleShare = 0.5;
constexpr size_t kIdShownMax = 64;  // of an id that came from outside

// A rule and the words to tell it in; no words when it does not hold.
struct Rule {
  const char* name;
  std::optional<std::string> (*text)(const CompanyRecord&);
};

std::optional<std::string> AtRisk(const CompanyRecord& record) {
  const events::Risk& risk = record.risk;
  if (risk.status == events::Risk::Status::kUnknown || !risk.churn.value_or(false)) {
    return std::nullopt;
  }
  const std::string percent =
      *risk.score >= 0.995 ? "over 99" : fmt::format("{:.0f}", 100 * *risk.score);
  std::string text = fmt::format("{} may leave: churn risk {} %", record.tenant, percent);
  const auto towards = std::find_if(risk.reasons.begin(), risk.reasons.end(),
                                    [](const auto& reason) { return reason.effect > 0; });
  if (towards != risk.reasons.end()) {
    text += fmt::format(", above all because of {} {}", towards->feature, towards->value);
  }
  return text;
}

std::optional<std::string> IdleAfterLogin(const CompanyRecord& record) {
  if (record.sessions30 < kSessionsLeast) return std::nullopt;
  const double share =
      static_cast<double>(record.idle_sessions30) / static_cast<double>(record.sessions30);
  if (share < kIdleShare) return std::nullopt;
  return fmt::format("{} does little after logging in: {} of {} sessions in 30 days did nothing",
                     record.tenant, record.idle_sessions30, record.sessions30);
}

constexpr Rule kRules[] = {{"at_risk", AtRisk}, {"idle_after_login", IdleAfterLogin}};

constexpr char kColumns[] =
    "notification_id, rule, tenant_id, detail, raised, acknowledged, acknowledged_by";
constexpr size_t kColumnCount = 7;

Notification FromRow(const Row& row) {
  Notification notification{row.Text(0),
                            row.Text(1),
                            base::TenantId(row.Text(2)),
                            row.Text(3),
                            absl::FromUnixMicros(row.Integer(4)),
                            std::nullopt,
                            row.Text(6)};
  if (!row.IsNull(5)) notification.acknowledged = absl::FromUnixMicros(row.Integer(5));
  return notification;
}

absl::StatusOr<Notification> LoadOne(Transaction& transaction, const std::string& id) {
  TENANTRY_ASSIGN_OR_RETURN(
      const auto rows,
      transaction.Query(
          fmt::format("SELECT {} FROM notifications WHERE notification_id = :p0", kColumns), {id},
          kColumnCount));
  if (rows.empty()) {
    return base::NotFound("there is no notification '{}'", id.substr(0, kIdShownMax));
  }
  return FromRow(rows.front());
}

}  // namespace

Notifications::Notifications(metastore::Metastore& store, const base::Clock& clock,
                             base::Random& random, runtime::Metrics& metrics)
    : store_(store),
      clock_(clock),
      random_(random),
      raised_(metrics.AddCounter("tenantry_insights_notifications_total", "Notifications raised")) {
}

absl::Status Notifications::Load() {
  std::vector<Row> rows;
  TENANTRY_RETURN_IF_ERROR(store_.Read([&](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(
        rows, transaction.Query("SELECT tenant_id, rule FROM notifications WHERE cleared IS NULL",
                                {}, 2));
    return absl::OkStatus();
  }));
  absl::MutexLock lock(&mutex_);
  for (const Row& row : rows) held_.insert({row.Text(0), row.Text(1)});
  return absl::OkStatus();
}

void Notifications::Look(const std::vector<CompanyRecord>& records) {
  absl::MutexLock lock(&mutex_);
  for (const CompanyRecord& record : records) {
    for (const Rule& rule : kRules) {
      const Held held(record.tenant.value(), rule.name);
      const auto text = record.deleted ? std::nullopt : rule.text(record);
      const bool was = held_.contains(held);
      if (text.has_value() == was) continue;
      const absl::Status written =
          text ? Raise(record, rule.name, *text) : Clear(record.tenant, rule.name);
      if (!written.ok()) {
        runtime::Log(runtime::LogLevel::kWarning, "insights", "a notification of {}: {}",
                     record.tenant, base::Message(written));
      } else if (text) {
        held_.insert(held);
        raised_.Increment();
      } else {
        held_.erase(held);
      }
    }
  }
}

absl::Status Notifications::Raise(const CompanyRecord& record, const std::string& rule,
                                  const std::string& text) {
  const absl::Time now = clock_.Now();
  const std::string id = fmt::format("n{:016x}{}", absl::ToUnixMicros(now), random_.Hex(4));
  events::Event event;
  event.id = id;
  event.source = "/notifications";
  event.type = events::EventType::kNotificationRaised;
  event.time = now;
  event.tenant = record.tenant;
  event.subject = id;
  event.data = {{"rule", rule}, {"tenantID", record.tenant.value()}, {"text", text}};
  return store_.Write([&](Transaction& transaction) -> absl::Status {
    TENANTRY_RETURN_IF_ERROR(
        transaction
            .Execute("INSERT INTO notifications (notification_id, rule, tenant_id, detail, raised) "
                     "VALUES (:p0, :p1, :p2, :p3, :p4)",
                     {id, rule, record.tenant.value(), text, absl::ToUnixMicros(now)})
            .status());
    return metastore::AddToOutbox(transaction,
                                  {std::string(events::kEnrichedStream), record.tenant.value(),
                                   events::ToStructuredJson(event)});
  });
}

absl::Status Notifications::Clear(const base::TenantId& tenant, const std::string& rule) {
  return store_.Write([&](Transaction& transaction) {
    return transaction
        .Execute(
            "UPDATE notifications SET cleared = :p0 WHERE tenant_id = :p1 AND rule = :p2 AND "
            "cleared IS NULL",
            {absl::ToUnixMicros(clock_.Now()), tenant.value(), rule})
        .status();
  });
}

absl::StatusOr<std::vector<Notification>> Notifications::List(const NotificationFilter& filter,
                                                              const std::string& before,
                                                              int64_t limit) {
  std::vector<metastore::Value> values = {before.empty() ? std::string("o") : before, limit};
  std::string condition = "notification_id < :p0";
  if (filter.tenant) {
    condition += " AND tenant_id = :p2";
    values.push_back(filter.tenant->value());
  }
  if (filter.acknowledged) {
    condition +=
        *filter.acknowledged ? " AND acknowledged IS NOT NULL" : " AND acknowledged IS NULL";
  }
  std::vector<Notification> notifications;
  TENANTRY_RETURN_IF_ERROR(store_.Read([&](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(
        const auto rows,
        transaction.Query(fmt::format("SELECT {} FROM notifications WHERE {} ORDER BY "
                                      "notification_id DESC LIMIT :p1",
                                      kColumns, condition),
                          values, kColumnCount));
    for (const Row& row : rows) notifications.push_back(FromRow(row));
    return absl::OkStatus();
  }));
  return notifications;
}

absl::StatusOr<Notification> Notifications::Acknowledge(const std::string& id,
                                                        const metastore::Actor& who) {
  const int64_t now = absl::ToUnixMicros(clock_.Now());
  Notification notification;
  TENANTRY_RETURN_IF_ERROR(store_.Write([&](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(
        const int64_t changed,
        transaction.Execute(
            "UPDATE notifications SET acknowledged = :p0, acknowledged_by = :p1 WHERE "
            "notification_id = :p2 AND acknowledged IS NULL",
            {now, who.name, id}));
    TENANTRY_ASSIGN_OR_RETURN(notification, LoadOne(transaction, id));
    if (changed == 0) return absl::OkStatus();
    return metastore::WriteAudit(transaction, {now, who, notification.tenant.value(),
                                               "notification.acknowledge", id, "", ""});
  }));
  return notification;
}

}  // namespace tenantry::insights
