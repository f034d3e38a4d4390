#pragma once

#include <absl/status/statusor.h>
#include <absl/synchronization/mutex.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/faults.h"
#include "scoring/model_file.h"

namespace tenantry::scoring::registry {

/// What a model is to the registry: the one that scores, the one to roll back to, or another.
enum class ModelStatus { kActive, kPrevious, kCandidate };

/// "active", "previous" or "candidate".
std::string_view StatusName(ModelStatus status);

/// A model of the registry.
struct RegisteredModel {
  ModelStatus status = ModelStatus::kCandidate;
  Model model;
  bool changed = false;  ///< the call that gives this changed the registry
};

/// What List finds: the readable models, and files that are not.
struct ModelList {
  std::vector<RegisteredModel> models;  ///< newest first, then by name
  std::vector<std::string> problems;    ///< one a file that can't be read as a model
};

/// The models of a server, as files in one folder: `NAME.model.json` each, and `active.json`, which
/// says which one scores and which ones did before. Every change is one file put in place whole, so
/// that after a crash the old state is there or the new one. Thread-safe; for one process at a
/// time.
class ModelRegistry {
 public:
  /// How many models a registry holds, and how far back rollback goes.
  struct Limits {
    size_t models_max = 1'000;
    size_t history_max = 100;
  };

  /// Opens the folder, and makes it when absent; `faults` is asked at `scoring.registry_write` and
  /// outlives the registry. An `active.json` that is damaged keeps nothing else from being opened:
  /// no model is active until one is promoted. FailedPrecondition: a newer program wrote it;
  /// otherwise errors of runtime::MakeFolders and ReadFile.
  static absl::StatusOr<std::unique_ptr<ModelRegistry>> Open(std::string folder,
                                                             base::Faults& faults, Limits limits);

  /// Adds a model file's text. Adding the same text again changes nothing. InvalidArgument: not a
  /// whole model file; AlreadyExists: another model has this name; ResourceExhausted: too many
  /// models, or a full disk.
  absl::StatusOr<RegisteredModel> Add(std::string_view model_file);

  /// All models.
  absl::StatusOr<ModelList> List() const;

  /// One model. NotFound: there is none of this name; DataLoss: its file is damaged.
  absl::StatusOr<RegisteredModel> Get(std::string_view name) const;

  /// Makes the model the active one; the one before it can be rolled back to. Errors of Get, and of
  /// writing. Promoting the active model changes nothing.
  absl::StatusOr<RegisteredModel> Promote(std::string_view name);

  /// Makes the model active that was so before. FailedPrecondition: there is none; DataLoss: which
  /// one it was is lost. Errors of Get. Nothing has changed after an error.
  absl::StatusOr<RegisteredModel> Rollback();

  /// The active model's name; empty when none was ever promoted.
  std::string ActiveName() const;

  /// The active model; nothing when none was ever promoted. DataLoss: which one it is was lost;
  /// errors of Get.
  absl::StatusOr<std::optional<Model>> Active() const;

 private:
  ModelRegistry(std::string folder, base::Faults& faults, Limits limits)
      : folder_(std::move(folder)), faults_(faults), limits_(limits) {}

  std::string PathOf(std::string_view name) const;
  ModelStatus StatusOf(std::string_view name) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<RegisteredModel> Load(std::string_view name) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status ReadPointer() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status WritePointer(std::vector<std::string> history) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::vector<std::string>> Names() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string folder_;
  base::Faults& faults_;
  const Limits limits_;
  mutable absl::Mutex mutex_;
  std::vector<std::string> history_ ABSL_GUARDED_BY(mutex_);  // the last one is active
  absl::Status lost_ ABSL_GUARDED_BY(mutex_);  // why that is not known, until one is promoted
};

}  // namespace tenantry::scoring::registry
