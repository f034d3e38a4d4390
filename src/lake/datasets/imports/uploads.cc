#include "lake/datasets/imports/uploads.h"

#include <openssl/sha.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/retry_after.h"
#include "base/status.h"
#include "base/words/counted.h"
#include "lake/datasets/blob_copy.h"
#include "lake/datasets/imports/text_reader.h"
#include "lake/datasets/imports/upload_rows.h"
#include "lake/datasets/query/reserved_names.h"
#include "runtime/logging.h"

namespace tenantry::lake::datasets {

using metastore::TenantScope;
using metastore::Transaction;
using nlohmann::json;

namespace {

constexpr size_t kIdBytes = 12;
constexpr absl::Duration kImportLooked = absl::Seconds(5);  // then one may have ended
constexpr int64_t kAtOnce = 500;

std::string PartsPrefix(const UploadId& id) { return fmt::format("upload={}/", id); }
std::string PartKey(const UploadId& id, int64_t number) {
  return fmt::format("{}part-{}", PartsPrefix(id), number);
}

std::string Sha256(std::string_view bytes) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

absl::Status NoUpload(const UploadId& id) {
  return base::NotFound("there is no upload '{}': it was given up, or ended long ago", id);
}

// True for errors that are the sender's to mend; all others may pass.
bool IsFinal(const absl::Status& status) {
  return absl::IsInvalidArgument(status) || absl::IsResourceExhausted(status) ||
         absl::IsDeadlineExceeded(status) || absl::IsPermissionDenied(status) ||
         absl::IsAlreadyExists(status) || absl::IsDataLoss(status) || absl::IsInternal(status);
}

}  // namespace

Uploads::Uploads(StoredDataSets& data_sets,
                 std::function<bool(const base::TenantId&, const UploadId&)> enqueue)
    : data_sets_(data_sets),
      enqueue_(std::move(enqueue)),
      received_bytes_(data_sets.parts().metrics.AddCounter("tenantry_lake_received_bytes_total",
                                                           "Bytes of uploads that were received")),
      imported_(data_sets.parts().metrics.AddCounter("tenantry_lake_imports_total",
                                                     "Uploads that became data sets")),
      failed_(data_sets.parts().metrics.AddCounter("tenantry_lake_imports_failed_total",
                                                   "Uploads that could not become data sets")) {}

absl::Mutex& Uploads::LockOf(const UploadId& id) {
  return locks_[std::hash<std::string>()(id.value()) % locks_.size()];
}

absl::StatusOr<Upload> Uploads::Begin(const base::TenantId& tenant, const ImportRequest& request,
                                      const DataSetChange& change) {
  const DataSetParts& parts = data_sets_.parts();
  TENANTRY_ASSIGN_OR_RETURN(const auto known, data_sets_.Find(tenant, request.name));
  if (!known) TENANTRY_RETURN_IF_ERROR(CheckNotReserved(request.name));
  Upload upload;
  upload.id = UploadId("up_" + parts.random.Hex(kIdBytes));
  upload.tenant = tenant;
  upload.request = request;
  upload.change = change;
  upload.created = upload.updated = parts.clock.Now();
  std::optional<Upload> in_the_way;
  absl::Status begun = Insert(upload, in_the_way);
  if (in_the_way) {
    TENANTRY_ASSIGN_OR_RETURN(const bool gone, DeleteUnchanged(*in_the_way));
    if (!gone) return begun;
    in_the_way.reset();
    begun = Insert(upload, in_the_way);
  }
  if (!begun.ok()) return begun;
  return upload;
}

// Where there may be no more, `in_the_way` becomes the upload that may give way.
absl::Status Uploads::Insert(const Upload& upload, std::optional<Upload>& in_the_way) {
  const DataSetOptions& options = data_sets_.options();
  const auto insert = [&](Transaction& transaction) -> absl::Status {
    TENANTRY_RETURN_IF_ERROR(CheckTenantLives(transaction, upload.tenant));
    TENANTRY_ASSIGN_OR_RETURN(const UnfinishedCount unfinished,
                              CountUnfinished(transaction, upload.tenant));
    if (unfinished.all < options.uploads_max) return InsertUpload(transaction, upload);
    TENANTRY_ASSIGN_OR_RETURN(const auto oldest, OldestUpload(transaction, upload.tenant));
    const absl::Duration away = oldest ? upload.created - oldest->updated : absl::ZeroDuration();
    if (oldest && away >= options.upload_away_min &&
        oldest->change.actor.name == upload.change.actor.name &&
        DataSetNameKey(oldest->request.name) == DataSetNameKey(upload.request.name)) {
      in_the_way = oldest;
    }
    return base::WithRetryAfter(
        base::Error(
            absl::StatusCode::kResourceExhausted,
            "{} unfinished, more may not be (lake.uploads_max): finish one, or "
            "delete one that nobody goes on with (`tenantry data uploads list`, GET "
            "/api/v1/tenants/{{tenantID}}/datasets/uploads)",
            base::Counted(unfinished.all, "upload") + (unfinished.all == 1 ? " is" : " are")),
        unfinished.importing > 0 ? kImportLooked
                                 : std::max(options.upload_age_max - away, absl::Seconds(1)));
  };
  return data_sets_.parts().store.Write(TenantScope::Of(upload.tenant), insert);
}

absl::StatusOr<std::vector<Upload>> Uploads::List(const base::TenantId& tenant,
                                                  const std::string& after, int64_t limit) {
  std::vector<Upload> found;
  TENANTRY_RETURN_IF_ERROR(data_sets_.parts().store.Read(
      TenantScope::Of(tenant), [&](Transaction& transaction) -> absl::Status {
        TENANTRY_ASSIGN_OR_RETURN(found, UnfinishedUploads(transaction, tenant, after, limit));
        return absl::OkStatus();
      }));
  return found;
}

absl::StatusOr<Upload> Uploads::Get(const base::TenantId& tenant, const UploadId& id) {
  std::optional<Upload> found;
  TENANTRY_RETURN_IF_ERROR(data_sets_.parts().store.Read(
      TenantScope::Of(tenant), [&](Transaction& transaction) -> absl::Status {
        TENANTRY_ASSIGN_OR_RETURN(found, FindUpload(transaction, tenant, id));
        return absl::OkStatus();
      }));
  if (!found) return NoUpload(id);
  return *std::move(found);
}

absl::StatusOr<Upload> Uploads::Put(const base::TenantId& tenant, const UploadId& id,
                                    int64_t offset, std::string_view bytes,
                                    std::string_view sha256) {
  const DataSetOptions& options = data_sets_.options();
  const auto size = static_cast<int64_t>(bytes.size());
  if (size == 0 || size > options.upload_part_bytes_max) {
    return base::InvalidArgument("a part has {} bytes: send 1 to {} (lake.upload_part_bytes_max)",
                                 size, options.upload_part_bytes_max);
  }
  if (!sha256.empty() && Sha256(bytes) != sha256) {
    return base::InvalidArgument("the part is not what its digest says: send it again");
  }
  absl::MutexLock lock(&LockOf(id));
  TENANTRY_ASSIGN_OR_RETURN(Upload upload, Get(tenant, id));
  if (upload.state != UploadState::kReceiving) {
    return base::FailedPrecondition("the upload is {}: it takes no more parts",
                                    StateName(upload.state));
  }
  std::optional<UploadPart> repeated;
  TENANTRY_RETURN_IF_ERROR(data_sets_.parts().store.Read(
      TenantScope::Of(tenant), [&](Transaction& transaction) -> absl::Status {
        TENANTRY_RETURN_IF_ERROR(CheckTenantLives(transaction, tenant));
        TENANTRY_ASSIGN_OR_RETURN(repeated, FindPart(transaction, upload, offset));
        return absl::OkStatus();
      }));
  if (repeated && repeated->bytes == size) {
    TENANTRY_RETURN_IF_ERROR(CheckRepeated(upload, repeated->number, bytes));
    return upload;
  }
  if (offset != upload.bytes) {
    return base::Error(absl::StatusCode::kAborted,
                       "the part begins at {}, the upload ends at {}: go on there", offset,
                       upload.bytes);
  }
  if (upload.bytes + size > options.upload_bytes_max) {
    return base::AsPastLimit(
        base::Error(absl::StatusCode::kResourceExhausted,
                    "the upload would be longer than {} bytes (lake.upload_bytes_max)",
                    options.upload_bytes_max));
  }
  TENANTRY_RETURN_IF_ERROR(data_sets_.CheckDisk(size));
  TENANTRY_RETURN_IF_ERROR(PutPart(upload, bytes));
  received_bytes_.Increment(static_cast<double>(size));
  return Get(tenant, id);
}

// The part `number` must be what it was when it came first.
absl::Status Uploads::CheckRepeated(const Upload& upload, int64_t number, std::string_view bytes) {
  TENANTRY_ASSIGN_OR_RETURN(
      const auto stored, data_sets_.parts().blobs.Open(upload.tenant, PartKey(upload.id, number)));
  bool same = stored->size() == std::ssize(bytes);
  TENANTRY_RETURN_IF_ERROR(ReadBlob(*stored, [&](std::string_view piece) {
    same = same && bytes.starts_with(piece);
    bytes.remove_prefix(std::min(piece.size(), bytes.size()));
    return absl::OkStatus();
  }));
  if (same) return absl::OkStatus();
  return base::FailedPrecondition(
      "the part was received before with other bytes: two files would be mixed; begin another "
      "upload");
}

absl::Status Uploads::PutPart(const Upload& upload, std::string_view bytes) {
  const DataSetParts& parts = data_sets_.parts();
  TENANTRY_ASSIGN_OR_RETURN(const auto writer,
                            parts.blobs.Create(upload.tenant, PartKey(upload.id, upload.parts)));
  TENANTRY_RETURN_IF_ERROR(writer->Write(bytes));
  TENANTRY_RETURN_IF_ERROR(writer->Commit());
  Upload after = upload;
  after.bytes += static_cast<int64_t>(bytes.size());
  after.parts += 1;
  after.updated = parts.clock.Now();
  return parts.store.Write(
      TenantScope::Of(upload.tenant), [&](Transaction& transaction) -> absl::Status {
        TENANTRY_RETURN_IF_ERROR(CheckTenantLives(transaction, upload.tenant));
        TENANTRY_ASSIGN_OR_RETURN(const auto now,
                                  FindUpload(transaction, upload.tenant, upload.id));
        if (!now) return NoUpload(upload.id);
        if (now->state != UploadState::kReceiving || now->parts != upload.parts) {
          return base::FailedPrecondition("the upload was ended meanwhile");
        }
        TENANTRY_RETURN_IF_ERROR(UpdateUpload(transaction, after));
        return InsertPart(transaction, upload,
                          {upload.parts, upload.bytes, static_cast<int64_t>(bytes.size())});
      });
}

absl::StatusOr<Upload> Uploads::Commit(const base::TenantId& tenant, const UploadId& id,
                                       std::optional<int64_t> bytes) {
  absl::MutexLock lock(&LockOf(id));
  TENANTRY_ASSIGN_OR_RETURN(Upload upload, Get(tenant, id));
  if (upload.state != UploadState::kReceiving) return upload;
  if (bytes && *bytes != upload.bytes) {
    return base::FailedPrecondition("{} bytes were received, not {}: send the rest", upload.bytes,
                                    *bytes);
  }
  upload.state = UploadState::kImporting;
  upload.updated = data_sets_.parts().clock.Now();
  const auto store = [&](UploadState state) {
    upload.state = state;
    return data_sets_.parts().store.Write(
        TenantScope::Of(tenant), [&](Transaction& transaction) -> absl::Status {
          TENANTRY_RETURN_IF_ERROR(CheckTenantLives(transaction, tenant));
          return UpdateUpload(transaction, upload);
        });
  };
  TENANTRY_RETURN_IF_ERROR(store(UploadState::kImporting));
  if (enqueue_(tenant, id)) return upload;
  TENANTRY_RETURN_IF_ERROR(store(UploadState::kReceiving));
  return base::Unavailable("too many imports wait (lake.import_queue_max): try later");
}

// Whether it is gone: nobody has gone on with it since it was seen.
absl::StatusOr<bool> Uploads::DeleteUnchanged(const Upload& seen) {
  absl::MutexLock lock(&LockOf(seen.id));
  const auto upload = Get(seen.tenant, seen.id);
  if (absl::IsNotFound(upload.status())) return true;
  TENANTRY_RETURN_IF_ERROR(upload.status());
  if (upload->state != UploadState::kReceiving || upload->updated != seen.updated) return false;
  TENANTRY_RETURN_IF_ERROR(DeleteLocked(seen.tenant, seen.id));
  return true;
}

absl::Status Uploads::Delete(const base::TenantId& tenant, const UploadId& id) {
  absl::MutexLock lock(&LockOf(id));
  TENANTRY_ASSIGN_OR_RETURN(const Upload upload, Get(tenant, id));
  if (upload.state == UploadState::kImporting) {
    return base::FailedPrecondition("the upload is being imported: wait for its end");
  }
  return DeleteLocked(tenant, id);
}

absl::Status Uploads::DeleteLocked(const base::TenantId& tenant, const UploadId& id) {
  TENANTRY_RETURN_IF_ERROR(RemoveParts(tenant, id));
  return data_sets_.parts().store.Write(TenantScope::Of(tenant), [&](Transaction& transaction) {
    return DeleteUpload(transaction, tenant, id);
  });
}

absl::Status Uploads::RemoveParts(const base::TenantId& tenant, const UploadId& id) {
  blobstore::BlobStore& blobs = data_sets_.parts().blobs;
  TENANTRY_ASSIGN_OR_RETURN(const auto parts, blobs.List(tenant, PartsPrefix(id)));
  for (const blobstore::BlobInfo& part : parts) {
    TENANTRY_RETURN_IF_ERROR(blobs.Delete(tenant, part.key));
  }
  return absl::OkStatus();
}

absl::Status Uploads::Assemble(const Upload& upload, const std::string& path) {
  TENANTRY_RETURN_IF_ERROR(data_sets_.CheckDisk(upload.bytes));
  TENANTRY_ASSIGN_OR_RETURN(NewFile file, NewFile::Make(path));
  const bool text = upload.request.format != ImportFormat::kParquet;
  TextReader reader(upload.request.encoding);
  for (int64_t number = 0; number < upload.parts; ++number) {
    TENANTRY_ASSIGN_OR_RETURN(
        const auto part, data_sets_.parts().blobs.Open(upload.tenant, PartKey(upload.id, number)));
    TENANTRY_RETURN_IF_ERROR(ReadBlob(*part, [&](std::string_view bytes) -> absl::Status {
      if (!text) return file.Write(bytes);
      TENANTRY_ASSIGN_OR_RETURN(const std::string converted, reader.Next(bytes));
      return file.Write(converted);
    }));
  }
  if (!text) return absl::OkStatus();
  TENANTRY_ASSIGN_OR_RETURN(const std::string rest, reader.End());
  return file.Write(rest);
}

absl::StatusOr<ParquetFacts> Uploads::Convert(const Upload& upload, const PrivateFolder& folder,
                                              const std::atomic<bool>& cancelled,
                                              std::vector<ImportProblem>& problems) {
  const DataSetOptions& options = data_sets_.options();
  sql::SqlProcesses& processes = data_sets_.parts().processes;
  TENANTRY_ASSIGN_OR_RETURN(const std::string in, folder.MakeFolder("in"));
  TENANTRY_ASSIGN_OR_RETURN(const std::string out, folder.MakeFolder("out"));
  const ImportFiles files{folder.path(), in + "/input", out + "/data.parquet"};
  TENANTRY_RETURN_IF_ERROR(Assemble(upload, files.input));
  sql::SqlTask task;
  task.read_only_folders = {in};
  task.folders = {out};
  task.owner = upload.tenant.value();
  task.time_max = options.import_time_max;
  task.time_option = "lake.import_time_max";
  task.file_bytes_max = std::max(options.tenant_bytes_max, processes.options().sql_spill_max);
  task.file_option = "lake.tenant_bytes_max";
  task.disk = &data_sets_.disk();
  task.cancelled = &cancelled;
  const auto process = processes.Start(task);
  if (absl::IsResourceExhausted(process.status()) || absl::IsDeadlineExceeded(process.status())) {
    return absl::UnavailableError(process.status().message());  // it is nobody's file's fault
  }
  TENANTRY_RETURN_IF_ERROR(process.status());
  const auto facts = ImportFile(**process, upload.request, files, problems);
  if (!facts.ok()) return ShortError(facts.status(), folder.path());
  return facts;
}

absl::StatusOr<DataSet> Uploads::Make(const Upload& upload, const std::atomic<bool>& cancelled,
                                      std::vector<ImportProblem>& problems) {
  if (upload.bytes == 0) {
    problems.push_back({.detail = "the file is empty"});
    return base::InvalidArgument("the file is empty");
  }
  TENANTRY_ASSIGN_OR_RETURN(const PrivateFolder folder, data_sets_.MakeFolder());
  TENANTRY_ASSIGN_OR_RETURN(const ParquetFacts facts, Convert(upload, folder, cancelled, problems));
  const auto note = [&](Transaction& transaction, const DataSet& data_set) {
    Upload done = upload;
    done.state = UploadState::kDone;
    done.updated = data_sets_.parts().clock.Now();
    done.answer_json =
        json({{"dataSetID", data_set.id.value()}, {"version", data_set.version}}).dump();
    return UpdateUpload(transaction, done);
  };
  return data_sets_.PublishFile(upload.tenant, upload.request.name,
                                folder.path() + "/out/data.parquet", facts, upload.change, note);
}

absl::Status Uploads::Fail(const Upload& upload, const absl::Status& why,
                           const std::vector<ImportProblem>& problems) {
  json answer = {{"detail", base::Message(why)},
                 {"code", absl::StatusCodeToString(why.code())},
                 {"problems", json::array()}};
  for (const ImportProblem& problem : problems) answer["problems"].push_back(ToJson(problem));
  Upload failed = upload;
  failed.state = UploadState::kFailed;
  failed.updated = data_sets_.parts().clock.Now();
  failed.answer_json = answer.dump(-1, ' ', false, json::error_handler_t::replace);
  TENANTRY_RETURN_IF_ERROR(data_sets_.parts().store.Write(
      TenantScope::Of(upload.tenant),
      [&](Transaction& transaction) { return UpdateUpload(transaction, failed); }));
  failed_.Increment();
  return RemoveParts(upload.tenant, upload.id);
}

absl::Status Uploads::CheckLives(const base::TenantId& tenant) {
  return data_sets_.parts().store.Read(TenantScope::Of(tenant), [&](Transaction& transaction) {
    return CheckTenantLives(transaction, tenant);
  });
}

absl::Status Uploads::Import(const base::TenantId& tenant, const UploadId& id,
                             const std::atomic<bool>& cancelled) {
  absl::Status imported = CheckLives(tenant);
  if (imported.ok()) imported = ImportLiving(tenant, id, cancelled);
  if (imported.ok() || !absl::IsNotFound(CheckLives(tenant))) return imported;
  return absl::OkStatus();  // it goes with its tenant
}

absl::Status Uploads::ImportLiving(const base::TenantId& tenant, const UploadId& id,
                                   const std::atomic<bool>& cancelled) {
  TENANTRY_ASSIGN_OR_RETURN(const Upload upload, Get(tenant, id));
  if (upload.state != UploadState::kImporting) return absl::OkStatus();
  std::vector<ImportProblem> problems;
  const absl::StatusOr<DataSet> made = Make(upload, cancelled, problems);
  if (made.ok()) {
    imported_.Increment();
    return RemoveParts(tenant, id);
  }
  if (IsFinal(made.status())) return Fail(upload, made.status(), problems);
  return made.status();
}

absl::Status Uploads::Resume() {
  std::vector<Upload> left;
  TENANTRY_RETURN_IF_ERROR(
      data_sets_.parts().store.Read([&](Transaction& transaction) -> absl::Status {
        TENANTRY_ASSIGN_OR_RETURN(
            left, UploadsIn(transaction, UploadState::kImporting, absl::InfiniteFuture(), kAtOnce));
        return absl::OkStatus();
      }));
  for (const Upload& upload : left) {
    if (!enqueue_(upload.tenant, upload.id)) {
      return base::Unavailable("too many imports wait (lake.import_queue_max)");
    }
  }
  return absl::OkStatus();
}

absl::Status Uploads::Sweep() {
  const absl::Time before = data_sets_.parts().clock.Now() - data_sets_.options().upload_age_max;
  std::vector<Upload> old;
  for (const UploadState state :
       {UploadState::kReceiving, UploadState::kDone, UploadState::kFailed}) {
    TENANTRY_RETURN_IF_ERROR(
        data_sets_.parts().store.Read([&](Transaction& transaction) -> absl::Status {
          TENANTRY_ASSIGN_OR_RETURN(auto some, UploadsIn(transaction, state, before, kAtOnce));
          for (Upload& upload : some) old.push_back(std::move(upload));
          return absl::OkStatus();
        }));
  }
  absl::Status first;
  for (const Upload& upload : old) {
    absl::Status deleted = Delete(upload.tenant, upload.id);
    if (absl::IsNotFound(deleted)) deleted = absl::OkStatus();
    if (first.ok()) first = deleted;
  }
  return first;
}

}  // namespace tenantry::lake::datasets
