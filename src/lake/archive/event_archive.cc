#include "lake/archive/event_archive.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <utility>

#include "base/status.h"
#include "base/steady_time.h"
#include "lake/archive/archive_files.h"
#include "lake/archive/archive_reader.h"
#include "lake/archive/excerpts/flush_excerpt.h"
#include "runtime/disk/files.h"
#include "runtime/logging.h"

namespace tenantry::lake::archive {
namespace {

constexpr uint32_t kFolderMode = 0700;
constexpr uint32_t kFileMode = 0600;
constexpr int64_t kManifestBytesMax = int64_t{1} << 30;
// Files whose list a read holds in memory at once, roughly.
constexpr size_t kFilesAtOnce = 200'000;

// Removes what a folder holds, not the folder: its place is on disk since the archive was first
// opened.
absl::Status Empty(const std::string& folder) {
  std::error_code error;
  std::vector<std::filesystem::path> entries;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    entries.push_back(entry.path());
  }
  for (const std::filesystem::path& entry : entries) {
    if (!error) std::filesystem::remove_all(entry, error);
  }
  if (!error) return absl::OkStatus();
  return base::Unavailable("{} can't be emptied: {}", folder, error.message());
}

// Makes a folder below one that exists, and puts the parent among those to sync when it did.
absl::Status MakeFolder(const std::string& parent, const std::string& name,
                        std::set<std::string>& changed) {
  const std::string path = parent + "/" + name;
  if (mkdir(path.c_str(), kFolderMode) == 0) {
    changed.insert(parent);
    return absl::OkStatus();
  }
  return errno == EEXIST ? absl::OkStatus() : runtime::ErrnoStatus(errno, "making " + path);
}

absl::Status CheckTenants(const std::vector<ArchiveSlice>& slices) {
  for (const ArchiveSlice& slice : slices) {
    for (const ArchiveRow& row : slice.rows) {
      if (row.tenant.empty()) continue;
      TENANTRY_RETURN_IF_ERROR(base::CheckId(row.tenant.value(), base::TenantTag::kName));
    }
  }
  return absl::OkStatus();
}

}  // namespace

EventArchive::EventArchive(std::string folder, sql::SqlProcesses& processes,
                           runtime::Metrics& metrics, base::Faults& faults)
    : folder_(std::move(folder)),
      manifests_(folder_ + "/_manifests"),
      staging_(folder_ + "/_staging"),
      excerpts_(folder_ + "/_excerpts"),
      processes_(processes),
      faults_(faults),
      rows_(metrics.AddCounter("tenantry_lake_archive_rows_total", "Events archived")),
      files_(metrics.AddCounter("tenantry_lake_archive_files_total", "Archive files written")),
      bytes_(metrics.AddCounter("tenantry_lake_archive_bytes_total", "Bytes of archive files")),
      excerpts_made_(metrics.AddCounter("tenantry_lake_archive_excerpts_made_total",
                                        "Excerpts of flushes made from their files")),
      write_seconds_(metrics.AddHistogram("tenantry_lake_archive_write_seconds",
                                          "Time to archive one flush", runtime::LatencyBuckets())) {
}

EventArchive::~EventArchive() = default;

absl::StatusOr<std::unique_ptr<EventArchive>> EventArchive::Open(std::string folder,
                                                                 sql::SqlProcesses& processes,
                                                                 runtime::Metrics& metrics,
                                                                 base::Faults& faults) {
  for (const char* name : {"/_manifests", "/_staging", "/_excerpts"}) {
    TENANTRY_RETURN_IF_ERROR(runtime::MakeFolders(folder + name, kFolderMode));
  }
  // SQL sees files by their real names, from a folder of its own.
  std::error_code error;
  const std::string real = std::filesystem::canonical(folder, error).string();
  if (error) return base::Unavailable("{} can't be resolved: {}", folder, error.message());
  std::unique_ptr<EventArchive> archive(new EventArchive(real, processes, metrics, faults));
  TENANTRY_ASSIGN_OR_RETURN(archive->lock_, runtime::FolderLock::Take(archive->manifests_));
  TENANTRY_ASSIGN_OR_RETURN(DiskSync disk, DiskSync::Open(real));
  TENANTRY_RETURN_IF_ERROR(disk.Sync({real, std::filesystem::path(real).parent_path().string()}));
  TENANTRY_RETURN_IF_ERROR(archive->LoadNewest());
  absl::MutexLock lock(&archive->write_mutex_);
  TENANTRY_RETURN_IF_ERROR(archive->Recover());
  return archive;
}

