#include "insights/notifications.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/status.h"
#include "events/event.h"
#include "insights/reason_words.h"
#include "metastore/outbox.h"
#include "runtime/logging.h"

namespace tenantry::insights {

using events::CompanyRecord;
using metastore::Row;
using metastore::Transaction;

namespace {

constexpr int64_t kSessionsLeast = 3;
constexpr double kIdleShare = 0.5;
constexpr size_t kIdShownMax = 64;    // of an id that came from outside
constexpr size_t kWordBytesMax = 64;  // of a name or a value within a text for people

// The text, cut between letters when it is too long to be read in passing.
std::string Brief(std::string text) {
  if (text.size() <= kWordBytesMax) return text;
  size_t end = kWordBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

// What people call a tenant: its name with its id, or the id alone.
std::string Called(const CompanyRecord& record) {
  const std::string& id = record.tenant.value();
  const auto name = nlohmann::json::parse(record.name, nullptr, false);
  if (!name.is_string() || name == "" || name == id) return id;
  return fmt::format("{} ({})", Brief(name.get<std::string>()), id);
}

// A rule and the words to tell it in; no words when it does not hold.
struct Rule {
  const char* name;
  std::optional<std::string> (*text)(const CompanyRecord&);
};

std::optional<std::string> AtRisk(const CompanyRecord& record) {
  const events::Risk& risk = record.risk;
  if (risk.status == events::Risk::Status::kUnknown) return std::nullopt;
  if (!risk.churn.value_or(false) || !risk.score) return std::nullopt;
  const std::string percent =
      *risk.score >= 0.995 ? "over 99" : fmt::format("{:.0f}", 100 * *risk.score);
  std::string text = fmt::format("{} may leave: churn risk {} %", Called(record), percent);
  const auto towards = std::find_if(risk.reasons.begin(), risk.reasons.end(),
                                    [](const auto& reason) { return reason.effect > 0; });
  if (towards != risk.reasons.end()) {
    text += ", above all because " + ReasonClause(Brief(towards->feature), Brief(towards->value));
  }
  return text;
}

std::optional<std::string> IdleAfterLogin(const CompanyRecord& record) {
  if (record.sessions30 < kSessionsLeast) return std::nullopt;
  const double share =
      static_cast<double>(record.idle_sessions30) / static_cast<double>(record.sessions30);
  if (share < kIdleShare) return std::nullopt;
  return fmt::format("{} does little after logging in: {} of {} sessions in 30 days did nothing",
                     Called(record), record.idle_sessions30, record.sessions30);
}

constexpr Rule kRules[] = {{"at_risk", AtRisk}, {"idle_after_login", IdleAfterLogin}};

constexpr char kColumns[] =
    "notification_id, rule, tenant_id, detail, raised, acknowledged, acknowledged_by, "
    "cleared";
constexpr size_t kColumnCount = 8;
// As Notification::status.
constexpr char kStatus[] =
    "CASE WHEN cleared IS NOT NULL THEN 'cleared' WHEN acknowledged IS NOT NULL THEN "
    "'acknowledged' ELSE 'open' END";
constexpr size_t kIdStartSize = 17;  // n and the microsecond

Notification FromRow(const Row& row) {
  Notification notification{row.Text(0),
                            row.Text(1),
                            base::TenantId(row.Text(2)),
                            row.Text(3),
                            absl::FromUnixMicros(row.Integer(4)),
                            std::nullopt,
                            row.Text(6),
                            std::nullopt};
  if (!row.IsNull(5)) notification.acknowledged = absl::FromUnixMicros(row.Integer(5));
  if (!row.IsNull(7)) notification.cleared = absl::FromUnixMicros(row.Integer(7));
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

// True when a notification of that rule is open: one whose writer was told that it failed.
absl::StatusOr<bool> IsOpen(Transaction& transaction, const base::TenantId& tenant,
                            const std::string& rule) {
  TENANTRY_ASSIGN_OR_RETURN(
      const auto rows,
      transaction.Query("SELECT 1 FROM notifications WHERE tenant_id = :p0 AND rule = :p1 AND "
                        "cleared IS NULL LIMIT 1",
                        {tenant.value(), rule}, 1));
  return !rows.empty();
}

// What an id begins with: the microsecond of `now`, or one after the newest id's when the clock
// stands or was set back.
absl::StatusOr<std::string> NextIdStart(Transaction& transaction, absl::Time now) {
  TENANTRY_ASSIGN_OR_RETURN(
      const auto rows, transaction.Query("SELECT MAX(notification_id) FROM notifications", {}, 1));
  int64_t micros = absl::ToUnixMicros(now);
  const std::string newest = rows.front().Text(0);
  int64_t last = 0;
  if (newest.size() > kIdStartSize) {
    std::from_chars(newest.data() + 1, newest.data() + kIdStartSize, last, 16);
    micros = std::max(micros, last + 1);
  }
  return fmt::format("n{:016x}", micros);
}

}  // namespace

std::string_view Notification::status() const {
  if (cleared) return "cleared";
  return acknowledged ? "acknowledged" : "open";
}

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
      Settle(held, record.deleted ? std::nullopt : rule.text(record));
    }
  }
}

