#include "app/console/table.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/console/format.h"
#include "base/check.h"

namespace tenantry::app::console {
namespace {

constexpr size_t kPageRows = 1000;
constexpr int kGap = 2;
constexpr int kNarrowest = 8;  // no column is cut below this

std::string_view ColourOf(Emphasis emphasis) {
  switch (emphasis) {
    case Emphasis::kNone:
      return "";
    case Emphasis::kWarning:
      return "\x1b[33m";
    case Emphasis::kAlarm:
      return "\x1b[31m";
  }
  return "";
}

}  // namespace

Table::Table(Terminal& terminal, std::vector<Column> columns)
    : terminal_(terminal), columns_(std::move(columns)) {
  for (const Column& column : columns_) widths_.push_back(DisplayWidth(column.title));
}

void Table::AddRow(std::vector<Cell> cells) {
  TENANTRY_CHECK(cells.size() == columns_.size());
  for (Cell& cell : cells) cell.text = Printable(cell.text);
  rows_.push_back(std::move(cells));
  if (rows_.size() >= kPageRows) PrintPage();
}

void Table::Finish(std::string_view nothing) {
  if (rows_.empty() && !titles_printed_) {
    Say(terminal_, nothing);
    return;
  }
  PrintPage();
  terminal_.out.flush();
}

void Table::PrintPage() {
  for (const std::vector<Cell>& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) {
      widths_[i] = std::max(widths_[i], DisplayWidth(row[i].text));
    }
  }
  if (terminal_.out_is_terminal && terminal_.columns > 0) FitToTerminal();
  if (!titles_printed_) {
    std::vector<Cell> titles;
    for (const Column& column : columns_) titles.emplace_back(column.title);
    PrintLine(titles, true);
    titles_printed_ = true;
  }
  for (const std::vector<Cell>& row : rows_) PrintLine(row, false);
  rows_.clear();
}

void Table::FitToTerminal() {
  int total = kGap * (static_cast<int>(widths_.size()) - 1);
  for (const int width : widths_) total += width;
  while (total > terminal_.columns) {
    size_t widest = widths_.size();
    for (size_t i = 0; i < widths_.size(); ++i) {
      // A number that is cut would be another number.
      if (columns_[i].align == Align::kRight) continue;
      if (widest == widths_.size() || widths_[i] > widths_[widest]) widest = i;
    }
    if (widest == widths_.size() || widths_[widest] <= kNarrowest) return;
    --widths_[widest];
    --total;
  }
}

void Table::PrintLine(const std::vector<Cell>& cells, bool is_title) {
  const bool colours = UsesColour(terminal_);
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    const bool is_text = columns_[i].align == Align::kLeft;
    const std::string text = is_text ? CutToWidth(cells[i].text, widths_[i]) : cells[i].text;
    const int missing = std::max(widths_[i] - DisplayWidth(text), 0);
    const std::string padding(static_cast<size_t>(missing), ' ');
    const std::string_view colour = is_title ? "\x1b[1m" : ColourOf(cells[i].emphasis);
    if (!is_text) line += padding;
    if (colours && !colour.empty()) {
      line += fmt::format("{}{}\x1b[0m", colour, text);
    } else {
      line += text;
    }
    if (i + 1 == cells.size()) break;
    if (is_text) line += padding;
    line.append(kGap, ' ');
  }
  line.erase(line.find_last_not_of(' ') + 1);
  terminal_.out << line << '\n';
}

void PrintFields(Terminal& terminal,
                 const std::vector<std::pair<std::string, std::string>>& fields) {
  int widest = 0;
  for (const auto& [name, value] : fields) widest = std::max(widest, DisplayWidth(name));
  for (const auto& [name, value] : fields) {
    const std::string padding(static_cast<size_t>(widest - DisplayWidth(name) + kGap), ' ');
    terminal.out << name << padding << Printable(value) << '\n';
  }
  terminal.out.flush();
}

}  // namespace tenantry::app::console
