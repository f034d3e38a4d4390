#include "roles/http/request_body.h"

#include <gtest/gtest.h>

#include "base/status.h"

namespace tenantry::roles {
namespace {

using nlohmann::json;

// The message with which a body is refused; fails the test when it is taken.
std::string Refusal(std::string_view body) {
  const auto object = ReadObject(body);
  EXPECT_TRUE(absl::IsInvalidArgument(object.status())) << object.status();
  return std::string(base::Message(object.status()));
}

bool Says(const std::string& message, std::string_view part) {
  return message.find(part) != std::string::npos;
}

std::string Repeated(std::string_view text, size_t times) {
  std::string all;
  for (size_t i = 0; i < times; ++i) all += text;
  return all;
}

TEST(RequestBody, TakesAnObjectAsItIs) {
  const auto object = ReadObject(R"( {"name":"Ö 😀","list":[{"a":1},{"a":2}],"n":null} )");
  ASSERT_TRUE(object.ok()) << object.status();
  EXPECT_EQ(*object, json({{"name", "Ö 😀"}, {"list", {{{"a", 1}}, {{"a", 2}}}}, {"n", nullptr}}));
}

TEST(RequestBody, RefusesWhatIsNoObject) {
  EXPECT_TRUE(Says(Refusal(""), "the body is empty"));
  for (const char* text : {"[]", "null", "7", "\"x\"", "true", "[{}]"}) {
    EXPECT_EQ(Refusal(text), "the body must be a JSON object") << text;
  }
}

TEST(RequestBody, SaysWhereTheTextIsNoJson) {
  EXPECT_TRUE(Says(Refusal("{\"a\":1,\n\"b\":}"), "line 2, column 5"));
  for (const char* text : {" ", "{", "{\"a\"}", "{\"a\":1,}", "{} {}", "{'a':1}", "{\"a\":01}",
                           "{\"a\":NaN}", "{a:1}", "{\"a\":\"\\ud800\"}", "{\"a\":\"\t\"}"}) {
    EXPECT_TRUE(Says(Refusal(text), "the body is no JSON: parse error at line 1, column")) << text;
  }
  EXPECT_TRUE(Says(Refusal(std::string_view("{}\0{", 4)), "byte 2 is zero"));
  EXPECT_TRUE(Says(Refusal(std::string_view("\0", 1)), "byte 0 is zero"));
}

TEST(RequestBody, RefusesBytesThatAreNoUtf8) {
  for (const char* bytes : {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"}) {
    EXPECT_TRUE(Says(Refusal(fmt::format("{{\"a\":\"{}\"}}", bytes)), "ill-formed UTF-8"));
    EXPECT_TRUE(Says(Refusal(fmt::format("{{\"{}\":1}}", bytes)), "ill-formed UTF-8"));
  }
}

TEST(RequestBody, NeverShowsWhatItRead) {
  const std::string message = Refusal(R"({"password":"correct horse)");
  EXPECT_FALSE(Says(message, "horse")) << message;
  EXPECT_LT(Refusal("{\"a\":\"" + std::string(100'000, 'x')).size(), 300u);
  const std::string name(100'000, 'n');
  EXPECT_LT(Refusal("{\"" + name + "\":1,\"" + name + "\":2}").size(), 300u);
}

TEST(RequestBody, RefusesANameThatIsGivenTwiceAtAnyDepth) {
  EXPECT_EQ(Refusal(R"({"a":1,"b":2,"a":1})"), "the name 'a' is given twice");
  EXPECT_EQ(Refusal(R"({"":1,"":1})"), "the name '' is given twice");
  EXPECT_EQ(Refusal(R"({"a":{"x":1,"x":1}})"), "the name 'x' is given twice");
  EXPECT_EQ(Refusal(R"({"l":[1,[{"x":1},{"y":1,"y":1}]]})"), "the name 'y' is given twice");
  // Escaped otherwise, it is the same name.
  EXPECT_EQ(Refusal(R"({"a":1,"\u0061":1})"), "the name 'a' is given twice");
  // After an inner object the outer one's names still count.
  EXPECT_EQ(Refusal(R"({"a":{"b":{"c":1}},"a":1})"), "the name 'a' is given twice");
  EXPECT_EQ(Refusal(R"({"l":[{"b":1}],"l":1})"), "the name 'l' is given twice");
  EXPECT_TRUE(ReadObject(R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]})").ok());
}

TEST(RequestBody, RefusesWhatNestsTooDeep) {
  const auto lists = [](size_t depth) {
    return "{\"a\":" + Repeated("[", depth - 1) + Repeated("]", depth - 1) + "}";
  };
  const auto objects = [](size_t depth) {
    return Repeated("{\"a\":", depth) + "1" + Repeated("}", depth);
  };
  EXPECT_TRUE(ReadObject(lists(64)).ok());
  EXPECT_TRUE(ReadObject(objects(64)).ok());
  for (const size_t depth : {65u, 66u, 1'000u, 300'000u}) {
    EXPECT_EQ(Refusal(lists(depth)), "the body nests deeper than 64");
    EXPECT_EQ(Refusal(objects(depth)), "the body nests deeper than 64");
    // Depth alone must not hide that the text never ends.
    EXPECT_TRUE(Says(Refusal(Repeated("[", depth)), "no JSON"));
  }
  EXPECT_EQ(Refusal(Repeated("[", 65) + Repeated("]", 65)), "the body nests deeper than 64");
}

TEST(RequestBody, RefusesNumbersPastTheirRange) {
  EXPECT_TRUE(Says(Refusal(R"({"a":1e999})"), "number overflow"));
  EXPECT_TRUE(Says(Refusal(R"({"a":-1e999})"), "number overflow"));
  EXPECT_LT(Refusal("{\"a\":" + std::string(1 << 20, '9') + "}").size(), 200u);
  EXPECT_TRUE(ReadObject(R"({"a":1e308,"b":18446744073709551616})").ok());
}

TEST(RequestBody, NamesTheNearestFieldOfAnUnknownOne) {
  const auto check = [](const json& object) {
    const absl::Status status = CheckFields(object, {"userID", "role", "password"});
    EXPECT_TRUE(status.ok() || absl::IsInvalidArgument(status)) << status;
    return std::string(base::Message(status));
  };
  EXPECT_EQ(check({{"userID", 1}, {"role", 2}, {"password", 3}}), "");
  EXPECT_EQ(check(json::object()), "");
  EXPECT_EQ(check({{"pasword", 1}}), "there is no field 'pasword'; did you mean 'password'?");
  EXPECT_EQ(check({{"userId", 1}}), "there is no field 'userId'; did you mean 'userID'?");
  EXPECT_EQ(check({{"role", 1}, {"rloe", 1}}), "there is no field 'rloe'; did you mean 'role'?");
  EXPECT_TRUE(Says(check({{"", 1}}), "there is no field ''"));
  EXPECT_LT(check({{std::string(100'000, 'x'), 1}}).size(), 200u);
}

TEST(RequestBody, TellsATextFromItsAbsenceAndFromOtherTypes) {
  const json object = {
      {"text", "t"}, {"empty", ""}, {"null", nullptr}, {"number", 1}, {"list", {1}}};
  EXPECT_EQ(*RequiredText(object, "text"), "t");
  EXPECT_EQ(*RequiredText(object, "empty"), "");
  EXPECT_EQ(*OptionalText(object, "text"), "t");
  EXPECT_EQ(*OptionalText(object, "null"), std::nullopt);
  EXPECT_EQ(*OptionalText(object, "absent"), std::nullopt);
  for (const char* absent : {"absent", "null"}) {
    const auto text = RequiredText(object, absent);
    EXPECT_TRUE(absl::IsInvalidArgument(text.status()));
    EXPECT_EQ(base::Message(text.status()), fmt::format("{} is missing", absent));
  }
  for (const char* field : {"number", "list"}) {
    EXPECT_EQ(base::Message(RequiredText(object, field).status()),
              fmt::format("{} must be a text", field));
    EXPECT_TRUE(absl::IsInvalidArgument(OptionalText(object, field).status()));
  }
}

TEST(RequestBody, ReadsAnIdFromThePathByItsRules) {
  net::HttpRequest request;
  const auto read = [&](const std::string& text) {
    request.path_params["tenantID"] = text;
    return PathId<base::TenantId>(request, "tenantID");
  };
  EXPECT_EQ(read("a/b é")->value(), "a/b é");
  EXPECT_TRUE(read(std::string(128, 'x')).ok());
  for (const std::string& bad : {std::string(), std::string(129, 'x'), std::string("\xff")}) {
    EXPECT_TRUE(absl::IsInvalidArgument(read(bad).status()));
    EXPECT_TRUE(Says(std::string(base::Message(read(bad).status())), "tenantID"));
  }
}

TEST(TakingJson, RefusesABodyThatSaysItIsSomethingElse) {
  const net::Handler handler =
      TakingJson([](const net::HttpRequest&) { return net::HttpResponse::NoContent(); });
  const auto status = [&](const char* type, const char* body = "{}") {
    net::HttpRequest request;
    request.body = body;
    if (type != nullptr) request.headers.emplace("Content-Type", type);
    return handler(request).status;
  };
  for (const char* type : {"application/json", "Application/JSON ; charset=utf-8",
                           "application/merge-patch+json", "application/vnd.x+JSON"}) {
    EXPECT_EQ(status(type), 204) << type;
  }
  for (const char* type : {"text/plain", "application/x-www-form-urlencoded", "application/jsonx",
                           "json", "application/xml; x=+json"}) {
    EXPECT_EQ(status(type), 415) << type;
    EXPECT_EQ(status(type, ""), 204) << "no body, no kind: " << type;
  }
  EXPECT_EQ(status(nullptr), 204);
}

}  // namespace
}  // namespace tenantry::roles
