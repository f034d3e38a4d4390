#include "lake/datasets/query/select_statement.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/status.h"
#include "base/utf8.h"
#include "lake/datasets/data_set.h"
#include "lake/datasets/query/answer_error.h"
#include "lake/datasets/query/json_numbers.h"
#include "lake/datasets/query/sql_text.h"

namespace tenantry::lake::datasets {

using nlohmann::json;

namespace {

// Table functions that make rows out of their arguments alone.
constexpr std::array<std::string_view, 8> kTableFunctions = {
    "generate_series", "json_each",  "json_tree", "range",
    "repeat",          "repeat_row", "unnest",    "regexp_split_to_table"};

// Functions that tell of the server rather than of the data: its settings and folders (a plan has
// them as constants, the text of a view the path that it reads), the engine's version, the queries
// and connections of its process, the machine's addresses.
constexpr std::array<std::string_view, 21> kRefusedFunctions = {"current_connection_id",
                                                                "current_query",
                                                                "current_query_id",
                                                                "current_setting",
                                                                "current_transaction_id",
                                                                "get_block_size",
                                                                "getenv",
                                                                "getvariable",
                                                                "inet_client_addr",
                                                                "inet_client_port",
                                                                "inet_server_addr",
                                                                "inet_server_port",
                                                                "json_execute_serialized_sql",
                                                                "json_serialize_plan",
                                                                "pg_conf_load_time",
                                                                "pg_get_constraintdef",
                                                                "pg_get_viewdef",
                                                                "pg_postmaster_start_time",
                                                                "txid_current",
                                                                "version",
                                                                "write_log"};

std::string TextOf(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

absl::Status Denied(std::string_view what) {
  return base::Error(absl::StatusCode::kPermissionDenied,
                     "{} can't be used: SQL sees the tenant's data sets by their names and nothing "
                     "else",
                     what);
}

// Walks a parsed statement and takes what matters.
class Walk {
 public:
  absl::Status Run(const json& root) {
    open_ = {{&root, kNoScope}};
    while (!open_.empty()) {
      const auto [at, scope] = open_.back();
      open_.pop_back();
      if (at->is_object()) {
        TENANTRY_RETURN_IF_ERROR(Look(*at, scope));
        OpenMembers(*at, scope);
      } else if (at->is_array()) {
        for (const json& child : *at) open_.emplace_back(&child, scope);
      }
    }
    return absl::OkStatus();
  }

  SelectStatement Take() {
    SelectStatement statement;
    statement.tables.assign(tables_.begin(), tables_.end());
    statement.own_names.assign(own_names_.begin(), own_names_.end());
    return statement;
  }

 private:
  // A name that a WITH clause defines, and the scope that this one lies in.
  struct Scope {
    std::string key;
    size_t outer;
  };

  static constexpr size_t kNoScope = 0;
  static constexpr int kScopesLooked = 1000;  // a name further out counts as a table's

  size_t Within(size_t outer, const std::string& name) {
    scopes_.push_back({DataSetNameKey(name), outer});
    return scopes_.size() - 1;
  }

  bool IsOwn(const std::string& name, size_t scope) const {
    const std::string key = DataSetNameKey(name);
    for (int looked = 0; scope != kNoScope && looked < kScopesLooked; ++looked) {
      if (scopes_[scope].key == key) return true;
      scope = scopes_[scope].outer;
    }
    return false;
  }

  // A query of a WITH clause knows the names before its own, its own one only in the repeated part
  // of a recursive query; what follows the clause knows all of them.
  void OpenMembers(const json& object, size_t scope) {
    const auto ctes = object.find("cte_map");
    if (ctes != object.end() && ctes->is_object() && ctes->contains("map")) {
      for (const json& entry : (*ctes)["map"]) {
        open_.emplace_back(&entry, scope);
        scope = Within(scope, TextOf(entry, "key"));
      }
    }
    const bool recursive = TextOf(object, "type") == "RECURSIVE_CTE_NODE";
    for (const auto& [name, member] : object.items()) {
      if (name == "cte_map") continue;
      const bool repeated = recursive && name == "right";
      open_.emplace_back(&member, repeated ? Within(scope, TextOf(object, "cte_name")) : scope);
    }
  }

  absl::Status Look(const json& object, size_t scope) {
    const std::string type = TextOf(object, "type");
    if (type == "BASE_TABLE") return LookAtTable(object, scope);
    if (type == "SHOW_REF" && !object.value("query", json()).is_object()) {
      return Denied("SHOW");
    }
    if (type == "TABLE_FUNCTION" && object.contains("function")) {
      return LookAtTableFunction(object["function"]);
    }
    if (const auto map = object.find("cte_map"); map != object.end()) TakeOwnNames(*map);
    if (const std::string name = TextOf(object, "cte_name"); !name.empty()) own_names_.insert(name);
    if (TextOf(object, "class") == "FUNCTION") {
      const std::string function = DataSetNameKey(TextOf(object, "function_name"));
      if (std::ranges::find(kRefusedFunctions, function) != kRefusedFunctions.end()) {
        return Denied("the function " + function);
      }
    }
    return absl::OkStatus();
  }

  absl::Status LookAtTable(const json& table, size_t scope) {
    const std::string name = TextOf(table, "table_name");
    const std::string schema = DataSetNameKey(TextOf(table, "schema_name"));
    const std::string catalog = DataSetNameKey(TextOf(table, "catalog_name"));
    if ((!schema.empty() && schema != "main") || (!catalog.empty() && catalog != "memory")) {
      return Denied(
          fmt::format("the table {}.{}", catalog.empty() ? schema : catalog + "." + schema, name));
    }
    const bool bare = schema.empty() && catalog.empty();
    if (!bare || !IsOwn(name, scope)) tables_.insert(name);
    return absl::OkStatus();
  }

  static absl::Status LookAtTableFunction(const json& function) {
    const std::string name = DataSetNameKey(TextOf(function, "function_name"));
    if (std::ranges::find(kTableFunctions, name) != kTableFunctions.end()) return absl::OkStatus();
    return Denied("the table function " + name);
  }

  void TakeOwnNames(const json& cte_map) {
    if (!cte_map.is_object() || !cte_map.contains("map") || !cte_map["map"].is_array()) return;
    for (const json& entry : cte_map["map"]) {
      if (entry.is_object()) own_names_.insert(TextOf(entry, "key"));
    }
  }

  std::vector<std::pair<const json*, size_t>> open_;  // parts to look at, in their scopes
  std::vector<Scope> scopes_ = {{"", kNoScope}};
  std::set<std::string> tables_;
  std::set<std::string> own_names_;
};

absl::Status ParseError(const json& parsed) {
  const std::string message = TextOf(parsed, "error_message");
  if (TextOf(parsed, "error_type") == "not implemented") {
    return base::InvalidArgument("only a statement that reads is taken: one SELECT");
  }
  const std::string position = TextOf(parsed, "position");
  if (position.empty()) return base::InvalidArgument("the SQL can't be read: {}", message);
  return base::InvalidArgument("the SQL can't be read: {} (byte {})", message, position);
}

absl::Status CheckText(std::string_view sql) {
  if (sql.size() > kSqlBytesMax) {
    return base::InvalidArgument("the SQL has {} bytes: at most {} are taken", sql.size(),
                                 kSqlBytesMax);
  }
  if (!base::IsUtf8(sql)) return base::InvalidArgument("the SQL is not UTF-8");
  const size_t zero = sql.find('\0');
  if (zero == std::string_view::npos) return absl::OkStatus();
  return base::InvalidArgument("the SQL holds a zero byte at {}", zero);
}

}  // namespace

absl::StatusOr<SelectStatement> ParseSelect(sql::SqlProcess& process, std::string_view sql) {
  TENANTRY_RETURN_IF_ERROR(CheckText(sql));
  std::string text;
  TENANTRY_RETURN_IF_ERROR(AsAnswerError(
      process.Query(fmt::format("SELECT json_serialize_sql({})::VARCHAR", SqlLiteral(sql)),
                    [&](const std::vector<sql::SqlColumn>&, const sql::SqlChunk& rows) {
                      if (rows.rows() > 0) text = rows.column(0).Bytes(0);
                      return absl::OkStatus();
                    })));
  JsonNumbers numbers;  // the engine writes infinities, which are no JSON
  text = numbers.Next(text);
  text += numbers.End();
  const json parsed = json::parse(text, nullptr, false);
  if (!parsed.is_object() || !parsed.contains("error")) {
    return base::InvalidArgument("the SQL can't be read: the engine can't show what it parsed");
  }
  if (parsed["error"] == true) return ParseError(parsed);
  const json& statements = parsed["statements"];
  if (!statements.is_array() || statements.size() != 1) {
    return base::InvalidArgument("the SQL holds {} statements: give one SELECT", statements.size());
  }
  Walk walk;
  TENANTRY_RETURN_IF_ERROR(walk.Run(statements));
  return walk.Take();
}

}  // namespace tenantry::lake::datasets
