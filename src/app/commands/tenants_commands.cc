// tenants list|create|show|update|delete.
#include <CLI/CLI.hpp>
#include <charconv>
#include <optional>

#include "app/commands/commands.h"
#include "app/console/format.h"
#include "app/console/table.h"
#include "base/status.h"

namespace tenantry::app::commands {
namespace {

using client::ApiAnswer;
using client::ApiPath;
using console::Align;
using console::Json;

constexpr int kUpdateAttempts = 3;

/// The fields of a tenant that flags set; what was not given stays as it is.
struct TenantFields {
  std::optional<std::string> name, industry, plan, pattern, status;
  std::optional<double> revenue, monthly_fee, total_fee;
  std::optional<int64_t> employees;

  Json ToJson() const {
    Json body = Json::object();
    const auto put = [&body](const char* field, const auto& value) {
      if (value.has_value()) body[field] = *value;
    };
    put("name", name);
    put("industry", industry);
    put("revenue", revenue);
    put("employees", employees);
    put("plan", plan);
    put("pattern", pattern);
    put("monthlyFee", monthly_fee);
    put("totalFee", total_fee);
    put("status", status);
    return body;
  }
};

void AddFieldFlags(CLI::App& command, TenantFields& fields) {
  const auto is_amount = [](const std::string& text) -> std::string {
    constexpr double kMost = 1e12;
    double number = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, failed] = std::from_chars(text.data(), end, number);
    const bool fits = failed == std::errc() && rest == end && number >= 0 && number <= kMost;
    return fits ? "" : fmt::format("{} is no number from 0 to 1000000000000", text);
  };
  const CLI::Validator amounts(is_amount, "", "amount");
  command.add_option(
      "--industry", fields.industry,
      "gov, health, retail, travel, energy, IT, finance, consulting, service or any");
  command.add_option("--revenue", fields.revenue, "millions of dollars a year")->check(amounts);
  command.add_option("--employees", fields.employees, "how many")
      ->check(WholeNumber(0, 10'000'000));
  command.add_option("--plan", fields.plan, "free, team or enterprise");
  command.add_option("--pattern", fields.pattern, "pool, bridge or silo");
  command.add_option("--monthly-fee", fields.monthly_fee, "currency units")->check(amounts);
  command.add_option("--total-fee", fields.total_fee, "currency units")->check(amounts);
}

void PrintTenant(const ServerCall& call, const ApiAnswer& answer) {
  if (call.json) return call.PrintJsonText(answer.text);
  const auto field = [&answer](const char* name) {
    return console::FormatField(answer.body, name);
  };
  const auto moment = [&answer](const char* name) {
    return console::FormatMoment(console::TextOf(answer.body, name)) + " UTC";
  };
  console::PrintFields(call.terminal, {{"tenant", field("tenantID")},
                                       {"name", field("name")},
                                       {"status", field("status")},
                                       {"industry", field("industry")},
                                       {"revenue, M$", field("revenue")},
                                       {"employees", field("employees")},
                                       {"plan", field("plan")},
                                       {"pattern", field("pattern")},
                                       {"monthly fee", field("monthlyFee")},
                                       {"total fee", field("totalFee")},
                                       {"created", moment("created")},
                                       {"updated", moment("updated")},
                                       {"version", field("version")}});
}

struct ListFlags {
  std::string search, industry, plan, pattern, status;
  int64_t limit = 0;
};

absl::Status ListTenants(const ServerCall& call, const ListFlags& flags) {
  const client::Query query = {{"q", flags.search},
                               {"industry", flags.industry},
                               {"plan", flags.plan},
                               {"pattern", flags.pattern},
                               {"status", flags.status}};
  console::Table table(call.terminal, {{"TENANT"},
                                       {"NAME"},
                                       {"INDUSTRY"},
                                       {"PLAN"},
                                       {"PATTERN"},
                                       {"STATUS"},
                                       {"MONTHLY FEE", Align::kRight},
                                       {"CREATED, UTC"}});
  TENANTRY_RETURN_IF_ERROR(
      call.api.ForEach(ApiPath({"tenants"}), query, flags.limit, [&](const Json& tenant) {
        if (call.json) {
          call.PrintJson(tenant);
          return absl::OkStatus();
        }
        const auto field = [&tenant](const char* name) {
          return console::FormatField(tenant, name);
        };
        table.AddRow({field("tenantID"), field("name"), field("industry"), field("plan"),
                      field("pattern"), field("status"), field("monthlyFee"),
                      console::FormatMoment(console::TextOf(tenant, "created"))});
        return absl::OkStatus();
      }));
  if (!call.json) table.Finish("no tenants");
  return absl::OkStatus();
}

void AddList(CLI::App& tenants, Invocation& invocation) {
  auto& flags = invocation.Hold<ListFlags>();
  CLI::App& command = AddServerCommand(
      tenants, invocation,
      {"list", "Lists tenants by id", "tenantry tenants list --plan enterprise --status active"},
      [&flags](const ServerCall& call) { return ListTenants(call, flags); });
  command.add_option("--search", flags.search, "part of an id, name or industry");
  command.add_option("--industry", flags.industry, "only this industry");
  command.add_option("--plan", flags.plan, "only this plan");
  command.add_option("--pattern", flags.pattern, "only this tenancy pattern");
  command.add_option("--status", flags.status, "only tenants in this state");
  AddLimit(command, flags.limit);
}

struct CreateFlags {
  std::string id;
  TenantFields fields;
};

void AddCreate(CLI::App& tenants, Invocation& invocation) {
  auto& flags = invocation.Hold<CreateFlags>();
  CLI::App& command = AddServerCommand(
      tenants, invocation,
      {"create", "Registers a tenant",
       "tenantry tenants create \"Acme Inc.\" --id acme --industry retail --plan team"},
      [&flags](const ServerCall& call) -> absl::Status {
        Json body = flags.fields.ToJson();
        if (!flags.id.empty()) body["tenantID"] = flags.id;
        TENANTRY_ASSIGN_OR_RETURN(const ApiAnswer made,
                                  call.api.Create(ApiPath({"tenants"}), body));
        PrintTenant(call, made);
        return absl::OkStatus();
      });
  command.add_option("NAME", flags.fields.name, "its name")->required();
  command.add_option("--id", flags.id, "its id, 1 to 128 bytes (else one is made)");
  AddFieldFlags(command, flags.fields);
}

void AddShow(CLI::App& tenants, Invocation& invocation) {
  auto& id = invocation.Hold<std::string>();
  CLI::App& command = AddServerCommand(
      tenants, invocation, {"show", "Shows one tenant", "tenantry tenants show acme --json"},
      [&id](const ServerCall& call) -> absl::Status {
        TENANTRY_ASSIGN_OR_RETURN(const ApiAnswer tenant, call.api.Get(ApiPath({"tenants", id})));
        // The path of `count` is another resource's.
        if (!tenant.body.contains("tenantID")) return base::NotFound("there is no tenant '{}'", id);
        PrintTenant(call, tenant);
        return absl::OkStatus();
      });
  command.add_option("TENANT", id, "its id")->required();
}

struct UpdateFlags {
  std::string id;
  std::string if_match;
  TenantFields fields;
};

/// Changes just the fields given, so that a change by somebody else in between does not matter:
/// it is read again and tried again. With --if-match the person has decided by one version.
absl::Status UpdateTenant(const ServerCall& call, const UpdateFlags& flags) {
  const Json body = flags.fields.ToJson();
  if (body.empty())
    return base::InvalidArgument("nothing to change: name a field, say --plan team");
  const std::string path = ApiPath({"tenants", flags.id});
  for (int attempt = 1;; ++attempt) {
    std::string etag = flags.if_match;
    if (etag.empty()) {
      TENANTRY_ASSIGN_OR_RETURN(const ApiAnswer before, call.api.Get(path));
      etag = before.etag;
    }
    const absl::StatusOr<ApiAnswer> after = call.api.Patch(path, body, etag);
    if (after.ok()) {
      PrintTenant(call, *after);
      return absl::OkStatus();
    }
    const bool changed_meanwhile = absl::IsAborted(after.status()) && flags.if_match.empty();
    if (!changed_meanwhile || attempt == kUpdateAttempts) return after.status();
  }
}

void AddUpdate(CLI::App& tenants, Invocation& invocation) {
  auto& flags = invocation.Hold<UpdateFlags>();
  CLI::App& command =
      AddServerCommand(tenants, invocation,
                       {"update", "Changes the fields given and no others",
                        "tenantry tenants update acme --plan enterprise --monthly-fee 900\n"
                        "tenantry tenants update acme --status suspended"},
                       [&flags](const ServerCall& call) { return UpdateTenant(call, flags); });
  command.add_option("TENANT", flags.id, "its id")->required();
  command.add_option("--name", flags.fields.name, "its name");
  AddFieldFlags(command, flags.fields);
  command.add_option("--status", flags.fields.status, "active or suspended");
  command.add_option("--if-match", flags.if_match,
                     "only if this is still its ETag (else the newest is read first)");
}

struct DeleteFlags {
  std::string id;
  bool yes = false;
};

void AddDelete(CLI::App& tenants, Invocation& invocation) {
  auto& flags = invocation.Hold<DeleteFlags>();
  CLI::App& command = AddServerCommand(
      tenants, invocation,
      {"delete", "Deletes a tenant and its people's access", "tenantry tenants delete acme --yes"},
      [&flags](const ServerCall& call) -> absl::Status {
        const std::string path = ApiPath({"tenants", flags.id});
        TENANTRY_ASSIGN_OR_RETURN(const ApiAnswer tenant, call.api.Get(path));
        const std::string question =
            fmt::format("Delete tenant {} ({}) and its people's access?", flags.id,
                        console::Printable(console::TextOf(tenant.body, "name")));
        TENANTRY_RETURN_IF_ERROR(console::Confirm(call.terminal, question, flags.yes));
        // What was shown is what is deleted.
        TENANTRY_RETURN_IF_ERROR(call.api.Delete(path, tenant.etag).status());
        console::Say(call.terminal, fmt::format("deleted tenant {}", flags.id));
        return absl::OkStatus();
      });
  command.add_option("TENANT", flags.id, "its id")->required();
  AddYesFlag(command, flags.yes);
}

}  // namespace

void AddTenantsCommands(CLI::App& app, Invocation& invocation) {
  CLI::App& tenants =
      AddGroup(app, {"tenants", "Tenants: list, create, show, update, delete",
                     "tenantry tenants create \"Acme Inc.\" --id acme\ntenantry tenants list"});
  AddList(tenants, invocation);
  AddCreate(tenants, invocation);
  AddShow(tenants, invocation);
  AddUpdate(tenants, invocation);
  AddDelete(tenants, invocation);
}

}  // namespace tenantry::app::commands
