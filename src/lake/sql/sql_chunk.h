#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tenantry::lake::sql {

/// The types that cross between server and worker.
enum class SqlType : uint8_t {
  kBoolean = 1,
  kInteger = 2,  ///< 64 bits, signed
  kDouble = 3,
  kText = 4,  ///< UTF-8
  kBlob = 5,
  kTimestamp = 6,  ///< microseconds since 1970 UTC
};

/// A column of a table or of an answer.
struct SqlColumn {
  std::string name;
  SqlType type = SqlType::kText;

  bool operator==(const SqlColumn&) const = default;
};

/// True for the types whose values are bytes (text, blob) rather than 64-bit numbers.
inline bool HoldsBytes(SqlType type) { return type == SqlType::kText || type == SqlType::kBlob; }

/// The values of one column. Not thread-safe.
class SqlValues {
 public:
  /// No values, of this type.
  explicit SqlValues(SqlType type) : type_(type) {}

  /// Append one value; the kind must be the column's.
  void AddNull();
  void AddInteger(int64_t value);  ///< kBoolean (0 or 1), kInteger, kTimestamp
  void AddDouble(double value);
  void AddBytes(std::string_view value);  ///< kText, kBlob

  /// Value `row`; a null is 0 or nothing. The view lives as long as this object is unchanged.
  bool IsNull(size_t row) const { return nulls_[row] != 0; }
  int64_t Integer(size_t row) const { return numbers_[row]; }
  double Double(size_t row) const;
  std::string_view Bytes(size_t row) const;

  /// The column's type, and how many values it holds.
  SqlType type() const { return type_; }
  size_t rows() const { return nulls_.size(); }
  /// Roughly what the values weigh.
  size_t bytes() const { return nulls_.size() * 9 + bytes_.size(); }

 private:
  friend class SqlChunk;

  SqlType type_;
  std::vector<uint8_t> nulls_;
  std::vector<int64_t> numbers_;  // one a row, unless HoldsBytes
  std::vector<uint32_t> ends_;    // one a row when HoldsBytes: where the value ends in bytes_
  std::string bytes_;
};

/// Rows as columns: what is sent in one frame. All columns hold the same number of rows.
class SqlChunk {
 public:
  /// No rows, of these columns.
  explicit SqlChunk(const std::vector<SqlColumn>& columns);

  /// The columns' values, in the columns' order; add to each as many as to the others.
  SqlValues& column(size_t index) { return columns_[index]; }
  const SqlValues& column(size_t index) const { return columns_[index]; }

  /// How many rows and columns it holds.
  size_t rows() const { return columns_.empty() ? 0 : columns_.front().rows(); }
  size_t columns() const { return columns_.size(); }
  /// Roughly what the values weigh.
  size_t bytes() const;

  /// As the payload of a frame.
  std::string Encode() const;
  /// DataLoss when the payload is no chunk of these columns, whatever bytes it has.
  static absl::StatusOr<SqlChunk> Decode(const std::vector<SqlColumn>& columns,
                                         std::string_view payload);

 private:
  std::vector<SqlValues> columns_;
};

/// Columns as a payload, and back; DataLoss when the payload is none.
std::string EncodeColumns(const std::vector<SqlColumn>& columns);
absl::StatusOr<std::vector<SqlColumn>> DecodeColumns(std::string_view payload);

}  // namespace tenantry::lake::sql
