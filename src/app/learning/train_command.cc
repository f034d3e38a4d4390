// train.
#include <CLI/CLI.hpp>
#include <filesystem>

#include "app/console/format.h"
#include "app/console/progress.h"
#include "app/console/table.h"
#include "app/learning/learning_commands.h"
#include "app/learning/table_input.h"
#include "base/status.h"
#include "scoring/training/trainer.h"

namespace tenantry::app::learning {
namespace {

using commands::Invocation;
using console::Align;
using console::Terminal;
using scoring::Feature;
using scoring::MeanAndSd;
using scoring::Model;
using scoring::training::Training;

struct TrainFlags {
  TableFlags table;
  scoring::training::TrainingSetOptions set;
  scoring::training::TrainOptions train;
  std::string out;
  bool json = false;
};

// Where the model goes when nothing is said: beside nobody's table, into the folder one is in.
std::string OutPath(const TrainFlags& flags) {
  if (!flags.out.empty()) return flags.out;
  if (flags.table.path == "-") return "table.model.json";
  return std::filesystem::path(flags.table.path).stem().string() + ".model.json";
}

std::string Shown(const MeanAndSd& measure) {
  return fmt::format("{:.4f} ± {:.4f}", measure.mean, measure.sd);
}

std::string Outcome(const Model& model) {
  const double share =
      static_cast<double>(model.data.positives) / static_cast<double>(model.data.rows);
  return fmt::format("{} = {} in {} of rows", model.target, model.positive,
                     console::FormatShare(share));
}

// How far a feature moves the log-odds: from its lowest to its highest column, or by one deviation.
double Pull(const Model& model, size_t feature) {
  const size_t first = model.definition.offset(feature);
  const Feature& what = model.definition.features()[feature];
  if (what.kind == scoring::FeatureKind::kNumber) return model.weights[first];
  const auto begin = model.weights.begin() + static_cast<std::ptrdiff_t>(first);
  const auto [low, high] =
      std::minmax_element(begin, begin + static_cast<std::ptrdiff_t>(what.width()));
  return *high - *low;
}

void PrintFeatures(Terminal& terminal, const Training& training) {
  console::Table table(terminal,
                       {{"FEATURE"}, {"TYPE"}, {"LOG-ODDS", Align::kRight}, {"COLUMN OR REASON"}});
  const auto& features = training.model.definition.features();
  for (size_t i = 0; i < features.size(); ++i) {
    table.AddRow({features[i].name, std::string(KindName(features[i].kind)),
                  fmt::format("{:+.3f}", Pull(training.model, i)), features[i].columns.front()});
  }
  for (const auto& column : training.dropped) {
    table.AddRow({column.name, std::string("left out"), std::string(), column.why});
  }
  table.Finish("no features");
}

void PrintTraining(Terminal& terminal, const Training& training) {
  const Model& model = training.model;
  console::PrintFields(terminal, {
                                     {"model", model.name},
                                     {"learner", model.learner},
                                     {"rows", console::FormatCount(model.data.rows)},
                                     {"outcome", Outcome(model)},
                                     {"AUC", Shown(model.quality.auc)},
                                     {"average precision", Shown(model.quality.average_precision)},
                                     {"log loss", Shown(model.quality.log_loss)},
                                     {"Brier score", Shown(model.quality.brier)},
                                     {"calibration error", Shown(model.quality.calibration_error)},
                                     {"lift of top tenth", Shown(model.quality.lift10)},
                                 });
  terminal.out << '\n';
  PrintFeatures(terminal, training);
}

absl::Status RunTrain(const TrainFlags& flags, Terminal& terminal) {
  if (flags.out == "-") {
    return base::InvalidArgument("--out names a file: standard output is the metrics'");
  }
  TENANTRY_ASSIGN_OR_RETURN(const auto table, ReadTable(flags.table, terminal));
  TENANTRY_ASSIGN_OR_RETURN(const auto set, ReadTrainingSet(table, flags.set));
  console::Progress progress(terminal, "training", "steps");
  const auto step = [&progress](int done, int all) {
    progress.Update(done, static_cast<double>(done) / all);
  };
  TENANTRY_ASSIGN_OR_RETURN(const Training training, Train(set, flags.train, terminal.clock, step));
  progress.Clear();
  const std::string path = OutPath(flags);
  TENANTRY_RETURN_IF_ERROR(WriteModelFile(training.model, path));
  for (const std::string& warning : training.warnings) {
    console::Say(terminal, console::Printable("warning: " + warning));
  }
  if (flags.json) {
    terminal.out << scoring::training::ToJson(training).dump() << '\n';
  } else {
    PrintTraining(terminal, training);
    console::Say(terminal, fmt::format("\nthe model is in {}", path));
  }
  return absl::OkStatus();
}

}  // namespace

void AddTrainCommand(CLI::App& app, Invocation& invocation) {
  auto& flags = invocation.Hold<TrainFlags>();
  CLI::App& command = AddLocalCommand(
      app, invocation,
      {"train", "Trains a model on any table and measures it by cross-validation",
       "tenantry train companies.csv --target Churn --id Company --out churn.model.json"},
      [&flags, &invocation] { return RunTrain(flags, invocation.terminal()); });
  AddTableFlags(command, flags.table);
  command.add_option("--target", flags.set.target, "the column to foretell; two values")
      ->required();
  command.add_option("--id", flags.set.id, "the column that names the rows");
  command.add_option("--drop", flags.set.drop, "columns to leave out, with commas between")
      ->delimiter(',');
  command.add_option("--positive", flags.set.positive, "the target's value to foretell");
  command.add_option("--learner", flags.train.learner, "linear, or auto for the best there is")
      ->capture_default_str();
  command.add_option("--out", flags.out, "the model file (else CSV's name with .model.json, here)");
  command.add_option("--folds", flags.train.folds, "folds of the cross-validation, 2 to 20")
      ->capture_default_str()
      ->check(commands::WholeNumber(2, 20));
  commands::AddSeed(command, flags.train.seed, "deals the rows to the folds");
  command.add_option("--l2", flags.train.linear.l2, "how much the weights are held back")
      ->capture_default_str();
  command
      .add_option("--threshold", flags.train.threshold,
                  "the probability from which the answer is yes")
      ->capture_default_str();
  commands::AddJsonFlag(command, flags.json);
}

}  // namespace tenantry::app::learning
