#include "net/http.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/errors/reworded.h"
#include "base/full_disk.h"
#include "base/retry_after.h"
#include "base/status.h"

namespace tenantry::net {
namespace {

TEST(Http, ComparesHeaderNamesWithoutCase) {
  Headers headers;
  headers.emplace("Content-Type", "a");
  headers.emplace("ETag", "b");
  EXPECT_EQ(headers.count("content-TYPE"), 1u);
  EXPECT_EQ(headers.count("content-typ"), 0u);
  EXPECT_EQ(headers.find("etag")->second, "b");
  EXPECT_TRUE(SameWord("Keep-Alive", "kEEP-aLIVE"));
  EXPECT_FALSE(SameWord("a", "ab"));
  EXPECT_FALSE(SameWord("[", "{"));
}

TEST(Http, GivesTheFirstHeaderAndQueryOfAName) {
  HttpRequest request;
  request.headers.emplace("X-A", "1");
  request.headers.emplace("x-a", "2");
  request.query.emplace("q", "3");
  request.query.emplace("q", "4");
  request.path_params["id"] = "5";
  EXPECT_EQ(request.Header("X-a"), "1");
  EXPECT_EQ(request.Header("X"), "");
  EXPECT_EQ(request.Query("q"), "3");
  EXPECT_EQ(request.Query("p"), std::nullopt);
  EXPECT_EQ(request.Param("id"), "5");
  EXPECT_DEATH(request.Param("other"), "path_params");
}

TEST(Http, MapsEveryStatusCodeByTheTable) {
  const std::vector<std::pair<absl::StatusCode, int>> table = {
      {absl::StatusCode::kInvalidArgument, 400},   {absl::StatusCode::kUnauthenticated, 401},
      {absl::StatusCode::kPermissionDenied, 403},  {absl::StatusCode::kNotFound, 404},
      {absl::StatusCode::kAlreadyExists, 409},     {absl::StatusCode::kFailedPrecondition, 409},
      {absl::StatusCode::kOutOfRange, 410},        {absl::StatusCode::kAborted, 412},
      {absl::StatusCode::kResourceExhausted, 429}, {absl::StatusCode::kUnimplemented, 501},
      {absl::StatusCode::kUnavailable, 503},       {absl::StatusCode::kDeadlineExceeded, 504},
      {absl::StatusCode::kInternal, 500},          {absl::StatusCode::kDataLoss, 500},
      {absl::StatusCode::kUnknown, 500},           {absl::StatusCode::kCancelled, 500}};
  for (const auto& [code, http] : table) {
    EXPECT_EQ(HttpStatusOf(code), http);
    const HttpResponse problem = Problem(absl::Status(code, "why"));
    EXPECT_EQ(problem.status, http);
    EXPECT_EQ(problem.headers.contains("Retry-After"), http == 429 || http == 503);
    EXPECT_EQ(problem.headers.contains("WWW-Authenticate"), http == 401);
  }
}

TEST(Http, AFullDiskIsToldFromTooMuchAtOnce) {
  const auto full = base::AsFullDisk(absl::ResourceExhaustedError("no room"));
  const HttpResponse problem = Problem(base::Annotate(full, "writing"));
  EXPECT_EQ(problem.status, 507);
  EXPECT_FALSE(problem.headers.contains("Retry-After"));
  EXPECT_EQ(nlohmann::json::parse(problem.body)["detail"], "writing: no room");
}

TEST(Http, ARequestPastALimitIsNotToBeTriedAgain) {
  const auto past = base::AsPastLimit(absl::ResourceExhaustedError("too large"));
  const HttpResponse problem = Problem(base::Reworded(past, "the answer is too large"));
  EXPECT_EQ(problem.status, 422);
  EXPECT_FALSE(problem.headers.contains("Retry-After"));
  EXPECT_FALSE(base::IsPastLimit(absl::ResourceExhaustedError("too many")));
}

TEST(Http, ProblemsSayWhenToTryAgain) {
  const auto wait = [](absl::Duration duration) {
    const auto busy = absl::ResourceExhaustedError("busy");
    return Problem(base::WithRetryAfter(busy, duration)).headers.find("Retry-After")->second;
  };
  EXPECT_EQ(wait(absl::Minutes(1)), "60");
  EXPECT_EQ(wait(absl::Milliseconds(1001)), "2");
}

TEST(Http, ProblemsSayWhatAndInternalOnesKeepTheirSecret) {
  const nlohmann::json shown = nlohmann::json::parse(Problem(base::NotFound("no tenant x")).body);
  EXPECT_EQ(shown["status"], 404);
  EXPECT_EQ(shown["title"], "Not Found");
  EXPECT_EQ(shown["detail"], "no tenant x");
  EXPECT_TRUE(shown.contains("type"));
  const HttpResponse hidden = Problem(base::Internal("password is hunter2"));
  EXPECT_EQ(hidden.status, 500);
  EXPECT_EQ(hidden.body.find("hunter2"), std::string::npos);
  EXPECT_EQ(hidden.headers.find("Content-Type")->second, "application/problem+json");
}

TEST(Http, WritesBrokenUtf8AsReplacement) {
  const HttpResponse response = HttpResponse::Json(200, {{"a", "\xff"}});
  EXPECT_EQ(response.body, "{\"a\":\"\xEF\xBF\xBD\"}");
}

TEST(Http, KnowsPhrases) {
  EXPECT_EQ(ReasonPhrase(200), "OK");
  EXPECT_EQ(ReasonPhrase(507), "Insufficient Storage");
  EXPECT_EQ(ReasonPhrase(299), "Unknown");
}

}  // namespace
}  // namespace tenantry::net
