#include "lake/datasets/stored_data_sets.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/status.h"
#include "events/event.h"
#include "events/event_time.h"
#include "lake/datasets/blob_copy.h"
#include "lake/datasets/query/reserved_names.h"
#include "lake/datasets/query/sql_text.h"
#include "metastore/audit.h"
#include "metastore/outbox.h"
#include "runtime/disk/disk_reserve.h"
#include "runtime/disk/files.h"
#include "runtime/logging.h"

namespace tenantry::lake::datasets {

using metastore::TenantScope;
using metastore::Transaction;
using nlohmann::json;

namespace {

constexpr uint32_t kFolderMode = 0700;
constexpr int kPublishTries = 4;
constexpr size_t kIdBytes = 12;
constexpr int64_t kSweepAtOnce = 500;
constexpr int64_t kDeletedAtOnce = 100;

runtime::Counter& AddRefused(runtime::Metrics& metrics, const char* bound) {
  return metrics.AddCounter("tenantry_lake_queries_refused_total",
                            "Queries refused because too many of all, or of one tenant, ran",
                            {{"bound", bound}});
}

std::string AuditText(const DataSet& data_set) {
  return json({{"name", data_set.name},
               {"version", data_set.version},
               {"rows", data_set.rows},
               {"bytes", data_set.bytes}})
      .dump();
}

events::EventType EventOf(std::string_view action) {
  if (action == "dataset.create") return events::EventType::kDataSetCreated;
  if (action == "dataset.delete") return events::EventType::kDataSetDeleted;
  return events::EventType::kDataSetUpdated;
}

}  // namespace

absl::StatusOr<std::unique_ptr<StoredDataSets>> StoredDataSets::Open(DataSetParts parts,
                                                                     const DataSetOptions& options,
                                                                     const std::string& staging) {
  std::error_code error;
  std::filesystem::remove_all(staging, error);
  if (error) return runtime::ErrnoStatus(error.value(), "emptying " + staging);
  TENANTRY_RETURN_IF_ERROR(runtime::MakeFolders(staging, kFolderMode));
  return std::unique_ptr<StoredDataSets>(new StoredDataSets(parts, options, staging));
}

StoredDataSets::StoredDataSets(DataSetParts parts, const DataSetOptions& options,
                               std::string staging)
    : parts_(parts),
      options_(options),
      staging_(std::move(staging)),
      disk_(staging_, options.disk_free_min, "lake", "lake.disk_free_min"),
      started_(parts.clock.Now()),
      published_(parts.metrics.AddCounter("tenantry_lake_published_total",
                                          "Versions of data sets that were published")),
      swept_(parts.metrics.AddCounter("tenantry_lake_swept_total",
                                      "Versions of data sets whose bytes were removed")),
      queries_gauge_(parts.metrics.AddGauge("tenantry_lake_queries",
                                            "Queries of tenants that run or wait for a process")),
      queries_refused_(AddRefused(parts.metrics, "all")),
      tenant_queries_refused_(AddRefused(parts.metrics, "tenant")) {}

absl::StatusOr<std::vector<DataSet>> StoredDataSets::List(const base::TenantId& tenant,
                                                          const std::string& after, int64_t limit) {
  std::vector<DataSet> found;
  TENANTRY_RETURN_IF_ERROR(
      parts_.store.Read(TenantScope::Of(tenant), [&](Transaction& transaction) -> absl::Status {
        TENANTRY_ASSIGN_OR_RETURN(found, ListDataSets(transaction, tenant, after, limit));
        return absl::OkStatus();
      }));
  return found;
}

absl::StatusOr<std::optional<DataSet>> StoredDataSets::Find(const base::TenantId& tenant,
                                                            std::string_view name_or_id) {
  std::optional<DataSet> found;
  TENANTRY_RETURN_IF_ERROR(
      parts_.store.Read(TenantScope::Of(tenant), [&](Transaction& transaction) -> absl::Status {
        TENANTRY_ASSIGN_OR_RETURN(found, FindDataSet(transaction, tenant, name_or_id));
        return absl::OkStatus();
      }));
  return found;
}

absl::Status StoredDataSets::Tell(Transaction& transaction, const DataSet& data_set,
                                  const std::optional<DataSet>& before, const DataSetChange& change,
                                  const char* action) {
  const absl::Time now = parts_.clock.Now();
  const bool deleted = std::string_view(action) == "dataset.delete";
  TENANTRY_RETURN_IF_ERROR(metastore::WriteAudit(
      transaction,
      {absl::ToUnixMicros(now), change.actor, data_set.tenant.value(), action, data_set.id.value(),
       before ? AuditText(*before) : "", deleted ? "" : AuditText(data_set)}));
  events::Event event;
  event.id = parts_.random.Uuid();
  event.source = "/tenants/" + data_set.tenant.value();
  event.type = EventOf(action);
  event.time = deleted ? events::NowAfter(parts_.clock, data_set.updated) : data_set.updated;
  event.tenant = data_set.tenant;
  event.subject = data_set.id.value();
  event.traceparent = change.actor.origin.traceparent;
  event.data = {{"dataSetID", data_set.id.value()}, {"name", data_set.name}};
  if (!deleted) {
    event.data["bytes"] = data_set.bytes;
    event.data["rows"] = data_set.rows;
    event.data["version"] = data_set.version;
  }
  if (!change.user.empty()) event.data["userID"] = change.user.value();
  if (!change.session.empty()) event.data["sessionID"] = change.session.value();
  if (!change.job.empty()) event.data["jobID"] = change.job.value();
  return metastore::AddToOutbox(transaction,
                                {std::string(events::StreamOf(event.type)), data_set.tenant.value(),
                                 events::ToStructuredJson(event), absl::ToUnixMicros(now)});
}

absl::StatusOr<DataSet> StoredDataSets::Rename(const base::TenantId& tenant,
                                               std::string_view name_or_id, const std::string& name,
                                               const DataSetChange& change) {
  TENANTRY_RETURN_IF_ERROR(CheckDataSetName(name));
  TENANTRY_RETURN_IF_ERROR(CheckNotReserved(name));
  DataSet renamed;
  const auto rename = [&](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(const auto before, FindDataSet(transaction, tenant, name_or_id));
    if (!before) return base::NotFound("there is no data set '{}'", name_or_id);
    renamed = *before;
    renamed.name = name;
    renamed.updated = events::NowAfter(parts_.clock, before->updated);
    renamed.updated_by = change.actor.name;
    const absl::Status updated = UpdateDataSet(transaction, renamed);
    if (absl::IsAlreadyExists(updated)) {
      return base::Error(absl::StatusCode::kAlreadyExists, "another data set is named '{}' already",
                         name);
    }
    TENANTRY_RETURN_IF_ERROR(updated);
    return Tell(transaction, renamed, before, change, "dataset.rename");
  };
  TENANTRY_RETURN_IF_ERROR(parts_.store.Write(TenantScope::Of(tenant), rename));
  return renamed;
}

absl::Status StoredDataSets::Delete(const base::TenantId& tenant, std::string_view name_or_id,
                                    const DataSetChange& change) {
  const auto remove = [&](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(const auto found, FindDataSet(transaction, tenant, name_or_id));
    if (!found) return base::NotFound("there is no data set '{}'", name_or_id);
    TENANTRY_RETURN_IF_ERROR(DeleteDataSet(transaction, *found));
    TENANTRY_RETURN_IF_ERROR(SetVersionState(transaction, {tenant, found->id, found->version},
                                             VersionState::kDead,
                                             absl::ToUnixMicros(parts_.clock.Now())));
    return Tell(transaction, *found, found, change, "dataset.delete");
  };
  return parts_.store.Write(TenantScope::Of(tenant), remove);
}

absl::Status StoredDataSets::CheckDisk(int64_t bytes) const { return disk_.Check(bytes); }

absl::StatusOr<PrivateFolder> StoredDataSets::MakeFolder() const {
  return PrivateFolder::Make(staging_);
}

absl::StatusOr<DataSet> StoredDataSets::Publish(const base::TenantId& tenant,
                                                const std::string& name,
                                                const std::string& parquet_file,
                                                const DataSetChange& change) {
  TENANTRY_RETURN_IF_ERROR(CheckDataSetName(name));
  std::error_code error;
  const auto real = std::filesystem::canonical(parquet_file, error);
  if (error) return base::InvalidArgument("the file to publish is not there: {}", error.message());
  sql::SqlTask task;
  task.owner = tenant.value();
  task.read_only_folders = {real.parent_path().string()};
  TENANTRY_ASSIGN_OR_RETURN(const auto process, parts_.processes.Start(task));
  const auto facts = InspectParquet(*process, real.string());
  if (!facts.ok()) return ShortError(facts.status(), real.parent_path().string());
  process->Finish();
  return PublishFile(tenant, name, real.string(), *facts, change, {});
}

absl::StatusOr<DataSet> StoredDataSets::PublishFile(
    const base::TenantId& tenant, const std::string& name, const std::string& parquet_file,
    const ParquetFacts& facts, const DataSetChange& change, const WithPublication& with) {
  TENANTRY_RETURN_IF_ERROR(CheckDataSetName(name));
  TENANTRY_RETURN_IF_ERROR(CheckDisk(facts.bytes));
  absl::Status last;
  for (int tries = 0; tries < kPublishTries; ++tries) {
    TENANTRY_ASSIGN_OR_RETURN(const DataSetVersion version, Reserve(tenant, name, facts));
    last = WriteVersion(version, parquet_file);
    if (last.ok()) {
      absl::StatusOr<DataSet> published = Flip(version, name, facts, change, with);
      if (published.ok()) {
        published_.Increment();
        return published;
      }
      last = published.status();
    }
    // What was written is an orphan now: whoever sweeps removes it.
    const absl::Status left =
        parts_.store.Write(TenantScope::Of(tenant), [&](Transaction& transaction) {
          return SetVersionState(transaction, version, VersionState::kDead,
                                 absl::ToUnixMicros(parts_.clock.Now()));
        });
    if (!left.ok() && !absl::IsNotFound(left)) {  // a tenant that is deleted took it along
      runtime::Log(runtime::LogLevel::kWarning, "lake",
                   "an unpublished version stays until the next start: {}", base::Message(left));
    }
    // Somebody published, renamed or deleted the same data set meanwhile.
    if (!absl::IsAborted(last) && !absl::IsAlreadyExists(last)) return last;
  }
  return last;
}

absl::Status StoredDataSets::CheckQuota(Transaction& transaction, const base::TenantId& tenant,
                                        const std::optional<DataSet>& before, int64_t bytes) {
  TENANTRY_ASSIGN_OR_RETURN(const DataSetTotals totals, TotalDataSets(transaction, tenant));
  if (!before && totals.data_sets >= options_.tenant_data_sets_max) {
    return base::Error(absl::StatusCode::kResourceExhausted,
                       "there are {} data sets already (lake.tenant_data_sets_max): delete one",
                       totals.data_sets);
  }
  const int64_t after = totals.bytes - (before ? before->bytes : 0) + bytes;
  if (after <= options_.tenant_bytes_max) return absl::OkStatus();
  return base::Error(absl::StatusCode::kResourceExhausted,
                     "the data sets would hold {} bytes, {} may (lake.tenant_bytes_max): delete "
                     "some",
                     after, options_.tenant_bytes_max);
}

absl::StatusOr<DataSetVersion> StoredDataSets::Reserve(const base::TenantId& tenant,
                                                       const std::string& name,
                                                       const ParquetFacts& facts) {
  DataSetVersion version;
  const auto reserve = [&](Transaction& transaction) -> absl::Status {
    TENANTRY_RETURN_IF_ERROR(CheckTenantLives(transaction, tenant));
    TENANTRY_ASSIGN_OR_RETURN(const auto before, FindDataSet(transaction, tenant, name));
    TENANTRY_RETURN_IF_ERROR(CheckQuota(transaction, tenant, before, facts.bytes));
    const base::DataSetId id =
        before ? before->id : base::DataSetId("ds_" + parts_.random.Hex(kIdBytes));
    TENANTRY_ASSIGN_OR_RETURN(
        version, ReserveVersion(transaction, tenant, id, absl::ToUnixMicros(parts_.clock.Now())));
    return absl::OkStatus();
  };
  TENANTRY_RETURN_IF_ERROR(parts_.store.Write(TenantScope::Of(tenant), reserve));
  return version;
}

absl::Status StoredDataSets::WriteVersion(const DataSetVersion& version,
                                          const std::string& parquet_file) {
  TENANTRY_ASSIGN_OR_RETURN(const auto writer,
                            parts_.blobs.Create(version.tenant, BlobKeyOf(version)));
  TENANTRY_RETURN_IF_ERROR(
      ReadWholeFile(parquet_file, [&](std::string_view bytes) { return writer->Write(bytes); }));
  return writer->Commit();
}

absl::StatusOr<DataSet> StoredDataSets::Flip(const DataSetVersion& version, const std::string& name,
                                             const ParquetFacts& facts, const DataSetChange& change,
                                             const WithPublication& with) {
  const absl::Time now = parts_.clock.Now();
  DataSet after;
  const auto flip = [&](Transaction& transaction) -> absl::Status {
    TENANTRY_RETURN_IF_ERROR(CheckTenantLives(transaction, version.tenant));
    TENANTRY_ASSIGN_OR_RETURN(const auto before, FindDataSet(transaction, version.tenant, name));
    const bool first = version.version == 1;
    if (before ? before->id != version.data_set || before->version >= version.version : !first) {
      return base::Error(absl::StatusCode::kAborted,
                         "the data set '{}' was changed meanwhile: try again", name);
    }
    TENANTRY_RETURN_IF_ERROR(CheckQuota(transaction, version.tenant, before, facts.bytes));
    after = before.value_or(
        DataSet{version.data_set, version.tenant, name, {}, 0, 0, 0, now, now, change.actor.name});
    after.schema = facts.schema;
    after.rows = facts.rows;
    after.bytes = facts.bytes;
    after.version = version.version;
    after.updated = before ? events::NowAfter(parts_.clock, before->updated) : now;
    after.updated_by = change.actor.name;
    TENANTRY_RETURN_IF_ERROR(before ? UpdateDataSet(transaction, after)
                                    : InsertDataSet(transaction, after));
    const int64_t micros = absl::ToUnixMicros(now);
    TENANTRY_RETURN_IF_ERROR(SetVersionState(transaction, version, VersionState::kLive, micros));
    if (before) {
      TENANTRY_RETURN_IF_ERROR(SetVersionState(
          transaction, {version.tenant, before->id, before->version}, VersionState::kDead, micros));
    }
    TENANTRY_RETURN_IF_ERROR(
        Tell(transaction, after, before, change, before ? "dataset.update" : "dataset.create"));
    return with ? with(transaction, after) : absl::OkStatus();
  };
  TENANTRY_RETURN_IF_ERROR(parts_.store.Write(TenantScope::Of(version.tenant), flip));
  return after;
}

absl::StatusOr<std::vector<StagedDataSet>> StoredDataSets::Stage(
    const base::TenantId& tenant, const std::vector<std::string>& names,
    const std::string& folder) {
  std::vector<StagedDataSet> staged;
  for (const std::string& name : names) {
    absl::StatusOr<StagedDataSet> one = StageOne(tenant, name, folder);
    // The version that was found may have been superseded and swept before it was opened.
    if (absl::IsUnavailable(one.status())) one = StageOne(tenant, name, folder);
    TENANTRY_RETURN_IF_ERROR(one.status());
    staged.push_back(*std::move(one));
  }
  return staged;
}

absl::StatusOr<StagedDataSet> StoredDataSets::StageOne(const base::TenantId& tenant,
                                                       const std::string& name,
                                                       const std::string& folder) {
  TENANTRY_ASSIGN_OR_RETURN(DataSet data_set, Get(tenant, name));
  const auto reader = parts_.blobs.Open(tenant, BlobKeyOf({tenant, data_set.id, data_set.version}));
  if (absl::IsNotFound(reader.status())) {
    return base::Unavailable("the bytes of the data set '{}' are missing", data_set.name);
  }
  TENANTRY_RETURN_IF_ERROR(reader.status());
  TENANTRY_RETURN_IF_ERROR(CheckDisk((*reader)->size()));
  std::string path = fmt::format("{}/{}.parquet", folder, DataSetNameKey(data_set.name));
  TENANTRY_ASSIGN_OR_RETURN(NewFile file, NewFile::Make(path));
  TENANTRY_RETURN_IF_ERROR(
      ReadBlob(**reader, [&](std::string_view bytes) { return file.Write(bytes); }));
  std::string view = fmt::format("CREATE VIEW {} AS SELECT * FROM {}", SqlIdentifier(data_set.name),
                                 ParquetTable(path));
  return StagedDataSet{std::move(data_set), std::move(path), std::move(view)};
}

absl::Status StoredDataSets::StageVersion(const base::TenantId& tenant, const base::DataSetId& id,
                                          int64_t version, const std::string& file) {
  TENANTRY_ASSIGN_OR_RETURN(const auto data_set, Find(tenant, id.value()));
  if (!data_set || data_set->id != id) return base::NotFound("there is no data set '{}'", id);
  TENANTRY_ASSIGN_OR_RETURN(const auto reader,
                            parts_.blobs.Open(tenant, BlobKeyOf({tenant, id, version})));
  TENANTRY_RETURN_IF_ERROR(CheckDisk(reader->size()));
  TENANTRY_ASSIGN_OR_RETURN(NewFile staged, NewFile::Make(file));
  return ReadBlob(*reader, [&](std::string_view bytes) { return staged.Write(bytes); });
}

absl::Status StoredDataSets::Sweep() {
  const absl::Status dead =
      SweepVersions(VersionState::kDead, parts_.clock.Now() - options_.superseded_kept);
  const absl::Status orphans = SweepVersions(VersionState::kPending, started_);
  return dead.ok() ? orphans : dead;
}

absl::Status StoredDataSets::SweepVersions(VersionState state, absl::Time before) {
  std::vector<DataSetVersion> versions;
  TENANTRY_RETURN_IF_ERROR(parts_.store.Read([&](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(
        versions, VersionsIn(transaction, state, absl::ToUnixMicros(before), kSweepAtOnce));
    return absl::OkStatus();
  }));
  absl::Status first;
  for (const DataSetVersion& version : versions) {
    absl::Status status = parts_.blobs.Delete(version.tenant, BlobKeyOf(version));
    if (status.ok()) {
      status = parts_.store.Write(TenantScope::Of(version.tenant), [&](Transaction& transaction) {
        return ForgetVersion(transaction, version);
      });
    }
    if (status.ok()) swept_.Increment();
    if (first.ok()) first = status;
  }
  return first;
}

absl::StatusOr<int64_t> StoredDataSets::DeleteSome(const base::TenantId& tenant) {
  int64_t deleted = 0;
  const auto remove = [&](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(const std::vector<DataSet> some,
                              ListDataSets(transaction, tenant, "", kDeletedAtOnce));
    deleted = std::ssize(some);
    for (const DataSet& data_set : some) {
      TENANTRY_RETURN_IF_ERROR(DeleteDataSet(transaction, data_set));
      TENANTRY_RETURN_IF_ERROR(
          Tell(transaction, data_set, data_set, {.actor = {"system", {}}}, "dataset.delete"));
    }
    return absl::OkStatus();
  };
  TENANTRY_RETURN_IF_ERROR(parts_.store.Write(TenantScope::Of(tenant), remove));
  return deleted;
}

absl::Status StoredDataSets::RemoveTenant(const base::TenantId& tenant) {
  for (bool last = false; !last;) {
    TENANTRY_ASSIGN_OR_RETURN(const int64_t deleted, DeleteSome(tenant));
    last = deleted < kDeletedAtOnce;
  }
  TENANTRY_RETURN_IF_ERROR(parts_.blobs.DeleteTenant(tenant));
  return parts_.store.Write(TenantScope::Of(tenant), [&](Transaction& transaction) -> absl::Status {
    // An import may have published one meanwhile: it would go without an event.
    TENANTRY_ASSIGN_OR_RETURN(const DataSetTotals late, TotalDataSets(transaction, tenant));
    if (late.data_sets > 0) {
      return base::FailedPrecondition(
          "a data set of the tenant '{}' came while it was deleted: try "
          "again in a moment",
          tenant);
    }
    for (const char* table : {"data_set_versions", "upload_parts", "uploads"}) {
      TENANTRY_RETURN_IF_ERROR(
          transaction
              .Execute(fmt::format("DELETE FROM {} WHERE tenant_id = :p0", table), {tenant.value()})
              .status());
    }
    return absl::OkStatus();
  });
}

}  // namespace tenantry::lake::datasets
