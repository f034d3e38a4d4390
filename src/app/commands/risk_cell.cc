#include "app/commands/risk_cell.h"

#include <nlohmann/json.hpp>

namespace tenantry::app::commands {

console::Cell RiskCell(const console::Json& row) {
  const auto found = row.find("risk");
  const console::Json risk = found == row.end() ? console::Json() : *found;
  const console::RiskWord word = console::RiskWordOf(risk);
  console::Emphasis emphasis = console::Emphasis::kNone;
  if (word == console::RiskWord::kWatch) emphasis = console::Emphasis::kWarning;
  if (word == console::RiskWord::kHigh) emphasis = console::Emphasis::kAlarm;
  return console::Cell(console::FormatRisk(risk), emphasis);
}

}  // namespace tenantry::app::commands
