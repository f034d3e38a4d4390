#include "activity/replay/history_replay.h"

#include <algorithm>
#include <utility>

#include "base/retry_after.h"
#include "base/status.h"
#include "base/steady_time.h"

namespace tenantry::activity {
namespace {

// How often the deadline is looked at, in records.
constexpr uint64_t kLookEvery = 1024;

}  // namespace

HistoryReplay::HistoryReplay(base::Instant as_of, absl::Duration deadline,
                             const std::atomic<bool>* stopping)
    : as_of_(as_of), deadline_(deadline), stopping_(stopping), analytics_(as_of.day()) {}

absl::Status HistoryReplay::Look() {
  if (stopping_ != nullptr && *stopping_) return base::StoppingError();
  if (++count_ % kLookEvery != 0) return absl::OkStatus();
  if (base::SteadyNow() <= deadline_) return absl::OkStatus();
  return absl::DeadlineExceededError(
      "reading the history took too long: ask for one tenant, or have the operator raise "
      "activity.history_timeout");
}

absl::Status HistoryReplay::Read(const HistoryReader& history,
                                 const std::optional<base::TenantId>& tenant) {
  return history(
      tenant, [&](const eventlog::PartitionId& from, const PlacedRecord& placed) -> absl::Status {
        TENANTRY_RETURN_IF_ERROR(Look());
        const std::string place =
            fmt::format("{}/{}/{}", from.stream, from.partition, placed.offset.text());
        events::EventView event;
        const absl::Status parsed = parser_.ParseRecord(
            placed.record.content_type, placed.record.value, place, placed.appended, event);
        // What was rejected when it came is rejected again.
        if (parsed.ok()) Apply(event);
        return absl::OkStatus();
      });
}

absl::Status HistoryReplay::ReadAll(const EventsReader& events) {
  EventsPlace beginning;
  return events(beginning, [&](const events::EventView& event) -> absl::Status {
    TENANTRY_RETURN_IF_ERROR(Look());
    Apply(event);
    return absl::OkStatus();
  });
}

// Nobody will read the text of an event: one of a later day is only noted as seen.
void HistoryReplay::Apply(const events::EventView& event) {
  analytics_.Apply(event, std::string_view());
}

bool HistoryReplay::Find(const base::TenantId& tenant, events::CompanyRecord& record) const {
  return analytics_.Find(tenant.value(), as_of_, record) == Found::kRecord;
}

std::vector<events::CompanyRecord> HistoryReplay::Records() const {
  std::vector<base::TenantId> tenants = analytics_.Tenants();
  std::sort(tenants.begin(), tenants.end());
  std::vector<events::CompanyRecord> records;
  for (const base::TenantId& tenant : tenants) {
    events::CompanyRecord record;
    if (Find(tenant, record)) records.push_back(std::move(record));
  }
  return records;
}

}  // namespace tenantry::activity
