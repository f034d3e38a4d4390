#include "lake/datasets/imports/import_request.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/status.h"
#include "lake/datasets/data_set.h"

namespace tenantry::lake::datasets {

using nlohmann::json;

namespace {

constexpr std::array<std::string_view, 3> kFormats = {"csv", "ndjson", "parquet"};
constexpr std::array<std::string_view, 4> kEncodings = {"detect", "utf-8", "utf-16", "latin-1"};
constexpr std::array<std::string_view, 7> kFields = {"name",     "format", "delimiter", "header",
                                                     "encoding", "types",  "bytes"};
// Types of CSV columns that can be asked for; no other word reaches the engine.
constexpr std::array<std::string_view, 9> kTypes = {"BIGINT",    "BOOLEAN",     "DATE",
                                                    "DOUBLE",    "INTEGER",     "TIME",
                                                    "TIMESTAMP", "TIMESTAMPTZ", "VARCHAR"};
constexpr size_t kTypesMax = 1000;

absl::StatusOr<std::string> Text(const json& object, const char* field) {
  const auto found = object.find(field);
  if (found == object.end()) return std::string();
  if (found->is_string()) return found->get<std::string>();
  return base::InvalidArgument("{} is no text", field);
}

template <typename Enum, size_t Count>
absl::Status ReadChoice(const json& object, const char* field,
                        const std::array<std::string_view, Count>& names, Enum& value) {
  TENANTRY_ASSIGN_OR_RETURN(const std::string text, Text(object, field));
  if (text.empty()) return absl::OkStatus();
  const auto found = std::ranges::find(names, text);
  if (found == names.end()) {
    return base::InvalidArgument("{} '{}' is none of {}", field, text.substr(0, 64),
                                 fmt::join(names, ", "));
  }
  value = static_cast<Enum>(found - names.begin());
  return absl::OkStatus();
}

absl::Status ReadDelimiter(const json& object, std::string& delimiter) {
  TENANTRY_ASSIGN_OR_RETURN(delimiter, Text(object, "delimiter"));
  if (delimiter == "tab" || delimiter == "\\t") delimiter = "\t";
  for (const char* known : {"", ",", ";", "|", "\t"}) {
    if (delimiter == known) return absl::OkStatus();
  }
  return base::InvalidArgument("delimiter '{}' is none of , ; | tab", delimiter.substr(0, 16));
}

absl::Status ReadTypes(const json& object, std::map<std::string, std::string>& types) {
  const auto found = object.find("types");
  if (found == object.end()) return absl::OkStatus();
  if (!found->is_object() || found->size() > kTypesMax) {
    return base::InvalidArgument("types is no object of at most {} columns", kTypesMax);
  }
  for (const auto& [column, type] : found->items()) {
    std::string name = type.is_string() ? type.get<std::string>() : "";
    std::ranges::transform(name, name.begin(), [](char c) {
      return static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    });
    if (std::ranges::find(kTypes, name) == kTypes.end()) {
      return base::InvalidArgument("the type of column '{}' is none of {}", column.substr(0, 64),
                                   fmt::join(kTypes, ", "));
    }
    types[column] = std::move(name);
  }
  return absl::OkStatus();
}

}  // namespace

std::string_view FormatName(ImportFormat format) { return kFormats[static_cast<size_t>(format)]; }

absl::StatusOr<ImportRequest> ReadImportRequest(const json& object) {
  if (!object.is_object()) return base::InvalidArgument("the upload is no object");
  for (const auto& [field, value] : object.items()) {
    if (std::ranges::find(kFields, field) == kFields.end()) {
      return base::InvalidArgument("there is no field '{}': known are {}", field.substr(0, 64),
                                   fmt::join(kFields, ", "));
    }
  }
  ImportRequest request;
  TENANTRY_ASSIGN_OR_RETURN(request.name, Text(object, "name"));
  TENANTRY_RETURN_IF_ERROR(CheckDataSetName(request.name));
  TENANTRY_RETURN_IF_ERROR(ReadChoice(object, "format", kFormats, request.format));
  TENANTRY_RETURN_IF_ERROR(ReadChoice(object, "encoding", kEncodings, request.encoding));
  TENANTRY_RETURN_IF_ERROR(ReadDelimiter(object, request.delimiter));
  TENANTRY_RETURN_IF_ERROR(ReadTypes(object, request.types));
  if (const auto header = object.find("header"); header != object.end()) {
    if (!header->is_boolean()) return base::InvalidArgument("header is neither true nor false");
    request.header = header->get<bool>();
  }
  if (const auto bytes = object.find("bytes"); bytes != object.end()) {
    constexpr int64_t kMost = int64_t{1} << 53;
    if (!bytes->is_number_integer() || *bytes < 0 || *bytes > kMost) {
      return base::InvalidArgument("bytes is no length of a file");
    }
    request.bytes = bytes->get<int64_t>();
  }
  if (request.format == ImportFormat::kCsv) return request;
  if (!request.delimiter.empty() || request.header || !request.types.empty()) {
    return base::InvalidArgument("delimiter, header and types are for csv, not for {}",
                                 FormatName(request.format));
  }
  return request;
}

json ToJson(const ImportRequest& request) {
  json object = {{"name", request.name}, {"format", FormatName(request.format)}};
  if (!request.delimiter.empty()) object["delimiter"] = request.delimiter;
  if (request.header) object["header"] = *request.header;
  if (request.encoding != TextEncoding::kDetect) {
    object["encoding"] = kEncodings[static_cast<size_t>(request.encoding)];
  }
  if (!request.types.empty()) object["types"] = request.types;
  if (request.bytes) object["bytes"] = *request.bytes;
  return object;
}

}  // namespace tenantry::lake::datasets
