#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/faults.h"
#include "base/status.h"
#include "blobstore/blob_store.h"

namespace tenantry::blobstore {

/// Passes everything on to another store, but fails where `faults` say so: at `blobstore.create`,
/// `blobstore.write`, `blobstore.commit`, `blobstore.open`, `blobstore.read`, `blobstore.list` and
/// `blobstore.delete`. Thread-safe.
class FaultyBlobStore final : public BlobStore {
 public:
  /// Both outlive this.
  FaultyBlobStore(BlobStore& store, base::Faults& faults) : store_(store), faults_(faults) {}

  absl::StatusOr<std::unique_ptr<BlobWriter>> Create(const base::TenantId& tenant,
                                                     std::string_view key) override {
    TENANTRY_RETURN_IF_ERROR(faults_.At("blobstore.create"));
    TENANTRY_ASSIGN_OR_RETURN(auto writer, store_.Create(tenant, key));
    return std::make_unique<Writer>(std::move(writer), faults_);
  }
  absl::StatusOr<std::unique_ptr<BlobReader>> Open(const base::TenantId& tenant,
                                                   std::string_view key) override {
    TENANTRY_RETURN_IF_ERROR(faults_.At("blobstore.open"));
    TENANTRY_ASSIGN_OR_RETURN(auto reader, store_.Open(tenant, key));
    return std::make_unique<Reader>(std::move(reader), faults_);
  }
  absl::StatusOr<std::vector<BlobInfo>> List(const base::TenantId& tenant,
                                             std::string_view prefix) override {
    TENANTRY_RETURN_IF_ERROR(faults_.At("blobstore.list"));
    return store_.List(tenant, prefix);
  }
  absl::Status Delete(const base::TenantId& tenant, std::string_view key) override {
    TENANTRY_RETURN_IF_ERROR(faults_.At("blobstore.delete"));
    return store_.Delete(tenant, key);
  }
  absl::Status DeleteTenant(const base::TenantId& tenant) override {
    TENANTRY_RETURN_IF_ERROR(faults_.At("blobstore.delete"));
    return store_.DeleteTenant(tenant);
  }

 private:
  class Writer final : public BlobWriter {
   public:
    Writer(std::unique_ptr<BlobWriter> writer, base::Faults& faults)
        : writer_(std::move(writer)), faults_(faults) {}
    absl::Status Write(std::string_view bytes) override {
      TENANTRY_RETURN_IF_ERROR(faults_.At("blobstore.write"));
      return writer_->Write(bytes);
    }
    absl::Status Commit() override {
      TENANTRY_RETURN_IF_ERROR(faults_.At("blobstore.commit"));
      return writer_->Commit();
    }

   private:
    const std::unique_ptr<BlobWriter> writer_;
    base::Faults& faults_;
  };

  class Reader final : public BlobReader {
   public:
    Reader(std::unique_ptr<BlobReader> reader, base::Faults& faults)
        : reader_(std::move(reader)), faults_(faults) {}
    int64_t size() const override { return reader_->size(); }
    absl::StatusOr<std::string> Read(int64_t offset, int64_t bytes) override {
      TENANTRY_RETURN_IF_ERROR(faults_.At("blobstore.read"));
      return reader_->Read(offset, bytes);
    }

   private:
    const std::unique_ptr<BlobReader> reader_;
    base::Faults& faults_;
  };

  BlobStore& store_;
  base::Faults& faults_;
};

}  // namespace tenantry::blobstore
