#include "lake/datasets/imports/uploads.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "base/retry_after.h"
#include "base/status.h"
#include "lake/datasets/data_set_keeper.h"
#include "lake/datasets/data_sets_test_env.h"
#include "lake/datasets/imports/csv_dialect.h"
#include "lake/datasets/imports/text_reader.h"
#include "test_data.h"

namespace tenantry::lake::datasets {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

std::string FileBytes(const std::filesystem::path& path) {
  std::ifstream input(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(input), std::istreambuf_iterator<char>()};
}

// What a CSV becomes, as CSV again; or why it does not.
std::string Imported(const std::string& bytes, json request = json::object()) {
  DataSetsTestEnv env;
  request["name"] = "t";
  const Upload upload = env.Put(env.acme, request, bytes, 7);
  if (upload.state == UploadState::kDone) return env.Query(env.acme, "SELECT * FROM t");
  return json::parse(upload.answer_json)["detail"];
}

// The first problem that an import tells.
json Answer(const std::string& bytes, json request = json::object()) {
  DataSetsTestEnv env;
  request["name"] = "t";
  const Upload upload = env.Put(env.acme, request, bytes, 1 << 20);
  EXPECT_EQ(upload.state, UploadState::kFailed);
  EXPECT_TRUE(absl::IsNotFound(env.data_sets().Get(env.acme, "t").status()));
  return json::parse(upload.answer_json, nullptr, false);
}

// The first of what is wrong with it.
json Problem(const std::string& bytes, json request = json::object()) {
  const json answer = Answer(bytes, std::move(request));
  return answer.is_object() && !answer["problems"].empty() ? answer["problems"][0] : answer;
}

TEST(Uploads, GoOnWhereTheyStopped) {
  DataSetsTestEnv env;
  const auto upload = env.uploads().Begin(env.acme, {.name = "t"}, env.Change());
  ASSERT_TRUE(upload.ok()) << upload.status();
  ASSERT_TRUE(env.uploads().Put(env.acme, upload->id, 0, "a,b\n", "").ok());
  env.Restart();
  const auto found = env.uploads().Get(env.acme, upload->id);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->bytes, 4);
  // The answer to the first part was lost: it is sent again.
  EXPECT_EQ(env.uploads().Put(env.acme, upload->id, 0, "a,b\n", "")->bytes, 4);
  EXPECT_TRUE(
      absl::IsFailedPrecondition(env.uploads().Put(env.acme, upload->id, 0, "a,c\n", "").status()))
      << "it is another file's";
  EXPECT_TRUE(absl::IsAborted(env.uploads().Put(env.acme, upload->id, 5, "x", "").status()));
  EXPECT_TRUE(absl::IsAborted(env.uploads().Put(env.acme, upload->id, 0, "x", "").status()));
  EXPECT_TRUE(absl::IsAborted(env.uploads().Put(env.acme, upload->id, -1, "x", "").status()));
  ASSERT_TRUE(env.uploads().Put(env.acme, upload->id, 4, "1,2\n", "").ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(env.uploads().Commit(env.acme, upload->id, 9).status()));
  ASSERT_TRUE(env.uploads().Commit(env.acme, upload->id, 8).ok());
  ASSERT_TRUE(env.ImportAll().ok());
  EXPECT_EQ(env.uploads().Commit(env.acme, upload->id, 8)->state, UploadState::kDone);
  EXPECT_EQ(env.Query(env.acme, "FROM t"), "a,b\n1,2\n");
  EXPECT_THAT(*env.blobs().List(env.acme, "upload="), IsEmpty());
  EXPECT_TRUE(
      absl::IsFailedPrecondition(env.uploads().Put(env.acme, upload->id, 8, "3,4\n", "").status()));
}

