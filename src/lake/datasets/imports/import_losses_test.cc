#include <absl/strings/escaping.h>
#include <gmock/gmock.h>

#include "lake/datasets/data_sets_test_env.h"

namespace tenantry::lake::datasets {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

// What a file becomes, as CSV; or why it does not.
std::string Imported(const std::string& bytes, json request) {
  DataSetsTestEnv env;
  request["name"] = "t";
  const Upload upload = env.Put(env.acme, request, bytes);
  if (upload.state == UploadState::kDone) return env.Query(env.acme, "FROM t");
  return json::parse(upload.answer_json)["detail"];
}

// The first problem that an import tells.
json Problem(const std::string& bytes, json request) {
  DataSetsTestEnv env;
  request["name"] = "t";
  const Upload upload = env.Put(env.acme, request, bytes);
  EXPECT_EQ(upload.state, UploadState::kFailed) << env.Query(env.acme, "FROM t");
  const json answer = json::parse(upload.answer_json, nullptr, false);
  return answer.is_object() && !answer["problems"].empty() ? answer["problems"][0] : answer;
}

std::string Bytes(const char* base64) {
  std::string bytes;
  EXPECT_TRUE(absl::Base64Unescape(base64, &bytes));
  return bytes;
}

const json kNdjson = {{"format", "ndjson"}};
const json kParquet = {{"format", "parquet"}};

// The Parquet files are those of pyarrow 26.

TEST(ParquetImport, RefusesDecimalsThatTheEngineMisreads) {
  // s: struct<p: decimal256(40, 2)> = {19.99}
  const json problem = Problem(
      Bytes("UEFSMRUAFS4VLiwVAhUAFQYVBhwAAAACAAAAAgIAAAAAAAAAAAAAAAAAAAAHzxUEGTw1ABgGc2NoZW1hFQIA"
            "NQIYAXMVAgAVDhUiFQIYAXAlChUEFVAsXBUEFVAAAAAWAhkcGRwmABwVDhklBgAZKAFzAXAVABYCFlQWVCYI"
            "SRwVABUAFQIAPCkGGTYAAAIAAAAWVBYCJggWVAAoIHBhcnF1ZXQtY3BwLWFycm93IHZlcnNpb24gMjYuMC4x"
            "GRwcAAAAlQAAAFBBUjE="),
      kParquet);
  EXPECT_EQ(problem["name"], "s.p");
  EXPECT_EQ(problem["column"], 1);
  EXPECT_THAT(problem["detail"], HasSubstr("a DECIMAL of 40 digits"));
}

TEST(ParquetImport, CutsNoMoment) {
  // at: timestamp[ns, UTC] = 1700000000123456000, 1700000000123456789
  const json problem = Problem(
      Bytes("UEFSMRUAFSwVLCwVBBUAFQYVBhwAAAACAAAABAEAyoU9/pyXFxXNhT3+nJcXFQQZLDUAGAZzY2hlbWEVAgAV"
            "BCUCGAJhdGyMERw8AAAAAAAWBBkcGRwmABwVBBklBgAZGAJhdBUAFgQWUhZSJghJHBUAFQAVAgA8KQYZJgAE"
            "AAAAFlIWBCYIFlIAKCBwYXJxdWV0LWNwcC1hcnJvdyB2ZXJzaW9uIDI2LjAuMRkcHAAAAIUAAABQQVIx"),
      kParquet);
  EXPECT_EQ(problem["line"], 2);
  EXPECT_EQ(problem["name"], "at");
  EXPECT_EQ(problem["value"], "2023-11-14 22:13:20.123456789");
  EXPECT_THAT(problem["detail"], HasSubstr("parts of a microsecond"));
  // The same of 1700000000123456000 and NULL.
  EXPECT_EQ(
      Imported(
          Bytes("UEFSMRUAFRwVHCwVBBUAFQYVBhwAAAACAAAAAwEAyoU9/pyXFxUEGSw1ABgGc2NoZW1hFQIAFQQlAhgC"
                "YXRsjBEcPAAAAAAAFgQZHBkcJgAcFQQZJQYAGRgCYXQVABYEFkIWQiYISRwVABUAFQIAPCkGGSYCAgAA"
                "ABZCFgQmCBZCACggcGFycXVldC1jcHAtYXJyb3cgdmVyc2lvbiAyNi4wLjEZHBwAAACFAAAAUEFSMQ=="),
          kParquet),
      "at\n2023-11-14 22:13:20.123456+00\n\n");
  // l: list<timestamp[ns, UTC]>
  EXPECT_EQ(
      Problem(
          Bytes("UEFSMRUAFSgVKCwVAhUAFQYVBhwAAAACAAAAAgACAAAAAgMAyoU9/pyXFxUEGUw1ABgGc2NoZW1hFQIA"
                "NQIYAWwVAhUGTDwAAAA1BBgEbGlzdBUCABUEJQIYB2VsZW1lbnRsjBEcPAAAAAAAFgIZHBkcJgAcFQQZ"
                "JQYAGTgBbARsaXN0B2VsZW1lbnQVABYCFk4WTiYISRwVABUAFQIAPCkmAgAZRgAAAAIAAAAWThYCJggW"
                "TgAoIHBhcnF1ZXQtY3BwLWFycm93IHZlcnNpb24gMjYuMC4xGRwcAAAAswAAAFBBUjE="),
          kParquet)["name"],
      "l.list.element");
}

TEST(ParquetImport, RefusesNamesThatWouldBeOthers) {
  // The columns a and A.
  const json equal = Problem(
      Bytes("UEFSMRUAFRwVHCwVAhUAFQYVBhwAAAACAAAAAgEBAAAAAAAAABUAFRwVHCwVAhUAFQYVBhwAAAACAAAAAgEC"
            "AAAAAAAAABUEGTw1ABgGc2NoZW1hFQQAFQQlAhgBYQAVBCUCGAFBABYCGRwZLCYAHBUEGSUGABkYAWEVABYC"
            "FkIWQiYISRwVABUAFQIAPCkGGSYAAgAAACYAHBUEGSUGABkYAUEVABYCFkIWQiZKSRwVABUAFQIAPCkGGSYA"
            "AgAAABaEARYCJggWhAEAKCBwYXJxdWV0LWNwcC1hcnJvdyB2ZXJzaW9uIDI2LjAuMRksHAAAHAAAALEAAABQ"
            "QVIx"),
      kParquet);
  EXPECT_EQ(equal["column"], 2);
  EXPECT_EQ(equal["name"], "A");
  EXPECT_THAT(equal["detail"], HasSubstr("the same name"));
  // The columns a and one without a name.
  const json empty = Problem(
      Bytes("UEFSMRUAFRwVHCwVAhUAFQYVBhwAAAACAAAAAgEBAAAAAAAAABUAFRwVHCwVAhUAFQYVBhwAAAACAAAAAgEC"
            "AAAAAAAAABUEGTw1ABgGc2NoZW1hFQQAFQQlAhgBYQAVBCUCGAAAFgIZHBksJgAcFQQZJQYAGRgBYRUAFgIW"
            "QhZCJghJHBUAFQAVAgA8KQYZJgACAAAAJgAcFQQZJQYAGRgAFQAWAhZCFkImSkkcFQAVABUCADwpBhkmAAIA"
            "AAAWhAEWAiYIFoQBACggcGFycXVldC1jcHAtYXJyb3cgdmVyc2lvbiAyNi4wLjEZLBwAABwAAACvAAAAUEFS"
            "MQ=="),
      kParquet);
  EXPECT_EQ(empty["column"], 2);
  EXPECT_THAT(empty["detail"], HasSubstr("has no name"));
}

TEST(NdjsonImport, KeepsIdsOf64Bits) {
  const std::string rows = "{\"a\":1}\n{\"a\":18446744073709551615}\n{\"a\":9223372036854775808}\n";
  EXPECT_EQ(Imported(rows, kNdjson), "a\n1\n18446744073709551615\n9223372036854775808\n");
  EXPECT_EQ(Imported("{\"a\":-1}\n{\"a\":18446744073709551614}\n", kNdjson),
            "a\n-1\n18446744073709551614\n");
}

TEST(NdjsonImport, KeepsAWholeNumberThatNoDoubleHoldsAsText) {
  const std::string digits(400, '7');
  EXPECT_THAT(Imported("{\"a\":1.5}\n{\"a\":" + digits + "}\n", kNdjson), HasSubstr(digits));
}

TEST(NdjsonImport, RefusesWhatIsNoJsonAndWhatADoubleDoesNotHold) {
  const auto problem = [](const std::string& value) {
    return Problem("{\"a\":1.5}\n{\"b\":[\"1e400\"],\"a\":" + value + "}\n", kNdjson);
  };
  for (const char* value : {"1e400", "-1e400", "1E-400", "0.3e-999", "NaN", "-Infinity", "nan"}) {
    const json told = problem(value);
    EXPECT_EQ(told["line"], 2) << value << told;
    EXPECT_EQ(told["name"], "a") << value;
    EXPECT_EQ(told["value"], value) << told;
  }
  EXPECT_THAT(problem("1e400")["detail"], HasSubstr("beyond what a DOUBLE holds"));
  EXPECT_THAT(problem("NaN")["detail"], HasSubstr("is no JSON"));
  EXPECT_THAT(problem("2,")["detail"], HasSubstr("a comma stands before"));
  EXPECT_EQ(Imported(R"({"a":0e-999,"b":"NaN \\","c":[1.5e300,null]})", kNdjson),
            "a,b,c\n0.0,NaN \\,\"[1.5e+300, NULL]\"\n");
}

TEST(CsvImport, RefusesWhatADoubleDoesNotHold) {
  for (const char* value : {"1e400", "-1e400", "1e-400", "2.5E+0999"}) {
    const json told = Problem(fmt::format("t,v\n\"a\nb\",1.5\nc,{}\n", value), json::object());
    EXPECT_EQ(told["line"], 4) << value << told;
    EXPECT_EQ(told["column"], 2) << value;
    EXPECT_EQ(told["value"], value) << told;
    EXPECT_THAT(told["detail"], HasSubstr("--type COLUMN=VARCHAR in the terminal"));
  }
  const std::string rows = "t,v\n1e400,1.5e+300\nx,0.0\n";
  EXPECT_EQ(Imported(rows, json::object()), rows);
  const std::string text = "v\n1e400\n";
  EXPECT_EQ(Imported(text, {{"types", {{"v", "VARCHAR"}}}}), text);
}

TEST(CsvImport, KeepsNumbersThatAreTextsExact) {
  const std::string digits(400, '7');
  EXPECT_EQ(Imported("v\n1\n" + digits + "\n", {}), "v\n1\n" + digits + "\n");
  // With an exponent of two, too, a number can be beyond; hexadecimal digits are none.
  EXPECT_EQ(Problem("v\n1.5\n" + std::string(250, '7') + "e99\n", {})["line"], 3);
  EXPECT_EQ(Imported("t,v\nx 3e400,1.5\n", {}), "t,v\nx 3e400,1.5\n");
}

TEST(CsvImport, TellsAnEmptyTextFromNone) {
  const std::string rows = "n,t,d\n1,\"\",2026-01-01\n2,,\n3,x,\n";
  EXPECT_EQ(Imported(rows, json::object()), rows);
  EXPECT_EQ(Imported("n,t,d\n1,\"\",2026-01-01\n\"\",,\"\"\n3,x,\n", json::object()),
            "n,t,d\n1,\"\",2026-01-01\n,,\n3,x,\n")
      << "a number that is absent is absent, with quotes too";
  EXPECT_EQ(Imported("a;b\r\nx;\"\"\r\ny;z", json::object()), "a,b\nx,\"\"\ny,z\n");
  EXPECT_EQ(Imported("\"\"\nx\n\"\"", {{"header", false}}), "column0\n\"\"\nx\n\"\"\n");
}

// One more row must not turn the days around that are there.
TEST(CsvImport, TakesNoDayWhoseOrderIsAGuess) {
  const std::string days = "id,d\n1,01/02/2026\n2,03/04/2026\n";
  EXPECT_EQ(Imported(days, json::object()), days);
  EXPECT_EQ(Imported(days + "3,03/25/2026\n", json::object()), days + "3,03/25/2026\n");
  for (const char* day : {"25/12/2026", "12-25-2026", "1.2.2026", "01/02/26", "01/02/2026 10:30"}) {
    const std::string rows = fmt::format("id,d\n1,{0}\n2,{0}\n", day);
    EXPECT_EQ(Imported(rows, json::object()), rows) << day;
  }
  for (const char* day : {"2026-02-01", "2026/02/01", "2026/2/1", "2026.02.01",
                          "2026-02-01T10:30:00Z", "2026-02-01 10:30:00.5"}) {
    DataSetsTestEnv env;
    env.Put(env.acme, {{"name", "t"}}, fmt::format("id,d\n1,{}\n", day));
    EXPECT_THAT(env.Query(env.acme, "SELECT date_part('month', d) AS m FROM t"), "m\n2\n") << day;
  }
  // Beside days whose order is a guess, others are days still, and are looked at as before.
  EXPECT_EQ(Imported("a,b\n2026/2/1,12/25/2026\n2026/2/2,1/2/2026\n", json::object()),
            "a,b\n2026-02-01,12/25/2026\n2026-02-02,1/2/2026\n");
  std::string late = "d\n";
  for (int i = 0; i < 30'000; ++i) late += "2026-01-01\n";
  EXPECT_EQ(Imported(late + "25/12/2026\n", json::object()), late + "25/12/2026\n");
}

TEST(CsvImport, SaysHowToReadADayWhoseOrderIsAGuess) {
  for (const char* type : {"DATE", "TIMESTAMP"}) {
    for (const char* day : {"25/12/2026", "01/02/2026"}) {
      const json told =
          Problem(fmt::format("id,d\n1,2026-01-01\n2,{}\n", day), {{"types", {{"d", type}}}});
      EXPECT_EQ(told["line"], 3) << day << told;
      EXPECT_EQ(told["value"], day) << told;
      EXPECT_THAT(told["detail"], HasSubstr("strptime(COLUMN, '%d/%m/%Y')"));
    }
    const json first = Problem("id,d\n1,01/02/2026\n2,03/04/2026\n", {{"types", {{"d", type}}}});
    EXPECT_EQ(first["line"], 2) << first;
    EXPECT_EQ(first["value"], "01/02/2026") << first;
  }
}

TEST(NdjsonImport, TakesNoDayWhoseOrderIsAGuess) {
  EXPECT_EQ(Imported("{\"d\":\"01/02/2026\"}\n{\"d\":\"03/04/2026\"}\n", kNdjson),
            "d\n01/02/2026\n03/04/2026\n");
}

TEST(NdjsonImport, SaysWhatToDoWithAnArray) {
  for (const char* array : {"[{\"a\":1},{\"a\":2}]", "\n[\n{\"a\":1},\n{\"a\":2}\n]\n"}) {
    const json told = Problem(array, kNdjson);
    EXPECT_EQ(told["line"], array[0] == '[' ? 1 : 2) << told;
    EXPECT_THAT(told["detail"], HasSubstr("one {…} a line; jq -c '.[]'"));
  }
}

}  // namespace
}  // namespace tenantry::lake::datasets