absl::Status EventArchive::LoadNewest() {
  uint64_t newest = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(manifests_, error)) {
    const std::string name = entry.path().filename().string();
    uint64_t sequence = 0;
    std::from_chars(name.data(), name.data() + name.size(), sequence);
    if (name == ManifestName(sequence)) newest = std::max(newest, sequence);
  }
  if (error) return base::Unavailable("{} can't be listed: {}", manifests_, error.message());
  if (newest == 0) return absl::OkStatus();
  TENANTRY_ASSIGN_OR_RETURN(ArchiveManifest manifest, LoadManifest(newest, std::nullopt));
  absl::MutexLock lock(&state_mutex_);
  state_ = {newest, std::move(manifest.positions)};
  return absl::OkStatus();
}

absl::StatusOr<ArchiveManifest> EventArchive::LoadManifest(
    uint64_t sequence, const std::optional<base::TenantId>& tenant) const {
  const std::string path = manifests_ + "/" + ManifestName(sequence);
  const auto text = runtime::ReadFile(path, kManifestBytesMax);
  if (absl::IsNotFound(text.status())) return base::DataLoss("{} is missing", path);
  TENANTRY_RETURN_IF_ERROR(text.status());
  TENANTRY_ASSIGN_OR_RETURN(ArchiveManifest manifest, ParseManifest(*text, path, tenant));
  if (manifest.sequence == sequence) return manifest;
  return base::DataLoss("{} holds the manifest {}", path, manifest.sequence);
}

EventArchive::State EventArchive::Snapshot() const {
  absl::MutexLock lock(&state_mutex_);
  return state_;
}

eventlog::LogPositions EventArchive::positions() const { return Snapshot().positions; }

absl::Status EventArchive::Recover() {
  const std::string intent = staging_ + "/intent";
  const auto text = runtime::ReadFile(intent, kManifestBytesMax);
  if (absl::IsNotFound(text.status())) return Empty(staging_);
  TENANTRY_RETURN_IF_ERROR(text.status());
  TENANTRY_ASSIGN_OR_RETURN(ArchiveManifest manifest, ParseManifest(*text, intent, std::nullopt));
  if (manifest.sequence != Snapshot().sequence + 1) {
    return base::DataLoss("{} is the manifest {}, which can't follow {}", intent, manifest.sequence,
                          Snapshot().sequence);
  }
  runtime::Log(runtime::LogLevel::kInfo, "lake", "completing flush {} of the event archive",
               manifest.sequence);
  return Publish(manifest);
}

absl::Status EventArchive::Write(const std::vector<ArchiveSlice>& slices,
                                 const std::atomic<bool>* cancelled) {
  absl::MutexLock lock(&write_mutex_);
  TENANTRY_RETURN_IF_ERROR(broken_);
  TENANTRY_RETURN_IF_ERROR(CheckTenants(slices));
  TENANTRY_RETURN_IF_ERROR(Recover());
  const absl::Duration before = base::SteadyNow();
  TENANTRY_RETURN_IF_ERROR(WriteFlush(slices, cancelled));
  write_seconds_.Observe(absl::ToDoubleSeconds(base::SteadyNow() - before));
  return absl::OkStatus();
}

