#include "events/event_codec.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/status.h"

namespace tenantry::events {
namespace {

std::string Made(std::string_view type, std::string_view data,
                 std::string_view time = "2025-02-03T04:05:06Z") {
  return fmt::format(
      R"({{"specversion":"1.0","id":"e1","source":"/x","type":"{}","time":"{}","tenantid":"t1",)"
      R"("data":{}}})",
      type, time, data);
}

// OK, or the words of the refusal.
std::string Refusal(std::string_view json) {
  EventParser parser;
  EventView event;
  const absl::Status status = parser.Parse(json, event);
  if (!status.ok()) {
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_FALSE(base::Message(status).empty());
  }
  return status.ok() ? "" : std::string(base::Message(status));
}

bool Takes(std::string_view json) { return Refusal(json).empty(); }

TEST(EventParser, ReadsEveryField) {
  EventParser parser;
  EventView event;
  const std::string json =
      R"( {"specversion" : "1.0","id":"i\n1","source":"/s",)"
      R"("type":"io.tenantry.dataset.updated","time":"1969-12-31T23:59:59.9999999999+01:00",)"
      R"("tenantid":"t\u00fc","extra":[1,{"a":null}],)"
      R"("data":{"userID":"u","sessionID":"s","dataSetID":"d","jobID":"j",)"
      R"("bytes":9007199254740992,"nbJobs":-0,"tutorial":"\u0061"}}  )";
  ASSERT_TRUE(parser.Parse(json, event).ok());
  EXPECT_EQ(event.id, "i\n1");
  EXPECT_EQ(event.source, "/s");
  EXPECT_EQ(event.type, EventType::kDataSetUpdated);
  EXPECT_EQ(event.type_name, "io.tenantry.dataset.updated");
  EXPECT_EQ(event.time, (base::Instant{-3601, 999'999'999}));
  EXPECT_EQ(event.tenant, "tü");
  EXPECT_EQ(event.user, "u");
  EXPECT_EQ(event.session, "s");
  EXPECT_EQ(event.data_set, "d");
  EXPECT_EQ(event.job, "j");
  EXPECT_EQ(event.bytes, uint64_t{1} << 53);
  EXPECT_EQ(event.nb_jobs, 0u);
  EXPECT_EQ(event.tutorial, "\"a");
}

TEST(EventParser, ClearsWhatTheEventBeforeHad) {
  EventParser parser;
  EventView event;
  ASSERT_TRUE(
      parser.Parse(Made("io.tenantry.job.submitted", R"({"userID":"u","nbJobs":7})"), event).ok());
  EXPECT_EQ(event.nb_jobs, 7u);
  const std::string bare = Made("io.tenantry.job.submitted", "{}");
  ASSERT_TRUE(parser.Parse(bare, event).ok());
  EXPECT_EQ(event.nb_jobs, 1u);
  EXPECT_TRUE(event.user.empty());
}

TEST(EventParser, KeepsTheViewsOfABatch) {
  EventParser parser;
  std::vector<std::string> texts;
  for (int i = 0; i < 2000; ++i) {
    texts.push_back(
        Made("io.tenantry.job.submitted", fmt::format(R"({{"userID":"\u0041{}"}})", i)));
  }
  std::vector<EventView> events(texts.size());
  for (size_t i = 0; i < texts.size(); ++i) ASSERT_TRUE(parser.ParseMore(texts[i], events[i]).ok());
  for (size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(events[i].user, fmt::format("A{}", i));
}

TEST(EventParser, KeepsProfileTokensAsTheyWereSent) {
  EventParser parser;
  EventView event;
  const std::string json = Made(
      "io.tenantry.tenant.created",
      R"({"name":"\ud800","industry":{"a":[1, 2]},"revenue":1e400,"plan":null,"totalFee":-0.50})");
  ASSERT_TRUE(parser.Parse(json, event).ok());
  EXPECT_EQ(event.profile[kName], R"("\ud800")");
  EXPECT_EQ(event.profile[kIndustry], R"({"a":[1, 2]})");
  EXPECT_EQ(event.profile[kRevenue], "1e400");
  EXPECT_EQ(event.profile[kEmployees], "");
  EXPECT_EQ(event.profile[kPlan], "null");
  EXPECT_EQ(event.profile[kTotalFee], "-0.50");
}

TEST(EventParser, TakesTutorialsForEqualAsTheDefinitionDoes) {
  EventParser parser;
  EventView event;
  const auto tutorial = [&](std::string_view token) {
    const std::string json =
        Made("io.tenantry.user.completed_tutorial", fmt::format(R"({{"tutorial":{}}})", token));
    EXPECT_TRUE(parser.Parse(json, event).ok()) << token;
    return std::string(event.tutorial);
  };
  for (const char* one : {"1.0", "1e0", "10e-1", "true"}) EXPECT_EQ(tutorial(one), tutorial("1"));
  for (const char* zero : {"-0", "-0.0", "0.0", "false"}) EXPECT_EQ(tutorial(zero), tutorial("0"));
  EXPECT_EQ(tutorial("null"), "");
  EXPECT_EQ(tutorial(R"("\u0061")"), tutorial(R"("a")"));
  EXPECT_EQ(tutorial("1e400"), tutorial("2e400"));
  EXPECT_EQ(tutorial("1e22"), tutorial("10000000000000000000000"));
  EXPECT_NE(tutorial("9007199254740993"), tutorial("9007199254740992.0"));
  EXPECT_NE(tutorial(R"("1")"), tutorial("1"));
  EXPECT_NE(tutorial(R"("")"), tutorial("null"));
}

TEST(EventParser, RefusesNamesGivenTwice) {
  const std::string end = R"(,"specversion":"1.0","source":"/x","type":"x","tenantid":"t",)"
                          R"("time":"2025-02-03T04:05:06Z"})";
  EXPECT_TRUE(Takes(R"({"id":"1")" + end));
  EXPECT_NE(Refusal(R"({"id":"1","id":"1")" + end).find("'id' is given twice"), std::string::npos);
  EXPECT_FALSE(Takes(R"({"id":"1","\u0069d":"2")" + end));
  EXPECT_FALSE(Takes(R"({"id":"1","x":1,"y":2,"x":3)" + end));
  EXPECT_FALSE(Takes(R"({"id":"1","\ud83d\ude00":1,"😀":2)" + end));
  EXPECT_FALSE(Takes(R"({"id":"1","data":{"nbJobs":1,"nbJobs":1})" + end));
  EXPECT_FALSE(Takes(R"({"id":"1","data":{"z":1,"z":1})" + end));
  EXPECT_FALSE(Takes(R"({"id":"1","data":{},"data":{})" + end));
  // Deeper down, and in the event and its data, they are different names.
  EXPECT_TRUE(Takes(R"({"id":"1","x":{"a":1,"a":2})" + end));
  EXPECT_TRUE(Takes(R"({"id":"1","data":{"x":1,"id":2},"x":3)" + end));
  std::string many;
  for (int i = 0; i < 5000; ++i) many += fmt::format(R"(,"n{}":0)", i);
  EXPECT_TRUE(Takes(R"({"id":"1")" + many + end));
  EXPECT_FALSE(Takes(R"({"id":"1","n4321":1)" + many + end));
}

TEST(EventParser, SaysWhatIsMissingOrWrong) {
  EXPECT_EQ(Refusal(Made("io.tenantry.user.added", "{}")), "userID is missing");
  EXPECT_EQ(Refusal(Made("io.tenantry.dataset.created", R"({"dataSetID":"d"})")),
            "bytes is missing");
  EXPECT_EQ(Refusal(Made("io.tenantry.job.submitted", R"({"nbJobs":1.0})")),
            "nbJobs is no integer from 0 to 2^53");
  EXPECT_EQ(Refusal(Made("io.tenantry.job.submitted", R"({"nbJobs":9007199254740993})")),
            "nbJobs is no integer from 0 to 2^53");
  EXPECT_EQ(Refusal(Made("io.tenantry.x", R"({"jobID":7})")), "jobID is no string");
  EXPECT_EQ(Refusal(Made("io.tenantry.x", R"({"userID":""})")), "userID is empty");
  EXPECT_EQ(Refusal(Made("io.tenantry.x", R"({"userID":"\ud800"})")),
            "userID holds half of a surrogate pair");
  EXPECT_EQ(Refusal(Made("io.tenantry.x", fmt::format(R"({{"userID":"{:x>129}"}})", ""))),
            "userID has more than 128 bytes");
  EXPECT_EQ(Refusal(Made("x", "[]")), "data is no JSON object");
  EXPECT_NE(Refusal(Made("x", "{}", "yesterday")).find("'yesterday' is no RFC 3339"),
            std::string::npos);
  EXPECT_NE(Refusal(R"({"id":"1" "x":2})").find("at byte 10"), std::string::npos);
  EXPECT_NE(Refusal("{\"id\":\"\xff\"}").find("UTF-8"), std::string::npos);
  // Other people's types may hold anything.
  EXPECT_TRUE(Takes(Made("com.example.x", R"({"userID":7,"nbJobs":-1})")));
}

TEST(EventParser, RefusesWhatIsNoJsonWhereverItStands) {
  for (const char* value :
       {"01",          "1.",         ".5",    "+1",       "1e",          "0x1",
        "tru",         "nulll",      "NaN",   "Infinity", "-Infinity",   R"("\x41")",
        R"("\u12g4")", R"("\u123")", "-",     "1 2",      R"("a" "b")",  R"("a"b)",
        R"(12"a")",    "[1,]",       "[,1]",  "[1 2]",    R"({"a":1,})", R"({"a" 1})",
        R"({"a"::1})", "{a:1}",      "{1:1}", "[1}",      R"({"a":1])",  "",
        "[",           "{",          "\"",    "\"\t\"",   "\\",          "\x0c",
        "[[]",         "[]]",        "1,2"}) {
    EXPECT_FALSE(Takes(Made("x", fmt::format(R"({{"k":{}}})", value)))) << value;
    EXPECT_FALSE(Takes(Made("x", fmt::format(R"({{}},"k":{})", value)))) << value;
  }
  const std::string good = Made("x", "{}");
  for (const std::string& text :
       {good + "x", good + good, good + ",", "\xef\xbb\xbf" + good, "[" + good + "]",
        good.substr(0, good.size() - 1), good + "}", std::string(), std::string("null")}) {
    EXPECT_FALSE(Takes(text)) << text;
  }
}

TEST(EventParser, RefusesDepthBombsAndTakesWhatTheDefinitionTakes) {
  const auto nested = [](int depth, const char* open, const char* close) {
    std::string text;
    for (int i = 0; i < depth; ++i) text += open;
    text += "1";
    for (int i = 0; i < depth; ++i) text += close;
    return Made("x", fmt::format(R"({{}},"x":{})", text));
  };
  EXPECT_TRUE(Takes(nested(991, "[", "]")));
  EXPECT_FALSE(Takes(nested(992, "[", "]")));
  EXPECT_TRUE(Takes(nested(988, R"({"a":)", "}")));
  EXPECT_FALSE(Takes(nested(989, R"({"a":)", "}")));
  EXPECT_FALSE(Takes(std::string(1'000'000, '[')));
}

TEST(EventParser, ReadsNothingBehindTheText) {
  const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  auto* const pages = static_cast<char*>(
      mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  ASSERT_NE(pages, MAP_FAILED);
  ASSERT_EQ(mprotect(pages + page, page, PROT_NONE), 0);
  EventParser parser;
  EventView event;
  for (size_t more = 0; more < 300; ++more) {
    const std::string json = Made("io.tenantry.job.submitted",
                                  fmt::format(R"({{"userID":"u","x":"{:x>{}}"}})", "", more));
    char* const at = pages + page - json.size();
    std::memcpy(at, json.data(), json.size());
    EXPECT_TRUE(parser.Parse({at, json.size()}, event).ok());
    for (size_t cut = 1; cut < 20; ++cut) {
      std::memmove(at + cut, at, json.size() - cut);
      EXPECT_FALSE(parser.Parse({at + cut, json.size() - cut}, event).ok());
      std::memcpy(at, json.data(), json.size());
    }
  }
  munmap(pages, 2 * page);
}

// An array keeps a text off the quick walk: both ways must take and read the same.
TEST(EventParser, ReadsFlatEventsAsAllOthers) {
  base::SeededRandom random(5);
  const std::string whole =
      R"({"specversion":"1.0","id":"e1","source":"/a" , "type":"io.tenantry.dataset.updated",)"
      R"("time":"2025-01-31T12:00:00.5Z","tenantid":"t1","x":null,"y":-1.5e3,)"
      R"("data":{"userID":"u","dataSetID":"d","bytes":12,"name":"n","z":true}})";
  constexpr std::string_view kBytes = "{}[]:,\" \\0x";
  EventParser flat_parser, other_parser;
  EventView flat, other;
  size_t taken = 0;
  for (int i = 0; i < 40'000; ++i) {
    std::string text = whole;
    for (uint64_t changes = random.Below(3); changes > 0; --changes) {
      const size_t at = 1 + random.Below(text.size() - 1);
      if (random.Below(2) == 0) text[at] = kBytes[random.Below(kBytes.size())];
      if (random.Below(8) == 0) text.erase(at, random.Below(40));
    }
    const std::string with_array = R"({"an":[],)" + text.substr(1);
    const bool ok = other_parser.Parse(with_array, other).ok();
    ASSERT_EQ(flat_parser.Parse(text, flat).ok(), ok) << text;
    if (!ok) continue;
    ++taken;
    EXPECT_EQ(flat.id, other.id) << text;
    EXPECT_EQ(flat.source, other.source) << text;
    EXPECT_EQ(flat.type_name, other.type_name) << text;
    EXPECT_EQ(flat.type, other.type) << text;
    EXPECT_EQ(flat.time, other.time) << text;
    EXPECT_EQ(flat.tenant, other.tenant) << text;
    EXPECT_EQ(flat.user, other.user) << text;
    EXPECT_EQ(flat.data_set, other.data_set) << text;
    EXPECT_EQ(flat.bytes, other.bytes) << text;
  }
  EXPECT_GT(taken, 10'000u);
  EXPECT_LT(taken, 35'000u);
}

TEST(TypeOf, KnowsTheCatalogueAndNothingElse) {
  for (int type = 1; type <= static_cast<int>(EventType::kNotificationRaised); ++type) {
    const std::string name(TypeName(static_cast<EventType>(type)));
    EXPECT_EQ(TypeOf(name), static_cast<EventType>(type)) << name;
    EXPECT_EQ(TypeOf(name + "x"), EventType::kUnknown);
    EXPECT_EQ(TypeOf(name.substr(0, name.size() - 1)), EventType::kUnknown);
    EXPECT_EQ(TypeOf(std::string(name.size(), 'x')), EventType::kUnknown);
  }
  EXPECT_EQ(TypeOf(""), EventType::kUnknown);
  EXPECT_EQ(TypeOf(std::string(1000, 'x')), EventType::kUnknown);
}

}  // namespace
}  // namespace tenantry::events
