#include "activity/replay/risk_history.h"

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "base/status.h"
#include "base/steady_time.h"
#include "eventlog/key_partitions.h"
#include "events/event.h"

namespace tenantry::activity {
namespace {

using nlohmann::json;

// The score of an enriched record as it was put out; false when it has none.
bool ReadRisk(std::string_view event, base::Day& day, events::Risk& risk) {
  const json parsed = json::parse(event, nullptr, false);
  if (!parsed.is_object() || !parsed.contains("data")) return false;
  const json& data = parsed["data"];
  if (!data.is_object() || !data.contains("risk") || !data["risk"].is_object()) return false;
  const json& told = data["risk"];
  const json score = told.value("score", json()), churn = told.value("churn", json());
  const json as_of = told.value("asOf", json()), model = told.value("model", json());
  if (!score.is_number() || !as_of.is_string()) return false;
  base::Instant instant;
  if (!base::TryParseRfc3339(as_of.get<std::string>(), instant)) return false;
  day = instant.day();
  risk.status = events::Risk::Status::kFresh;
  risk.as_of = instant;
  risk.score = score.get<double>();
  if (churn.is_boolean()) risk.churn = churn.get<bool>();
  if (model.is_string()) risk.model = model.get<std::string>();
  return true;
}

}  // namespace

absl::StatusOr<std::vector<std::pair<base::Day, events::Risk>>> ReadRiskHistory(
    eventlog::EventLog& log, const base::TenantId& tenant, absl::Duration deadline) {
  const std::string stream(events::kEnrichedStream);
  TENANTRY_ASSIGN_OR_RETURN(const auto infos,
                            eventlog::PartitionsOfKey(log, stream, tenant.value()));
  std::map<base::Day, events::Risk> days;
  for (const eventlog::PartitionInfo& info : infos) {
    TENANTRY_ASSIGN_OR_RETURN(const auto reader, log.Read(info.id, info.begin));
    for (eventlog::LogOffset next = info.begin; next < info.end;) {
      if (base::SteadyNow() > deadline) {
        return absl::DeadlineExceededError("reading the scores of the past took too long");
      }
      TENANTRY_ASSIGN_OR_RETURN(const auto batch, reader->Next(absl::ZeroDuration()));
      if (batch.records.empty()) break;
      for (const eventlog::RecordView& record : batch.records) {
        base::Day day = 0;
        events::Risk risk;
        if (record.key != tenant.value() || !ReadRisk(record.value, day, risk)) continue;
        events::Risk& last = days[day];
        if (!last.as_of || *last.as_of <= *risk.as_of) last = std::move(risk);
      }
      next = batch.next;
    }
  }
  return std::vector<std::pair<base::Day, events::Risk>>(days.begin(), days.end());
}

}  // namespace tenantry::activity