absl::Status EventArchive::WriteFlush(const std::vector<ArchiveSlice>& slices,
                                      const std::atomic<bool>* cancelled) {
  const State state = Snapshot();
  TENANTRY_ASSIGN_OR_RETURN(std::vector<ArchiveGroup> groups, GroupRows(slices, state.positions));
  if (groups.empty()) return absl::OkStatus();
  TENANTRY_RETURN_IF_ERROR(Stage(groups, cancelled));
  ArchiveManifest manifest;
  manifest.sequence = state.sequence + 1;
  manifest.positions = state.positions;
  for (const ArchiveSlice& slice : slices) {
    eventlog::LogOffset& reached = manifest.positions[slice.partition];
    reached = std::max(reached, slice.next);
  }
  for (const ArchiveGroup& group : groups) manifest.files.push_back(group.file);
  const std::string text = manifest.ToText();
  TENANTRY_RETURN_IF_ERROR(
      excerpts_.Put(manifest.sequence, ExcerptOfGroups(groups, SealOfManifest(text))));
  TENANTRY_RETURN_IF_ERROR(faults_.At("lake.archive_excerpt"));
  // From here on the flush happens, at the latest when the archive is next opened.
  TENANTRY_RETURN_IF_ERROR(runtime::WriteFileAtomically(staging_ + "/intent", text, kFileMode));
  return Publish(manifest);
}

absl::Status EventArchive::Stage(std::vector<ArchiveGroup>& groups,
                                 const std::atomic<bool>* cancelled) {
  TENANTRY_RETURN_IF_ERROR(Empty(staging_));
  TENANTRY_RETURN_IF_ERROR(faults_.At("lake.archive_write"));
  TENANTRY_RETURN_IF_ERROR(WriteGroups(groups, staging_, processes_, cancelled));
  return faults_.At("lake.archive_intent");
}

absl::Status EventArchive::Publish(const ArchiveManifest& manifest) {
  TENANTRY_RETURN_IF_ERROR(MoveFiles(manifest));
  TENANTRY_RETURN_IF_ERROR(Commit(manifest));
  rows_.Increment([&] {
    double rows = 0;
    for (const ArchiveFile& file : manifest.files) rows += static_cast<double>(file.rows);
    return rows;
  }());
  files_.Increment(static_cast<double>(manifest.files.size()));
  for (const ArchiveFile& file : manifest.files) bytes_.Increment(static_cast<double>(file.bytes));
  return Empty(staging_);
}

absl::Status EventArchive::MoveFiles(const ArchiveManifest& manifest) {
  TENANTRY_ASSIGN_OR_RETURN(DiskSync disk, DiskSync::Open(folder_));
  std::set<std::string> changed;  // folders to sync
  for (size_t i = 0; i < manifest.files.size(); ++i) {
    const ArchiveFile& file = manifest.files[i];
    TENANTRY_RETURN_IF_ERROR(faults_.At("lake.archive_move"));
    const std::string folder = file.Folder();
    const std::string tenant = folder.substr(0, folder.find('/'));
    TENANTRY_RETURN_IF_ERROR(MakeFolder(folder_, tenant, changed));
    TENANTRY_RETURN_IF_ERROR(
        MakeFolder(folder_ + "/" + tenant, folder.substr(tenant.size() + 1), changed));
    changed.insert(folder_ + "/" + folder);
    const std::string place = folder_ + "/" + file.Path();
    const absl::Status moved = RenameFile(staging_ + "/" + StagedName(i), place);
    // A flush that is completed after a crash has moved some files already.
    if (!moved.ok() && !(absl::IsNotFound(moved) && CheckFile(folder_, file).ok())) return moved;
    if (!moved.ok()) changed.insert({folder_, folder_ + "/" + tenant});
  }
  absl::Status synced = disk.Sync({changed.begin(), changed.end()});
  return synced.ok() ? synced : Break(std::move(synced));
}

