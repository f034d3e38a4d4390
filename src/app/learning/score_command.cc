// score.
#include <CLI/CLI.hpp>

#include "app/console/format.h"
#include "app/console/table.h"
#include "app/learning/learning_commands.h"
#include "app/learning/table_input.h"
#include "base/status.h"
#include "scoring/embedded/embedded_scorer.h"
#include "scoring/feature_table.h"

namespace tenantry::app::learning {
namespace {

using commands::Invocation;
using console::Align;
using console::Json;
using console::Terminal;
using scoring::FeatureTable;
using scoring::Model;
using scoring::Score;
using scoring::tables::CsvTable;

struct ScoreFlags {
  std::string model;
  std::string id;
  TableFlags table;
  bool json = false;
};

// The column that names rows: the one asked for, or the model's where the table has it.
absl::StatusOr<std::optional<size_t>> IdColumn(const ScoreFlags& flags, const Model& model,
                                               const CsvTable& table) {
  if (flags.id.empty()) return table.FindColumn(model.id);
  TENANTRY_ASSIGN_OR_RETURN(const size_t column, table.GetColumn(flags.id, "the id"));
  return std::optional(column);
}

// Every row is read before the first is printed, so that a bad one leaves nothing half printed.
absl::Status CheckRows(const FeatureTable& rows, size_t count) {
  for (size_t i = 0; i < count; ++i) TENANTRY_RETURN_IF_ERROR(rows.Row(i).status());
  return absl::OkStatus();
}

// The word for a row that reaches the model's threshold, or does not.
std::string Verdict(const Model& model, const Score& score) {
  return fmt::format("{} = {}", model.target, score.positive ? model.positive : model.negative);
}

absl::Status RunScore(const ScoreFlags& flags, Terminal& terminal) {
  TENANTRY_ASSIGN_OR_RETURN(const Model model, scoring::ReadModelFile(flags.model));
  TENANTRY_ASSIGN_OR_RETURN(const CsvTable table, ReadTable(flags.table, terminal));
  TENANTRY_ASSIGN_OR_RETURN(const FeatureTable rows, FeatureTable::Match(table, model.definition));
  TENANTRY_ASSIGN_OR_RETURN(const std::optional<size_t> id, IdColumn(flags, model, table));
  TENANTRY_RETURN_IF_ERROR(CheckRows(rows, table.rows()));
  if (!rows.absent().empty()) {
    console::Say(terminal, fmt::format("warning: the table has no column for {}: missing in "
                                       "every row",
                                       fmt::join(rows.absent(), ", ")));
  }
  console::Table shown(terminal,
                       {{"ROW", Align::kRight}, {"ID"}, {"SCORE", Align::kRight}, {"ANSWER"}});
  for (size_t i = 0; i < table.rows(); ++i) {
    TENANTRY_ASSIGN_OR_RETURN(const scoring::FeatureRow row, rows.Row(i));
    const Score score = scoring::embedded::ScoreRow(model, row);
    const std::string name(id ? table.cell(i, *id) : "");
    if (flags.json) {
      const Json line = {{"row", i + 1},
                         {"id", id ? Json(name) : Json()},
                         {"score", score.probability},
                         {"churn", score.positive}};
      terminal.out << line.dump() << '\n';
    } else {
      shown.AddRow({fmt::to_string(i + 1), name, fmt::format("{:.4f}", score.probability),
                    Verdict(model, score)});
    }
  }
  if (!flags.json) shown.Finish("the table has no rows");
  return absl::OkStatus();
}

}  // namespace

void AddScoreCommand(CLI::App& app, Invocation& invocation) {
  auto& flags = invocation.Hold<ScoreFlags>();
  CLI::App& command =
      AddLocalCommand(app, invocation,
                      {"score", "Scores the rows of a table by a model, in their order",
                       "tenantry score churn.model.json companies.csv --json"},
                      [&flags, &invocation] { return RunScore(flags, invocation.terminal()); });
  command.add_option("MODEL", flags.model, "a model file, as `train` writes it")->required();
  AddTableFlags(command, flags.table);
  command.add_option("--id", flags.id, "the column that names the rows, if not as in training");
  commands::AddJsonFlag(command, flags.json);
}

}  // namespace tenantry::app::learning
