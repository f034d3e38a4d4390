#include "app/demo/ending.h"

#include <algorithm>

#include "app/console/table.h"
#include "insights/reason_words.h"
#include "net/http_server.h"
#include "net/percent.h"

namespace tenantry::app::demo {

using console::Json;
using console::TextOf;

namespace {

// A word for a shell: as it is where that is safe, else in quotes.
std::string ShellWord(const std::string& text) {
  const bool safe = std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("/._-+,@%").find(c) != std::string_view::npos;
  });
  if (safe && !text.empty()) return text;
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

void TellSignIns(console::Terminal& terminal, const StoryEnd& end, const Whereabouts& where) {
  terminal.out << "\nSign in there as\n";
  console::Table table(terminal, {{"WHO"}, {"TENANT"}, {"USER"}, {"PASSWORD"}});
  table.AddRow(
      {std::string("operator"), std::string("–"), std::string("admin"), where.admin_password});
  for (const ScienceRecord& scientist : end.scientists) {
    table.AddRow(
        {std::string("data scientist"), scientist.tenant, scientist.user, scientist.password});
  }
  table.Finish("");
}

// "it submitted 16 % as many jobs in 30 days as it does on average": the strongest reason.
std::string WhyOf(const Json& company) {
  const Json reasons = company.value("risk", Json::object()).value("reasons", Json::array());
  if (reasons.empty()) return "";
  return ": " + insights::ReasonClause(TextOf(reasons[0], "feature"),
                                       console::FormatField(reasons[0], "value"));
}

std::string WhoMayLeave(const Json& company) {
  const auto word =
      company.is_object() ? console::RiskWordOf(company["risk"]) : console::RiskWord::kUnknown;
  if (word != console::RiskWord::kHigh && word != console::RiskWord::kWatch) {
    return "the five answers; nobody is likely to leave";
  }
  return fmt::format("who may leave, and why; above all {}, risk {}{}",
                     console::Printable(TextOf(company, "name")),
                     console::FormatRisk(company["risk"]), WhyOf(company));
}

void TellFirstLooks(console::Terminal& terminal, const StoryEnd& end, const std::string& url) {
  terminal.out << "\nLook first at\n";
  const bool known = end.at_risk.is_object();
  terminal.out << "  Today       " << WhoMayLeave(end.at_risk) << '\n';
  if (known) {
    terminal.out << fmt::format("  A customer  {}/customers/{}\n", url,
                                net::PercentEncode(TextOf(end.at_risk, "tenantID")));
  }
  const auto failed = std::ranges::find_if(
      end.scientists, [](const ScienceRecord& one) { return !one.failed_job.empty(); });
  if (failed == end.scientists.end()) {
    terminal.out << fmt::format("  Jobs        {}/jobs\n", url);
  } else {
    terminal.out << fmt::format("  Jobs        the one that failed: {}/jobs/{}\n", url,
                                net::PercentEncode(failed->failed_job));
  }
}

// Where `serve` answers without being told.
std::string DefaultUrl() { return "http://" + net::HttpServerOptions().listen; }

}  // namespace

std::string ServeCommand(const std::string& folder) {
  return "tenantry serve --data " + ShellWord(folder);
}

void TellEnding(console::Terminal& terminal, const StoryEnd& end, const Whereabouts& where) {
  std::ostream& out = terminal.out;
  if (!where.stays_up && where.kept.empty()) {
    out << "\nThe server has ended and its data is gone. `tenantry demo` stays up with its page;\n"
           "`tenantry demo --exit --keep DIR` keeps the data.\n";
    out.flush();
    return;
  }
  const std::string url = where.stays_up ? where.url : DefaultUrl();
  if (where.stays_up) {
    out << fmt::format("\nThe page is at {}/ until you press Ctrl-C.\n", url);
  } else {
    out << fmt::format("\nThe data is kept. `{}` brings it back, the page at {}/.\n",
                       ServeCommand(where.kept), url);
  }
  TellSignIns(terminal, end, where);
  TellFirstLooks(terminal, end, url);
  out << fmt::format(
      "\nOr in another terminal\n"
      "  export TENANTRY_SERVER={}\n"
      "  tenantry login admin --password-file {}\n"
      "  tenantry churn list\n  tenantry ask 2\n  tenantry jobs list\n",
      url, ShellWord(where.password_file));
  out.flush();
}

}  // namespace tenantry::app::demo