TEST(Uploads, LookAtTheDigestAndTheLimits) {
  DataSetsTestEnv env;
  env.options.upload_part_bytes_max = 8;
  env.options.upload_bytes_max = 10;
  env.options.uploads_max = 2;
  const auto upload = env.uploads().Begin(env.acme, {.name = "t"}, env.Change());
  const auto put = [&](int64_t offset, const std::string& bytes, const std::string& digest = "") {
    return env.uploads().Put(env.acme, upload->id, offset, bytes, digest).status();
  };
  EXPECT_TRUE(absl::IsInvalidArgument(put(0, "abc", std::string(32, 'x'))));
  EXPECT_TRUE(absl::IsInvalidArgument(put(0, "")));
  EXPECT_TRUE(absl::IsInvalidArgument(put(0, "123456789")));
  EXPECT_TRUE(put(0, "12345678").ok());
  EXPECT_TRUE(base::IsPastLimit(put(8, "90a"))) << "trying again does not help";
  EXPECT_TRUE(absl::IsNotFound(env.uploads().Put(env.other, upload->id, 8, "x", "").status()));
  EXPECT_TRUE(absl::IsNotFound(env.uploads().Commit(env.other, upload->id, 8).status()));
  EXPECT_TRUE(absl::IsNotFound(env.uploads().Delete(env.other, upload->id)));
  ASSERT_TRUE(env.uploads().Begin(env.acme, {.name = "t"}, env.Change()).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(
      env.uploads().Begin(env.acme, {.name = "t"}, env.Change()).status()));
  ASSERT_TRUE(env.uploads().Delete(env.acme, upload->id).ok());
  EXPECT_TRUE(env.uploads().Begin(env.acme, {.name = "t"}, env.Change()).ok());
}

TEST(Uploads, AreSweptWhenNobodyGoesOn) {
  DataSetsTestEnv env;
  const auto upload = env.uploads().Begin(env.acme, {.name = "t"}, env.Change());
  ASSERT_TRUE(env.uploads().Put(env.acme, upload->id, 0, "a\n", "").ok());
  env.clock().Advance(env.options.upload_age_max);
  ASSERT_TRUE(env.uploads().Sweep().ok());
  ASSERT_TRUE(env.uploads().Get(env.acme, upload->id).ok());
  env.clock().Advance(absl::Seconds(1));
  ASSERT_TRUE(env.uploads().Sweep().ok());
  EXPECT_TRUE(absl::IsNotFound(env.uploads().Get(env.acme, upload->id).status()));
  EXPECT_THAT(*env.blobs().List(env.acme, ""), IsEmpty());
}

// Whatever fails while a file is imported, it is imported once, as soon as nothing fails.
TEST(Uploads, ImportOnceWhateverFails) {
  for (const char* point : {"blobstore.open", "blobstore.read", "blobstore.create",
                            "blobstore.commit", "blobstore.delete", "metastore.write",
                            "metastore.committing", "metastore.committed", "metastore.read"}) {
    for (int64_t passes = 0; passes < 3; ++passes) {
      DataSetsTestEnv env;
      const auto upload = env.uploads().Begin(env.acme, {.name = "t"}, env.Change());
      ASSERT_TRUE(env.uploads().Put(env.acme, upload->id, 0, "a\n1\n", "").ok());
      ASSERT_TRUE(env.uploads().Commit(env.acme, upload->id, std::nullopt).ok());
      env.faults().Fail(point, base::Unavailable("away"), passes, 1000);
      env.ImportAll().IgnoreError();
      env.faults().Fail(point, absl::OkStatus(), 0, 0);
      env.Restart();
      ASSERT_TRUE(env.uploads().Resume().ok());
      ASSERT_TRUE(env.ImportAll().ok());
      EXPECT_EQ(env.uploads().Get(env.acme, upload->id)->state, UploadState::kDone);
      EXPECT_THAT(env.Events(), SizeIs(1)) << point << " " << passes;
      EXPECT_EQ(env.Query(env.acme, "FROM t"), "a\n1\n");
    }
  }
}

TEST(DataSetKeeper, ImportsWhatAnEarlierProcessLeft) {
  DataSetsTestEnv env;
  const auto upload = env.uploads().Begin(env.acme, {.name = "t"}, env.Change());
  ASSERT_TRUE(env.uploads().Put(env.acme, upload->id, 0, "a\n1\n", "").ok());
  ASSERT_TRUE(env.uploads().Commit(env.acme, upload->id, std::nullopt).ok());
  env.Restart();
  env.options.sweep_interval = absl::Milliseconds(10);
  {
    DataSetKeeper keeper(env.data_sets());
    ASSERT_TRUE(keeper.Start().ok());
    const absl::Time deadline = absl::Now() + absl::Seconds(30);
    while (keeper.uploads().Get(env.acme, upload->id)->state == UploadState::kImporting &&
           absl::Now() < deadline) {
      std::this_thread::yield();
    }
    keeper.Stop();
  }
  EXPECT_EQ(env.Query(env.acme, "FROM t"), "a\n1\n");
}