absl::Status EventArchive::Commit(const ArchiveManifest& manifest) {
  TENANTRY_RETURN_IF_ERROR(faults_.At("lake.archive_commit"));
  TENANTRY_ASSIGN_OR_RETURN(DiskSync disk, DiskSync::Open(folder_));
  TENANTRY_RETURN_IF_ERROR(
      RenameFile(staging_ + "/intent", manifests_ + "/" + ManifestName(manifest.sequence)));
  absl::Status synced = disk.Sync({manifests_, staging_});
  if (!synced.ok()) return Break(std::move(synced));
  absl::MutexLock lock(&state_mutex_);
  state_ = {manifest.sequence, manifest.positions};
  return absl::OkStatus();
}

// What is on disk is unknown after a failed sync, and syncing again would only hide it.
absl::Status EventArchive::Break(absl::Status status) {
  broken_ = base::Internal("the event archive is closed since a sync failed ({}): restart",
                           base::Message(status));
  return broken_;
}

absl::Status EventArchive::ForEachFile(const State& state,
                                       const std::optional<base::TenantId>& tenant,
                                       absl::FunctionRef<absl::Status(ArchiveFile)> file) const {
  for (uint64_t sequence = 1; sequence <= state.sequence; ++sequence) {
    TENANTRY_ASSIGN_OR_RETURN(ArchiveManifest manifest, LoadManifest(sequence, tenant));
    for (ArchiveFile& each : manifest.files) TENANTRY_RETURN_IF_ERROR(file(std::move(each)));
  }
  return absl::OkStatus();
}

absl::StatusOr<eventlog::LogPositions> EventArchive::Read(
    const std::optional<base::TenantId>& tenant, RowCallback row) {
  const State state = Snapshot();
  if (tenant.has_value()) {
    std::vector<ArchiveFile> files;
    TENANTRY_RETURN_IF_ERROR(ForEachFile(state, tenant, [&](ArchiveFile file) {
      files.push_back(std::move(file));
      return absl::OkStatus();
    }));
    SortFiles(files);
    TENANTRY_RETURN_IF_ERROR(ReadFiles(folder_, files, processes_, row));
    return state.positions;
  }
  std::map<base::TenantId, size_t> files_of;
  TENANTRY_RETURN_IF_ERROR(ForEachFile(state, std::nullopt, [&](const ArchiveFile& file) {
    ++files_of[file.tenant];
    return absl::OkStatus();
  }));
  // As many tenants at a time as have a bearable list of files.
  for (auto first = files_of.begin(); first != files_of.end();) {
    auto last = first;
    size_t count = 0;
    while (last != files_of.end() && (count == 0 || count + last->second <= kFilesAtOnce)) {
      count += (last++)->second;
    }
    std::vector<ArchiveFile> files;
    TENANTRY_RETURN_IF_ERROR(ForEachFile(state, std::nullopt, [&](ArchiveFile file) {
      const bool within =
          file.tenant >= first->first && (last == files_of.end() || file.tenant < last->first);
      if (within) files.push_back(std::move(file));
      return absl::OkStatus();
    }));
    SortFiles(files);
    TENANTRY_RETURN_IF_ERROR(ReadFiles(folder_, files, processes_, row));
    first = last;
  }
  return state.positions;
}

