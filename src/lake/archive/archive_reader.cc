#include "lake/archive/archive_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/status.h"
#include "lake/archive/append_order.h"
#include "lake/archive/archive_files.h"
#include "lake/archive/archive_row.h"

namespace tenantry::lake::archive {
namespace {

// What one SQL process reads: enough that its start does not matter.
constexpr size_t kBatchFiles = 256;
constexpr int64_t kBatchBytes = int64_t{256} << 20;

// Files that one query reads, one after the other.
struct Batch {
  size_t begin = 0;
  size_t end = 0;
};

// The end of the files from `begin` on that hold one flush's rows of one tenant.
size_t ClusterEnd(const std::vector<ArchiveFile>& files, size_t begin) {
  size_t end = begin + 1;
  while (end < files.size() && files[end].tenant == files[begin].tenant &&
         files[end].flush == files[begin].flush) {
    ++end;
  }
  return end;
}

// Whole clusters each.
std::vector<Batch> MakeBatches(const std::vector<ArchiveFile>& files) {
  std::vector<Batch> batches;
  int64_t bytes = 0;
  for (size_t begin = 0; begin < files.size(); begin = batches.back().end) {
    if (batches.empty() || begin - batches.back().begin >= kBatchFiles || bytes > kBatchBytes) {
      batches.push_back({begin, begin});
      bytes = 0;
    }
    batches.back().end = ClusterEnd(files, begin);
    for (size_t i = begin; i < batches.back().end; ++i) bytes += files[i].bytes;
  }
  return batches;
}

std::string BatchQuery(const std::string& folder, const std::vector<ArchiveFile>& files,
                       const Batch& batch) {
  std::string paths;
  for (size_t i = batch.begin; i < batch.end; ++i) {
    paths += paths.empty() ? "'" : ", '";
    for (const char c : folder + "/" + files[i].Path()) {
      paths += c == '\'' ? "''" : std::string(1, c);
    }
    paths += "'";
  }
  return fmt::format("SELECT {} FROM read_parquet([{}], hive_partitioning = false)",
                     ArchiveColumnList(), paths);
}

// Errors that mean that a file, though its checksum holds, can't be read as what it should be.
absl::Status BlameFiles(const absl::Status& status, const std::vector<ArchiveFile>& files,
                        const Batch& batch) {
  const bool of_the_files = status.code() == absl::StatusCode::kInvalidArgument ||
                            status.code() == absl::StatusCode::kUnavailable;
  const std::string where = fmt::format("reading the archive's {} to {}", files[batch.begin].Path(),
                                        files[batch.end - 1].Path());
  if (!of_the_files) return base::Annotate(status, where);
  return base::DataLoss("{}: {}", where, base::Message(status));
}

using RowCallback = absl::FunctionRef<absl::Status(ArchiveRow)>;

// Gives the rows of the batch's files, file by file, each in the order of its rows.
absl::Status ReadBatch(const std::string& folder, const std::vector<ArchiveFile>& files,
                       const Batch& batch, sql::SqlProcesses& processes, RowCallback row) {
  int64_t missing = 0;
  for (size_t i = batch.begin; i < batch.end; ++i) {
    TENANTRY_RETURN_IF_ERROR(CheckFile(folder, files[i]));
    missing += files[i].rows;
  }
  sql::SqlTask task;
  task.read_only_folders = {folder};
  TENANTRY_ASSIGN_OR_RETURN(auto process, processes.Start(task));
  absl::Status of_row;  // an error that is not the query's
  const absl::Status status =
      process->Query(BatchQuery(folder, files, batch),
                     [&](const std::vector<sql::SqlColumn>& columns, const sql::SqlChunk& chunk) {
                       if (columns != ArchiveColumns()) {
                         return base::InvalidArgument("the columns are not the archive's");
                       }
                       for (size_t i = 0; i < chunk.rows() && of_row.ok(); ++i, --missing) {
                         auto read = ToArchiveRow(chunk, i);
                         of_row = read.ok() ? row(*std::move(read)) : read.status();
                       }
                       return of_row;
                     });
  TENANTRY_RETURN_IF_ERROR(of_row);
  if (!status.ok()) return BlameFiles(status, files, batch);
  if (missing == 0) return absl::OkStatus();
  return BlameFiles(base::InvalidArgument("{} rows are missing", missing), files, batch);
}

// The rows of one cluster, put into the order in which they were appended.
class ClusterRows {
 public:
  void Add(ArchiveRow row) { rows_.push_back(std::move(row)); }

