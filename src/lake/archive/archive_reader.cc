#include "lake/archive/archive_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/status.h"
#include "lake/archive/archive_files.h"
#include "lake/archive/archive_row.h"

namespace tenantry::lake::archive {
namespace {

// What one SQL process reads: enough that its start does not matter.
constexpr size_t kBatchFiles = 256;
constexpr int64_t kBatchBytes = int64_t{256} << 20;

// Files that one query reads. Those of one day follow each other; when the log's clock went
// backwards within a flush, files of two days interleave and their rows must be sorted.
struct Batch {
  size_t begin = 0;
  size_t end = 0;
  bool sorted = false;  // the query sorts
};

bool SameSeries(const ArchiveFile& a, const ArchiveFile& b) {
  return a.tenant == b.tenant && a.partition == b.partition;
}

// The end of the files from `begin` on whose offsets interleave: one file nearly always.
size_t ClusterEnd(const std::vector<ArchiveFile>& files, size_t begin) {
  eventlog::LogOffset last = files[begin].last;
  size_t end = begin + 1;
  while (end < files.size() && SameSeries(files[begin], files[end]) && files[end].first <= last) {
    last = std::max(last, files[end].last);
    ++end;
  }
  return end;
}

std::vector<Batch> MakeBatches(const std::vector<ArchiveFile>& files) {
  std::vector<Batch> batches;
  int64_t bytes = 0;
  for (size_t begin = 0; begin < files.size();) {
    const size_t end = ClusterEnd(files, begin);
    const bool sorted = end - begin > 1;
    const bool fresh = batches.empty() || sorted || batches.back().sorted ||
                       begin - batches.back().begin >= kBatchFiles ||
                       bytes + files[begin].bytes > kBatchBytes;
    if (fresh) {
      batches.push_back({begin, begin, sorted});
      bytes = 0;
    }
    batches.back().end = end;
    bytes += files[begin].bytes;
    begin = end;
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
  return fmt::format("SELECT {} FROM read_parquet([{}], hive_partitioning = false){}",
                     ArchiveColumnList(), paths,
                     batch.sorted ? " ORDER BY length(\"offset\"), \"offset\"" : "");
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

absl::Status ReadBatch(const std::string& folder, const std::vector<ArchiveFile>& files,
                       const Batch& batch, sql::SqlProcesses& processes,
                       absl::FunctionRef<absl::Status(const ArchiveRow&)> row) {
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
                         of_row = read.ok() ? row(*read) : read.status();
                       }
                       return of_row;
                     });
  TENANTRY_RETURN_IF_ERROR(of_row);
  if (!status.ok()) return BlameFiles(status, files, batch);
  if (missing == 0) return absl::OkStatus();
  return BlameFiles(base::InvalidArgument("{} rows are missing", missing), files, batch);
}

}  // namespace

void SortFiles(std::vector<ArchiveFile>& files) {
  std::sort(files.begin(), files.end(), [](const ArchiveFile& a, const ArchiveFile& b) {
    return std::tie(a.tenant, a.partition, a.first) < std::tie(b.tenant, b.partition, b.first);
  });
}

absl::Status ReadFiles(const std::string& folder, const std::vector<ArchiveFile>& files,
                       sql::SqlProcesses& processes,
                       absl::FunctionRef<absl::Status(const ArchiveRow&)> row) {
  for (const Batch& batch : MakeBatches(files)) {
    TENANTRY_RETURN_IF_ERROR(ReadBatch(folder, files, batch, processes, row));
  }
  return absl::OkStatus();
}

absl::Status ReadFlush(const std::string& folder, const std::vector<ArchiveFile>& files,
                       sql::SqlProcesses& processes,
                       absl::FunctionRef<absl::Status(const ArchiveRow&)> row) {
  const Batch all{.begin = 0, .end = files.size(), .sorted = files.size() > 1};
  return files.empty() ? absl::OkStatus() : ReadBatch(folder, files, all, processes, row);
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
