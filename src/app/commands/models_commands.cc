// models list|show|add|promote|rollback.
#include <CLI/CLI.hpp>

#include "app/commands/commands.h"
#include "app/console/format.h"
#include "app/console/table.h"
#include "base/status.h"
#include "runtime/disk/files.h"

namespace tenantry::app::commands {
namespace {

using client::ApiAnswer;
using client::ApiPath;
using console::Align;
using console::FormatField;
using console::Json;
using console::TextOf;

constexpr int64_t kModelBytesMax = 64 << 20;

/// A metric of a model, which is a number or {"mean", "sd"} over folds.
std::string Metric(const Json& model, const char* name) {
  const Json metrics = model.value("metrics", Json::object());
  const Json metric = metrics.is_object() ? metrics.value(name, Json()) : Json();
  if (metric.is_number()) return fmt::format("{:.3f}", metric.get<double>());
  if (!metric.is_object() || !metric.contains("mean")) return "–";
  const double sd = console::NumberOf(metric, "sd");
  return fmt::format("{:.3f} ± {:.3f}", console::NumberOf(metric, "mean"), sd);
}

std::string Created(const Json& model) {
  const std::string created = TextOf(model, "created");
  return created.empty() ? "–" : console::FormatMoment(created);
}

absl::Status ListModels(const ServerCall& call) {
  console::Table table(
      call.terminal,
      {{"MODEL"}, {"STATUS"}, {"LEARNER"}, {"AUC", Align::kRight}, {"CREATED, UTC"}});
  TENANTRY_RETURN_IF_ERROR(call.api.ForEach(ApiPath({"models"}), {}, 0, [&](const Json& model) {
    if (call.json) {
      call.PrintJson(model);
      return absl::OkStatus();
    }
    table.AddRow({FormatField(model, "name"), FormatField(model, "status"),
                  FormatField(model, "learner"), Metric(model, "auc"), Created(model)});
    return absl::OkStatus();
  }));
  if (!call.json) {
    table.Finish("no models: train one with `tenantry train` and add it with `models add`");
  }
  return absl::OkStatus();
}

void PrintModel(const ServerCall& call, const ApiAnswer& answer) {
  if (call.json) return call.PrintJsonText(answer.text);
  const Json& model = answer.body;
  std::vector<std::pair<std::string, std::string>> fields = {
      {"model", FormatField(model, "name")},
      {"status", FormatField(model, "status")},
      {"learner", FormatField(model, "learner")},
      {"created, UTC", Created(model)}};
  const Json metrics = model.value("metrics", Json::object());
  for (const auto& [name, metric] : metrics.items()) {
    fields.emplace_back(name, Metric(model, name.c_str()));
  }
  std::vector<std::string> features;
  for (const Json& feature : model.value("features", Json::array())) {
    features.push_back(TextOf(feature, "name"));
  }
  if (!features.empty())
    fields.emplace_back("features", fmt::format("{}", fmt::join(features, ", ")));
  console::PrintFields(call.terminal, fields);
}

absl::Status AddModel(const ServerCall& call, const std::string& file) {
  const absl::StatusOr<std::string> bytes = runtime::ReadFile(file, kModelBytesMax);
  TENANTRY_RETURN_IF_ERROR(bytes.status());
  const Json model = Json::parse(*bytes, nullptr, false);
  if (!model.is_object()) {
    return base::InvalidArgument("{} is no model file: write one with `tenantry train --out`",
                                 file);
  }
  TENANTRY_ASSIGN_OR_RETURN(const ApiAnswer added, call.api.Create(ApiPath({"models"}), model));
  PrintModel(call, added);
  return absl::OkStatus();
}

/// POSTs to a path that answers with a model, and prints it.
absl::Status Change(const ServerCall& call, const std::vector<std::string>& segments) {
  TENANTRY_ASSIGN_OR_RETURN(const ApiAnswer model, call.api.Post(ApiPath(segments), nullptr));
  PrintModel(call, model);
  return absl::OkStatus();
}

void AddChanges(CLI::App& models, Invocation& invocation) {
  auto& file = invocation.Hold<std::string>();
  CLI::App& add =
      AddServerCommand(models, invocation,
                       {"add", "Registers a model file; it scores once it is promoted",
                        "tenantry models add churn.model"},
                       [&file](const ServerCall& call) { return AddModel(call, file); });
  add.add_option("FILE", file, "a model file, as `tenantry train --out` writes it")->required();

  auto& name = invocation.Hold<std::string>();
  CLI::App& promote = AddServerCommand(
      models, invocation,
      {"promote", "Lets a model score from now on", "tenantry models promote churn-2"},
      [&name](const ServerCall& call) { return Change(call, {"models", name, "promote"}); });
  promote.add_option("MODEL", name, "its name")->required();

  AddServerCommand(
      models, invocation,
      {"rollback", "Goes back to the model that scored before", "tenantry models rollback"},
      [](const ServerCall& call) { return Change(call, {"models", "rollback"}); });
}

}  // namespace

void AddModelsCommands(CLI::App& app, Invocation& invocation) {
  CLI::App& models = AddGroup(app, {"models", "The models of a server", "tenantry models list"});
  AddServerCommand(models, invocation,
                   {"list", "Lists models, newest first", "tenantry models list"}, ListModels);
  auto& name = invocation.Hold<std::string>();
  CLI::App& show = AddServerCommand(
      models, invocation,
      {"show", "Shows a model with its features and quality", "tenantry models show churn-2"},
      [&name](const ServerCall& call) -> absl::Status {
        TENANTRY_ASSIGN_OR_RETURN(const ApiAnswer model, call.api.Get(ApiPath({"models", name})));
        PrintModel(call, model);
        return absl::OkStatus();
      });
  show.add_option("MODEL", name, "its name")->required();
  AddChanges(models, invocation);
}

}  // namespace tenantry::app::commands
