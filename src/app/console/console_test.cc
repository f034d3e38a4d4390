#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "app/console/format.h"
#include "app/console/progress.h"
#include "app/console/table.h"
#include "app/console/terminal.h"
#include "app/console/test_terminal.h"
#include "base/status.h"

namespace tenantry::app::console {
namespace {

using ::testing::HasSubstr;

TEST(Format, GroupsCountsByThousands) {
  EXPECT_EQ(FormatCount(0), "0");
  EXPECT_EQ(FormatCount(999), "999");
  EXPECT_EQ(FormatCount(1284), "1,284");
  EXPECT_EQ(FormatCount(-1234567), "-1,234,567");
  EXPECT_EQ(FormatCount(-0.2), "0");
  EXPECT_EQ(FormatNumber(1234.5, 2), "1,234.5");
  EXPECT_EQ(FormatNumber(1234.999, 2), "1,235");
  EXPECT_EQ(FormatNumber(0.126, 2), "0.13");
  EXPECT_EQ(FormatNumber(1e20, 0), "100,000,000,000,000,000,000");
  EXPECT_EQ(FormatNumber(-1.5e300, 2), "-1.5e+300");
  EXPECT_EQ(FormatField(Json::parse(R"({"revenue":1e300})"), "revenue"), "1e+300");
}

TEST(Format, PrintsSizesWithAtMostThreeDigits) {
  EXPECT_EQ(FormatSize(0), "0 B");
  EXPECT_EQ(FormatSize(999), "999 B");
  EXPECT_EQ(FormatSize(1000), "1 kB");
  EXPECT_EQ(FormatSize(3'400'000'000), "3.4 GB");
  EXPECT_EQ(FormatSize(999'960), "1 MB");
  EXPECT_EQ(FormatSize(128e6), "128 MB");
  EXPECT_EQ(FormatSize(99'960), "100 kB");
  EXPECT_EQ(FormatSize(5e21), "5,000 EB");
}

TEST(Format, ShowsMomentsInUtcAndLeavesOthersAlone) {
  EXPECT_EQ(FormatMoment("2025-02-01T01:30:00.999+02:00"), "2025-01-31 23:30:00");
  EXPECT_EQ(FormatMoment("yesterday"), "yesterday");
  EXPECT_EQ(FormatShare(0.666), "67 %");
}

TEST(Format, TellsRiskInAWordAndNeverTakesUnknownForLow) {
  EXPECT_EQ(FormatRisk(Json::parse(R"({"churn":true,"score":0.87,"status":"fresh"})")),
            "0.87 high");
  EXPECT_EQ(FormatRisk(Json::parse(R"({"churn":false,"score":0.1,"status":"stale"})")),
            "0.10 low (stale)");
  EXPECT_EQ(FormatRisk(Json::parse(R"({"churn":false,"score":0.3,"status":"fresh"})")),
            "0.30 watch");
  EXPECT_EQ(FormatRisk(Json::parse(R"({"churn":null,"score":null,"status":"unknown"})")),
            "unknown");
  EXPECT_EQ(FormatRisk(Json()), "unknown");
}

TEST(Format, MakesTextsHarmless) {
  EXPECT_EQ(Printable("a\x1b[31mb\n\x7f"), "a?[31mb??");
  EXPECT_EQ(Printable("caf\xc3\xa9 \xff"), "café \uFFFD");
  EXPECT_EQ(Printable("\xc2\x9b"), "?");
  EXPECT_EQ(Printable("\xed\xa0\x80"), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(Printable("\u202E"
                      "abc"),
            "?abc");
}

TEST(Format, MeasuresAndCutsByColumns) {
  EXPECT_EQ(DisplayWidth("café"), 4);
  EXPECT_EQ(DisplayWidth("cafe\u0301"), 4);
  EXPECT_EQ(DisplayWidth("日本"), 4);
  EXPECT_EQ(CutToWidth("日本語", 6), "日本語");
  EXPECT_EQ(CutToWidth("日本語", 5), "日本…");
  EXPECT_EQ(CutToWidth("abcdef", 4), "abc…");
}

TEST(Format, DrawsSparklinesFromZero) {
  EXPECT_EQ(Sparkline({0, 7, 3.5}), "▁█▅");
  EXPECT_EQ(Sparkline({0, 0}), "▁▁");
  EXPECT_EQ(Sparkline({}), "");
}

TEST(Table, AlignsColumnsByWhatIsSeen) {
  TestTerminal fake;
  Table table(fake.terminal, {{"NAME"}, {"JOBS", Align::kRight}, {"NOTE"}});
  table.AddRow({std::string("日本"), std::string("7"), std::string("x")});
  table.AddRow({std::string("a\tb"), std::string("1,284"), std::string("")});
  table.Finish("nothing");
  EXPECT_EQ(fake.out.str(), "NAME   JOBS  NOTE\n日本      7  x\na?b   1,284\n");
  EXPECT_EQ(fake.err.str(), "");
}

TEST(Table, SaysWhenThereIsNothing) {
  TestTerminal fake;
  Table table(fake.terminal, {{"NAME"}});
  table.Finish("no tenants");
  EXPECT_EQ(fake.out.str(), "");
  EXPECT_EQ(fake.err.str(), "no tenants\n");
}

TEST(Table, CutsTextsButNoNumbersToFitTheTerminal) {
  TestTerminal fake;
  fake.terminal.out_is_terminal = true;
  fake.terminal.columns = 20;
  Table table(fake.terminal, {{"NAME"}, {"JOBS", Align::kRight}});
  table.AddRow({std::string(40, 'n'), std::string("123,456")});
  table.Finish("");
  EXPECT_EQ(fake.out.str(), "NAME            JOBS\nnnnnnnnnnn…  123,456\n");
}

TEST(Table, ColoursOnlyTerminalsThatWantIt) {
  TestTerminal fake;
  fake.terminal.out_is_terminal = true;
  fake.terminal.environment = {"TERM=xterm"};
  Table coloured(fake.terminal, {{"RISK"}});
  coloured.AddRow({Cell("high", Emphasis::kAlarm)});
  coloured.Finish("");
  EXPECT_EQ(fake.out.str(), "\x1b[1mRISK\x1b[0m\n\x1b[31mhigh\x1b[0m\n");
  for (const char* plain : {"NO_COLOR=1", "TERM=dumb"}) {
    TestTerminal other;
    other.terminal.out_is_terminal = true;
    other.terminal.environment = {plain, "TERM=xterm"};
    Table table(other.terminal, {{"RISK"}});
    table.AddRow({Cell("high", Emphasis::kAlarm)});
    table.Finish("");
    EXPECT_EQ(other.out.str(), "RISK\nhigh\n") << plain;
  }
}

TEST(Table, PrintsPagesAsTheyFillUnderOneTitle) {
  TestTerminal fake;
  Table table(fake.terminal, {{"N"}});
  for (int i = 0; i < 1000; ++i) table.AddRow({std::string("x")});
  EXPECT_EQ(fake.out.str().size(), 2u * 1001);
  table.AddRow({std::string("wide")});
  table.Finish("");
  EXPECT_THAT(fake.out.str(), testing::EndsWith("x\nwide\n"));
}

TEST(Table, PrintsFieldsInTwoColumns) {
  TestTerminal fake;
  PrintFields(fake.terminal, {{"user", "ada\x1b"}, {"role", "sre"}, {"expires", "now"}});
  EXPECT_EQ(fake.out.str(), "user     ada?\nrole     sre\nexpires  now\n");
}

TEST(Progress, IsSilentWithoutATerminalAndCleansUpOnOne) {
  TestTerminal fake;
  {
    Progress(fake.terminal, "file", "lines").Update(10, 0.5);
  }
  EXPECT_EQ(fake.err.str(), "");
  fake.terminal.err_is_terminal = true;
  {
    Progress progress(fake.terminal, "file", "lines");
    fake.clock.Advance(absl::Seconds(2));
    progress.Update(3000, 0.5);
    progress.Update(4000, 0.6);
  }
  EXPECT_THAT(fake.err.str(),
              HasSubstr("file  ████████████░░░░░░░░░░░░  50 %  3,000 lines  1,500/s"));
  EXPECT_THAT(fake.err.str(), Not(HasSubstr("4,000")));
  EXPECT_THAT(fake.err.str(), testing::EndsWith("\r\x1b[K"));
}

TEST(Terminal, ConfirmsOnlyWhereSomebodyCanAnswer) {
  TestTerminal fake;
  const absl::Status nobody = Confirm(fake.terminal, "Delete it?", false);
  EXPECT_EQ(nobody.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(base::Message(nobody)), HasSubstr("--yes"));
  EXPECT_TRUE(Confirm(fake.terminal, "Delete it?", true).ok());
  fake.terminal.in_is_terminal = fake.terminal.err_is_terminal = true;
  fake.in.str("n\ny\n\n");
  EXPECT_EQ(Confirm(fake.terminal, "Delete it?", false).code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(Confirm(fake.terminal, "Delete it?", false).ok());
  EXPECT_EQ(Confirm(fake.terminal, "Delete it?", false).code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(Confirm(fake.terminal, "Delete it?", false).code(), absl::StatusCode::kCancelled);
  EXPECT_THAT(fake.err.str(), HasSubstr("Delete it? [y/N] "));
}

TEST(Terminal, SaysNothingThatSteersIt) {
  TestTerminal fake;
  Say(fake.terminal, "e.csv:1: \x1b[2J\r\nSee `--help`");
  EXPECT_EQ(fake.err.str(), "e.csv:1: ?[2J?\nSee `--help`\n");
  fake.terminal.in_is_terminal = fake.terminal.err_is_terminal = true;
  fake.err.str("");
  fake.in.str("n\n");
  EXPECT_FALSE(Confirm(fake.terminal, "Remove \x1b]0;x?", false).ok());
  EXPECT_EQ(fake.err.str(), "Remove ?]0;x? [y/N] ");
}

TEST(Terminal, TakesPasswordsFromTheNearestSource) {
  TestTerminal fake;
  const auto ask = [&fake](const std::string& file) {
    return Password(fake.terminal, "Password: ", file, "--password-file", "TENANTRY_PASSWORD_FILE");
  };
  const absl::Status none = ask("").status();
  EXPECT_EQ(none.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(base::Message(none)), HasSubstr("--password-file"));

  fake.terminal.err_is_terminal = true;
  fake.terminal.read_password = [](std::string_view) { return std::string("typed"); };
  EXPECT_EQ(*ask(""), "typed");
  fake.in.str("from input\r\nrest");
  EXPECT_EQ(*ask("-"), "from input");
  fake.in.clear();
  fake.in.str("\x80\x81\n");
  const absl::Status broken = ask("-").status();
  EXPECT_EQ(broken.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(base::Message(broken)), HasSubstr("in standard input is not UTF-8"));
  fake.terminal.read_password = [](std::string_view) { return std::string("caf\xe9"); };
  EXPECT_EQ(ask("").status().code(), absl::StatusCode::kInvalidArgument);
  fake.terminal.environment = {"TENANTRY_PASSWORD_FILE=/absent/file"};
  EXPECT_EQ(ask("").status().code(), absl::StatusCode::kNotFound);
}

/// What a person sees and the program reads when `keys` are typed at the password's prompt.
struct Typed {
  std::string seen;
  std::string read;
};

Typed TypePassword(const std::string& keys) {
  std::fflush(nullptr);  // what is buffered would be written by the child too
  int result[2] = {};
  EXPECT_EQ(::pipe(result), 0);
  int terminal = -1;
  const pid_t child = ::forkpty(&terminal, nullptr, nullptr, nullptr);
  if (child == 0) {
    ::alarm(20);
    base::SystemClock clock;
    base::SeededRandom random(1);
    const auto line = ProcessTerminal(clock, random).read_password("Password: ");
    const std::string text = line.ok() ? *line : "!" + std::string(base::Message(line.status()));
    ::_exit(::write(result[1], text.data(), text.size()) < 0 ? 1 : 0);
  }
  ::close(result[1]);
  Typed typed;
  char piece[256];
  bool sent = false;
  for (ssize_t count; (count = ::read(terminal, piece, sizeof piece)) > 0;) {
    typed.seen.append(piece, static_cast<size_t>(count));
    if (!sent && typed.seen.ends_with("Password: ")) {
      EXPECT_EQ(::write(terminal, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
      sent = true;
    }
  }
  const ssize_t count = ::read(result[0], piece, sizeof piece);
  typed.read.assign(piece, static_cast<size_t>(std::max<ssize_t>(count, 0)));
  ::waitpid(child, nullptr, 0);
  ::close(result[0]);
  ::close(terminal);
  return typed;
}

TEST(Terminal, ReadsAPasswordWithoutEchoAndLetsItBeCorrected) {
  const Typed typed = TypePassword(
      "wrong\x15secr\xc3\xa9\x7f"
      "et\r");
  EXPECT_EQ(typed.read, "secret");
  EXPECT_EQ(typed.seen, "Password: \r\n");
}

TEST(Terminal, GivesUpAPasswordOnInterruptWithoutEndingTheProgram) {
  EXPECT_EQ(TypePassword("sec\x03").read, "!given up; nothing was done");
  EXPECT_EQ(TypePassword("\x04").read, "!given up; nothing was done");
}

}  // namespace
}  // namespace tenantry::app::console
