// Texts that others published: the JSON parsing test suite, and the conformance samples of
// CloudEvents.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "base/status.h"
#include "events/event_codec.h"
#include "test_data.h"

namespace tenantry::events {
namespace {

namespace fs = std::filesystem;

std::string ReadAll(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

bool Takes(std::string_view json) {
  EventParser parser;
  EventView event;
  return parser.Parse(json, event).ok();
}

// An event that carries a JSON text in a place that nobody reads: first, in the middle, last, as
// the data's or as the event's.
std::vector<std::string> Around(const std::string& text) {
  const std::string attributes =
      R"("specversion":"1.0","id":"1","source":"/s","type":"io.tenantry.job.submitted",)"
      R"("time":"2026-01-31T00:00:00Z","tenantid":"t")";
  return {R"({"x":)" + text + "," + attributes + "}", "{" + attributes + R"(,"x":)" + text + "}",
          "{" + attributes + R"(,"data":{"x":)" + text + R"(,"nbJobs":2}})",
          "{" + attributes + R"(,"data":{"nbJobs":2,"x":)" + text + "}}"};
}

TEST(EventParser, AgreesWithTheJsonParsingTestSuite) {
  TENANTRY_TEST_DATA_OR_SKIP(folder, "json_test_suite/test_parsing");
  size_t valid = 0, invalid = 0;
  for (const auto& file : fs::directory_iterator(folder)) {
    const std::string name = file.path().filename();
    for (const std::string& event : Around(ReadAll(file.path()))) {
      const bool taken = Takes(event);
      EXPECT_FALSE(taken ? name.starts_with("n_") : name.starts_with("y_"))
          << name << ": " << event;
    }
    valid += name.starts_with("y_") ? 1 : 0;
    invalid += name.starts_with("n_") ? 1 : 0;
  }
  EXPECT_EQ(valid, 95u);
  EXPECT_EQ(invalid, 188u);
}

// The samples of a file by their names, made events of a tenant with a time.
std::map<std::string, nlohmann::json> Samples(const fs::path& file) {
  std::string text = ReadAll(file);
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  std::map<std::string, nlohmann::json> samples;
  const nlohmann::json published = nlohmann::json::parse(text);
  for (const auto& test : published.at("tests")) {
    nlohmann::json event = test.at("event");
    event["tenantid"] = "t";
    if (!event.contains("time") || event["time"].is_null()) event["time"] = "2018-04-05T17:31:00Z";
    samples[test.at("id")] = std::move(event);
  }
  return samples;
}

TEST(EventParser, ReadsTheValidSamplesOfCloudEvents) {
  TENANTRY_TEST_DATA_OR_SKIP(folder, "cloudevents");
  std::vector<std::string> refused;
  for (const auto& [name, sample] : Samples(folder + "/valid-events.json")) {
    EventParser parser;
    EventView event;
    const std::string json = sample.dump();
    if (!parser.Parse(json, event).ok()) {
      refused.push_back(name);
      continue;
    }
    EXPECT_EQ(event.id, sample.at("id")) << name;
    EXPECT_EQ(event.source, sample.at("source")) << name;
    EXPECT_EQ(event.type_name, sample.at("type")) << name;
    EXPECT_EQ(event.type, EventType::kUnknown) << name;
  }
  // Data of a type of ours are an object; the definition asks it of every type.
  EXPECT_THAT(refused, ::testing::ElementsAre("validSimpleTextData"));
}

TEST(EventParser, RefusesTheInvalidSamplesOfCloudEvents) {
  TENANTRY_TEST_DATA_OR_SKIP(folder, "cloudevents");
  std::vector<std::string> taken;
  for (const auto& [name, sample] : Samples(folder + "/invalid-events.json")) {
    if (Takes(sample.dump())) taken.push_back(name);
  }
  // What is wrong with these are attributes that are kept and never read; the definition takes
  // them.
  EXPECT_THAT(taken,
              ::testing::UnorderedElementsAre(
                  "invalidNonRfc2046DataContentType", "invalidEmptyDataContentType",
                  "invalidEmptyDataSchema", "invalidEmptySubject", "invalidCapitalizedExtension",
                  "invalidPunctuatedExtension", "invalidNonIntegerExtensionValue"));
}

}  // namespace
}  // namespace tenantry::events
