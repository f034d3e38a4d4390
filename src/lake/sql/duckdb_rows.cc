#include "lake/sql/duckdb_rows.h"

#include <bit>
#include <optional>

#include "base/status.h"
#include "base/utf8.h"

namespace tenantry::lake::sql {
namespace {

constexpr size_t kPieceBytes = size_t{1} << 20;

std::optional<SqlType> TypeOf(duckdb_type type) {
  switch (type) {
    case DUCKDB_TYPE_BOOLEAN:
      return SqlType::kBoolean;
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT:
    case DUCKDB_TYPE_UINTEGER:
      return SqlType::kInteger;
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DOUBLE:
      return SqlType::kDouble;
    case DUCKDB_TYPE_VARCHAR:
      return SqlType::kText;
    case DUCKDB_TYPE_BLOB:
      return SqlType::kBlob;
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      return SqlType::kTimestamp;
    default:
      return std::nullopt;
  }
}

template <typename T>
T Load(const void* data, idx_t row) {
  return static_cast<const T*>(data)[row];
}

int64_t LoadInteger(duckdb_type type, const void* data, idx_t row) {
  switch (type) {
    case DUCKDB_TYPE_BOOLEAN:
      return Load<bool>(data, row) ? 1 : 0;
    case DUCKDB_TYPE_TINYINT:
      return Load<int8_t>(data, row);
    case DUCKDB_TYPE_SMALLINT:
      return Load<int16_t>(data, row);
    case DUCKDB_TYPE_INTEGER:
      return Load<int32_t>(data, row);
    case DUCKDB_TYPE_UTINYINT:
      return Load<uint8_t>(data, row);
    case DUCKDB_TYPE_USMALLINT:
      return Load<uint16_t>(data, row);
    case DUCKDB_TYPE_UINTEGER:
      return Load<uint32_t>(data, row);
    default:
      return Load<int64_t>(data, row);
  }
}

// One column of a chunk while it is read.
struct Source {
  duckdb_type type;
  void* data;
  uint64_t* validity;
};

class ChunkReader {
 public:
  ChunkReader(const DuckDbLibrary& duckdb, duckdb_result& result,
              const std::vector<SqlColumn>& columns, duckdb_data_chunk chunk)
      : duckdb_(duckdb), columns_(columns), rows_(duckdb.data_chunk_get_size(chunk)) {
    for (idx_t i = 0; i < columns.size(); ++i) {
      const duckdb_vector vector = duckdb.data_chunk_get_vector(chunk, i);
      sources_.push_back({duckdb.column_type(&result, i), duckdb.vector_get_data(vector),
                          duckdb.vector_get_validity(vector)});
    }
  }

  // The row after the last one of a piece that begins at `begin`.
  idx_t PieceEnd(idx_t begin) const {
    size_t bytes = 0;
    idx_t row = begin;
    for (; row < rows_ && bytes < kPieceBytes; ++row) {
      for (size_t i = 0; i < columns_.size(); ++i) {
        bytes += 9;
        if (HoldsBytes(columns_[i].type) && Valid(sources_[i], row)) {
          bytes += duckdb_.string_t_length(Load<duckdb_string_t>(sources_[i].data, row));
        }
      }
    }
    return row;
  }

  SqlChunk Piece(idx_t begin, idx_t end) const {
    SqlChunk piece(columns_);
    for (size_t i = 0; i < columns_.size(); ++i) {
      for (idx_t row = begin; row < end; ++row) Take(sources_[i], row, piece.column(i));
    }
    return piece;
  }

  idx_t rows() const { return rows_; }

 private:
  bool Valid(const Source& source, idx_t row) const {
    return source.validity == nullptr || duckdb_.validity_row_is_valid(source.validity, row);
  }

  void Take(const Source& source, idx_t row, SqlValues& values) const {
    if (!Valid(source, row)) return values.AddNull();
    switch (values.type()) {
      case SqlType::kText:
      case SqlType::kBlob: {
        duckdb_string_t& text = static_cast<duckdb_string_t*>(source.data)[row];
        return values.AddBytes({duckdb_.string_t_data(&text), duckdb_.string_t_length(text)});
      }
      case SqlType::kDouble:
        return values.AddDouble(source.type == DUCKDB_TYPE_FLOAT ? Load<float>(source.data, row)
                                                                 : Load<double>(source.data, row));
      default:
        return values.AddInteger(LoadInteger(source.type, source.data, row));
    }
  }

