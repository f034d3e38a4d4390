#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tenantry::lake::archive {

/// `text`, any bytes, as ASCII that is safe in a file's name and in a line of a manifest: letters,
/// digits, `.`, `_` and `-` stay, every other byte becomes %XX (upper case), so do a leading dot,
/// hyphen or underscore; the empty text is a bare `%`. Different texts have different encodings.
std::string PercentEncode(std::string_view text);

/// The text that PercentEncode gave `encoded` for; nothing when there is none.
std::optional<std::string> PercentDecode(std::string_view encoded);

/// One segment of a path for `text`, at most `bytes_max` (at least 80) bytes long: PercentEncode's
/// where that fits, otherwise as much of it as fits, `~` and the SHA-256 of the text in hex. Never
/// empty, `.` or `..`; holds no slash; different texts have different segments.
std::string PathSegment(std::string_view text, size_t bytes_max);

}  // namespace tenantry::lake::archive
