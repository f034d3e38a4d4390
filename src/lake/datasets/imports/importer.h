#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "lake/datasets/imports/import_request.h"
#include "lake/datasets/parquet_facts.h"
#include "lake/sql/sql_process.h"

namespace tenantry::lake::datasets {

/// One thing that is wrong with a file: where, and what. What is not known is 0 or empty.
struct ImportProblem {
  int64_t line = 0;         ///< from 1
  int64_t column = 0;       ///< from 1
  std::string column_name;  ///< as the header has it
  std::string value;        ///< the field, or its line, cut
  std::string detail;       ///< what is wrong with it
};

/// The same as JSON.
nlohmann::json ToJson(const ImportProblem& problem);

/// A value as a problem tells it: cut, at a character's border, when it is long.
std::string Cut(std::string_view text);

/// One line for people: "line 3, column 2 (amount): 'oops': …".
std::string Describe(const ImportProblem& problem);

/// The most problems that are told of one file.
inline constexpr int64_t kProblemsMax = 10;

/// What an import works on: paths in folders that its process may read and write.
struct ImportFiles {
  std::string folder;   ///< of both; is not named in messages
  std::string input;    ///< the file that came; texts are UTF-8
  std::string parquet;  ///< the file to make
};

/// Makes a Parquet file of a file that came, with `process`. InvalidArgument: the file can't be
/// read as what it is said to be; `problems` then says what and where, as far as is known. Else
/// errors as the process.
absl::StatusOr<ParquetFacts> ImportFile(sql::SqlProcess& process, const ImportRequest& request,
                                        const ImportFiles& files,
                                        std::vector<ImportProblem>& problems);

}  // namespace tenantry::lake::datasets
