#include "app/learning/table_input.h"

#include <CLI/CLI.hpp>
#include <istream>

#include "app/commands/invocation.h"
#include "base/status.h"

namespace tenantry::app::learning {
namespace {

using scoring::tables::CsvLimits;
using scoring::tables::CsvTable;

constexpr size_t kPieceBytes = 1 << 16;

absl::StatusOr<std::string> ReadAll(std::istream& input, int64_t bytes_max) {
  std::string text;
  std::string piece(kPieceBytes, '\0');
  while (input.good()) {
    input.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    text.append(piece, 0, static_cast<size_t>(input.gcount()));
    if (static_cast<int64_t>(text.size()) > bytes_max) {
      return base::InvalidArgument("standard input holds more than {} bytes: raise --bytes-max",
                                   bytes_max);
    }
  }
  if (input.bad()) return base::Internal("reading standard input failed");
  return text;
}

}  // namespace

void AddTableFlags(CLI::App& command, TableFlags& flags) {
  command.add_option("CSV", flags.path, "a table with a header, UTF-8; - is standard input")
      ->required();
  command.add_option("--bytes-max", flags.bytes_max, "the largest table that is read, in bytes")
      ->capture_default_str()
      ->check(commands::WholeNumber(1, int64_t{1} << 40));
}

absl::StatusOr<CsvTable> ReadTable(const TableFlags& flags, console::Terminal& terminal) {
  CsvLimits limits;
  limits.bytes_max = flags.bytes_max;
  if (flags.path != "-") return CsvTable::Read(flags.path, limits);
  TENANTRY_ASSIGN_OR_RETURN(std::string text, ReadAll(terminal.in, flags.bytes_max));
  return CsvTable::Parse(std::move(text), "standard input", limits);
}

}  // namespace tenantry::app::learning
