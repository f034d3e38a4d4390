#include "scoring/feature_names.h"

#include <algorithm>

namespace tenantry::scoring {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool SameWord(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return Lower(x) == Lower(y); });
}

}  // namespace

std::string_view KindName(FeatureKind kind) {
  return kind == FeatureKind::kNumber ? "number" : "category";
}

std::optional<FeatureKind> KindOf(std::string_view name) {
  if (name == "number") return FeatureKind::kNumber;
  if (name == "category") return FeatureKind::kCategory;
  return std::nullopt;
}

const std::vector<KnownFeature>& KnownFeatures() {
  constexpr FeatureKind kNumber = FeatureKind::kNumber;
  constexpr FeatureKind kCategory = FeatureKind::kCategory;
  static const std::vector<KnownFeature> kFeatures = {
      {"industry", kCategory, {"industry"}},
      {"plan", kCategory, {"plan"}},
      {"revenue", kNumber, {"revenue", "revenu"}},
      {"employees", kNumber, {"employees", "employee"}},
      {"monthlyFee", kNumber, {"monthlyFee", "monthlyCharge"}},
      {"totalFee", kNumber, {"totalFee", "totalCharge"}},
      {"job30", kNumber, {"job30", "#job30"}},
      {"job90", kNumber, {"job90", "#job90"}},
      {"ran30", kNumber, {"ran30"}},
      {"failed30", kNumber, {"failed30"}},
      {"logins30", kNumber, {"logins30"}},
      {"dataEvents30", kNumber, {"dataEvents30"}},
      {"sessions30", kNumber, {"sessions30"}},
      {"sessionsWithData30", kNumber, {"sessionsWithData30"}},
      {"sessionsWithJobs30", kNumber, {"sessionsWithJobs30"}},
      {"idleSessions30", kNumber, {"idleSessions30"}},
      {"users", kNumber, {"users"}},
      {"activeUsers30", kNumber, {"activeUsers30"}},
      {"tutorials", kNumber, {"tutorials"}},
      {"dataSets", kNumber, {"dataSets"}},
      {"dataBytes", kNumber, {"dataBytes"}},
      {"daysSinceLastActivity", kNumber, {"daysSinceLastActivity"}},
      {"daysRegistered", kNumber, {"daysRegistered"}},
      {"jobTrend", kNumber, {"jobTrend"}},
      {"loginsPerUser30", kNumber, {"loginsPerUser30"}},
      {"idleShare30", kNumber, {"idleShare30"}},
      {"failedShare30", kNumber, {"failedShare30"}},
  };
  return kFeatures;
}

const KnownFeature* FindKnownFeature(std::string_view spelling) {
  for (const KnownFeature& feature : KnownFeatures()) {
    for (const std::string_view known : feature.spellings) {
      if (SameWord(known, spelling)) return &feature;
    }
  }
  return nullptr;
}

std::string CanonicalName(std::string_view column) {
  const KnownFeature* known = FindKnownFeature(column);
  return std::string(known == nullptr ? column : known->name);
}

}  // namespace tenantry::scoring
