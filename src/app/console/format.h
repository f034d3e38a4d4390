#pragma once

#include <absl/numeric/int128.h>
#include <absl/time/time.h>

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace tenantry::app::console {

/// JSON whose fields keep the order they came in.
using Json = nlohmann::ordered_json;

/// A whole number with groups of three: 1,284. Rounds what has decimals.
std::string FormatCount(double number);

/// A number, groups of three and at most `decimals` decimals: 1,284.5; from 1e21 on 1.5e+21.
std::string FormatNumber(double number, int decimals);

/// A size in powers of 1000 with three digits: 3.4 GB, 12 B, 128 MB.
std::string FormatSize(double bytes);

/// A share of a whole in percent: 67 %.
std::string FormatShare(double share);

/// An RFC 3339 time cut to seconds, in UTC: 2025-01-31 23:59:59. What is no such time stays as it
/// is.
std::string FormatMoment(std::string_view rfc3339);

/// A field of `object` as a person reads it: numbers grouped, texts as they are, `–` for what is
/// absent or null.
std::string FormatField(const Json& object, std::string_view field);

/// The whole number of a field, a number or its digits; 0 when it is absent or none.
absl::uint128 CountOf(const Json& object, std::string_view field);

/// The same of a value itself.
absl::uint128 CountIn(const Json& value);

/// A whole number with groups of three, every digit.
std::string FormatCount(absl::uint128 number);

/// The same with its noun: 1 row, 1,284 rows; `many` where the plural is not the noun with an s.
std::string FormatCounted(absl::uint128 number, std::string_view one, std::string_view many = "");

/// The number of a field; 0 when it is absent or none.
double NumberOf(const Json& object, std::string_view field);

/// The text of a field; empty when it is absent or none.
std::string TextOf(const Json& object, std::string_view field);

/// How grave a company's risk is. Watch: no churn expected, yet a score from 0.3 on.
enum class RiskWord { kUnknown, kLow, kWatch, kHigh };

/// The word of a record's `risk`; unknown when it is null, absent or without a score.
RiskWord RiskWordOf(const Json& risk);

/// A risk for people: "0.87 high", "0.12 low (stale)", "unknown".
std::string FormatRisk(const Json& risk);

/// One bar of eight heights a value, the largest full, zero the lowest: ▁▃█.
std::string Sparkline(const std::vector<double>& values);

/// `text` with control characters, which could steer a terminal, as `?`; what is not UTF-8 as
/// U+FFFD.
std::string Printable(std::string_view text);

/// How many columns UTF-8 text takes in a terminal: combining marks none, East Asian wide ones two.
int DisplayWidth(std::string_view text);

/// The beginning of UTF-8 text that takes at most `columns`, ending in `…` where something was cut.
std::string CutToWidth(std::string_view text, int columns);

}  // namespace tenantry::app::console