  // Gives all rows and forgets them.
  absl::Status Give(absl::FunctionRef<absl::Status(const ArchiveRow&)> row) {
    const std::vector<ArchiveRow> rows = std::exchange(rows_, {});
    std::vector<const ArchiveRow*> places;
    for (const ArchiveRow& each : rows) places.push_back(&each);
    for (const ArchiveRow* each : AsAppended(places)) TENANTRY_RETURN_IF_ERROR(row(*each));
    return absl::OkStatus();
  }

 private:
  std::vector<ArchiveRow> rows_;
};

}  // namespace

void SortFiles(std::vector<ArchiveFile>& files) {
  std::sort(files.begin(), files.end(), [](const ArchiveFile& a, const ArchiveFile& b) {
    return std::tie(a.tenant, a.flush, a.partition, a.first) <
           std::tie(b.tenant, b.flush, b.partition, b.first);
  });
}

absl::Status ReadFiles(const std::string& folder, const std::vector<ArchiveFile>& files,
                       sql::SqlProcesses& processes,
                       absl::FunctionRef<absl::Status(const ArchiveRow&)> row) {
  for (const Batch& batch : MakeBatches(files)) {
    ClusterRows cluster;
    Batch at{batch.begin, ClusterEnd(files, batch.begin)};  // the file read, its cluster's end
    int64_t left = files[at.begin].rows;
    const auto take = [&](ArchiveRow each) -> absl::Status {
      while (left == 0) {
        if (++at.begin == at.end) {
          TENANTRY_RETURN_IF_ERROR(cluster.Give(row));
          at.end = ClusterEnd(files, at.begin);
        }
        left = files[at.begin].rows;
      }
      --left;
      const ArchiveFile& file = files[at.begin];
      if (each.tenant != file.tenant || each.from != file.partition) {
        return base::DataLoss("{} holds a record of {}/{}/{}", file.Path(), each.from.stream,
                              each.from.partition, each.offset.text());
      }
      cluster.Add(std::move(each));
      return absl::OkStatus();
    };
    TENANTRY_RETURN_IF_ERROR(ReadBatch(folder, files, batch, processes, take));
    TENANTRY_RETURN_IF_ERROR(cluster.Give(row));
  }
  return absl::OkStatus();
}

absl::Status ReadFlush(const std::string& folder, const std::vector<ArchiveFile>& files,
                       sql::SqlProcesses& processes,
                       absl::FunctionRef<absl::Status(const ArchiveRow&)> row) {
  if (files.empty()) return absl::OkStatus();
  ClusterRows rows;
  const auto take = [&](ArchiveRow each) {
    rows.Add(std::move(each));
    return absl::OkStatus();
  };
  TENANTRY_RETURN_IF_ERROR(ReadBatch(folder, files, {0, files.size()}, processes, take));
  return rows.Give(row);
}

absl::Status CheckFile(const std::string& folder, const ArchiveFile& file) {
  const std::string path = folder + "/" + file.Path();
  const auto digest = DigestFile(path);
  if (absl::IsNotFound(digest.status())) return base::DataLoss("{} is missing", path);
  TENANTRY_RETURN_IF_ERROR(digest.status());
  if (digest->bytes != file.bytes) {
    return base::DataLoss("{} holds {} bytes, {} were written", path, digest->bytes, file.bytes);
  }
  if (digest->checksum != file.checksum) {
    return base::DataLoss("{} is damaged: its checksum is not the one that was written", path);
  }
  return absl::OkStatus();
}

}  // namespace tenantry::lake::archive
