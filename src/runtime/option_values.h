#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace tenantry::runtime {

/// A decimal integer with an optional minus and nothing else. InvalidArgument otherwise, also past
/// 64 bits.
absl::StatusOr<int64_t> ParseInt(std::string_view text);

/// A decimal number, no infinity and no NaN. InvalidArgument otherwise.
absl::StatusOr<double> ParseDouble(std::string_view text);

/// A size: digits, then nothing, B, KiB, MiB, GiB or TiB, a space between allowed ("64 MiB").
/// InvalidArgument for other forms and for sizes past 2^63 - 1 bytes.
absl::StatusOr<int64_t> ParseBytes(std::string_view text);

/// `true` or `false`. InvalidArgument otherwise.
absl::StatusOr<bool> ParseBool(std::string_view text);

/// A finite duration as Abseil writes it ("1h30m", "250ms"), whole days before it ("7d", "1d12h").
/// InvalidArgument otherwise.
absl::StatusOr<absl::Duration> ParseDuration(std::string_view text);

/// A size in the largest unit that divides it, as ParseBytes reads it: 67108864 is "64 MiB".
std::string FormatBytes(int64_t bytes);

}  // namespace tenantry::runtime
