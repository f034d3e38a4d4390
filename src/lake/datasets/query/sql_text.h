#pragma once

#include <string>
#include <string_view>

namespace tenantry::lake::datasets {

/// `text` as a literal of SQL: 'it''s'.
std::string SqlLiteral(std::string_view text);

/// `name` as an identifier of SQL: "a ""b""".
std::string SqlIdentifier(std::string_view name);

/// The first statement of `sql`, which holds only one: without the semicolon behind it and what
/// follows that.
std::string_view WithoutSemicolon(std::string_view sql);

}  // namespace tenantry::lake::datasets
