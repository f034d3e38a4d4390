#include "lake/datasets/imports/ndjson_problem.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace tenantry::lake::datasets {

using nlohmann::json;

namespace {

constexpr std::string_view kNoNumber = "Failed to cast value to numerical: ";
constexpr std::string_view kExpected = "Expected ";
constexpr std::string_view kGot = ", but got ";
constexpr std::string_view kUnknown = " has unknown key \"";
constexpr std::string_view kTwice = " has duplicate key \"";

std::string_view Behind(std::string_view text, std::string_view mark) {
  const size_t at = text.find(mark);
  return at == std::string_view::npos ? std::string_view() : text.substr(at + mark.size());
}

// The value as the line has it: a text without its quotes.
std::string ValueOf(std::string_view written) {
  const json value = json::parse(written, nullptr, false);
  return value.is_string() ? value.get<std::string>() : std::string(written);
}

// The first key of the line's object whose value is written like that; empty when none is.
std::string KeyOf(std::string_view line, std::string_view written) {
  const json value = json::parse(written, nullptr, false);
  const json object = json::parse(line, nullptr, false);
  if (value.is_discarded() || !object.is_object()) return "";
  for (const auto& [key, one] : object.items()) {
    if (one == value) return key;
  }
  return "";
}

std::string_view KindOf(std::string_view word) {
  if (word == "ARRAY") return "a list";
  if (word == "OBJECT") return "an object";
  return "another kind of value";
}

}  // namespace

ImportProblem NdjsonProblem(std::string_view message, std::string_view line, int64_t number) {
  ImportProblem problem;
  if (message.find("JSON transform error") == std::string_view::npos) return problem;
  message = message.substr(0, message.find('\n'));
  std::string_view written = Behind(message, kNoNumber);
  if (!written.empty()) {
    problem.detail = "is no number, which the lines before it have there";
  } else if (const std::string_view expected = Behind(message, kExpected); !expected.empty()) {
    const std::string_view got = Behind(expected, kGot);
    written = Behind(got, ": ");
    problem.detail = fmt::format("stands where the lines before it have {}",
                                 KindOf(expected.substr(0, expected.find(kGot))));
    const bool whole = ValueOf(written) == ValueOf(line);
    if (whole) problem.detail = "is no object: NDJSON has one {…} a line";
  } else if (const std::string_view unknown = Behind(message, kUnknown); !unknown.empty()) {
    problem.column_name = unknown.substr(0, unknown.rfind('"'));
    problem.detail =
        "the lines before it have no such key, and the first ones make the columns: name it in the "
        "first line too, as null";
    const json object = json::parse(line, nullptr, false);
    if (object.is_object() && object.contains(problem.column_name)) {
      const json& value = object[problem.column_name];
      problem.value = value.is_string() ? value.get<std::string>() : value.dump();
    }
  } else if (const std::string_view twice = Behind(message, kTwice); !twice.empty()) {
    problem.column_name = twice.substr(0, twice.rfind('"'));
    problem.detail = "the object has this key twice";
  }
  if (problem.detail.empty()) return problem;
  problem.line = number;
  if (!written.empty()) problem.value = ValueOf(written);
  if (problem.column_name.empty()) problem.column_name = KeyOf(line, written);
  return problem;
}

}  // namespace tenantry::lake::datasets
