#include "events/event_modes.h"

#include <absl/strings/escaping.h>
#include <simdjson.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/status.h"
#include "base/utf8.h"

namespace tenantry::events {
namespace {

using Json = nlohmann::ordered_json;

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return lower;
}

// A media type without its parameters, in lower case.
std::string MediaType(std::string_view content_type) {
  std::string type = Lower(content_type.substr(0, content_type.find(';')));
  while (!type.empty() && type.back() == ' ') type.pop_back();
  return type;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 32);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// A header's value as CloudEvents writes it: perhaps quoted, with %XX for what HTTP can't carry.
absl::StatusOr<std::string> HeaderValue(std::string_view name, std::string_view value) {
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
    value = value.substr(1, value.size() - 2);
  }
  std::string text;
  for (size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\\' && i + 1 < value.size()) {
      text.push_back(value[++i]);
    } else if (value[i] != '%') {
      text.push_back(value[i]);
    } else {
      const int high = i + 2 < value.size() ? HexDigit(value[i + 1]) : -1;
      const int low = i + 2 < value.size() ? HexDigit(value[i + 2]) : -1;
      if (high < 0 || low < 0) {
        return base::InvalidArgument("the header {} has a broken percent escape", name);
      }
      text.push_back(static_cast<char>(high << 4 | low));
      i += 2;
    }
  }
  if (!base::IsUtf8(text)) return base::InvalidArgument("the header {} is not UTF-8", name);
  const bool control = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  });
  if (control) return base::InvalidArgument("the header {} has a control character", name);
  return text;
}

bool IsAttributeName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  });
}

// `ce-<name>` as an attribute of `event`.
absl::Status AddAttribute(const std::string& header, std::string_view value, Json& event) {
  const std::string name = header.substr(3);
  if (!IsAttributeName(name)) {
    return base::InvalidArgument("the header {} names no attribute: a to z and 0 to 9", header);
  }
  if (name == "datacontenttype") {
    return base::InvalidArgument("ce-datacontenttype must not be sent: Content-Type says it");
  }
  if (name == "data" || name == "database64") {
    return base::InvalidArgument("the header {} must not be sent: data is the body", header);
  }
  if (event.contains(name)) return base::InvalidArgument("the header {} is given twice", header);
  TENANTRY_ASSIGN_OR_RETURN(event[name], HeaderValue(header, value));
  return absl::OkStatus();
}

}  // namespace

ContentMode ContentModeOf(std::string_view content_type) {
  const std::string type = MediaType(content_type);
  if (type == "application/cloudevents-batch+json") return ContentMode::kBatch;
  if (type == "application/cloudevents+json") return ContentMode::kStructured;
  if (type == "application/x-ndjson") return ContentMode::kLines;
  return ContentMode::kOther;
}

bool IsJsonContentType(std::string_view content_type) {
  const std::string type = MediaType(content_type);
  return type.empty() || type == "application/json" || type == "text/json" ||
         type.ends_with("+json");
}

bool HasBinaryHeaders(const HeaderList& headers) {
  return std::any_of(headers.begin(), headers.end(),
                     [](const auto& header) { return Lower(header.first).starts_with("ce-"); });
}

absl::StatusOr<std::string> FromBinary(const HeaderList& headers, std::string_view body) {
  Json event = Json::object();
  std::string content_type;
  for (const auto& [name, value] : headers) {
    const std::string lower = Lower(name);
    if (lower == "content-type") content_type = value;
    if (lower.starts_with("ce-")) TENANTRY_RETURN_IF_ERROR(AddAttribute(lower, value, event));
  }
  if (!content_type.empty()) {
    TENANTRY_ASSIGN_OR_RETURN(event["datacontenttype"], HeaderValue("Content-Type", content_type));
  }
  std::string text = event.dump();
  if (body.empty()) return text;
  text.pop_back();
  if (text.size() > 1) text += ',';
  if (IsJsonContentType(content_type)) {
    // The body's bytes stay as they were; whether they are JSON is seen when the event is read.
    if (!Json::accept(body)) return base::InvalidArgument("the body is no JSON");
    return text + "\"data\":" + std::string(body) + '}';
  }
  const std::string encoded = absl::Base64Escape(absl::string_view(body.data(), body.size()));
  return text + "\"data_base64\":\"" + encoded + "\"}";
}

absl::StatusOr<std::vector<std::string_view>> SplitBatch(std::string_view json) {
  const simdjson::padded_string text(json.data(), json.size());
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  simdjson::ondemand::array array;
  if (parser.iterate(text).get(document) || document.get_array().get(array)) {
    return base::InvalidArgument("the body is no JSON array of events");
  }
  std::vector<std::string_view> events;
  for (auto next : array) {
    simdjson::ondemand::value value;
    std::string_view raw;
    simdjson::ondemand::json_type type;
    if (std::move(next).get(value) || value.type().get(type)) {
      return base::InvalidArgument("the body is no JSON array of events");
    }
    if (type == simdjson::ondemand::json_type::object) {
      simdjson::ondemand::object object;
      if (value.get_object().get(object) || object.raw_json().get(raw)) {
        return base::InvalidArgument("the body is no JSON array of events");
      }
    } else {
      raw = value.raw_json_token();
    }
    events.push_back(json.substr(static_cast<size_t>(raw.data() - text.data()), raw.size()));
  }
  const char* rest = nullptr;
  if (!document.current_location().get(rest)) {
    return base::InvalidArgument("there is more after the JSON array of events");
  }
  return events;
}

std::vector<std::string_view> SplitLines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    if (!IsBlank(line)) lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

bool IsBlank(std::string_view line) {
  return std::all_of(line.begin(), line.end(),
                     [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); });
}

}  // namespace tenantry::events