TEST(Import, ReadsThePublishedSpectrumOfCsv) {
  TENANTRY_TEST_DATA_OR_SKIP(folder, "csv_spectrum");
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder + "/csvs")) {
    DataSetsTestEnv env;
    const json request = {{"name", "t"}, {"header", true}, {"types", json::object()}};
    const Upload upload = env.Put(env.acme, request, FileBytes(entry.path()), 5);
    ASSERT_EQ(upload.state, UploadState::kDone) << entry.path() << upload.answer_json;
    const auto answer = json::parse(env.Query(env.acme, "SELECT * FROM t", AnswerFormat::kJson));
    json rows = answer["rows"];
    for (json& row : rows) {
      for (auto& [name, value] : row.items()) {
        const auto column = std::ranges::find(answer["columns"], name, [](const json& one) {
          return one["name"].get<std::string>();
        });
        // Nothing in quotes is an empty text; a column of numbers has none.
        if (value.is_null() && (*column)["type"] != "VARCHAR") value = "";
        if (!value.is_string()) value = value.dump();
      }
    }
    const std::string name = entry.path().stem();
    EXPECT_EQ(rows, json::parse(FileBytes(folder + "/json/" + name + ".json"))) << name;
    ++files;
  }
  EXPECT_EQ(files, 11);
}

TEST(Import, FindsSeparators) {
  EXPECT_EQ(Imported("a;b\n1;\"x;y\"\n"), "a,b\n1,x;y\n");
  EXPECT_EQ(Imported("a|b|c\n1|2,5|3\n"), "a,b,c\n1,\"2,5\",3\n");
  EXPECT_EQ(Imported("a\tb\n1\tx, y\n"), "a,b\n1,\"x, y\"\n");
  EXPECT_EQ(Imported("a,b\n\"1\n2\",\"say \"\"hi\"\"\"\n"), "a,b\n\"1\n2\",\"say \"\"hi\"\"\"\n");
  EXPECT_EQ(Imported("a;b,c;d\n1;2,3;4\n", {{"delimiter", ","}}), "a;b,c;d\n1;2,3;4\n");
  EXPECT_EQ(Imported("x\n1\n2\n"), "x\n1\n2\n");
}

TEST(Import, KnowsHeaders) {
  EXPECT_EQ(Imported("1,2\n3,4\n"), "column0,column1\n1,2\n3,4\n");
  EXPECT_EQ(Imported("1,2\n3,4\n", {{"header", true}}), "1,2\n3,4\n");
  EXPECT_EQ(Imported("a,b\nc,d\n", {{"header", false}}), "column0,column1\na,b\nc,d\n");
  const json twice = Problem("id,a,\"A\"\n1,2,3\n");
  EXPECT_EQ(twice["line"], 1);
  EXPECT_EQ(twice["column"], 3);
  EXPECT_EQ(twice["name"], "A");
  EXPECT_THAT(twice["detail"], HasSubstr("column 2 has the same name"));
  EXPECT_EQ(Problem("a,a\nx,y\n", {{"header", true}})["column"], 2);
  EXPECT_EQ(Imported("1,1\n3,4\n"), "column0,column1\n1,1\n3,4\n") << "they are no names";
  EXPECT_EQ(Imported("a,a\n", {{"header", false}}), "column0,column1\na,a\n");
  EXPECT_EQ(Imported("a,b\n", {{"header", true}}), "a,b\n");
  EXPECT_EQ(Imported("# a,b\n1,x\n", {{"header", true}}), "\"# a\",b\n1,x\n");
}

TEST(Import, ReadsEncodings) {
  EXPECT_EQ(Imported("\xef\xbb\xbf"
                     "a,b\n1,\xc3\xa9\n"),
            "a,b\n1,\xc3\xa9\n");
  EXPECT_EQ(Imported("a,b\n1,\xe9\n", {{"encoding", "latin-1"}}), "a,b\n1,\xc3\xa9\n");
  std::string little("\xff\xfe"), big("\xfe\xff");
  for (const char16_t c : std::u16string(u"a,b\n1,\u00e9\U0001F600\n")) {
    little += {static_cast<char>(c & 0xff), static_cast<char>(c >> 8)};
    big += {static_cast<char>(c >> 8), static_cast<char>(c & 0xff)};
  }
  EXPECT_EQ(Imported(little), "a,b\n1,\xc3\xa9\xf0\x9f\x98\x80\n");
  EXPECT_EQ(Imported(big), "a,b\n1,\xc3\xa9\xf0\x9f\x98\x80\n");
  EXPECT_THAT(Imported(little.substr(0, little.size() - 1)), HasSubstr("half a character"));
  const json problem = Problem("a,b\n1,2\n3,\xe9\n");
  EXPECT_EQ(problem["line"], 3);
  EXPECT_THAT(problem["detail"], HasSubstr("not UTF-8"));
}

