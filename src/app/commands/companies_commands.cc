// companies list|show: the enriched records.
#include <CLI/CLI.hpp>

#include "app/commands/commands.h"
#include "app/commands/risk_cell.h"
#include "app/console/format.h"
#include "app/console/table.h"
#include "base/status.h"

namespace tenantry::app::commands {
namespace {

using client::ApiAnswer;
using client::ApiPath;
using console::Align;
using console::FormatField;
using console::Json;
using console::NumberOf;
using console::TextOf;

struct CompanyFlags {
  std::string company;
  std::string as_of;
  std::string search;
  int64_t limit = 0;
};

constexpr char kAsOfHelp[] = "as known at this instant: RFC 3339, or a day (its end); else now";

absl::Status ListCompanies(const ServerCall& call, const CompanyFlags& flags) {
  console::Table table(call.terminal, {{"COMPANY"},
                                       {"NAME"},
                                       {"INDUSTRY"},
                                       {"PLAN"},
                                       {"JOBS, 30 D", Align::kRight},
                                       {"JOBS, 90 D", Align::kRight},
                                       {"LOGINS, 30 D", Align::kRight},
                                       {"DATA", Align::kRight},
                                       {"LAST ACTIVITY, UTC"},
                                       {"RISK"}});
  const client::Query query = {{"asOf", flags.as_of}, {"q", flags.search}};
  TENANTRY_RETURN_IF_ERROR(
      call.api.ForEach(ApiPath({"companies"}), query, flags.limit, [&](const Json& company) {
        if (call.json) {
          call.PrintJson(company);
          return absl::OkStatus();
        }
        const std::string last = TextOf(company, "lastActivity");
        table.AddRow({TextOf(company, "tenantID"), FormatField(company, "name"),
                      FormatField(company, "industry"), FormatField(company, "plan"),
                      FormatField(company, "job30"), FormatField(company, "job90"),
                      FormatField(company, "logins30"),
                      console::FormatSize(NumberOf(company, "dataBytes")),
                      last.empty() ? "never" : console::FormatMoment(last), RiskCell(company)});
        return absl::OkStatus();
      }));
  if (!call.json) table.Finish("no companies");
  return absl::OkStatus();
}

void PrintCompany(console::Terminal& terminal, const Json& company) {
  const auto field = [&company](const char* name) { return FormatField(company, name); };
  const auto moment = [&company](const char* name) -> std::string {
    const std::string text = TextOf(company, name);
    return text.empty() ? "never" : console::FormatMoment(text) + " UTC";
  };
  const std::string sessions =
      fmt::format("{}: {} with data, {} with jobs, {} data then a job, {} idle",
                  field("sessions30"), field("sessionsWithData30"), field("sessionsWithJobs30"),
                  field("sessionsDataThenJob30"), field("idleSessions30"));
  console::PrintFields(
      terminal,
      {{"company", field("tenantID")},
       {"name", field("name")},
       {"industry", field("industry")},
       {"revenue, M$", field("revenue")},
       {"employees", field("employees")},
       {"plan", field("plan")},
       {"monthly fee", field("monthlyFee")},
       {"total fee", field("totalFee")},
       {"registered", moment("registered")},
       {"deleted", field("deleted")},
       {"users", fmt::format("{}, {} active in 30 days", field("users"), field("activeUsers30"))},
       {"logins, 30 days", field("logins30")},
       {"sessions, 30 days", sessions},
       {"jobs", fmt::format("{} in 30 days, {} in 90", field("job30"), field("job90"))},
       {"run, 30 days", fmt::format("{}, {} failed", field("ran30"), field("failed30"))},
       {"data",
        fmt::format("{} in {}", console::FormatSize(NumberOf(company, "dataBytes")),
                    console::FormatCounted(console::CountOf(company, "dataSets"), "data set"))},
       {"last activity", moment("lastActivity")},
       {"risk", console::FormatRisk(company.value("risk", Json()))},
       {"as of", moment("asOf")}});
}

}  // namespace

void AddCompaniesCommands(CLI::App& app, Invocation& invocation) {
  CLI::App& companies = AddGroup(app, {"companies", "The enriched records: what is known of each",
                                       "tenantry companies show acme"});
  auto& list_flags = invocation.Hold<CompanyFlags>();
  CLI::App& list = AddServerCommand(
      companies, invocation,
      {"list", "Lists all records by id",
       "tenantry companies list --as-of 2026-01-31 --json > companies.ndjson"},
      [&list_flags](const ServerCall& call) { return ListCompanies(call, list_flags); });
  list.add_option("--as-of", list_flags.as_of, kAsOfHelp);
  list.add_option("--search", list_flags.search, "part of an id, name or industry");
  AddLimit(list, list_flags.limit);

  auto& show_flags = invocation.Hold<CompanyFlags>();
  CLI::App& show = AddServerCommand(
      companies, invocation, {"show", "Shows one record", "tenantry companies show acme --json"},
      [&show_flags](const ServerCall& call) -> absl::Status {
        TENANTRY_ASSIGN_OR_RETURN(
            const ApiAnswer company,
            call.api.Get(ApiPath({"companies", show_flags.company}), {{"asOf", show_flags.as_of}}));
        if (call.json) {
          call.PrintJsonText(company.text);
        } else {
          PrintCompany(call.terminal, company.body);
        }
        return absl::OkStatus();
      });
  show.add_option("COMPANY", show_flags.company, "its id, which is the tenant's")->required();
  show.add_option("--as-of", show_flags.as_of, kAsOfHelp);
}

}  // namespace tenantry::app::commands
