#include "jobs/runner/sandbox/engine_words.h"

#include <gtest/gtest.h>

namespace tenantry::jobs {
namespace {

TEST(EngineWords, LeaveOutTheStatementThatTheSqlIsWrappedIn) {
  const char* message =
      "Binder Error: Referenced column \"x\" not found in FROM clause!\nCandidate bindings: "
      "\"id\"\n\nLINE 2: COPY (SELECT x\n              ^";
  EXPECT_EQ(EngineWords(message, "SELECT x FROM t"),
            "Binder Error: Referenced column \"x\" not found in FROM clause!; Candidate bindings: "
            "\"id\"");
  EXPECT_EQ(EngineWords(message, "SELECT 1,\nx FROM t"),
            "Binder Error: Referenced column \"x\" not found in FROM clause!; Candidate bindings: "
            "\"id\" (line 2 of its SQL)");
}

TEST(EngineWords, AreOneLineAndNotEndless) {
  EXPECT_EQ(EngineWords("a\r\n\r\nb\n", "SELECT 1"), "a; b");
  EXPECT_EQ(EngineWords("no room\n\nPossible solutions:\n* SET threads", "SELECT 1"), "no room");
  std::string longer(1999, 'a');
  longer += "é and more";
  EXPECT_EQ(EngineWords(longer, "SELECT 1"), std::string(1999, 'a') + " …");
}

}  // namespace
}  // namespace tenantry::jobs
