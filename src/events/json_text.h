#pragma once

#include <string>
#include <string_view>

namespace tenantry::events {

/// Unescapes the inside of a JSON string that has well-formed UTF-8. Lone surrogates, which JSON
/// can write but UTF-8 can't hold, become the three bytes that the encoding scheme would give them;
/// the result is then no UTF-8 and `surrogates` is set. False for a broken escape.
bool UnescapeJson(std::string_view inside, std::string& text, bool& surrogates);

/// True when `token` is a number of the JSON grammar (RFC 8259, 6), of any size.
bool IsJsonNumber(std::string_view token);

/// True when `token` is an integer of the JSON grammar; its value when it lies in 0 to `most`.
bool ParseJsonInteger(std::string_view token, uint64_t most, uint64_t& value);

}  // namespace tenantry::events
