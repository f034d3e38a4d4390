#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/command_line.h"
#include "app/console/test_terminal.h"
#include "net/http_server.h"

namespace tenantry::app {

/// A command line on strings, for tests, with a fresh folder of settings.
struct TestRun : console::TestTerminal {
  TestRun() {
    folder = testing::TempDir() + "/app_test_" +
             testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    terminal.environment = {"XDG_CONFIG_HOME=" + folder};
  }

  /// Runs and gives the exit code; `out` and `err` hold what this run printed.
  int Run(const std::vector<std::string>& arguments) {
    out.str("");
    err.str("");
    return app::Run(arguments, terminal);
  }

  std::string folder;
};

/// A real HTTP server that answers as a test says and remembers what it was asked. Answers are
/// given in the order in which they were queued, whatever the request.
class ScriptedServer {
 public:
  ScriptedServer() : server_(Options(), Routes(), clock_, random_, metrics_) {
    const absl::Status status = server_.Start();
    EXPECT_TRUE(status.ok()) << status;
  }
  ~ScriptedServer() { server_.Stop(); }

  /// Queues an answer.
  void Answer(int status, const std::string& json, const net::Headers& headers = {}) {
    net::HttpResponse response = net::HttpResponse::JsonText(status, json);
    for (const auto& header : headers) response.headers.insert(header);
    AnswerWith(std::move(response));
  }

  /// Queues any answer.
  void AnswerWith(net::HttpResponse response) {
    const std::lock_guard lock(mutex_);
    answers_.push_back(std::move(response));
  }

  /// The requests so far.
  std::vector<net::HttpRequest> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  /// Where it answers.
  std::string url() const { return server_.url(); }

 private:
  static net::HttpServerOptions Options() {
    net::HttpServerOptions options;
    options.listen = "127.0.0.1:0";
    return options;
  }

  // What the commands send; the server's own routes are compared with the contract elsewhere.
  inline static const std::vector<std::string> kQuery = {
      "after",   "asOf", "cursor", "from",   "industry", "limit", "name", "offset",
      "pattern", "plan", "q",      "status", "tenant",   "to",    "user"};

  std::vector<net::Route> Routes() {
    std::vector<net::Route> routes;
    std::string pattern = "/api/v1";
    for (const char* segment : {"/{a}", "/{b}", "/{c}", "/{d}", "/{e}", "/{f}"}) {
      pattern += segment;
      for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
        routes.push_back({method, pattern, std::string(method) + segment,
                          [this](const net::HttpRequest& request) { return Next(request); },
                          kQuery});
      }
    }
    return routes;
  }

  net::HttpResponse Next(const net::HttpRequest& request) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    if (answers_.empty()) return net::Problem(500, "No answer", "The test queued no answer.");
    net::HttpResponse answer = std::move(answers_.front());
    answers_.erase(answers_.begin());
    return answer;
  }

  std::mutex mutex_;
  std::vector<net::HttpResponse> answers_;
  std::vector<net::HttpRequest> requests_;
  base::SystemClock clock_;
  base::SystemRandom random_;
  runtime::Metrics metrics_;
  net::HttpServer server_;
};

/// A command line that is told a scripted server.
struct ServedRun : TestRun {
  ServedRun() { terminal.environment.push_back("TENANTRY_SERVER=" + server.url()); }

  /// Writes a file into the folder; its path.
  std::string File(const std::string& name, const std::string& bytes) {
    std::ofstream(folder + "/" + name) << bytes;
    return folder + "/" + name;
  }

  /// The body of a request, as JSON.
  nlohmann::json Body(size_t request) {
    return nlohmann::json::parse(server.requests().at(request).body);
  }

  ScriptedServer server;
};

}  // namespace tenantry::app