// Brings what is written of a rule to what it is now: `text` when it holds.
void Notifications::Settle(const Held& held, const std::optional<std::string>& text) {
  unwritten_.erase(held);
  if (text.has_value() == held_.contains(held)) return;
  const absl::Status written = Write(held, text);
  if (written.ok()) return;
  runtime::Log(runtime::LogLevel::kWarning, "insights", "a notification of {} waits: {}",
               held.first, base::Message(written));
  unwritten_[held] = text;
}

absl::Status Notifications::Write(const Held& held, const std::optional<std::string>& text) {
  const base::TenantId tenant(held.first);
  TENANTRY_RETURN_IF_ERROR(text ? Raise(tenant, held.second, *text) : Clear(tenant, held.second));
  if (text) {
    held_.insert(held);
  } else {
    held_.erase(held);
  }
  return absl::OkStatus();
}

void Notifications::RetryUnwritten() {
  absl::MutexLock lock(&mutex_);
  while (!unwritten_.empty()) {
    const auto next = unwritten_.begin();
    if (!Write(next->first, next->second).ok()) return;
    unwritten_.erase(next);
  }
}

absl::Status Notifications::Raise(const base::TenantId& tenant, const std::string& rule,
                                  const std::string& text) {
  const absl::Time now = clock_.Now();
  bool open = false;
  const absl::Status written = store_.Write([&](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(open, IsOpen(transaction, tenant, rule));
    if (open) return absl::OkStatus();
    TENANTRY_ASSIGN_OR_RETURN(std::string id, NextIdStart(transaction, now));
    id += random_.Hex(4);
    TENANTRY_RETURN_IF_ERROR(
        transaction
            .Execute("INSERT INTO notifications (notification_id, rule, tenant_id, detail, raised) "
                     "VALUES (:p0, :p1, :p2, :p3, :p4)",
                     {id, rule, tenant.value(), text, absl::ToUnixMicros(now)})
            .status());
    events::Event event;
    event.id = id;
    event.source = "/notifications";
    event.type = events::EventType::kNotificationRaised;
    event.time = now;
    event.tenant = tenant;
    event.subject = id;
    event.data = {{"rule", rule}, {"tenantID", tenant.value()}, {"text", text}};
    return metastore::AddToOutbox(transaction, {std::string(events::kEnrichedStream),
                                                tenant.value(), events::ToStructuredJson(event)});
  });
  if (written.ok() && !open) raised_.Increment();
  return written;
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
  if (!filter.status.empty()) {
    condition += fmt::format(" AND {} = :p{}", kStatus, values.size());
    values.emplace_back(filter.status);
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
