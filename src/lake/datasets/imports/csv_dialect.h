#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace tenantry::lake::datasets {

/// How many bytes of a CSV file are looked at to find out its dialect.
inline constexpr size_t kCsvHeadBytes = 256 << 10;

/// Which of `,`, `;`, tab and `|` separates the fields of a CSV whose first bytes are `head`: the
/// one that makes most of the first records as wide as each other and the widest; a comma when none
/// does. Quotes and line breaks in quoted fields are understood (RFC 4180). `whole` says that
/// `head` is all there is.
char FindDelimiter(std::string_view head, bool whole);

/// OK unless the quotes in `head` are wrong for this delimiter. InvalidArgument tells line, column
/// and the field's beginning: a quote that is never closed (when `whole`), or bytes behind a closed
/// one.
absl::Status CheckQuotes(std::string_view head, char delimiter, bool whole);

}  // namespace tenantry::lake::datasets
