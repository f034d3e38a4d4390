// data list|put|show|delete|query.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>

#include "app/client/file_upload.h"
#include "app/client/json_text.h"
#include "app/commands/commands.h"
#include "app/console/format.h"
#include "app/console/progress.h"
#include "app/console/table.h"
#include "base/status.h"
#include "runtime/disk/files.h"

namespace tenantry::app::commands {
namespace {

using client::ApiAnswer;
using client::ApiPath;
using console::Align;
using console::FormatField;
using console::Json;
using console::NumberOf;
using console::TextOf;

constexpr uint32_t kOutputMode = 0644;

/// The tenant to work in. InvalidArgument: the caller is of none and names none.
absl::StatusOr<std::string> TenantOf(const ServerCall& call, const std::string& flag) {
  TENANTRY_ASSIGN_OR_RETURN(std::string tenant, call.api.TenantOrOwn(flag));
  if (tenant.empty()) return base::InvalidArgument("which tenant? Give --tenant");
  return tenant;
}

/// The data set of a tenant that has this name or id.
absl::StatusOr<Json> FindDataSet(const ServerCall& call, const std::string& tenant,
                                 const std::string& name) {
  std::optional<Json> found;
  TENANTRY_RETURN_IF_ERROR(call.api.ForEach(ApiPath({"tenants", tenant, "datasets"}),
                                            {{"name", name}}, 1, [&](const Json& item) {
                                              found = item;
                                              return absl::OkStatus();
                                            }));
  if (found) return *found;
  return base::NotFound("there is no data set '{}': see `tenantry data list`", name);
}

void PrintDataSet(const ServerCall& call, const Json& data_set) {
  if (call.json) return call.PrintJson(data_set);
  std::vector<std::pair<std::string, std::string>> fields = {
      {"data set", FormatField(data_set, "name")},
      {"id", FormatField(data_set, "dataSetID")},
      {"version", FormatField(data_set, "version")},
      {"rows", FormatField(data_set, "rows")},
      {"size", console::FormatSize(NumberOf(data_set, "bytes"))},
      {"created, UTC", console::FormatMoment(TextOf(data_set, "created"))},
      {"updated, UTC", console::FormatMoment(TextOf(data_set, "updated"))},
      {"updated by", FormatField(data_set, "updatedBy")}};
  for (const Json& column : data_set.value("schema", Json::array())) {
    fields.emplace_back("column " + TextOf(column, "name"), TextOf(column, "type"));
  }
  console::PrintFields(call.terminal, fields);
}

absl::Status ListDataSets(const ServerCall& call, const std::string& flag, int64_t limit) {
  TENANTRY_ASSIGN_OR_RETURN(const std::string tenant, TenantOf(call, flag));
  console::Table table(call.terminal, {{"DATA SET"},
                                       {"ROWS", Align::kRight},
                                       {"SIZE", Align::kRight},
                                       {"COLUMNS", Align::kRight},
                                       {"VERSION", Align::kRight},
                                       {"UPDATED, UTC"}});
  TENANTRY_RETURN_IF_ERROR(
      call.api.ForEach(ApiPath({"tenants", tenant, "datasets"}), {}, limit, [&](const Json& one) {
        if (call.json) {
          call.PrintJson(one);
          return absl::OkStatus();
        }
        table.AddRow({FormatField(one, "name"), FormatField(one, "rows"),
                      console::FormatSize(NumberOf(one, "bytes")),
                      std::to_string(one.value("schema", Json::array()).size()),
                      FormatField(one, "version"), console::FormatMoment(TextOf(one, "updated"))});
        return absl::OkStatus();
      }));
  if (!call.json) table.Finish("no data sets: put one with `tenantry data put FILE`");
  return absl::OkStatus();
}

struct PutFlags {
  std::string file;
  std::string tenant;
  std::string name;
  std::string format;
  std::string delimiter;
  std::string encoding;
  bool header = false;
  bool no_header = false;
  std::vector<std::string> types;
};

/// A name out of a file's: `my-orders 2024.csv` is my_orders_2024.
std::string NameOf(const std::string& file) {
  std::string name = std::filesystem::path(file).filename().string();
  name = name.substr(0, name.find('.'));
  std::ranges::replace_if(
      name,
      [](char c) {
        return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'));
      },
      '_');
  if (!name.empty() && name.front() >= '0' && name.front() <= '9') name.insert(0, "_");
  constexpr size_t kNameBytesMax = 63;
  return name.substr(0, kNameBytesMax);
}

/// The format that a file's name ends in; CSV when it says nothing.
std::string FormatOf(const std::string& file) {
  static const std::map<std::string, std::string> known = {
      {".parquet", "parquet"}, {".pq", "parquet"}, {".ndjson", "ndjson"}, {".jsonl", "ndjson"}};
  const auto found = known.find(std::filesystem::path(file).extension().string());
  return found == known.end() ? "csv" : found->second;
}

absl::StatusOr<Json> RequestOf(const PutFlags& flags) {
  Json request = {{"name", flags.name.empty() ? NameOf(flags.file) : flags.name},
                  {"format", flags.format.empty() ? FormatOf(flags.file) : flags.format}};
  if (!flags.delimiter.empty()) request["delimiter"] = flags.delimiter;
  if (!flags.encoding.empty()) request["encoding"] = flags.encoding;
  if (flags.header && flags.no_header) {
    return base::InvalidArgument("--header and --no-header do not go together");
  }
  if (flags.header || flags.no_header) request["header"] = flags.header;
  for (const std::string& type : flags.types) {
    const size_t at = type.rfind('=');
    if (at == std::string::npos || at == 0) {
      return base::InvalidArgument("--type {} is no COLUMN=TYPE", type);
    }
    request["types"][type.substr(0, at)] = type.substr(at + 1);
  }
  return request;
}

/// Tells every problem of a file that could not be read.
void TellProblems(const ServerCall& call, const Json& upload) {
  const Json problem = upload.value("problem", Json::object());
  const Json problems = problem.value("problems", Json::array());
  for (size_t i = 1; i < problems.size(); ++i) {
    const Json& one = problems[i];
    std::string where;
    if (one.contains("line")) where = "line " + FormatField(one, "line");
    if (one.contains("column")) {
      where += (where.empty() ? "column " : ", column ") + FormatField(one, "column");
    }
    if (!where.empty()) where += ": ";
    const std::string value = TextOf(one, "value");
    console::Say(call.terminal, console::Printable(fmt::format(
                                    "{}{}{}", where, value.empty() ? "" : "'" + value + "' ",
                                    TextOf(one, "detail"))));
  }
}

absl::Status PutDataSet(const ServerCall& call, const PutFlags& flags) {
  TENANTRY_ASSIGN_OR_RETURN(const std::string tenant, TenantOf(call, flags.tenant));
  TENANTRY_ASSIGN_OR_RETURN(const Json request, RequestOf(flags));
  client::FileUpload upload(call.api, call.terminal);
  Json failed;
  absl::StatusOr<Json> done = absl::CancelledError();
  {
    console::Progress sending(call.terminal, "sending", "MB");
    console::Progress importing(call.terminal, "importing", "MB");
    done = upload.Run(
        {tenant, flags.file, request},
        [&](int64_t sent, int64_t bytes, bool imports) {
          if (imports) sending.Clear();
          const double share =
              bytes == 0 ? 1 : static_cast<double>(sent) / static_cast<double>(bytes);
          const double megabytes = static_cast<double>(sent) / 1e6;
          if (imports) return importing.Update(megabytes, -1);
          sending.Update(megabytes, share);
        },
        failed);
  }
  if (!failed.is_null()) {
    if (call.json) call.PrintJson(failed);
    TellProblems(call, failed);
    return base::Annotate(done.status(), flags.file);
  }
  TENANTRY_RETURN_IF_ERROR(done.status());
  TENANTRY_ASSIGN_OR_RETURN(
      const ApiAnswer data_set,
      call.api.Get(ApiPath({"tenants", tenant, "datasets", TextOf(*done, "dataSetID")})));
  PrintDataSet(call, data_set.body);
  return absl::OkStatus();
}

struct QueryFlags {
  std::string sql;
  std::string tenant;
  std::string format = "table";
  std::string out;
};

/// A value as a table shows it.
std::string CellOf(const Json& value) {
  if (value.is_null()) return "–";
  if (value.is_string()) return value.get<std::string>();
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void PrintRows(const ServerCall& call, const Json& answer) {
  std::vector<console::Column> columns;
  std::vector<std::string> names;
  for (const Json& column : answer.value("columns", Json::array())) {
    const std::string type = TextOf(column, "type");
    const bool number = type.ends_with("INT") || type.ends_with("INTEGER") || type == "DOUBLE" ||
                        type == "FLOAT" || type.starts_with("DECIMAL");
    names.push_back(TextOf(column, "name"));
    columns.push_back({names.back(), number ? Align::kRight : Align::kLeft});
  }
  console::Table table(call.terminal, columns);
  for (const Json& row : answer.value("rows", Json::array())) {
    std::vector<console::Cell> cells;
    for (const std::string& name : names) {
      cells.emplace_back(row.contains(name) ? CellOf(row[name]) : "–");
    }
    table.AddRow(std::move(cells));
  }
  table.Finish("no rows");
}

absl::Status QueryData(const ServerCall& call, const QueryFlags& flags) {
  const bool table = flags.format == "table" && flags.out.empty() && !call.json;
  const std::string format = table || flags.format == "table" ? "json" : flags.format;
  const bool binary = format == "parquet" || format == "arrow";
  if (binary && flags.out.empty() && call.terminal.out_is_terminal) {
    return base::InvalidArgument("the format {} is nothing for a terminal: give --out FILE",
                                 format);
  }
  TENANTRY_ASSIGN_OR_RETURN(const std::string tenant, TenantOf(call, flags.tenant));
  const Json body = {{"sql", flags.sql}, {"format", format}};
  TENANTRY_ASSIGN_OR_RETURN(const std::string text, client::JsonText(body));
  TENANTRY_ASSIGN_OR_RETURN(const net::ClientResponse response,
                            call.api.Exchange("POST", ApiPath({"tenants", tenant, "query"}),
                                              {{"Content-Type", "application/json"}}, text));
  TENANTRY_RETURN_IF_ERROR(call.api.StatusOf(response));
  if (!flags.out.empty()) {
    return runtime::WriteFileAtomically(flags.out, response.body, kOutputMode);
  }
  if (table) {
    PrintRows(call, Json::parse(response.body, nullptr, false));
  } else {
    call.terminal.out << response.body;
  }
  return absl::OkStatus();
}

void AddTenantFlag(CLI::App& command, std::string& tenant) {
  command.add_option("--tenant", tenant, "whose data; your own tenant's without it");
}

void AddPut(CLI::App& data, Invocation& invocation) {
  auto& flags = invocation.Hold<PutFlags>();
  CLI::App& put = AddServerCommand(
      data, invocation,
      {"put", "Uploads a file as a data set, or as its next version; goes on where it stopped",
       "tenantry data put orders.csv\n"
       "tenantry data put export.txt --name orders --format csv --delimiter tab --type "
       "zip=VARCHAR"},
      [&flags](const ServerCall& call) { return PutDataSet(call, flags); });
  put.add_option("FILE", flags.file, "CSV, NDJSON or Parquet")->required();
  AddTenantFlag(put, flags.tenant);
  put.add_option("--name", flags.name, "of the data set; the file's without it");
  put.add_option("--format", flags.format, "csv, ndjson or parquet; the file's ending without it");
  put.add_option("--delimiter", flags.delimiter, "of CSV: , ; | or tab; found without it");
  put.add_option("--encoding", flags.encoding, "utf-8, utf-16 or latin-1; detected without it");
  put.add_flag("--header", flags.header, "the first line of the CSV names the columns");
  put.add_flag("--no-header", flags.no_header, "the first line of the CSV is data");
  put.add_option("--type", flags.types, "COLUMN=TYPE: the type that a CSV's column is to have")
      ->allow_extra_args(false);
}

void AddQuery(CLI::App& data, Invocation& invocation) {
  auto& flags = invocation.Hold<QueryFlags>();
  CLI::App& query =
      AddServerCommand(data, invocation,
                       {"query", "Runs one SELECT over the tenant's data sets",
                        "tenantry data query 'SELECT city, sum(amount) FROM orders GROUP BY city'\n"
                        "tenantry data query 'FROM orders' --format parquet --out orders.parquet"},
                       [&flags](const ServerCall& call) { return QueryData(call, flags); });
  query.add_option("SQL", flags.sql, "one statement that only reads")->required();
  AddTenantFlag(query, flags.tenant);
  query.add_option("--format", flags.format, "table, csv, json, parquet or arrow (an IPC stream)")
      ->check(CLI::IsMember({"table", "csv", "json", "parquet", "arrow"}))
      ->capture_default_str();
  query.add_option("--out", flags.out, "the file to write to");
}

struct OneFlags {
  std::string name;
  std::string tenant;
  bool yes = false;
};

void AddDelete(CLI::App& data, Invocation& invocation) {
  auto& flags = invocation.Hold<OneFlags>();
  CLI::App& remove = AddServerCommand(
      data, invocation,
      {"delete", "Deletes a data set with all its versions", "tenantry data delete orders"},
      [&flags](const ServerCall& call) -> absl::Status {
        TENANTRY_ASSIGN_OR_RETURN(const std::string tenant, TenantOf(call, flags.tenant));
        TENANTRY_ASSIGN_OR_RETURN(const Json found, FindDataSet(call, tenant, flags.name));
        TENANTRY_RETURN_IF_ERROR(
            console::Confirm(call.terminal,
                             fmt::format("Delete the data set {} of {} with its {} rows?",
                                         TextOf(found, "name"), tenant, FormatField(found, "rows")),
                             flags.yes));
        const std::string path =
            ApiPath({"tenants", tenant, "datasets", TextOf(found, "dataSetID")});
        TENANTRY_RETURN_IF_ERROR(call.api.Delete(path).status());
        if (call.json) call.PrintJson(found);
        console::Say(call.terminal, fmt::format("deleted {}", TextOf(found, "name")));
        return absl::OkStatus();
      });
  remove.add_option("DATASET", flags.name, "its name or its id")->required();
  AddTenantFlag(remove, flags.tenant);
  AddYesFlag(remove, flags.yes);
}

}  // namespace

void AddDataCommands(CLI::App& app, Invocation& invocation) {
  CLI::App& data = AddGroup(app, {"data", "The data sets of a tenant", "tenantry data list"});
  struct ListFlags {
    std::string tenant;
    int64_t limit = 0;
  };
  auto& list_flags = invocation.Hold<ListFlags>();
  CLI::App& list =
      AddServerCommand(data, invocation, {"list", "Lists data sets", "tenantry data list"},
                       [&list_flags](const ServerCall& call) {
                         return ListDataSets(call, list_flags.tenant, list_flags.limit);
                       });
  AddTenantFlag(list, list_flags.tenant);
  AddLimit(list, list_flags.limit);
  AddPut(data, invocation);
  auto& flags = invocation.Hold<OneFlags>();
  CLI::App& show = AddServerCommand(
      data, invocation, {"show", "Shows a data set with its columns", "tenantry data show orders"},
      [&flags](const ServerCall& call) -> absl::Status {
        TENANTRY_ASSIGN_OR_RETURN(const std::string tenant, TenantOf(call, flags.tenant));
        TENANTRY_ASSIGN_OR_RETURN(const Json found, FindDataSet(call, tenant, flags.name));
        PrintDataSet(call, found);
        return absl::OkStatus();
      });
  show.add_option("DATASET", flags.name, "its name or its id")->required();
  AddTenantFlag(show, flags.tenant);
  AddDelete(data, invocation);
  AddQuery(data, invocation);
}

}  // namespace tenantry::app::commands
