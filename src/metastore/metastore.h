#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tenantry::metastore {

/// A parameter of a statement: NULL, an integer, a number or UTF-8 text. Times are integers,
/// microseconds since 1970 UTC.
using Value = std::variant<std::monostate, int64_t, double, std::string>;

/// One row of an answer; columns are counted from 0.
class Row {
 public:
  explicit Row(std::vector<std::optional<std::string>> columns) : columns_(std::move(columns)) {}

  /// True when the column is NULL.
  bool IsNull(size_t column) const { return !columns_[column].has_value(); }
  /// The column's text; empty for NULL.
  std::string Text(size_t column) const { return columns_[column].value_or(""); }
  /// The column as an integer; 0 for NULL.
  int64_t Integer(size_t column) const;
  /// The column as a number; 0 for NULL.
  double Number(size_t column) const;

 private:
  std::vector<std::optional<std::string>> columns_;
};

/// A running transaction. Used by one thread. Errors of all calls: AlreadyExists when a uniqueness
/// constraint refuses; Unavailable when the store is busy or away; ResourceExhausted when the disk
/// is full; PermissionDenied when it can't be written; DataLoss when it is damaged; Internal for
/// wrong SQL.
class Transaction {
 public:
  virtual ~Transaction() = default;

  /// Runs a statement with parameters :p0, :p1, ... and returns how many rows it changed.
  virtual absl::StatusOr<int64_t> Execute(std::string_view sql,
                                          const std::vector<Value>& parameters) = 0;

  /// Runs a query that answers `columns` columns.
  virtual absl::StatusOr<std::vector<Row>> Query(std::string_view sql,
                                                 const std::vector<Value>& parameters,
                                                 size_t columns) = 0;
};

/// The relational store: tenants, people, keys, sessions, the outbox, the audit trail. Thread-safe.
class Metastore {
 public:
  using Work = std::function<absl::Status(Transaction&)>;

  virtual ~Metastore() = default;

  /// Runs `work` in a transaction that may write; commits, durably, when it returns OK, rolls back
  /// otherwise. Returns the work's error or the store's. One writer at a time; waits for its turn
  /// no longer than `metastore.busy_timeout` (Unavailable).
  virtual absl::Status Write(const Work& work) = 0;

  /// Runs `work` in a transaction that only reads and sees one state of the store.
  virtual absl::Status Read(const Work& work) = 0;

  /// Has `notify` called after every committed write, on the writing thread; quick and not
  /// reentrant.
  virtual void OnCommit(std::function<void()> notify) = 0;
};

}  // namespace tenantry::metastore
