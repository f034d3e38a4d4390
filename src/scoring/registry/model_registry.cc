#include "scoring/registry/model_registry.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "base/status.h"
#include "base/words/counted.h"
#include "runtime/disk/files.h"

namespace tenantry::scoring::registry {
namespace {

using nlohmann::json;

constexpr std::string_view kSuffix = ".model.json";
constexpr std::string_view kPointerFormat = "tenantry.active_model";
constexpr int kPointerVersion = 1;
constexpr int64_t kPointerBytesMax = 1 << 20;

absl::StatusOr<std::vector<std::string>> ParsePointer(const std::string& text,
                                                      const std::string& path) {
  const json document = json::parse(text, nullptr, false);
  try {
    if (document.is_discarded() || document.at("format") != kPointerFormat) {
      return base::DataLoss("{}: damaged: it does not name a model", path);
    }
    if (document.at("formatVersion").get<int>() > kPointerVersion) {
      return base::FailedPrecondition("{}: a newer program wrote it: use that program", path);
    }
    auto history = document.at("history").get<std::vector<std::string>>();
    for (const std::string& name : history) TENANTRY_RETURN_IF_ERROR(CheckModelName(name));
    return history;
  } catch (const json::exception& fault) {
    return base::DataLoss("{}: damaged: {}", path, fault.what());
  }
}

}  // namespace

std::string_view StatusName(ModelStatus status) {
  switch (status) {
    case ModelStatus::kActive:
      return "active";
    case ModelStatus::kPrevious:
      return "previous";
    case ModelStatus::kCandidate:
      break;
  }
  return "candidate";
}

absl::StatusOr<std::unique_ptr<ModelRegistry>> ModelRegistry::Open(std::string folder,
                                                                   base::Faults& faults,
                                                                   Limits limits) {
  TENANTRY_RETURN_IF_ERROR(runtime::MakeFolders(folder, 0755));
  std::unique_ptr<ModelRegistry> registry(new ModelRegistry(std::move(folder), faults, limits));
  absl::MutexLock lock(&registry->mutex_);
  TENANTRY_RETURN_IF_ERROR(registry->ReadPointer());
  return registry;
}

std::string ModelRegistry::PathOf(std::string_view name) const {
  return fmt::format("{}/{}{}", folder_, name, kSuffix);
}

ModelStatus ModelRegistry::StatusOf(std::string_view name) const {
  if (!history_.empty() && history_.back() == name) return ModelStatus::kActive;
  if (history_.size() > 1 && history_[history_.size() - 2] == name) return ModelStatus::kPrevious;
  return ModelStatus::kCandidate;
}

absl::Status ModelRegistry::ReadPointer() {
  const std::string path = folder_ + "/active.json";
  const absl::StatusOr<std::string> text = runtime::ReadFile(path, kPointerBytesMax);
  if (absl::IsNotFound(text.status())) return absl::OkStatus();
  TENANTRY_RETURN_IF_ERROR(text.status());
  absl::StatusOr<std::vector<std::string>> history = ParsePointer(*text, path);
  if (absl::IsDataLoss(history.status()) || absl::IsInvalidArgument(history.status())) {
    lost_ = base::DataLoss("which model is active is lost, promote one again: {}",
                           base::Message(history.status()));
    return absl::OkStatus();
  }
  TENANTRY_ASSIGN_OR_RETURN(history_, std::move(history));
  return absl::OkStatus();
}

absl::Status ModelRegistry::WritePointer(std::vector<std::string> history) {
  if (history.size() > limits_.history_max) {
    history.erase(history.begin(),
                  history.end() - static_cast<std::ptrdiff_t>(limits_.history_max));
  }
  const json document = {{"format", kPointerFormat},
                         {"formatVersion", kPointerVersion},
                         {"active", history.empty() ? json() : json(history.back())},
                         {"history", history}};
  TENANTRY_RETURN_IF_ERROR(faults_.At("scoring.registry_write"));
  TENANTRY_RETURN_IF_ERROR(
      runtime::WriteFileAtomically(folder_ + "/active.json", document.dump(1) + "\n", 0644));
  history_ = std::move(history);
  lost_ = absl::OkStatus();
  return absl::OkStatus();
}

absl::StatusOr<RegisteredModel> ModelRegistry::Load(std::string_view name) const {
  TENANTRY_RETURN_IF_ERROR(CheckModelName(name));
  absl::StatusOr<Model> model = ReadModelFile(PathOf(name));
  if (absl::IsNotFound(model.status())) {
    return base::NotFound("there is no model \"{}\": list the models to see their names", name);
  }
  TENANTRY_RETURN_IF_ERROR(model.status());
  if (model->name != name) {
    return base::DataLoss("{}: the file holds the model \"{}\"", PathOf(name), model->name);
  }
  return RegisteredModel{StatusOf(name), *std::move(model)};
}

absl::StatusOr<std::vector<std::string>> ModelRegistry::Names() const {
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator files(folder_, error);
  for (; !error && files != std::filesystem::directory_iterator(); files.increment(error)) {
    std::string name = files->path().filename().string();
    if (!name.ends_with(kSuffix)) continue;
    name.resize(name.size() - kSuffix.size());
    if (CheckModelName(name).ok()) names.push_back(std::move(name));
  }
  if (error) return base::Internal("listing {}: {}", folder_, error.message());
  std::sort(names.begin(), names.end());
  return names;
}

absl::StatusOr<RegisteredModel> ModelRegistry::Add(std::string_view model_file) {
  absl::StatusOr<Model> model = ParseModelFile(model_file, "the model");
  // The sender's bytes are at fault, not our own.
  if (!model.ok()) return absl::InvalidArgumentError(model.status().message());
  absl::MutexLock lock(&mutex_);
  const std::string path = PathOf(model->name);
  const absl::StatusOr<std::string> there = runtime::ReadFile(path, kModelBytesMax);
  if (there.ok()) {
    const absl::StatusOr<Model> known = ParseModelFile(*there, path);
    if (known.ok() && ToModelFile(*known) != ToModelFile(*model)) {
      return base::Error(absl::StatusCode::kAlreadyExists, "another model is already named \"{}\"",
                         model->name);
    }
    if (known.ok()) return RegisteredModel{StatusOf(model->name), *std::move(model)};
  } else if (!absl::IsNotFound(there.status())) {
    return there.status();
  }
  TENANTRY_ASSIGN_OR_RETURN(const std::vector<std::string> names, Names());
  if (names.size() >= limits_.models_max) {
    return base::Error(absl::StatusCode::kResourceExhausted,
                       "the registry holds {} already: remove some files from {}",
                       base::Counted(names.size(), "model"), folder_);
  }
  TENANTRY_RETURN_IF_ERROR(faults_.At("scoring.registry_write"));
  TENANTRY_RETURN_IF_ERROR(WriteModelFile(*model, path));
  return RegisteredModel{StatusOf(model->name), *std::move(model), true};
}

absl::StatusOr<ModelList> ModelRegistry::List() const {
  absl::MutexLock lock(&mutex_);
  TENANTRY_ASSIGN_OR_RETURN(const std::vector<std::string> names, Names());
  ModelList list;
  for (const std::string& name : names) {
    absl::StatusOr<RegisteredModel> model = Load(name);
    if (model.ok()) {
      list.models.push_back(*std::move(model));
    } else {
      list.problems.emplace_back(base::Message(model.status()));
    }
  }
  std::stable_sort(list.models.begin(), list.models.end(),
                   [](const auto& a, const auto& b) { return a.model.created > b.model.created; });
  return list;
}

absl::StatusOr<RegisteredModel> ModelRegistry::Get(std::string_view name) const {
  absl::MutexLock lock(&mutex_);
  return Load(name);
}

absl::StatusOr<RegisteredModel> ModelRegistry::Promote(std::string_view name) {
  absl::MutexLock lock(&mutex_);
  TENANTRY_ASSIGN_OR_RETURN(RegisteredModel model, Load(name));
  if (model.status == ModelStatus::kActive) return model;
  std::vector<std::string> history = history_;
  history.emplace_back(name);
  TENANTRY_RETURN_IF_ERROR(WritePointer(std::move(history)));
  model.status = ModelStatus::kActive;
  model.changed = true;
  return model;
}

absl::StatusOr<RegisteredModel> ModelRegistry::Rollback() {
  absl::MutexLock lock(&mutex_);
  TENANTRY_RETURN_IF_ERROR(lost_);
  if (history_.size() < 2) {
    return base::FailedPrecondition(
        "there is no model to go back to: {}",
        history_.empty() ? "none was promoted yet" : "none was active before this one");
  }
  std::vector<std::string> history = history_;
  history.pop_back();
  TENANTRY_ASSIGN_OR_RETURN(RegisteredModel model, Load(history.back()));
  TENANTRY_RETURN_IF_ERROR(WritePointer(std::move(history)));
  model.status = ModelStatus::kActive;
  model.changed = true;
  return model;
}

std::string ModelRegistry::ActiveName() const {
  absl::MutexLock lock(&mutex_);
  return history_.empty() ? "" : history_.back();
}

absl::StatusOr<std::optional<Model>> ModelRegistry::Active() const {
  absl::MutexLock lock(&mutex_);
  TENANTRY_RETURN_IF_ERROR(lost_);
  if (history_.empty()) return std::optional<Model>();
  TENANTRY_ASSIGN_OR_RETURN(RegisteredModel model, Load(history_.back()));
  return std::optional<Model>(std::move(model.model));
}

}  // namespace tenantry::scoring::registry
