#pragma once

#include "app/console/format.h"
#include "app/console/table.h"

namespace tenantry::app::commands {

/// The cell of a table for the `risk` of a record or an answer's row; never told by colour alone.
console::Cell RiskCell(const console::Json& row);

}  // namespace tenantry::app::commands
