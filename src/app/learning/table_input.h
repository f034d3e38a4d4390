#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>

#include "app/console/terminal.h"
#include "scoring/tables/csv_table.h"

namespace CLI {
class App;
}

namespace tenantry::app::learning {

/// Which table a command reads, and how large it may be.
struct TableFlags {
  std::string path;
  int64_t bytes_max = int64_t{1} << 30;
};

/// Adds CSV and --bytes-max to a command.
void AddTableFlags(CLI::App& command, TableFlags& flags);

/// Reads the table; `-` is the terminal's input. Errors of CsvTable::Read.
absl::StatusOr<scoring::tables::CsvTable> ReadTable(const TableFlags& flags,
                                                    console::Terminal& terminal);

}  // namespace tenantry::app::learning