  const DuckDbLibrary& duckdb_;
  const std::vector<SqlColumn>& columns_;
  idx_t rows_;
  std::vector<Source> sources_;
};

void StoreNumber(SqlType type, void* data, idx_t row, int64_t value) {
  if (type == SqlType::kBoolean) {
    static_cast<bool*>(data)[row] = value != 0;
  } else {
    static_cast<int64_t*>(data)[row] = value;  // doubles cross as their bits
  }
}

}  // namespace

duckdb_type DuckDbTypeOf(SqlType type) {
  switch (type) {
    case SqlType::kBoolean:
      return DUCKDB_TYPE_BOOLEAN;
    case SqlType::kInteger:
      return DUCKDB_TYPE_BIGINT;
    case SqlType::kDouble:
      return DUCKDB_TYPE_DOUBLE;
    case SqlType::kText:
      return DUCKDB_TYPE_VARCHAR;
    case SqlType::kBlob:
      return DUCKDB_TYPE_BLOB;
    case SqlType::kTimestamp:
      return DUCKDB_TYPE_TIMESTAMP_TZ;
  }
  return DUCKDB_TYPE_INVALID;
}

std::string_view DuckDbTypeName(SqlType type) {
  switch (type) {
    case SqlType::kBoolean:
      return "BOOLEAN";
    case SqlType::kInteger:
      return "BIGINT";
    case SqlType::kDouble:
      return "DOUBLE";
    case SqlType::kText:
      return "VARCHAR";
    case SqlType::kBlob:
      return "BLOB";
    case SqlType::kTimestamp:
      return "TIMESTAMP WITH TIME ZONE";
  }
  return "";
}

absl::StatusOr<std::vector<SqlColumn>> ColumnsOf(const DuckDbLibrary& duckdb,
                                                 duckdb_result& result) {
  std::vector<SqlColumn> columns;
  const idx_t count = duckdb.column_count(&result);
  for (idx_t i = 0; i < count; ++i) {
    const std::string name = duckdb.column_name(&result, i);
    const std::optional<SqlType> type = TypeOf(duckdb.column_type(&result, i));
    if (!type.has_value()) {
      return base::InvalidArgument(
          "column {} ({}) of the answer has a type that can't be returned: cast it, say to VARCHAR",
          i + 1, name);
    }
    columns.push_back({name, *type});
  }
  return columns;
}

absl::Status ReadRows(const DuckDbLibrary& duckdb, duckdb_result& result,
                      const std::vector<SqlColumn>& columns, duckdb_data_chunk chunk,
                      absl::FunctionRef<absl::Status(const SqlChunk&)> sink) {
  const ChunkReader reader(duckdb, result, columns, chunk);
  for (idx_t begin = 0; begin < reader.rows();) {
    const idx_t end = reader.PieceEnd(begin);
    TENANTRY_RETURN_IF_ERROR(sink(reader.Piece(begin, end)));
    begin = end;
  }
  return absl::OkStatus();
}

absl::Status WriteRows(const DuckDbLibrary& duckdb, const SqlChunk& from, size_t begin, size_t end,
                       duckdb_data_chunk to) {
  for (size_t i = 0; i < from.columns(); ++i) {
    const SqlValues& values = from.column(i);
    const duckdb_vector vector = duckdb.data_chunk_get_vector(to, i);
    duckdb.vector_ensure_validity_writable(vector);
    uint64_t* validity = duckdb.vector_get_validity(vector);
    void* data = duckdb.vector_get_data(vector);
    for (size_t row = begin; row < end; ++row) {
      const idx_t at = row - begin;
      if (values.IsNull(row)) {
        duckdb.validity_set_row_invalid(validity, at);
      } else if (!HoldsBytes(values.type())) {
        StoreNumber(values.type(), data, at, values.Integer(row));
      } else {
        const std::string_view bytes = values.Bytes(row);
        if (values.type() == SqlType::kText && !base::IsUtf8(bytes)) {
          return base::InvalidArgument("column {} of the rows holds text that is not UTF-8", i + 1);
        }
        duckdb.vector_assign_string_element_len(vector, at, bytes.data(), bytes.size());
      }
    }
  }
  duckdb.data_chunk_set_size(to, end - begin);
  return absl::OkStatus();
}

}  // namespace tenantry::lake::sql
