// data uploads list|delete.
#include <CLI/CLI.hpp>

#include "app/commands/commands.h"
#include "app/commands/data/data_tenant.h"
#include "app/console/format.h"
#include "app/console/table.h"
#include "base/status.h"

namespace tenantry::app::commands {

using client::ApiPath;
using console::Align;
using console::FormatField;
using console::Json;
using console::NumberOf;
using console::TextOf;

absl::StatusOr<std::string> TenantOf(const ServerCall& call, const std::string& flag) {
  TENANTRY_ASSIGN_OR_RETURN(std::string tenant, call.api.TenantOrOwn(flag));
  if (tenant.empty()) return base::InvalidArgument("which tenant? Give --tenant");
  return tenant;
}

void AddTenantFlag(CLI::App& command, std::string& tenant) {
  command.add_option("--tenant", tenant, "whose data; your own tenant's without it");
}

namespace {

struct UploadsFlags {
  std::string id;
  std::string tenant;
  int64_t limit = 0;
};

absl::Status ListUploads(const ServerCall& call, const UploadsFlags& flags) {
  TENANTRY_ASSIGN_OR_RETURN(const std::string tenant, TenantOf(call, flags.tenant));
  console::Table table(call.terminal, {{"UPLOAD"},
                                       {"DATA SET"},
                                       {"RECEIVED", Align::kRight},
                                       {"OF", Align::kRight},
                                       {"STATE"},
                                       {"LAST CHANGE, UTC"},
                                       {"BY"}});
  const std::string path = ApiPath({"tenants", tenant, "datasets", "uploads"});
  TENANTRY_RETURN_IF_ERROR(call.api.ForEach(path, {}, flags.limit, [&](const Json& one) {
    if (call.json) {
      call.PrintJson(one);
      return absl::OkStatus();
    }
    const bool announced = one.contains("bytes") && one["bytes"].is_number();
    table.AddRow({FormatField(one, "uploadID"), FormatField(one, "name"),
                  console::FormatSize(NumberOf(one, "received")),
                  announced ? console::FormatSize(NumberOf(one, "bytes")) : "–",
                  FormatField(one, "state"), console::FormatMoment(TextOf(one, "updated")),
                  FormatField(one, "startedBy")});
    return absl::OkStatus();
  }));
  if (!call.json) table.Finish("no unfinished uploads");
  return absl::OkStatus();
}

absl::Status DeleteUpload(const ServerCall& call, const UploadsFlags& flags) {
  TENANTRY_ASSIGN_OR_RETURN(const std::string tenant, TenantOf(call, flags.tenant));
  const std::string path = ApiPath({"tenants", tenant, "datasets", "uploads", flags.id});
  TENANTRY_RETURN_IF_ERROR(call.api.Delete(path).status());
  if (call.json) call.PrintJson({{"uploadID", flags.id}});
  console::Say(call.terminal, fmt::format("deleted the upload {}", console::Printable(flags.id)));
  return absl::OkStatus();
}

}  // namespace

void AddUploadsCommands(CLI::App& data, Invocation& invocation) {
  CLI::App& uploads = AddGroup(
      data, {"uploads", "Uploads that were begun and not ended", "tenantry data uploads list"});
  auto& flags = invocation.Hold<UploadsFlags>();
  CLI::App& list = AddServerCommand(
      uploads, invocation, {"list", "Lists unfinished uploads", "tenantry data uploads list"},
      [&flags](const ServerCall& call) { return ListUploads(call, flags); });
  AddTenantFlag(list, flags.tenant);
  AddLimit(list, flags.limit);
  CLI::App& remove =
      AddServerCommand(uploads, invocation,
                       {"delete", "Gives an upload up: what was sent of it is removed",
                        "tenantry data uploads delete up_4f1c"},
                       [&flags](const ServerCall& call) { return DeleteUpload(call, flags); });
  remove.add_option("UPLOAD", flags.id, "its id, as the list has it")->required();
  AddTenantFlag(remove, flags.tenant);
}

}  // namespace tenantry::app::commands
