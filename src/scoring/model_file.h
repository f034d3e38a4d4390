#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "scoring/feature_definition.h"
#include "scoring/quality.h"

namespace tenantry::scoring {

/// The newest format of model files that this program reads and the one that it writes.
inline constexpr int kModelFormatVersion = 1;

/// The largest model file that is read.
inline constexpr int64_t kModelBytesMax = 64 << 20;

/// What a model was trained on.
struct TrainingData {
  std::string fingerprint;  ///< hash of the table's bytes: CsvTable::fingerprint
  int64_t rows = 0;
  int64_t positives = 0;
  std::vector<std::string> columns;  ///< the table's header
};

/// A trained model: the definition that encodes rows, the weights over its columns, and where both
/// come from. A value.
struct Model {
  std::string name;     ///< letters, digits, `-`, `_` and `.`: `linear-20250131T120000Z-1f00c0de`
  absl::Time created;   ///< whole seconds
  std::string learner;  ///< "linear"
  std::string target;   ///< the column that it foretells
  std::string positive, negative;  ///< the target's values
  std::string id;                  ///< the column that named the rows; empty for none
  FeatureDefinition definition;
  double intercept = 0;
  std::vector<double> weights;  ///< one a column of the definition
  double threshold = 0.5;       ///< probability from which the answer is yes
  TrainingData data;
  CrossValidatedQuality quality;
};

/// The model as a JSON document of docs/formats/model_file.md, its checksum included.
std::string ToModelFile(const Model& model);

/// Reads a model file's text; `origin` stands before every message. DataLoss: its checksum does not
/// fit, or its parts contradict each other. FailedPrecondition: a newer format. InvalidArgument: no
/// model file at all.
absl::StatusOr<Model> ParseModelFile(std::string_view text, std::string_view origin);

/// Writes the file: the old one or the whole new one is there at every moment. Errors of
/// runtime::WriteFileAtomically.
absl::Status WriteModelFile(const Model& model, const std::string& path);

/// Reads a model file. Errors of runtime::ReadFile and ParseModelFile.
absl::StatusOr<Model> ReadModelFile(const std::string& path);

/// A name for a model of this learner, time and content.
std::string ModelName(std::string_view learner, absl::Time created, std::string_view content);

/// InvalidArgument unless `name` may name a model: 1 to 128 letters, digits, `-`, `_` and `.`, the
/// first no `.` and no `-`.
absl::Status CheckModelName(std::string_view name);

/// Name, learner, created, target, metrics, features, rows, fingerprint: what people and the API
/// are shown of a model.
nlohmann::json DescribeModel(const Model& model);

}  // namespace tenantry::scoring
