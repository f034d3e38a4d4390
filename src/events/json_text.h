#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tenantry::events {

/// True when every backslash in the inside of a JSON string begins an escape of
/// RFC 8259, 7.
bool AreJsonEscapes(std::string_view inside);

/// Unescapes the inside of a JSON string that has well-formed UTF-8. Lone
/// surrogates, which JSON can write but UTF-8 can't hold, become the three
/// bytes that the encoding scheme would give them; the result is then no UTF-8
/// and `surrogates` is set. False for a broken escape.
bool UnescapeJson(std::string_view inside, std::string& text, bool& surrogates);

/// True when `token` is a number of the JSON grammar (RFC 8259, 6), of any
/// size; an integer of more than 4,300 digits is refused, as the oracle's
/// parser does.
bool IsJsonNumber(std::string_view token);

/// True when `token` is a number as above, true, false or null.
bool IsJsonScalar(std::string_view token);

/// True when `token` is an integer of the JSON grammar; its value when it lies
/// in 0 to `most`.
bool ParseJsonInteger(std::string_view token, uint64_t most, uint64_t& value);

/// A text that is the same for two well-formed JSON tokens exactly when the
/// oracle takes their values for equal: strings by their characters, numbers by
/// what they amount to (1, 1.0, 10e-1 and true are one), null by itself.
/// Containers stand for themselves, as they are written.
std::string CanonicalJson(std::string_view token);

/// A well-formed JSON text without the white space between its tokens, so that it stands in one
/// line; "null" for an empty one.
std::string OneLineJson(std::string_view text);

}  // namespace tenantry::events
