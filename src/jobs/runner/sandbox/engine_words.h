#pragma once

#include <string>
#include <string_view>

namespace tenantry::jobs {

/// What the engine says of a step's SQL, for the person who wrote it: one line, without the
/// engine's view of the statement, in which theirs is wrapped, and without its hints about
/// settings, which are locked. In SQL of several lines the line is told. Cut, at a character's
/// border, when long.
std::string EngineWords(std::string_view message, std::string_view sql);

}  // namespace tenantry::jobs
