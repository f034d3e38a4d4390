#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lake/datasets/data_set.h"
#include "lake/datasets/query/select_statement.h"

namespace tenantry::lake::datasets {

/// The forms that a query's answer can be had in.
enum class AnswerFormat {
  kJson,     ///< {"columns": [{"name", "type"}], "rows": [{…}]}
  kCsv,      ///< RFC 4180 with a header, UTF-8
  kParquet,  ///< one file
  kArrow,    ///< an Arrow IPC stream
};

/// What a query may take; what is absent is as the options say.
struct QueryLimits {
  std::optional<absl::Duration> time_max;        ///< until it is ended with DeadlineExceeded
  std::optional<int64_t> answer_bytes_max;       ///< of the answer; past it ResourceExhausted
  const std::atomic<bool>* cancelled = nullptr;  ///< true ends it with Cancelled; may be null
};

/// The tables that a SQL statement names.
struct NamedTables {
  std::vector<DataSet> data_sets;    ///< the tenant's, each once
  std::vector<std::string> unknown;  ///< names that no data set of the tenant has, as written
};

/// A data set's file, decrypted, where a SQL process may read it.
struct StagedDataSet {
  DataSet data_set;
  std::string file;      ///< absolute path of a Parquet file, mode 0400
  std::string view_sql;  ///< "CREATE VIEW … AS …": makes it a table named as the data set
};

/// The data sets of all tenants: what they are, and what is in them. Every call names the tenant
/// that it is for, and sees nothing of any other: another tenant's data set is absent. Thread-safe;
/// calls block. Errors of all calls: those of the metastore and of the blob store.
class DataSets {
 public:
  virtual ~DataSets() = default;

  /// Up to `limit` data sets whose ids come after `after`, by id.
  virtual absl::StatusOr<std::vector<DataSet>> List(const base::TenantId& tenant,
                                                    const std::string& after, int64_t limit) = 0;

  /// The data set with this name (whatever the case) or this id; an id wins.
  virtual absl::StatusOr<std::optional<DataSet>> Find(const base::TenantId& tenant,
                                                      std::string_view name_or_id) = 0;

  /// As Find; NotFound when there is none.
  absl::StatusOr<DataSet> Get(const base::TenantId& tenant, std::string_view name_or_id);

  /// Gives it another name. AlreadyExists: the name is another's; InvalidArgument: it is none.
  virtual absl::StatusOr<DataSet> Rename(const base::TenantId& tenant, std::string_view name_or_id,
                                         const std::string& name, const DataSetChange& change) = 0;

  /// Removes it at once; its bytes follow. NotFound.
  virtual absl::Status Delete(const base::TenantId& tenant, std::string_view name_or_id,
                              const DataSetChange& change) = 0;

  /// Makes `parquet_file` the newest version of the data set `name`, which is made when there is
  /// none; all see the old version or the new one. The file is read, and stays. InvalidArgument:
  /// the name is none, or the file no Parquet; ResourceExhausted: past the tenant's quota, or the
  /// disk is full; FailedPrecondition: the disk's reserve is reached.
  virtual absl::StatusOr<DataSet> Publish(const base::TenantId& tenant, const std::string& name,
                                          const std::string& parquet_file,
                                          const DataSetChange& change) = 0;

  /// Which of the tenant's data sets the one statement `sql` names, found by the engine's parser in
  /// a process of its own. Names of its own WITH clauses are left out. InvalidArgument: it is no
  /// statement, or more than one; errors as sql::SqlProcess.
  virtual absl::StatusOr<NamedTables> TablesOf(const base::TenantId& tenant,
                                               const std::string& sql) = 0;

  /// TablesOf for a statement that was parsed.
  virtual absl::StatusOr<NamedTables> Resolve(const base::TenantId& tenant,
                                              const SelectStatement& statement) = 0;

  /// Decrypts the newest versions of the data sets into `folder`, which exists and is private, for
  /// a process to read; whoever made the folder removes it. NotFound names the one that is missing;
  /// ResourceExhausted: the disk is full.
  virtual absl::StatusOr<std::vector<StagedDataSet>> Stage(const base::TenantId& tenant,
                                                           const std::vector<std::string>& names,
                                                           const std::string& folder) = 0;

  /// Decrypts one version of a data set to `file`, which must not exist. NotFound: there is no data
  /// set of that id, or the version's bytes are kept no longer; ResourceExhausted: the disk is
  /// full.
  virtual absl::Status StageVersion(const base::TenantId& tenant, const base::DataSetId& id,
                                    int64_t version, const std::string& file) = 0;

  /// Takes an answer's bytes in order; an error ends the query and is returned.
  using AnswerSink = absl::FunctionRef<absl::Status(std::string_view bytes)>;

  /// Runs one SELECT over the tenant's data sets as tables and gives its answer to `sink`, which is
  /// called only once the whole answer is there. InvalidArgument: the SQL is wrong or does not only
  /// read; PermissionDenied: it reaches for files, the network or settings; else as
  /// sql::SqlProcess.
  virtual absl::Status Query(const base::TenantId& tenant, const std::string& sql,
                             AnswerFormat format, const QueryLimits& limits, AnswerSink sink) = 0;
};

}  // namespace tenantry::lake::datasets
