#include "lake/sql/arrow/arrow_ipc.h"

#include <flatbuffers/flatbuffers.h>

#include <bit>
#include <cstring>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "lake/sql/arrow/arrow_type.h"

// Message.fbs and Schema.fbs of Arrow's format, without a compiler for them: `Slot` is the number
// of a table's field there.
namespace tenantry::lake::sql {
namespace {

using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;
using flatbuffers::uoffset_t;

static_assert(std::endian::native == std::endian::little, "the stream says that it is");

constexpr int16_t kVersion5 = 4;
constexpr uint8_t kSchemaHeader = 1;
constexpr uint8_t kBatchHeader = 3;
constexpr size_t kAlignment = 8;
constexpr int64_t kNullable = 2;
constexpr int kDepthMax = 64;

using Table = Offset<void>;

// The two structs of a batch.
struct FieldNode {
  int64_t length;
  int64_t null_count;
};
struct BufferPlace {
  int64_t offset;
  int64_t length;
};

flatbuffers::voffset_t Slot(int number) { return flatbuffers::FieldIndexToOffset(number); }

Table End(FlatBufferBuilder& builder, uoffset_t start) { return {builder.EndTable(start)}; }

Table TypeTable(FlatBufferBuilder& builder, const ArrowType& type) {
  using enum ArrowTypeId;
  Offset<flatbuffers::String> zone;
  if (!type.timezone.empty()) zone = builder.CreateString(type.timezone);
  const uoffset_t start = builder.StartTable();
  // Written also where it is the default, so that no default has to be known.
  const auto add = [&](int slot, auto value) { builder.AddElement(Slot(slot), value); };
  const auto unit = static_cast<int16_t>(type.unit);
  if (type.id == kInt) {
    add(0, type.bits);
    add(1, static_cast<uint8_t>(type.is_signed));
  } else if (type.id == kFloatingPoint) {
    add(0, static_cast<int16_t>(type.precision));
  } else if (type.id == kDecimal) {
    add(0, type.precision);
    add(1, type.scale);
    add(2, type.bits);
  } else if (type.id == kDate || type.id == kInterval || type.id == kTimestamp) {
    add(0, unit);
    if (!zone.IsNull()) builder.AddOffset(Slot(1), zone);
  } else if (type.id == kTime) {
    add(0, unit);
    add(1, type.bits);
  } else if (type.id == kFixedSizeBinary) {
    add(0, type.bits / 8);
  } else if (type.id == kFixedSizeList) {
    add(0, type.size);
  }
  return End(builder, start);
}

absl::StatusOr<Table> FieldTable(FlatBufferBuilder& builder, const ArrowSchema& field, int depth) {
  if (depth > kDepthMax) return base::InvalidArgument("a column's type is too deep for Arrow");
  if (field.dictionary != nullptr) {
    return base::InvalidArgument(
        "the column '{}' is an ENUM, which is not given as Arrow: cast it "
        "to VARCHAR",
        field.name);
  }
  TENANTRY_ASSIGN_OR_RETURN(const ArrowType type, ParseArrowType(field.format));
  std::vector<Table> children;
  for (int64_t i = 0; i < field.n_children; ++i) {
    TENANTRY_ASSIGN_OR_RETURN(children.emplace_back(),
                              FieldTable(builder, *field.children[i], depth + 1));
  }
  const auto name = builder.CreateString(field.name == nullptr ? "" : field.name);
  const auto fields = builder.CreateVector(children);
  const Table shape = TypeTable(builder, type);
  const uoffset_t start = builder.StartTable();
  builder.AddOffset(Slot(0), name);
  builder.AddElement<uint8_t>(Slot(1), (field.flags & kNullable) != 0, 0);
  builder.AddElement(Slot(2), static_cast<uint8_t>(type.id), uint8_t{0});
  builder.AddOffset(Slot(3), shape);
  builder.AddOffset(Slot(5), fields);
  return End(builder, start);
}

void Pad(std::string& bytes) {
  bytes.resize((bytes.size() + kAlignment - 1) / kAlignment * kAlignment);
}

void AppendInt32(std::string& bytes, uint32_t value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

// The message around its header, and the body behind it.
std::string Message(FlatBufferBuilder& builder, uint8_t kind, Table header, std::string_view body) {
  const uoffset_t start = builder.StartTable();
  builder.AddElement<int64_t>(Slot(3), static_cast<int64_t>(body.size()), 0);
  builder.AddOffset(Slot(2), header);
  builder.AddElement<int16_t>(Slot(0), kVersion5, 0);
  builder.AddElement<uint8_t>(Slot(1), kind, 0);
  builder.Finish(End(builder, start));
  std::string head(reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize());
  Pad(head);
  std::string message;
  message.reserve(2 * sizeof(uint32_t) + head.size() + body.size());
  AppendInt32(message, 0xffffffff);
  AppendInt32(message, static_cast<uint32_t>(head.size()));
  message += head;
  message += body;
  return message;
}

// Takes arrays apart, depth first, as a batch lists them.
class BatchBody {
 public:
  absl::Status Add(const ArrowSchema& field, const ArrowArray& array) {
    TENANTRY_ASSIGN_OR_RETURN(const ArrowType type, ParseArrowType(field.format));
    if (array.offset != 0 || array.n_children != field.n_children || array.length < 0) {
      return base::Internal("the engine gave an Arrow array of another shape than its type");
    }
    const bool is_null = type.id == ArrowTypeId::kNull;
    nodes_.push_back({array.length, is_null ? array.length : NullCount(array)});
    if (!is_null) TENANTRY_RETURN_IF_ERROR(AddBuffers(type, array));
    for (int64_t i = 0; i < array.n_children; ++i) {
      TENANTRY_RETURN_IF_ERROR(Add(*field.children[i], *array.children[i]));
    }
    return absl::OkStatus();
  }

  const std::vector<FieldNode>& nodes() const { return nodes_; }
  const std::vector<BufferPlace>& places() const { return places_; }
  const std::string& bytes() const { return bytes_; }

 private:
  static int64_t NullCount(const ArrowArray& array) {
    if (array.null_count >= 0) return array.null_count;
    const auto* bits =
        array.n_buffers > 0 ? static_cast<const uint8_t*>(array.buffers[0]) : nullptr;
    int64_t nulls = 0;
    for (int64_t i = 0; bits != nullptr && i < array.length; ++i) {
      nulls += (bits[i / 8] >> (i % 8) & 1) == 0 ? 1 : 0;
    }
    return nulls;
  }

  absl::Status AddBuffers(const ArrowType& type, const ArrowArray& array) {
    const bool texts = type.offset_bytes > 0 && array.n_children == 0;
    const int64_t wanted = 1 + (type.offset_bytes > 0 || type.bits > 0 ? 1 : 0) + (texts ? 1 : 0);
    if (array.n_buffers != wanted) {
      return base::Internal("the engine gave an Arrow array of {} buffers, not {}", array.n_buffers,
                            wanted);
    }
    AddBuffer(array.buffers[0], NullCount(array) > 0 ? (array.length + 7) / 8 : 0);
    if (type.bits > 0) AddBuffer(array.buffers[1], (array.length * type.bits + 7) / 8);
    if (type.offset_bytes == 0) return absl::OkStatus();
    AddBuffer(array.buffers[1], array.length == 0 ? 0 : (array.length + 1) * type.offset_bytes);
    if (texts) AddBuffer(array.buffers[2], array.length == 0 ? 0 : LastOffset(type, array));
    return absl::OkStatus();
  }

  static int64_t LastOffset(const ArrowType& type, const ArrowArray& array) {
    if (type.offset_bytes == 4) return static_cast<const int32_t*>(array.buffers[1])[array.length];
    return static_cast<const int64_t*>(array.buffers[1])[array.length];
  }

  void AddBuffer(const void* buffer, int64_t bytes) {
    if (buffer == nullptr) bytes = 0;
    places_.push_back({static_cast<int64_t>(bytes_.size()), bytes});
    if (bytes > 0) bytes_.append(static_cast<const char*>(buffer), static_cast<size_t>(bytes));
    Pad(bytes_);
  }

  std::vector<FieldNode> nodes_;
  std::vector<BufferPlace> places_;
  std::string bytes_;
};

// A vector of structs of two 64-bit integers.
template <typename Struct>
uoffset_t Structs(FlatBufferBuilder& builder, const std::vector<Struct>& structs) {
  static_assert(sizeof(Struct) == 16);
  builder.StartVector(structs.size() * 2, sizeof(int64_t));
  builder.PushBytes(reinterpret_cast<const uint8_t*>(structs.data()),
                    structs.size() * sizeof(Struct));
  return builder.EndVector(structs.size());
}

}  // namespace

absl::StatusOr<std::string> ArrowSchemaMessage(const ArrowSchema& schema) {
  FlatBufferBuilder builder;
  std::vector<Table> columns;
  for (int64_t i = 0; i < schema.n_children; ++i) {
    TENANTRY_ASSIGN_OR_RETURN(columns.emplace_back(), FieldTable(builder, *schema.children[i], 0));
  }
  const auto fields = builder.CreateVector(columns);
  const uoffset_t start = builder.StartTable();
  builder.AddOffset(Slot(1), fields);
  return Message(builder, kSchemaHeader, End(builder, start), "");
}

absl::StatusOr<std::string> ArrowBatchMessage(const ArrowSchema& schema, const ArrowArray& batch) {
  if (schema.n_children != batch.n_children) {
    return base::Internal("the engine gave an Arrow batch of {} columns, not {}", batch.n_children,
                          schema.n_children);
  }
  BatchBody body;
  for (int64_t i = 0; i < batch.n_children; ++i) {
    TENANTRY_RETURN_IF_ERROR(body.Add(*schema.children[i], *batch.children[i]));
  }
  FlatBufferBuilder builder;
  const Offset<void> nodes(Structs(builder, body.nodes()));
  const Offset<void> places(Structs(builder, body.places()));
  const uoffset_t start = builder.StartTable();
  builder.AddElement<int64_t>(Slot(0), batch.length, 0);
  builder.AddOffset(Slot(1), nodes);
  builder.AddOffset(Slot(2), places);
  return Message(builder, kBatchHeader, End(builder, start), body.bytes());
}

std::string ArrowEndOfStream() {
  std::string end;
  AppendInt32(end, 0xffffffff);
  AppendInt32(end, 0);
  return end;
}

}  // namespace tenantry::lake::sql