TEST(Import, TellsWhereAFileIsWrong) {
  std::string late = "id,amount\n";
  for (int i = 0; i < 30'000; ++i) late += fmt::format("{},{}\n", i, i);
  const json cast = Problem(late + "30000,oops\n");
  EXPECT_EQ(cast["line"], 30'002);
  EXPECT_EQ(cast["column"], 2);
  EXPECT_EQ(cast["name"], "amount");
  EXPECT_EQ(cast["value"], "oops");
  EXPECT_THAT(cast["detail"], HasSubstr("is no BIGINT"));
  const json ragged = Problem("a,b,c\n1,2,3\n4,5\n6,7,8\n");
  EXPECT_EQ(ragged["line"], 3);
  EXPECT_EQ(ragged["value"], "4,5");
  EXPECT_EQ(ragged["detail"], "the line has 2 fields, the others 3");
  const json wide = Problem("a,b,c\n1,2,3\n4,5,6,7\n6,7,8\n");
  EXPECT_EQ(wide["line"], 3);
  EXPECT_EQ(wide["detail"], "the line has 4 fields, the others 3");
  EXPECT_EQ(Problem("a,b\n1,2\n3\n")["detail"], "the line has 1 field, the others 2");
  const json open = Problem("a,b\n1,\"open\n2,3\n");
  EXPECT_EQ(open["line"], 2);
  EXPECT_EQ(open["column"], 2);
  EXPECT_EQ(open["value"], "\"open");
  EXPECT_THAT(open["detail"], HasSubstr("the field has a quote that is not closed"));
  const json behind = Problem("a,b\n1,\"x\"y\n");
  EXPECT_EQ(behind["line"], 2);
  EXPECT_EQ(behind["column"], 2);
  EXPECT_THAT(behind["detail"], HasSubstr("holds bytes behind its closing quote"));
  EXPECT_EQ(Problem("")["detail"], "the file is empty");
  EXPECT_EQ(Problem("\n\n")["detail"], "the file is empty");
  EXPECT_THAT(Problem(std::string("a,b\n1,\0\n", 8))["detail"], HasSubstr("zero byte at 6"));
}

TEST(Import, TellsWhichFieldIsTooLong) {
  const json answer = Answer("a,b\n\"1\n2\",x\n2," + std::string(5'000'000, 'y') + "\n3,z\n");
  EXPECT_THAT(answer["detail"], HasSubstr("line 4, column 2"));
  const json problem = answer["problems"][0];
  EXPECT_EQ(problem["line"], 4);
  EXPECT_EQ(problem["column"], 2);
  EXPECT_THAT(problem["value"].get<std::string>(), ::testing::StartsWith("yyy"));
  EXPECT_LT(problem["value"].get<std::string>().size(), 300u);
  EXPECT_THAT(problem["detail"], HasSubstr("more than 2000000 bytes"));
}

TEST(Import, TakesTheTypesThatAreAskedFor) {
  EXPECT_EQ(Imported("id,zip\n1,01234\n", {{"types", {{"zip", "varchar"}}}}), "id,zip\n1,01234\n");
  EXPECT_EQ(Problem("id\nx\n", {{"types", {{"id", "BIGINT"}}}, {"header", true}})["value"], "x");
  EXPECT_THAT(Imported("id\n1\n", {{"types", {{"nope", "BIGINT"}}}}), HasSubstr("nope"));
}

// A head, many lines that are alike, and one that is not: what the engine's sample does not see.
std::string Late(const std::string& head, const std::string& line, const std::string& last) {
  std::string bytes = head;
  for (int i = 0; i < 60'000; ++i) bytes += line;
  return bytes + last;
}

TEST(Import, TellsWhichKeyOfNdjsonIsWrong) {
  const json format = {{"format", "ndjson"}};
  const auto late = [&](const std::string& line, const std::string& last) {
    const json problem = Problem(Late("", line + "\n", last + "\n"), format);
    EXPECT_EQ(problem["line"], 60'001) << problem;
    for (const char* engine : {"Error", "transform", "input", "UBIGINT"}) {
      EXPECT_THAT(problem.dump(), Not(HasSubstr(engine)));
    }
    return problem;
  };
  const json text = late(R"({"id":1,"v":2})", R"({"id":2,"v":"oops"})");
  EXPECT_EQ(text["name"], "v");
  EXPECT_EQ(text["value"], "oops");
  EXPECT_EQ(text["detail"], "is no number, which the lines before it have there");
  const json object = late(R"({"id":1,"v":2})", R"({"id":2,"v":{"x":1}})");
  EXPECT_EQ(object["name"], "v");
  EXPECT_EQ(object["value"], R"({"x":1})");
  const json list = late(R"({"l":[1]})", R"({"l":5})");
  EXPECT_EQ(list["name"], "l");
  EXPECT_EQ(list["value"], "5");
  EXPECT_EQ(list["detail"], "stands where the lines before it have a list");
  EXPECT_THAT(late(R"({"id":1})", "5")["detail"], HasSubstr("is no object"));
  const json key = late(R"({"id":1})", R"({"id":2,"w":"x"})");
  EXPECT_EQ(key["name"], "w");
  EXPECT_EQ(key["value"], "x");
  EXPECT_THAT(key["detail"], HasSubstr("name it in the first line too, as null"));
  DataSetsTestEnv env;
  const std::string named = Late("{\"id\":1,\"w\":null}\n", "{\"id\":1}\n", "{\"w\":\"x\"}\n");
  const Upload taken = env.Put(env.acme, {{"name", "t"}, {"format", "ndjson"}}, named);
  EXPECT_EQ(taken.state, UploadState::kDone) << taken.answer_json;
  EXPECT_EQ(late(R"({"o":{"a":1}})", R"({"o":{"a":1,"b":2}})")["name"], "b");
  const json twice = Problem("{\"a\":1,\"a\":2}\n", format);
  EXPECT_EQ(twice["line"], 1);
  EXPECT_EQ(twice["name"], "a");
  EXPECT_EQ(twice["detail"], "the object has this key twice");
}

TEST(Import, RefusesWhatATypeWouldRoundOrCut) {
  const json fraction = Problem(Late("id,v\n", "7,3\n", "\n60001,1.5\n8,9\n"));
  EXPECT_EQ(fraction["line"], 60'003);
  EXPECT_EQ(fraction["column"], 2);
  EXPECT_EQ(fraction["name"], "v");
  EXPECT_EQ(fraction["value"], "1.5");
  EXPECT_THAT(fraction["detail"], HasSubstr("is no BIGINT"));
  EXPECT_THAT(fraction["detail"], HasSubstr("the type DOUBLE or VARCHAR"));
  const json time = Problem(Late("d\n", "2026-01-01\n", "2026-01-01 10:30:00\n"));
  EXPECT_EQ(time["line"], 60'002);
  EXPECT_EQ(time["value"], "2026-01-01 10:30:00");
  EXPECT_THAT(time["detail"], HasSubstr("is no DATE"));
  const auto typed = [](const std::string& type, const std::string& value) {
    return Problem("s,v\n\"a\nb\"," + value + "\n", {{"types", {{"V", type}}}});
  };
  for (const auto& [type, value] :
       std::vector<std::pair<std::string, std::string>>{{"BIGINT", "1.5"},
                                                        {"BIGINT", "15e-1"},
                                                        {"BIGINT", "9007199254740993.5"},
                                                        {"INTEGER", "-0.25"},
                                                        {"DATE", "2026-01-01abc"},
                                                        {"DATE", "2026-1-1abc"},
                                                        {"TIME", "10:30:00abc"},
                                                        {"TIME", "2026-01-01 10:30:00"}}) {
    const json problem = typed(type, value);
    EXPECT_EQ(problem["line"], 2) << type << value << problem;
    EXPECT_EQ(problem["column"], 2) << problem;
    EXPECT_EQ(problem["value"], value) << problem;
  }
}

TEST(Import, RefusesPartsOfAMicrosecond) {
  const json late =
      Problem(Late("id,at\n", "7,2026-01-01 10:30:00\n", "8,2026-01-01 10:30:00.1234567\n"));
  EXPECT_EQ(late["line"], 60'002);
  EXPECT_EQ(late["column"], 2);
  EXPECT_EQ(late["value"], "2026-01-01 10:30:00.1234567");
  EXPECT_THAT(late["detail"], HasSubstr("is no TIMESTAMP, which would round or cut it"));
  EXPECT_THAT(late["detail"], HasSubstr("--type COLUMN=VARCHAR in the terminal"));
  EXPECT_EQ(Problem("at\n2026-1-1 1:2:3.0000001\n")["line"], 2);
  EXPECT_EQ(Problem("at\n2026-01-01T01:02:03.0000001+02:00\n",
                    {{"types", {{"at", "TIMESTAMPTZ"}}}})["line"],
            2);
  const std::string exact = "at\n2026-01-01 10:30:00.123456\n";
  EXPECT_EQ(Imported(exact), exact);
  EXPECT_EQ(Imported("at\n2026-01-01 10:30:00.123456000\n"), exact);
  const std::string nanos = "at\n2026-01-01 10:30:00.1234567\n";
  EXPECT_EQ(Imported(nanos, {{"types", {{"at", "VARCHAR"}}}}), nanos);
}

TEST(Import, KeepsWhatNdjsonHoldsExactlyInsideToo) {
  const json format = {{"format", "ndjson"}};
  EXPECT_EQ(Imported(R"({"at":"2026-01-01 10:30:00.1234567","b":"2026-01-01 10:30:00"})", format),
            "at,b\n2026-01-01 10:30:00.1234567,2026-01-01 10:30:00\n");
  EXPECT_EQ(Imported(R"({"o":{"id":123456789012345678901234,"x":1}})", format),
            "o\n\"{'id': 123456789012345678901234, 'x': 1}\"\n");
  EXPECT_EQ(Imported(R"({"l":[{"n":-9300000000000000000}]})", format),
            "l\n[{'n': -9300000000000000000}]\n");
  EXPECT_EQ(
      Imported(R"({"o":{"x":1.5,"id":1234567890123456789,"t":"12345678901234567890"}})", format),
      "o\n\"{'x': 1.5, 'id': 1234567890123456789, 't': 12345678901234567890}\"\n");
}

TEST(Import, TakesOtherWordsForTheSameValue) {
  const json types = {{"types", {{"i", "BIGINT"}, {"d", "DATE"}, {"t", "TIME"}}}};
  EXPECT_EQ(Imported("i,d,t\n1.0,2026-01-01 00:00:00,10:30:00.1250000\n1.5e1,,10:30\n", types),
            "i,d,t\n1,2026-01-01,10:30:00.125\n15,,10:30:00\n");
}

TEST(Import, KeepsWholeNumbersOfAnyLength) {
  const std::string rows =
      "n\n18446744073709551617\n1\n-99999999999999999999999999999999999999999\n";
  EXPECT_EQ(Imported(rows), rows);
  EXPECT_EQ(Imported(rows.substr(2), {{"header", false}}), "column0" + rows.substr(1));
  EXPECT_EQ(Imported("x,n\n1.5,100000000000000000000\n2.5,3\n"), "x,n\n1.5,1e+20\n2.5,3.0\n");
  EXPECT_EQ(Imported("{\"n\":18446744073709551617,\"d\":\"2026-01-01\"}\n{\"n\":1}\n",
                     {{"format", "ndjson"}}),
            "n,d\n18446744073709551617,2026-01-01\n1,\n");
}

TEST(Import, TakesTheTypesOfNdjsonFromAllLines) {
  const auto last = [](const std::string& line, const std::string& late) {
    DataSetsTestEnv env;
    const Upload upload = env.Put(env.acme, {{"name", "t"}, {"format", "ndjson"}},
                                  Late("", line + "\n", late + "\n"), 1 << 20);
    EXPECT_EQ(upload.state, UploadState::kDone) << upload.answer_json;
    return env.Query(env.acme, "SELECT * FROM t OFFSET 60000");
  };
  EXPECT_EQ(last(R"({"a":1})", R"({"a":1.5})"), "a\n1.5\n");
  EXPECT_EQ(last(R"({"a":{"b":1}})", R"({"a":{"b":1.5}})"), "a\n{'b': 1.5}\n");
  const std::string days = Late("", "{\"d\":\"2026-01-01\"}\n", "{\"d\":\"2026-01-01 10:30\"}\n");
  const json day = Problem(days, {{"format", "ndjson"}});
  EXPECT_EQ(day["line"], 60'001);
  EXPECT_EQ(day["value"], "{\"d\":\"2026-01-01 10:30\"}");
}

TEST(Import, ReadsNdjson) {
  const json format = {{"format", "ndjson"}};
  EXPECT_EQ(Imported("{\"a\":1,\"b\":\"x\"}\n{\"a\":2}\n", format), "a,b\n1,x\n2,\n");
  const json malformed = Problem("{\"a\":1}\n{\"a\":\n", format);
  EXPECT_EQ(malformed["line"], 2);
  EXPECT_THAT(malformed["detail"], HasSubstr("the line is no JSON"));
  EXPECT_THAT(malformed.dump(), Not(HasSubstr("staging")));
  EXPECT_THAT(Problem("1\n2\n", format)["detail"], HasSubstr("one {…} a line"));
  EXPECT_EQ(Problem(" \n", format)["detail"], "the file is empty");
  std::string late;
  for (int i = 0; i < 30'000; ++i) late += fmt::format("{{\"id\":{}}}\n", i);
  const json cast = Problem(late + "{\"id\":\"oops\"}\n", format);
  EXPECT_EQ(cast["line"], 30'001);
  EXPECT_EQ(cast["value"], "oops");
}

TEST(Import, ReadsParquetAndFindsEveryDamage) {
  DataSetsTestEnv env;
  env.Put(env.acme, {{"name", "t"}}, "a,b\n1,x\n2,y\n");
  const std::string good = env.Query(env.acme, "FROM t", AnswerFormat::kParquet);
  const json request = {{"name", "p"}, {"format", "parquet"}};
  EXPECT_EQ(env.Put(env.acme, request, good, 100).state, UploadState::kDone);
  EXPECT_EQ(env.Query(env.acme, "FROM p"), "a,b\n1,x\n2,y\n");
  const std::string bad[] = {good.substr(0, good.size() / 2),
                             good.substr(0, good.size() - 1),
                             good.substr(4),
                             "PAR1",
                             "PAR1PAR1",
                             std::string(1000, '\xff') + "PAR1",
                             "a,b\n1,2\n"};
  for (const std::string& bytes : bad) {
    const Upload upload = env.Put(env.acme, request, bytes);
    EXPECT_EQ(upload.state, UploadState::kFailed);
    EXPECT_THAT(upload.answer_json, HasSubstr("no Parquet, cut short or damaged"));
    EXPECT_THAT(upload.answer_json, Not(HasSubstr("staging")));
  }
  EXPECT_EQ(env.data_sets().Get(env.acme, "p")->version, 1);
}

TEST(ImportRequest, RefusesWhatMakesNoSense) {
  const json bad[] = {
      json::array(),
      {{"name", "a b"}},
      {{"name", 1}},
      json::object(),
      {{"name", "a"}, {"format", "xls"}},
      {{"name", "a"}, {"delimiter", "::"}},
      {{"name", "a"}, {"delimiter", "'"}},
      {{"name", "a"}, {"header", "yes"}},
      {{"name", "a"}, {"encoding", "ebcdic"}},
      {{"name", "a"}, {"types", {{"x", "BIGINT); DROP"}}}},
      {{"name", "a"}, {"types", 3}},
      {{"name", "a"}, {"format", "ndjson"}, {"delimiter", ","}},
      {{"name", "a"}, {"nmae", "b"}},
  };
  for (const json& object : bad) {
    EXPECT_TRUE(absl::IsInvalidArgument(ReadImportRequest(object).status())) << object;
  }
  const auto good = ReadImportRequest({{"name", "a"}, {"delimiter", "tab"}, {"header", false}});
  ASSERT_TRUE(good.ok());
  EXPECT_EQ(good->delimiter, "\t");
  EXPECT_EQ(*ReadImportRequest(ToJson(*good)), *good);
}

TEST(CsvDialect, PrefersTheWidestThatFits) {
  EXPECT_EQ(FindDelimiter("a,b;c\n1,2;3\n", true), ',');
  EXPECT_EQ(FindDelimiter("a;b\n1,5;2\n3;4\n", true), ';');
  EXPECT_EQ(FindDelimiter("x\n", true), ',');
  EXPECT_EQ(FindDelimiter("", true), ',');
  EXPECT_EQ(FindDelimiter("\"a;b\",c\n\"1;2\",3\n", true), ',');
}

}  // namespace
}  // namespace tenantry::lake::datasets
