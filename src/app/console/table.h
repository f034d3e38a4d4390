#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/console/terminal.h"

namespace tenantry::app::console {

/// On which side of its column a text stands.
enum class Align { kLeft, kRight };

/// What a cell stands out by, on a terminal that has colours.
enum class Emphasis { kNone, kWarning, kAlarm };

/// A column's title and side; numbers stand on the right.
struct Column {
  std::string title;
  Align align = Align::kLeft;
};

/// A cell's text, which may be anything: control characters are made harmless.
struct Cell {
  Cell(std::string text, Emphasis emphasis = Emphasis::kNone)  // NOLINT: a text is a cell
      : text(std::move(text)), emphasis(emphasis) {}
  std::string text;
  Emphasis emphasis;
};

/// Prints rows in aligned columns: titles first, pages of 1,000 rows as they come, so that a table
/// of any length takes little memory. On a terminal of known width the widest texts are cut to fit;
/// elsewhere nothing is. Used by one thread.
class Table {
 public:
  /// `terminal` outlives the table.
  Table(Terminal& terminal, std::vector<Column> columns);

  /// Adds a row with one cell a column.
  void AddRow(std::vector<Cell> cells);

  /// Prints what is left; a table without any row prints nothing but `nothing`, as a message.
  void Finish(std::string_view nothing);

 private:
  void PrintPage();
  void FitToTerminal();
  void PrintLine(const std::vector<Cell>& cells, bool is_title);

  Terminal& terminal_;
  std::vector<Column> columns_;
  std::vector<int> widths_;
  std::vector<std::vector<Cell>> rows_;
  bool titles_printed_ = false;
};

/// Prints names and values in two columns, one pair a line.
void PrintFields(Terminal& terminal,
                 const std::vector<std::pair<std::string, std::string>>& fields);

}  // namespace tenantry::app::console
