#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tenantry::lake::sql {

/// What a frame between server and worker holds. A frame is its payload's length (4 bytes), its
/// kind (1 byte) and the payload; integers are little-endian.
enum class FrameKind : uint8_t {
  kSettings = 1,   ///< server → worker, first: WorkerSettings
  kTable = 2,      ///< server → worker: a table to make, its name and columns
  kRows = 3,       ///< both ways: a SqlChunk, for the table made last or of the running query
  kStatement = 4,  ///< server → worker: SQL text
  kReady = 5,      ///< worker → server, first: DuckDB's version, and 1 when Landlock guards files
  kColumns = 6,    ///< worker → server: the columns of the answer that follows
  kDone = 7,       ///< worker → server: the statement ended well
  kArrow = 9,      ///< server → worker: a path and a query, whose answer is written there as Arrow
  kError = 8,      ///< worker → server: code and message; the task is over
};

/// The largest payload of a frame; a longer one is a protocol error.
inline constexpr size_t kFrameBytesMax = size_t{64} << 20;

/// Bytes of a frame before its payload.
inline constexpr size_t kFrameHeaderBytes = 5;

/// Builds a payload. Not thread-safe.
class WireWriter {
 public:
  /// Appends fixed-size integers.
  void U8(uint8_t value);
  void U32(uint32_t value);
  void U64(uint64_t value);
  /// Appends a length and the bytes.
  void Text(std::string_view text);
  /// Appends the bytes alone.
  void Raw(std::string_view bytes) { bytes_.append(bytes); }

  /// What was built; the writer is empty afterwards.
  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Takes a payload apart. Past the end every read gives zero or nothing and `ok` turns false, so
/// that a sender that can't be trusted only makes a decoder fail. Keeps views into the payload.
class WireReader {
 public:
  /// A reader of `bytes`, which outlive it.
  explicit WireReader(std::string_view bytes) : bytes_(bytes) {}

  /// The next integer, or 0 past the end.
  uint8_t U8();
  uint32_t U32();
  uint64_t U64();
  /// The next length-prefixed text, or nothing past the end.
  std::string_view Text();
  /// The next `count` bytes, or nothing past the end.
  std::string_view Raw(size_t count);

  /// False once a read went past the end.
  bool ok() const { return ok_; }
  /// True when all was read and nothing went wrong.
  bool done() const { return ok_ && bytes_.empty(); }

 private:
  std::string_view bytes_;
  bool ok_ = true;
};

/// The header of a frame with a payload of `payload_bytes`.
std::string FrameHeader(FrameKind kind, size_t payload_bytes);

/// What a worker is told first.
struct WorkerSettings {
  int64_t server_pid = 0;              ///< whose child it must be; it exits when that is gone
  std::string duckdb_library;          ///< path of libduckdb.so; empty: look in the usual places
  std::string work_folder;             ///< its current folder, and where it spills
  int64_t memory_bytes = 0;            ///< address space on top of what the idle engine uses
  int64_t spill_bytes = 0;             ///< what it may write into work_folder
  int64_t cpu_seconds = 0;             ///< RLIMIT_CPU
  int64_t file_bytes = 0;              ///< RLIMIT_FSIZE; 0: as inherited
  int32_t threads = 1;                 ///< of the engine
  std::vector<std::string> folders;    ///< what SQL may read and write
  std::vector<std::string> read_only;  ///< what it may read besides; nothing else

  /// As the payload of kSettings.
  std::string Encode() const;
  /// InvalidArgument when the payload is none.
  static absl::StatusOr<WorkerSettings> Decode(std::string_view payload);
};

}  // namespace tenantry::lake::sql
