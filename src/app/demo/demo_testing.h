#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/app_testing.h"
#include "app/demo/scientist.h"
#include "simulator/science/scientist_plan.h"

namespace tenantry::app::demo {

/// Rows of a visit's file, and more bytes than any file here has.
inline constexpr int64_t kRows = 50;
inline constexpr int64_t kAll = 4 << 20;

/// A data scientist of readings before a server that answers as a test says.
struct ScienceRun : TestRun {
  ScienceRun() {
    plan.tenant = base::TenantId("plant");
    plan.assignment = &simulator::science::Assignments()[2];
  }

  /// One visit; `record` is what came of it.
  absl::Status Work(bool slips = false, bool asks = false) {
    Scientist scientist(terminal, server.url(), folder + "/pia", plan, "pa55w0rd",
                        [this] { return stopped; });
    const absl::Status worked =
        scientist.Work({.seed = 1, .rows = kRows, .end = end, .slips = slips, .asks = asks});
    record = scientist.record();
    return worked;
  }

  /// Answers to logging in.
  void AnswerLogin() {
    server.Answer(201, R"({"token":"tok","expires":"2026-01-02T03:04:05Z","sessionID":"s"})");
  }

  /// Answers to putting a file that becomes `rows` rows.
  void AnswerPut(int64_t rows = kRows) {
    AnswerUpload("receiving", 0);
    AnswerUpload("receiving", kAll);
    AnswerUpload("done", 0);
    server.Answer(200,
                  nlohmann::json({{"name", "readings"}, {"rows", rows}, {"version", 1}}).dump());
  }

  /// Answers to submitting a job and looking at it once.
  void AnswerJob(const std::string& status, const std::string& error = "") {
    server.Answer(201, nlohmann::json({{"jobID", "j-" + status}, {"status", "queued"}}).dump());
    AnswerState(status, error);
  }

  /// Answers to one more look at it.
  void AnswerState(const std::string& status, const std::string& error = "") {
    server.Answer(
        200, nlohmann::json(
                 {{"jobID", "j-" + status}, {"status", status}, {"error", error}, {"steps", {}}})
                 .dump());
  }

  /// Requests as "METHOD last segment of the path".
  std::vector<std::string> Asked() {
    std::vector<std::string> asked;
    for (const net::HttpRequest& request : server.requests()) {
      asked.push_back(request.method + request.path.substr(request.path.rfind('/')));
    }
    return asked;
  }

  /// What a visit is made of, and what the server was asked.
  simulator::science::ScientistPlan plan;
  ScriptedServer server;
  ScienceRecord record;
  bool stopped = false;
  absl::Time end = absl::FromUnixSeconds(1'764'460'800);

 private:
  void AnswerUpload(const char* state, int64_t bytes) {
    server.Answer(200, nlohmann::json({{"uploadID", "u1"},
                                       {"dataSetID", "d1"},
                                       {"state", state},
                                       {"version", 1},
                                       {"bytes", bytes},
                                       {"partBytesMax", kAll}})
                           .dump());
  }
};

}  // namespace tenantry::app::demo
