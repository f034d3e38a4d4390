#include "lake/datasets/query/select_statement.h"

#include <gmock/gmock.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/status.h"
#include "lake/datasets/data_sets_test_env.h"

namespace tenantry::lake::datasets {
namespace {

using testing::HasSubstr;

// What tells of more than a tenant's data, and of what.
const std::map<std::string, std::vector<std::string>>& Telling() {
  static const std::map<std::string, std::vector<std::string>> telling = {
      {"paths: a plan, or the text of a view, has them",
       {"json_serialize_plan('SELECT current_setting(''allowed_directories'')', optimize := true)",
        "json_serialize_plan('SELECT 1')", "pg_get_viewdef(1)", "pg_get_constraintdef(1)",
        "json_execute_serialized_sql('x')"}},
      {"settings", {"current_setting('threads')", "getvariable('x')", "get_block_size('memory')"}},
      {"versions", {"version()", "Version()", "\"version\"()", "main.version()"}},
      {"the process's queries, transactions and connections",
       {"current_query()", "system.main.current_query()", "current_query_id()",
        "current_connection_id()", "current_transaction_id()", "txid_current()"}},
      {"the machine and when the server started",
       {"getenv('HOME')", "inet_server_addr()", "inet_server_port()", "inet_client_addr()",
        "inet_client_port()", "pg_postmaster_start_time()", "pg_conf_load_time()"}},
      {"logs", {"write_log('x')"}}};
  return telling;
}

// Functions that need no argument, and yet tell of nothing but the moment and the tenant's query:
// the names of catalog, schema and user are the same everywhere.
const std::set<std::string> kHarmless = {
    "+", "add", "array_cat", "array_concat", "array_to_json", "array_value", "array_zip",
    "current_catalog", "current_database", "current_date", "current_localtime",
    "current_localtimestamp", "current_role", "current_schema", "current_user", "gen_random_uuid",
    "get_current_time", "get_current_timestamp", "json_array", "json_object", "json_quote",
    "list_cat", "list_concat", "list_pack", "list_value", "list_zip", "map", "map_concat", "now",
    "pg_my_temp_schema", "pi", "random", "row", "row_to_json", "session_user", "struct_concat",
    "struct_insert", "struct_pack", "struct_update", "to_json", "today", "transaction_timestamp",
    "union_value", "unpivot_list", "user", "uuid", "uuidv4", "uuidv7",
    // Of the engine's catalog it reads the names of types alone.
    "format_type"};

TEST(SelectStatement, RefusesWhatTellsOfTheServer) {
  DataSetsTestEnv env;
  for (const auto& [of, calls] : Telling()) {
    for (const std::string& call : calls) {
      for (const std::string& sql :
           {"SELECT " + call, "SELECT list_transform([1], x -> " + call + ")",
            "FROM (VALUES (1)) t(a) ORDER BY " + call}) {
        EXPECT_THAT(env.Query(env.acme, sql), HasSubstr("PERMISSION_DENIED")) << of << ": " << sql;
      }
    }
  }
}

// Every function of the engine that can tell something without being told it first, or reads the
// engine's catalog, is known: a newer engine's are looked at before they are let in.
TEST(SelectStatement, KnowsEveryFunctionThatCanTellOfTheServer) {
  DataSetsTestEnv env;
  const auto process = env.sql().processes().Start({});
  ASSERT_TRUE(process.ok()) << process.status();
  std::vector<std::string> names;
  ASSERT_TRUE(
      (*process)
          ->Query("SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type IN "
                  "('scalar', 'macro') AND (len(parameters) = 0 OR macro_definition ILIKE "
                  "'%duckdb_%' OR macro_definition ILIKE '%pragma_%' OR function_name ILIKE "
                  "'current%' OR function_name ILIKE '%serialize_plan%' OR function_name ILIKE "
                  "'%setting%' OR function_name ILIKE '%variable%' OR function_name ILIKE "
                  "'%execute%') ORDER BY 1",
                  [&](const std::vector<sql::SqlColumn>&, const sql::SqlChunk& rows) {
                    for (size_t row = 0; row < rows.rows(); ++row) {
                      names.emplace_back(rows.column(0).Bytes(row));
                    }
                    return absl::OkStatus();
                  })
          .ok());
  EXPECT_GT(names.size(), 50U);
  for (const std::string& name : names) {
    if (kHarmless.contains(name) || name == "current_schemas") continue;
    EXPECT_THAT(env.Query(env.acme, "SELECT \"" + name + "\"('x')"), HasSubstr("PERMISSION_DENIED"))
        << name;
  }
}

// Of the functions that make tables those alone are taken that make rows of their arguments.
TEST(SelectStatement, TakesTableFunctionsByNameAlone) {
  DataSetsTestEnv env;
  const auto process = env.sql().processes().Start({});
  ASSERT_TRUE(process.ok()) << process.status();
  std::set<std::string> taken;
  ASSERT_TRUE((*process)
                  ->Query("SELECT DISTINCT function_name FROM duckdb_functions() WHERE "
                          "function_type IN ('table', 'table_macro', 'pragma')",
                          [&](const std::vector<sql::SqlColumn>&, const sql::SqlChunk& rows) {
                            for (size_t row = 0; row < rows.rows(); ++row) {
                              const std::string name(rows.column(0).Bytes(row));
                              const std::string told =
                                  env.Query(env.acme, "SELECT * FROM \"" + name + "\"('x')");
                              if (told.find("PERMISSION_DENIED") == std::string::npos) {
                                taken.insert(name);
                              }
                            }
                            return absl::OkStatus();
                          })
                  .ok());
  EXPECT_EQ(taken, (std::set<std::string>{"generate_series", "json_each", "json_tree", "range",
                                          "repeat", "repeat_row", "unnest"}));
}

TEST(SelectStatement, AnswersInUtcWhereverTheMachineStands) {
  DataSetsTestEnv env;
  EXPECT_EQ(env.Query(env.acme, "SELECT '2026-07-01 12:00:00'::TIMESTAMPTZ::VARCHAR AS t"),
            "t\n2026-07-01 12:00:00+00\n");
}

}  // namespace
}  // namespace tenantry::lake::datasets
