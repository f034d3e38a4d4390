#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tenantry::scoring {

/// What a feature is: a number that is normalised, or a category with one column a value.
enum class FeatureKind { kNumber, kCategory };

/// "number" or "category".
std::string_view KindName(FeatureKind kind);

/// The kind of that name; nothing for other texts.
std::optional<FeatureKind> KindOf(std::string_view name);

/// A feature that live companies have, so that one name stands for it in tables, events, requests
/// and models alike.
struct KnownFeature {
  std::string_view name;  ///< the canonical name
  FeatureKind kind = FeatureKind::kNumber;
  std::vector<std::string_view> spellings;  ///< of columns and fields, the canonical name first
};

/// Every feature of a company: the first demonstration's columns in all their spellings, and the
/// counts of the enriched record.
const std::vector<KnownFeature>& KnownFeatures();

/// The known feature that a column or field of this spelling holds, upper and lower case alike;
/// nullptr when it is none.
const KnownFeature* FindKnownFeature(std::string_view spelling);

/// The feature's name for a column: the canonical one where the spelling is known, otherwise the
/// column's own.
std::string CanonicalName(std::string_view column);

}  // namespace tenantry::scoring
