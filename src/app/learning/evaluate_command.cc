// evaluate.
#include <CLI/CLI.hpp>

#include "app/console/format.h"
#include "app/console/table.h"
#include "app/learning/learning_commands.h"
#include "app/learning/table_input.h"
#include "base/status.h"
#include "scoring/embedded/embedded_scorer.h"
#include "scoring/feature_table.h"
#include "scoring/training/label_column.h"

namespace tenantry::app::learning {
namespace {

using commands::Invocation;
using console::Json;
using console::Terminal;
using scoring::FeatureTable;
using scoring::Model;
using scoring::Quality;

struct EvaluateFlags {
  std::string model;
  std::string target;
  TableFlags table;
  bool json = false;
};

void PrintQuality(Terminal& terminal, const Model& model, const Json& told) {
  std::vector<std::pair<std::string, std::string>> fields = {{"model", model.name}};
  for (const auto& [name, value] : told.items()) {
    fields.emplace_back(name, value.is_number_float() ? fmt::format("{:.4f}", value.get<double>())
                                                      : console::FormatField(told, name));
  }
  console::PrintFields(terminal, fields);
}

absl::Status RunEvaluate(const EvaluateFlags& flags, Terminal& terminal) {
  TENANTRY_ASSIGN_OR_RETURN(const Model model, scoring::ReadModelFile(flags.model));
  TENANTRY_ASSIGN_OR_RETURN(const auto table, ReadTable(flags.table, terminal));
  const std::string& target = flags.target.empty() ? model.target : flags.target;
  TENANTRY_ASSIGN_OR_RETURN(const size_t column, table.GetColumn(target, "the target"));
  TENANTRY_ASSIGN_OR_RETURN(
      const std::vector<uint8_t> outcomes,
      scoring::training::ReadLabels(table, column, model.positive, model.negative));
  TENANTRY_ASSIGN_OR_RETURN(const FeatureTable rows, FeatureTable::Match(table, model.definition));
  std::vector<double> probabilities;
  size_t right = 0;
  for (size_t i = 0; i < table.rows(); ++i) {
    TENANTRY_ASSIGN_OR_RETURN(const scoring::FeatureRow row, rows.Row(i));
    const scoring::Score score = scoring::embedded::ScoreRow(model, row);
    probabilities.push_back(score.probability);
    right += score.positive == (outcomes[i] != 0) ? 1 : 0;
  }
  absl::StatusOr<Quality> quality = scoring::MeasureQuality(probabilities, outcomes);
  if (!quality.ok()) return base::Annotate(quality.status(), table.name());
  Json told = {{"rows", table.rows()}};
  told.update(Json(scoring::ToJson(*quality)));
  told["accuracy"] = static_cast<double>(right) / static_cast<double>(table.rows());
  if (!rows.absent().empty()) {
    console::Say(terminal, fmt::format("warning: the table has no column for {}: missing in "
                                       "every row",
                                       fmt::join(rows.absent(), ", ")));
  }
  if (flags.json) {
    terminal.out << told.dump() << '\n';
  } else {
    PrintQuality(terminal, model, told);
  }
  return absl::OkStatus();
}

}  // namespace

void AddEvaluateCommand(CLI::App& app, Invocation& invocation) {
  auto& flags = invocation.Hold<EvaluateFlags>();
  CLI::App& command =
      AddLocalCommand(app, invocation,
                      {"evaluate", "Measures a model on a table whose outcomes are known",
                       "tenantry evaluate churn.model.json companies.csv --json"},
                      [&flags, &invocation] { return RunEvaluate(flags, invocation.terminal()); });
  command.add_option("MODEL", flags.model, "a model file, as `train` writes it")->required();
  AddTableFlags(command, flags.table);
  command.add_option("--target", flags.target, "the outcomes' column, if named otherwise here");
  commands::AddJsonFlag(command, flags.json);
}

}  // namespace tenantry::app::learning
