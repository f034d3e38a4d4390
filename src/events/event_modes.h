#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tenantry::events {

/// How a request or a record carries events.
enum class ContentMode {
  kStructured,  ///< application/cloudevents+json
  kBatch,       ///< application/cloudevents-batch+json
  kLines,       ///< application/x-ndjson
  kOther,       ///< anything else: binary mode when there are `ce-` headers, else a plain form
};

/// The mode that a Content-Type means; parameters (`; charset=utf-8`) and case are ignored.
ContentMode ContentModeOf(std::string_view content_type);

/// True for application/json and every `…+json`, and for an absent type.
bool IsJsonContentType(std::string_view content_type);

/// Header names and values, names in any case.
using HeaderList = std::vector<std::pair<std::string_view, std::string_view>>;

/// True when any `ce-` header is there: the request is in binary mode.
bool HasBinaryHeaders(const HeaderList& headers);

/// An event in HTTP binary mode as structured JSON: `ce-*` headers become attributes (quotes and
/// percent-encoding resolved), Content-Type becomes `datacontenttype`, the body becomes `data` when
/// that type is JSON and `data_base64` otherwise; an empty body is no data. InvalidArgument: a
/// header given twice, a name or value that CloudEvents doesn't allow, `ce-datacontenttype`, a JSON
/// body that is none. Whether the event is complete is not looked at.
absl::StatusOr<std::string> FromBinary(const HeaderList& headers, std::string_view body);

/// The texts of a batch's events, views into `json`. InvalidArgument unless it is a JSON array; an
/// empty one is valid.
absl::StatusOr<std::vector<std::string_view>> SplitBatch(std::string_view json);

/// The lines of NDJSON without those that hold white space alone; views into `text`, line ends cut.
std::vector<std::string_view> SplitLines(std::string_view text);

/// True when a line holds white space alone (space, \t, \n, \v, \f, \r), or nothing.
bool IsBlank(std::string_view line);

}  // namespace tenantry::events
