#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace tenantry::app::client {

/// Reads an answer. What events carry is shown as it was sent, and JSON can write what this parser
/// can't hold: numbers past a double become null, halves of surrogate pairs U+FFFD. Discarded when
/// the text is no JSON.
nlohmann::json ParseLeniently(const std::string& text);

/// The same, with whole numbers that no 64 bits hold as texts of their digits.
nlohmann::json ParseExactly(const std::string& text);

}  // namespace tenantry::app::client
