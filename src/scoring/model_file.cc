#include "scoring/model_file.h"

#include <xxhash.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/instant.h"
#include "base/status.h"
#include "runtime/disk/files.h"

namespace tenantry::scoring {
namespace {

using nlohmann::json;

constexpr std::string_view kFormat = "tenantry.model";
constexpr int kDepthMax = 16;         // of the document: ours needs 4
constexpr double kWeightMax = 1e100;  // the sum of any number of them is finite

// The hash of a document without its checksum: of its members in the order of names, without
// blanks.
std::string Checksum(json document) {
  document.erase("checksum");
  const std::string text = document.dump(-1, ' ', false, json::error_handler_t::replace);
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

std::string FormatSeconds(absl::Time time) {
  return base::FormatRfc3339Millis(base::ToInstant(time)).substr(0, 19) + "Z";
}

json ToDocument(const Model& model) {
  return {
      {"format", kFormat},
      {"formatVersion", kModelFormatVersion},
      {"name", model.name},
      {"created", FormatSeconds(model.created)},
      {"learner", model.learner},
      {"target",
       {{"column", model.target}, {"positive", model.positive}, {"negative", model.negative}}},
      {"id", model.id},
      {"features", model.definition.ToJson()},
      {"intercept", model.intercept},
      {"weights", model.weights},
      {"threshold", model.threshold},
      {"training",
       {{"fingerprint", model.data.fingerprint},
        {"rows", model.data.rows},
        {"positives", model.data.positives},
        {"columns", model.data.columns}}},
      {"quality", {{"folds", model.quality.folds}, {"metrics", ToJson(model.quality)}}},
  };
}

absl::Status ReadOrigins(const json& document, Model& model) {
  document.at("name").get_to(model.name);
  TENANTRY_RETURN_IF_ERROR(CheckModelName(model.name));
  TENANTRY_ASSIGN_OR_RETURN(const base::Instant created,
                            base::ParseRfc3339(document.at("created").get<std::string>()));
  model.created = base::ToTime(created);
  document.at("learner").get_to(model.learner);
  if (model.learner != "linear") {
    return base::InvalidArgument("learner \"{}\" is not built into this release", model.learner);
  }
  const json& target = document.at("target");
  target.at("column").get_to(model.target);
  target.at("positive").get_to(model.positive);
  target.at("negative").get_to(model.negative);
  document.at("id").get_to(model.id);
  const json& training = document.at("training");
  training.at("fingerprint").get_to(model.data.fingerprint);
  training.at("rows").get_to(model.data.rows);
  training.at("positives").get_to(model.data.positives);
  training.at("columns").get_to(model.data.columns);
  const json& quality = document.at("quality");
  TENANTRY_ASSIGN_OR_RETURN(model.quality,
                            QualityFromJson(quality.at("metrics"), quality.at("folds").get<int>()));
  return absl::OkStatus();
}

absl::Status ReadWeights(const json& document, Model& model) {
  TENANTRY_ASSIGN_OR_RETURN(model.definition, FeatureDefinition::FromJson(document.at("features")));
  document.at("intercept").get_to(model.intercept);
  document.at("weights").get_to(model.weights);
  document.at("threshold").get_to(model.threshold);
  if (model.weights.size() != model.definition.width()) {
    return base::InvalidArgument("{} weights for {} columns", model.weights.size(),
                                 model.definition.width());
  }
  const auto sensible = [](double weight) { return std::abs(weight) <= kWeightMax; };
  if (!sensible(model.intercept) || !std::ranges::all_of(model.weights, sensible)) {
    return base::InvalidArgument("a weight is no sensible number");
  }
  if (!(model.threshold > 0 && model.threshold < 1)) {
    return base::InvalidArgument("the threshold is not between 0 and 1");
  }
  return absl::OkStatus();
}

absl::Status ReadModel(const json& document, Model& model) {
  try {
    TENANTRY_RETURN_IF_ERROR(ReadOrigins(document, model));
    return ReadWeights(document, model);
  } catch (const json::exception& fault) {
    return base::InvalidArgument("{}", fault.what());
  }
}

// The text as JSON; discarded when it is none, or nests so deep that nothing may walk it.
json ParseDocument(std::string_view text) {
  bool too_deep = false;
  const auto watch = [&](int depth, json::parse_event_t /*event*/, const json& /*parsed*/) {
    too_deep = too_deep || depth > kDepthMax;
    return !too_deep;
  };
  json document = json::parse(text, watch, false);
  return too_deep ? json(json::value_t::discarded) : document;
}

// The format version that the document names; nothing when it names none.
std::optional<uint64_t> VersionOf(const json& document) {
  const auto version = document.find("formatVersion");
  if (version == document.end() || !version->is_number_unsigned()) return std::nullopt;
  const auto number = version->get<uint64_t>();
  return number == 0 ? std::nullopt : std::optional(number);
}

}  // namespace

std::string ToModelFile(const Model& model) {
  json document = ToDocument(model);
  document["checksum"] = Checksum(document);
  return document.dump(1) + "\n";
}

absl::StatusOr<Model> ParseModelFile(std::string_view text, std::string_view origin) {
  const json document = ParseDocument(text);
  if (document.is_discarded()) {
    return base::InvalidArgument(
        "{}: this is no whole model file: it is not JSON, or nests "
        "deeper than {}; make one with train",
        origin, kDepthMax);
  }
  const auto format = document.is_object() ? document.find("format") : document.end();
  if (format == document.end() || *format != kFormat) {
    return base::InvalidArgument("{}: this is no model file: \"format\" is not \"{}\"", origin,
                                 kFormat);
  }
  const std::optional<uint64_t> version = VersionOf(document);
  if (!version) {
    return base::DataLoss("{}: the model file has no format version", origin);
  }
  if (*version > static_cast<uint64_t>(kModelFormatVersion)) {
    return base::FailedPrecondition(
        "{}: the model file's format is {}, and this program knows up to "
        "{}: use a newer program",
        origin, *version, kModelFormatVersion);
  }
  const auto checksum = document.find("checksum");
  if (checksum == document.end() || *checksum != Checksum(document)) {
    return base::DataLoss(
        "{}: the model file is damaged: its checksum does not fit; copy it again or "
        "train anew",
        origin);
  }
  Model model;
  if (const absl::Status status = ReadModel(document, model); !status.ok()) {
    return base::DataLoss("{}: the model file contradicts itself: {}", origin,
                          base::Message(status));
  }
  return model;
}

absl::Status WriteModelFile(const Model& model, const std::string& path) {
  return runtime::WriteFileAtomically(path, ToModelFile(model), 0644);
}

absl::StatusOr<Model> ReadModelFile(const std::string& path) {
  TENANTRY_ASSIGN_OR_RETURN(const std::string text, runtime::ReadFile(path, kModelBytesMax));
  return ParseModelFile(text, path);
}

std::string ModelName(std::string_view learner, absl::Time created, std::string_view content) {
  std::string time;
  for (const char c : FormatSeconds(created)) {
    if (c != '-' && c != ':') time += c;
  }
  const uint64_t hash = XXH3_64bits(content.data(), content.size());
  return fmt::format("{}-{}-{:08x}", learner, time, hash & 0xFFFFFFFFu);
}

absl::Status CheckModelName(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  if (name.empty() || name.size() > 128 || name[0] == '.' || name[0] == '-' ||
      !std::all_of(name.begin(), name.end(), allowed)) {
    return base::InvalidArgument(
        "a model's name is 1 to 128 letters, digits, '-', '_' and '.', the "
        "first no '.' or '-'");
  }
  return absl::OkStatus();
}

json DescribeModel(const Model& model) {
  json features = json::array();
  for (const Feature& feature : model.definition.features()) {
    features.push_back({{"name", feature.name}, {"type", KindName(feature.kind)}});
  }
  return {
      {"name", model.name},
      {"learner", model.learner},
      {"created", FormatSeconds(model.created)},
      {"target", model.target},
      {"positive", model.positive},
      {"threshold", model.threshold},
      {"rows", model.data.rows},
      {"fingerprint", model.data.fingerprint},
      {"folds", model.quality.folds},
      {"metrics", ToJson(model.quality)},
      {"features", std::move(features)},
  };
}

}  // namespace tenantry::scoring
