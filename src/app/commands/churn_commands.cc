// churn list|show: risk with its reasons.
#include <CLI/CLI.hpp>
#include <algorithm>

#include "app/commands/commands.h"
#include "app/commands/risk_cell.h"
#include "app/console/format.h"
#include "app/console/table.h"
#include "base/status.h"
#include "insights/reason_words.h"

namespace tenantry::app::commands {
namespace {

using client::ApiAnswer;
using client::ApiPath;
using console::Align;
using console::FormatField;
using console::Json;
using console::NumberOf;
using console::TextOf;

struct ListFlags {
  int64_t limit = 20;
};

Json RiskOf(const Json& company) { return company.value("risk", Json()); }

/// The greater score first; companies without one last, and by id among equals.
bool RanksBefore(const Json& a, const Json& b) {
  const Json risk_a = RiskOf(a), risk_b = RiskOf(b);
  const bool scored_a = console::RiskWordOf(risk_a) != console::RiskWord::kUnknown;
  const bool scored_b = console::RiskWordOf(risk_b) != console::RiskWord::kUnknown;
  if (scored_a != scored_b) return scored_a;
  const double score_a = NumberOf(risk_a, "score"), score_b = NumberOf(risk_b, "score");
  if (score_a != score_b) return score_a > score_b;
  return TextOf(a, "tenantID") < TextOf(b, "tenantID");
}

/// The `limit` companies most at risk (0 = all); never more than twice as many are in memory.
absl::StatusOr<std::vector<Json>> MostAtRisk(const ServerCall& call, int64_t limit) {
  const auto kept_max = static_cast<size_t>(limit);
  std::vector<Json> kept;
  const auto cut = [&kept, kept_max] {
    std::ranges::sort(kept, RanksBefore);
    if (kept_max != 0 && kept.size() > kept_max) kept.resize(kept_max);
  };
  TENANTRY_RETURN_IF_ERROR(
      call.api.ForEach(ApiPath({"companies"}), {}, 0, [&](const Json& company) {
        if (company.value("deleted", Json(false)) == true) return absl::OkStatus();
        kept.push_back(company);
        if (kept_max != 0 && kept.size() >= 2 * kept_max) cut();
        return absl::OkStatus();
      }));
  cut();
  return kept;
}

/// A reason's value as people read it.
std::string ValueOf(const Json& reason) {
  return insights::FeatureValueText(FormatField(reason, "value"));
}

/// "Jobs submitted, 30 days: 2 ▲ · Employees: 12 ▼": the strongest reasons, ▲ towards leaving.
std::string ShortReasons(const Json& risk) {
  constexpr size_t kShown = 3;
  std::vector<std::string> words;
  if (!risk.is_object()) return "";
  for (const Json& reason : risk.value("reasons", Json::array())) {
    if (words.size() == kShown) break;
    words.push_back(fmt::format("{}: {} {}", insights::FeatureLabel(TextOf(reason, "feature")),
                                ValueOf(reason), NumberOf(reason, "effect") > 0 ? "▲" : "▼"));
  }
  return fmt::format("{}", fmt::join(words, " · "));
}

absl::Status ListChurn(const ServerCall& call, const ListFlags& flags) {
  TENANTRY_ASSIGN_OR_RETURN(const std::vector<Json> companies, MostAtRisk(call, flags.limit));
  console::Table table(call.terminal, {{"COMPANY"},
                                       {"NAME"},
                                       {"RISK"},
                                       {"MONTHLY FEE", Align::kRight},
                                       {"WHY (▲ towards leaving)"}});
  for (const Json& company : companies) {
    const Json risk = RiskOf(company);
    if (call.json) {
      call.PrintJson({{"tenantID", company.value("tenantID", Json())},
                      {"name", company.value("name", Json())},
                      {"monthlyFee", company.value("monthlyFee", Json())},
                      {"risk", risk}});
      continue;
    }
    table.AddRow({TextOf(company, "tenantID"), FormatField(company, "name"), RiskCell(company),
                  FormatField(company, "monthlyFee"), risk.is_object() ? ShortReasons(risk) : ""});
  }
  if (!call.json) table.Finish("no companies");
  return absl::OkStatus();
}

absl::Status ShowChurn(const ServerCall& call, const std::string& tenant) {
  TENANTRY_ASSIGN_OR_RETURN(const ApiAnswer company, call.api.Get(ApiPath({"companies", tenant})));
  const Json risk = company.body.value("risk", Json::object());
  if (call.json) {
    call.PrintJson({{"tenantID", company.body.value("tenantID", Json())},
                    {"name", company.body.value("name", Json())},
                    {"risk", risk}});
    return absl::OkStatus();
  }
  const std::string scored = TextOf(risk, "asOf");
  console::PrintFields(
      call.terminal, {{"company", FormatField(company.body, "tenantID")},
                      {"name", FormatField(company.body, "name")},
                      {"risk", console::FormatRisk(risk)},
                      {"scored", scored.empty() ? "never" : console::FormatMoment(scored) + " UTC"},
                      {"model", FormatField(risk, "model")}});
  const Json reasons = risk.value("reasons", Json::array());
  if (reasons.empty()) return absl::OkStatus();
  call.terminal.out << '\n';
  console::Table table(call.terminal,
                       {{"REASON"}, {"VALUE", Align::kRight}, {"EFFECT", Align::kRight}, {""}});
  for (const Json& reason : reasons) {
    const double effect = NumberOf(reason, "effect");
    table.AddRow({insights::FeatureLabel(TextOf(reason, "feature")), ValueOf(reason),
                  fmt::format("{:+.2f}", effect),
                  std::string(effect > 0 ? "▲ towards leaving" : "▼ towards staying")});
  }
  table.Finish("");
  return absl::OkStatus();
}

}  // namespace

void AddChurnCommands(CLI::App& app, Invocation& invocation) {
  CLI::App& churn =
      AddGroup(app, {"churn", "Who is about to leave, and why", "tenantry churn list --limit 10"});
  auto& flags = invocation.Hold<ListFlags>();
  CLI::App& list = AddServerCommand(
      churn, invocation,
      {"list", "Lists the companies most at risk", "tenantry churn list --limit 10"},
      [&flags](const ServerCall& call) { return ListChurn(call, flags); });
  AddLimit(list, flags.limit);
  auto& tenant = invocation.Hold<std::string>();
  CLI::App& show = AddServerCommand(
      churn, invocation,
      {"show", "Shows a tenant's risk with its reasons", "tenantry churn show acme"},
      [&tenant](const ServerCall& call) { return ShowChurn(call, tenant); });
  show.add_option("TENANT", tenant, "its id")->required();
}

}  // namespace tenantry::app::commands
