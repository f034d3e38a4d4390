#include "activity/risk.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/status.h"
#include "scoring/company_features.h"

namespace tenantry::activity {

using events::Risk;

Risk FreshRisk(scoring::Score score, std::string model, base::Instant as_of) {
  Risk risk;
  risk.status = Risk::Status::kFresh;
  risk.churn = score.positive;
  risk.score = score.probability;
  risk.as_of = as_of;
  risk.model = std::move(model);
  for (auto& reason : score.reasons) {
    risk.reasons.push_back({std::move(reason.feature), std::move(reason.value), reason.effect});
  }
  return risk;
}

absl::Status ScoreAnew(scoring::Scorer& scorer, size_t batch,
                       std::vector<events::CompanyRecord>& records) {
  for (auto& record : records) record.risk = Risk();
  for (size_t begin = 0; begin < records.size(); begin += batch) {
    const size_t end = std::min(records.size(), begin + batch);
    std::vector<scoring::FeatureRow> rows;
    for (size_t i = begin; i < end; ++i) rows.push_back(scoring::CompanyFeatures(records[i]));
    auto scores = scorer.ScoreRows(rows);
    if (absl::IsFailedPrecondition(scores.status())) return absl::OkStatus();
    TENANTRY_RETURN_IF_ERROR(scores.status());
    for (size_t i = begin; i < end; ++i) {
      records[i].risk =
          FreshRisk(std::move(scores->rows[i - begin]), scores->model, records[i].as_of);
    }
  }
  return absl::OkStatus();
}

Risk StaleRisk(Risk last) {
  if (last.status != Risk::Status::kUnknown) last.status = Risk::Status::kStale;
  return last;
}

std::string EncodeRisk(const Risk& risk) {
  nlohmann::json json = {{"status", static_cast<int>(risk.status)}, {"model", risk.model}};
  if (risk.churn) json["churn"] = *risk.churn;
  if (risk.score) json["score"] = *risk.score;
  if (risk.as_of) json["asOf"] = {risk.as_of->seconds, risk.as_of->nanoseconds};
  for (const auto& reason : risk.reasons) {
    json["reasons"].push_back({reason.feature, reason.value, reason.effect});
  }
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

absl::StatusOr<Risk> DecodeRisk(std::string_view bytes) {
  try {
    const nlohmann::json json = nlohmann::json::parse(bytes);
    Risk risk;
    risk.status = static_cast<Risk::Status>(json.at("status").get<int>());
    risk.model = json.at("model").get<std::string>();
    if (json.contains("churn")) risk.churn = json["churn"].get<bool>();
    if (json.contains("score")) risk.score = json["score"].get<double>();
    if (json.contains("asOf")) {
      risk.as_of =
          base::Instant{json["asOf"].at(0).get<int64_t>(), json["asOf"].at(1).get<int32_t>()};
    }
    for (const auto& reason : json.value("reasons", nlohmann::json::array())) {
      risk.reasons.push_back({reason.at(0).get<std::string>(), reason.at(1).get<std::string>(),
                              reason.at(2).get<double>()});
    }
    return risk;
  } catch (const nlohmann::json::exception& error) {
    return base::DataLoss("a tenant's risk is damaged: {}", error.what());
  }
}

}  // namespace tenantry::activity
