#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace tenantry::lake::datasets {

/// The forms that data comes in.
enum class ImportFormat { kCsv, kNdjson, kParquet };

/// How the bytes of a text are to be read; kDetect looks at their first ones.
enum class TextEncoding { kDetect, kUtf8, kUtf16, kLatin1 };

/// What an upload is to become, and how it is to be read.
struct ImportRequest {
  std::string name;  ///< of the data set
  ImportFormat format = ImportFormat::kCsv;
  std::string delimiter;       ///< of CSV: `,`, `;`, `|` or a tab; empty looks which fits
  std::optional<bool> header;  ///< of CSV: the first line names the columns; absent looks
  TextEncoding encoding = TextEncoding::kDetect;
  std::map<std::string, std::string> types;  ///< of CSV: columns and the types they are to have
  std::optional<int64_t> bytes;              ///< how long the file is, as the sender announced

  bool operator==(const ImportRequest&) const = default;
};

/// Reads `{"name", "format", "delimiter", "header", "encoding", "types", "bytes"}`; all but the
/// name may be absent. InvalidArgument: a field is unknown, of another type, or has a value that
/// makes no sense; the message names it.
absl::StatusOr<ImportRequest> ReadImportRequest(const nlohmann::json& object);

/// The same as JSON; what is as if absent is left out.
nlohmann::json ToJson(const ImportRequest& request);

/// The format's name: csv, ndjson or parquet.
std::string_view FormatName(ImportFormat format);

}  // namespace tenantry::lake::datasets
