#include "lake/sql/sql_chunk.h"

#include <bit>
#include <cstring>

#include "base/check.h"
#include "base/status.h"
#include "lake/sql/wire.h"

namespace tenantry::lake::sql {
namespace {

constexpr uint32_t kColumnsMax = 10'000;

template <typename T>
std::string_view AsBytes(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

template <typename T>
std::vector<T> FromBytes(std::string_view bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
  return values;
}

bool IsType(uint8_t type) { return type >= 1 && type <= 6; }

bool Ascending(const std::vector<uint32_t>& ends) {
  for (size_t i = 1; i < ends.size(); ++i) {
    if (ends[i] < ends[i - 1]) return false;
  }
  return true;
}

}  // namespace

void SqlValues::AddNull() {
  nulls_.push_back(1);
  if (HoldsBytes(type_)) {
    ends_.push_back(static_cast<uint32_t>(bytes_.size()));
  } else {
    numbers_.push_back(0);
  }
}

void SqlValues::AddInteger(int64_t value) {
  nulls_.push_back(0);
  numbers_.push_back(value);
}

void SqlValues::AddDouble(double value) { AddInteger(std::bit_cast<int64_t>(value)); }

void SqlValues::AddBytes(std::string_view value) {
  nulls_.push_back(0);
  bytes_.append(value);
  ends_.push_back(static_cast<uint32_t>(bytes_.size()));
}

double SqlValues::Double(size_t row) const { return std::bit_cast<double>(numbers_[row]); }

std::string_view SqlValues::Bytes(size_t row) const {
  const uint32_t begin = row == 0 ? 0 : ends_[row - 1];
  return std::string_view(bytes_).substr(begin, ends_[row] - begin);
}

SqlChunk::SqlChunk(const std::vector<SqlColumn>& columns) {
  columns_.reserve(columns.size());
  for (const SqlColumn& column : columns) columns_.emplace_back(column.type);
}

size_t SqlChunk::bytes() const {
  size_t bytes = 0;
  for (const SqlValues& values : columns_) bytes += values.bytes();
  return bytes;
}

// Numbers cross as they lie in memory: both ends are the same program on the same machine.
std::string SqlChunk::Encode() const {
  WireWriter writer;
  writer.U32(static_cast<uint32_t>(rows()));
  for (const SqlValues& values : columns_) {
    TENANTRY_CHECK(values.rows() == rows());
    writer.Raw(AsBytes(values.nulls_));
    if (HoldsBytes(values.type_)) {
      writer.Raw(AsBytes(values.ends_));
      writer.Text(values.bytes_);
    } else {
      writer.Raw(AsBytes(values.numbers_));
    }
  }
  return writer.Take();
}

absl::StatusOr<SqlChunk> SqlChunk::Decode(const std::vector<SqlColumn>& columns,
                                          std::string_view payload) {
  WireReader reader(payload);
  SqlChunk chunk(columns);
  const size_t rows = reader.U32();
  bool sound = true;
  for (SqlValues& values : chunk.columns_) {
    values.nulls_ = FromBytes<uint8_t>(reader.Raw(rows));
    if (HoldsBytes(values.type_)) {
      values.ends_ = FromBytes<uint32_t>(reader.Raw(rows * sizeof(uint32_t)));
      values.bytes_ = reader.Text();
      sound = sound && Ascending(values.ends_) &&
              (values.ends_.empty() || values.ends_.back() <= values.bytes_.size());
    } else {
      values.numbers_ = FromBytes<int64_t>(reader.Raw(rows * sizeof(int64_t)));
    }
  }
  if (!reader.done() || !sound) return base::DataLoss("the SQL worker's rows are malformed");
  return chunk;
}

std::string EncodeColumns(const std::vector<SqlColumn>& columns) {
  WireWriter writer;
  writer.U32(static_cast<uint32_t>(columns.size()));
  for (const SqlColumn& column : columns) {
    writer.Text(column.name);
    writer.U8(static_cast<uint8_t>(column.type));
  }
  return writer.Take();
}

absl::StatusOr<std::vector<SqlColumn>> DecodeColumns(std::string_view payload) {
  WireReader reader(payload);
  std::vector<SqlColumn> columns;
  const uint32_t count = reader.U32();
  bool sound = count <= kColumnsMax;
  for (uint32_t i = 0; sound && reader.ok() && i < count; ++i) {
    std::string name(reader.Text());
    const uint8_t type = reader.U8();
    sound = IsType(type);
    if (sound) columns.push_back({std::move(name), static_cast<SqlType>(type)});
  }
  if (!reader.done() || !sound) return base::DataLoss("the SQL worker's columns are malformed");
  return columns;
}

}  // namespace tenantry::lake::sql
