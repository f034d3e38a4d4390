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

}  // namespace
}  // namespace tenantry::lake::datasets