absl::Status EventArchive::ReadPartition(const eventlog::PartitionId& partition,
                                         const eventlog::LogOffset& from,
                                         const eventlog::LogOffset& to, RowCallback row) {
  const State state = Snapshot();
  const auto reached = state.positions.find(partition);
  if (from < to && (reached == state.positions.end() || reached->second < to)) {
    return base::DataLoss("the archive does not reach {}/{}/{}", partition.stream,
                          partition.partition, to.text());
  }
  // Flushes follow each other in a partition: only within one do tenants' files interleave.
  for (uint64_t sequence = 1; sequence <= state.sequence; ++sequence) {
    TENANTRY_ASSIGN_OR_RETURN(ArchiveManifest manifest, LoadManifest(sequence, std::nullopt));
    std::erase_if(manifest.files, [&](const ArchiveFile& file) {
      return file.partition != partition || file.last < from || file.first >= to;
    });
    TENANTRY_RETURN_IF_ERROR(
        ReadFlush(folder_, manifest.files, processes_, [&](const ArchiveRow& each) {
          return each.offset < from || each.offset >= to ? absl::OkStatus() : row(each);
        }));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> EventArchive::ReadSeal(uint64_t sequence) const {
  const std::string path = manifests_ + "/" + ManifestName(sequence);
  std::ifstream file(path, std::ios::binary);
  std::string end(kManifestSealBytes, '\0');
  file.seekg(-static_cast<std::streamoff>(end.size()), std::ios::end);
  file.read(end.data(), static_cast<std::streamsize>(end.size()));
  if (!file) return base::DataLoss("{} is missing or cut short", path);
  return SealOfManifest(end);
}

absl::StatusOr<std::string> EventArchive::ExcerptOfFiles(
    uint64_t sequence, std::string_view seal, absl::FunctionRef<bool()> cancelled) const {
  TENANTRY_ASSIGN_OR_RETURN(ArchiveManifest manifest, LoadManifest(sequence, std::nullopt));
  SortFiles(manifest.files);
  RowExcerpter excerpter;
  TENANTRY_RETURN_IF_ERROR(
      ReadFiles(folder_, manifest.files, processes_, [&](const ArchiveRow& row) -> absl::Status {
        if (cancelled()) return absl::CancelledError("making an excerpt was given up");
        excerpter.Add(row);
        return absl::OkStatus();
      }));
  excerpts_made_.Increment();
  return excerpter.Finish(seal);
}

absl::StatusOr<Excerpt> EventArchive::GetExcerpt(uint64_t sequence) {
  TENANTRY_ASSIGN_OR_RETURN(const std::string seal, ReadSeal(sequence));
  TENANTRY_ASSIGN_OR_RETURN(auto found, excerpts_.Find(sequence, seal));
  if (found.has_value()) return *std::move(found);
  TENANTRY_ASSIGN_OR_RETURN(std::string bytes,
                            ExcerptOfFiles(sequence, seal, [] { return false; }));
  // Kept for the next: this reader may be out of time before it has made them all.
  TENANTRY_RETURN_IF_ERROR(excerpts_.Put(sequence, bytes));
  return Excerpt::Parse(std::move(bytes), seal);
}

absl::StatusOr<eventlog::LogPositions> EventArchive::ReadEvents(HistoryPlace& place,
                                                                EventCallback event) {
  const State state = Snapshot();
  while (place.flush < state.sequence) {
    TENANTRY_ASSIGN_OR_RETURN(const Excerpt excerpt, GetExcerpt(place.flush + 1));
    TENANTRY_RETURN_IF_ERROR(excerpt.ForEach(event));
    ++place.flush;
  }
  return state.positions;
}

absl::StatusOr<bool> EventArchive::MakeExcerpt(absl::FunctionRef<bool()> cancelled) {
  const State state = Snapshot();
  uint64_t sequence;
  {
    absl::MutexLock lock(&state_mutex_);
    sequence = excerpts_until_ + 1;
  }
  for (; sequence <= state.sequence; ++sequence) {
    TENANTRY_ASSIGN_OR_RETURN(const std::string seal, ReadSeal(sequence));
    const bool has = excerpts_.Has(sequence, seal);
    if (!has) {
      TENANTRY_ASSIGN_OR_RETURN(const std::string bytes, ExcerptOfFiles(sequence, seal, cancelled));
      TENANTRY_RETURN_IF_ERROR(excerpts_.Put(sequence, bytes));
    }
    absl::MutexLock lock(&state_mutex_);
    if (excerpts_until_ == sequence - 1) excerpts_until_ = sequence;
    if (!has) return true;
  }
  return false;
}

absl::Status EventArchive::Verify() {
  return ForEachFile(Snapshot(), std::nullopt,
                     [&](const ArchiveFile& file) { return CheckFile(folder_, file); });
}

}  // namespace tenantry::lake::archive
