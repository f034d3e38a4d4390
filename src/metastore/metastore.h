#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "metastore/tenant_scope.h"

namespace tenantry::metastore {

/// A parameter of a statement or a column of an answer: NULL, an integer, a number or UTF-8 text
/// (bytes go as base64). Times are integers, microseconds since 1970 UTC.
using Value = std::variant<std::monostate, int64_t, double, std::string>;

/// One row of an answer; columns are counted from 0. A column past the last, or of another kind
/// than the getter's, is a fault of the program and aborts.
class Row {
 public:
  explicit Row(std::vector<Value> columns) : columns_(std::move(columns)) {}

  /// True when the column is NULL.
  bool IsNull(size_t column) const;
  /// The column's text; empty for NULL. A number is given as the shortest text that reads back as
  /// the same.
  std::string Text(size_t column) const;
  /// The column as an integer; 0 for NULL.
  int64_t Integer(size_t column) const;
  /// The column as a number; 0 for NULL. Integers are converted.
  double Number(size_t column) const;

 private:
  const Value& At(size_t column) const;

  std::vector<Value> columns_;
};

/// A running transaction. Used by one thread. Errors of all calls: AlreadyExists when a uniqueness
/// constraint refuses; FailedPrecondition when a foreign key or a trigger does; Unavailable when
/// the store is busy or away, when its disk is full and when it can't be written (a fault of no
/// caller's); DeadlineExceeded past `metastore.transaction_timeout`; DataLoss when it is damaged;
/// Internal for wrong SQL. After an error the transaction only rolls back: every later call gives
/// that error again.
class Transaction {
 public:
  virtual ~Transaction() = default;

  /// Whose rows this may touch. Repositories filter by it.
  virtual const TenantScope& scope() const = 0;

  /// Runs a statement with parameters :p0, :p1, ... and returns how many rows it changed.
  virtual absl::StatusOr<int64_t> Execute(std::string_view sql,
                                          const std::vector<Value>& parameters) = 0;

  /// Runs a query that answers `columns` columns; Internal when it answers another number.
  virtual absl::StatusOr<std::vector<Row>> Query(std::string_view sql,
                                                 const std::vector<Value>& parameters,
                                                 size_t columns) = 0;

  /// Tells the subscribers of `topic` once this has committed, never when it rolls back.
  virtual void Notify(std::string topic, std::string payload) = 0;
};

/// Holds a subscription: it ends, and no call of the listener runs any more, when this is
/// destroyed. Movable; used by one thread.
class Subscription {
 public:
  /// Holds none.
  Subscription() = default;
  /// `end` ends the subscription.
  explicit Subscription(std::function<void()> end) : end_(std::move(end)) {}
  Subscription(Subscription&& other) noexcept : end_(std::exchange(other.end_, nullptr)) {}
  Subscription& operator=(Subscription&& other) noexcept {
    std::swap(end_, other.end_);
    return *this;
  }
  ~Subscription() {
    if (end_) end_();
  }

 private:
  std::function<void()> end_;
};

/// The relational store: tenants, people, keys, sessions, the outbox, the audit trail. Thread-safe.
class Metastore {
 public:
  using Work = std::function<absl::Status(Transaction&)>;
  using Listener = std::function<void(const std::string& payload)>;

  virtual ~Metastore() = default;

  /// Runs `work` in a transaction that may write; commits, durably, when it returns OK, rolls back
  /// otherwise. Returns the work's error or the store's. One writer at a time; waits for its turn
  /// no longer than `metastore.busy_timeout` (Unavailable). Nothing is tried again: that is the
  /// caller's to decide. Not reentrant: `work` starts no transaction of its own.
  virtual absl::Status Write(const TenantScope& scope, const Work& work) = 0;

  /// Runs `work` in a transaction that only reads and sees one state of the store. Waits for a free
  /// connection as Write does.
  virtual absl::Status Read(const TenantScope& scope, const Work& work) = 0;

  /// Has `listener` called with the payload of each Notify of `topic`, after its commit, on the
  /// thread that wrote. Listeners are quick; they use neither the store nor subscriptions. The
  /// subscription ends before the store.
  [[nodiscard]] virtual Subscription Subscribe(std::string topic, Listener listener) = 0;

  /// Both for work of the operator and of the system itself, which may touch all rows.
  absl::Status Write(const Work& work) { return Write(TenantScope::Operator(), work); }
  absl::Status Read(const Work& work) { return Read(TenantScope::Operator(), work); }
};

}  // namespace tenantry::metastore
