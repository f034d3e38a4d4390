// data list|put|show|delete|query.
#include <CLI/CLI.hpp>
#include <map>
#include <optional>

#include "app/client/file_names.h"
#include "app/client/file_upload.h"
#include "app/client/json_text.h"
#include "app/commands/commands.h"
#include "app/commands/data/data_tenant.h"
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

absl::StatusOr<Json> RequestOf(const PutFlags& flags) {
  std::string format = flags.format;
  if (format.empty()) {
    TENANTRY_ASSIGN_OR_RETURN(format, client::FormatOf(flags.file));
  }
  const std::string name = flags.name.empty() ? client::DataSetNameOf(flags.file) : flags.name;
  Json request = {{"name", name}, {"format", format}};
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

/// Tells what became of an upload. The data set is as it is by now: when somebody put another
/// version meanwhile, its rows and sizes are not those of this upload, and are left out.
void PrintPut(const ServerCall& call, const Json& upload, const Json& data_set) {
  const std::string version = FormatField(upload, "version");
  if (version == FormatField(data_set, "version")) return PrintDataSet(call, data_set);
  console::Say(call.terminal,
               fmt::format("this is version {}, but version {} of {} is there already: "
                           "`tenantry data show` tells of that one",
                           version, FormatField(data_set, "version"),
                           console::Printable(TextOf(data_set, "name"))));
  if (call.json) {
    Json put;
    for (const char* field : {"dataSetID", "name", "version"}) {
      if (upload.contains(field)) put[field] = upload[field];
    }
    return call.PrintJson(put);
  }
  console::PrintFields(call.terminal, {{"data set", FormatField(upload, "name")},
                                       {"id", FormatField(upload, "dataSetID")},
                                       {"version", version}});
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
  PrintPut(call, *done, data_set.body);
  return absl::OkStatus();
}

struct QueryFlags {
  std::string sql;
  std::string tenant;
  std::string format = "table";
  std::string out;
};

/// Reads the answer of a query as texts: a number stays as it is written, since neither HUGEINT
/// nor DECIMAL fits a double. Every list in it is of objects: the columns, and the rows.
class AnswerReader : public nlohmann::json_sax<Json> {
 public:
  using Row = std::map<std::string, std::string>;  // by the column's name

  const std::vector<Row>& columns() { return lists_["columns"]; }
  const std::vector<Row>& rows() { return lists_["rows"]; }

  bool null() override { return Write(depth_ == kInRow ? "–" : "null"); }
  bool boolean(bool value) override { return Write(value ? "true" : "false"); }
  bool number_integer(int64_t value) override { return Write(std::to_string(value)); }
  bool number_unsigned(uint64_t value) override { return Write(std::to_string(value)); }
  bool number_float(double, const std::string& written) override { return Write(written); }
  bool string(std::string& value) override {
    return Write(depth_ == kInRow ? value : Quoted(value));
  }
  bool binary(Json::binary_t&) override { return false; }
  bool start_object(size_t) override {
    if (depth_ == kInList) lists_[list_].emplace_back();
    return Open('{');
  }
  bool end_object() override { return Close('}'); }
  bool start_array(size_t) override { return Open('['); }
  bool end_array() override { return Close(']'); }
  bool key(std::string& name) override {
    if (depth_ == 1) list_ = name;
    if (depth_ == kInRow) column_ = name;
    if (depth_ > kInRow) {
      Separate();
      cell_ += Quoted(name) + ':';
    }
    return true;
  }
  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

 private:
  static constexpr int kInList = 2;
  static constexpr int kInRow = 3;

  static std::string Quoted(const std::string& text) {
    return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
  }

  void Separate() {
    if (!cell_.empty() && std::string_view("{[:").find(cell_.back()) == std::string_view::npos) {
      cell_ += ',';
    }
  }

  bool Write(std::string_view text) {
    if (depth_ > kInRow) Separate();
    cell_ += text;
    if (depth_ == kInRow) Keep();
    return true;
  }

  bool Open(char bracket) {
    if (depth_ >= kInRow) {
      Separate();
      cell_ += bracket;
    }
    ++depth_;
    return true;
  }

  bool Close(char bracket) {
    --depth_;
    if (depth_ >= kInRow) cell_ += bracket;
    if (depth_ == kInRow) Keep();
    return true;
  }

  void Keep() {
    lists_[list_].back()[column_] = std::move(cell_);
    cell_.clear();
  }

  std::map<std::string, std::vector<Row>> lists_;
  std::string list_, column_, cell_;  // which is read
  int depth_ = 0;
};

/// How many digits a value of this type has behind its point; none but DECIMAL tells.
std::optional<size_t> ScaleOf(const std::string& type) {
  const size_t comma = type.find(',');
  if (!type.starts_with("DECIMAL(") || comma == std::string::npos) return std::nullopt;
  size_t scale = 0;
  for (const char c : std::string_view(type).substr(comma + 1)) {
    if (c >= '0' && c <= '9') scale = 10 * scale + static_cast<size_t>(c - '0');
  }
  return scale;
}

/// A decimal with all the digits of its type: JSON has 1.1 for 1.10 as DECIMAL(3,2).
std::string WithScale(std::string written, std::optional<size_t> scale) {
  if (!scale || written.find_first_not_of("-.0123456789") != std::string::npos) return written;
  const size_t point = written.find('.');
  if (point == std::string::npos)
    return *scale == 0 ? written : written + '.' + std::string(*scale, '0');
  const size_t digits = written.size() - point - 1;
  if (digits < *scale) return written + std::string(*scale - digits, '0');
  const bool whole = *scale == 0 && written.find_first_not_of('0', point + 1) == std::string::npos;
  return whole ? written.substr(0, point) : written;
}

/// Internal: the answer is no JSON.
absl::Status PrintRows(const ServerCall& call, const std::string& answer) {
  AnswerReader reader;
  if (!Json::sax_parse(answer, &reader)) {
    return base::Internal("the server's answer to the query can't be read: ask again");
  }
  std::vector<console::Column> columns;
  std::vector<std::optional<size_t>> scales;
  for (AnswerReader::Row column : reader.columns()) {
    const std::string& type = column["type"];
    const bool number = type.ends_with("INT") || type.ends_with("INTEGER") || type == "DOUBLE" ||
                        type == "FLOAT" || type.starts_with("DECIMAL");
    scales.push_back(ScaleOf(type));
    columns.push_back({column["name"], number ? Align::kRight : Align::kLeft});
  }
  console::Table table(call.terminal, columns);
  for (const AnswerReader::Row& row : reader.rows()) {
    std::vector<console::Cell> cells;
    for (size_t i = 0; i < columns.size(); ++i) {
      const auto found = row.find(columns[i].title);
      cells.emplace_back(found == row.end() ? "–" : WithScale(found->second, scales[i]));
    }
    table.AddRow(std::move(cells));
  }
  table.Finish("no rows");
  return absl::OkStatus();
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
  if (table) return PrintRows(call, response.body);
  call.terminal.out << response.body;
  return absl::OkStatus();
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
  put.add_option("FILE", flags.file,
                 "CSV (.csv .tsv .txt), NDJSON (.ndjson .jsonl .json) or Parquet (.parquet .pq)")
      ->required();
  AddTenantFlag(put, flags.tenant);
  put.add_option("--name", flags.name,
                 "of the data set; without it the file's, its ending cut off");
  put.add_option("--format", flags.format,
                 "csv, ndjson or parquet; needed where the file's ending does not tell");
  put.add_option("--delimiter", flags.delimiter, "of CSV: , ; | or tab; found without it");
  put.add_option("--encoding", flags.encoding,
                 "utf-8, utf-16 or latin-1; without it UTF-16 is known by its byte order mark, "
                 "all else is read as UTF-8");
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
        TENANTRY_RETURN_IF_ERROR(console::Confirm(
            call.terminal,
            fmt::format("Delete the data set {} of {} with its {}?", TextOf(found, "name"), tenant,
                        console::FormatCounted(console::CountOf(found, "rows"), "row")),
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
  AddUploadsCommands(data, invocation);
}

}  // namespace tenantry::app::commands
