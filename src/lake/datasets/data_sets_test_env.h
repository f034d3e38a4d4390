#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/faults.h"
#include "base/random.h"
#include "blobstore/twins/faulty_blob_store.h"
#include "blobstore/twins/in_memory_blob_store.h"
#include "lake/datasets/imports/uploads.h"
#include "lake/datasets/stored_data_sets.h"
#include "lake/sql/sql_test_env.h"
#include "metastore/store_test_env.h"
#include "metastore/twins/faulty_metastore.h"

namespace tenantry::lake::datasets {

/// For tests: data sets over a metastore in a fresh folder, blobs in memory and real SQL processes,
/// with options to change before the first use of `data_sets`.
class DataSetsTestEnv {
 public:
  /// Starts as a process of its own: everything that is not stored is forgotten.
  void Restart() {
    uploads_.reset();
    data_sets_.reset();
  }

  /// The data sets, made at the first use.
  StoredDataSets& data_sets() {
    if (!data_sets_) {
      auto opened = StoredDataSets::Open(
          {faulty_store_, faulty_blobs_, sql_.processes(), clock_, random_, metrics_}, options,
          sql_.folder / "staging");
      EXPECT_TRUE(opened.ok()) << opened.status();
      data_sets_ = *std::move(opened);
    }
    return *data_sets_;
  }

  /// The uploads; what is committed is kept in `queued` for ImportAll.
  Uploads& uploads() {
    if (!uploads_) {
      uploads_ = std::make_unique<Uploads>(
          data_sets(), [this](const base::TenantId& tenant, const UploadId& id) {
            queued.emplace_back(tenant, id);
            return true;
          });
    }
    return *uploads_;
  }

  /// Uploads `bytes` in parts of `part_bytes` and imports it; the upload as it ended.
  Upload Put(const base::TenantId& tenant, const nlohmann::json& request, const std::string& bytes,
             size_t part_bytes = 1 << 20) {
    const auto read = ReadImportRequest(request);
    EXPECT_TRUE(read.ok()) << read.status();
    auto upload = uploads().Begin(tenant, *read, Change());
    EXPECT_TRUE(upload.ok()) << upload.status();
    for (size_t at = 0; at < bytes.size(); at += part_bytes) {
      const auto put = uploads().Put(tenant, upload->id, static_cast<int64_t>(at),
                                     std::string_view(bytes).substr(at, part_bytes), "");
      EXPECT_TRUE(put.ok()) << put.status();
    }
    const auto committed = uploads().Commit(tenant, upload->id, std::nullopt);
    EXPECT_TRUE(committed.ok()) << committed.status();
    EXPECT_TRUE(ImportAll().ok());
    auto ended = uploads().Get(tenant, upload->id);
    EXPECT_TRUE(ended.ok()) << ended.status();
    return *std::move(ended);
  }

  /// Imports what is queued; the last error.
  absl::Status ImportAll() {
    absl::Status last;
    for (const auto& [tenant, id] : std::exchange(queued, {})) {
      if (absl::Status status = uploads().Import(tenant, id, cancelled); !status.ok()) {
        last = status;
      }
    }
    return last;
  }

  /// What a query answers, as CSV; or its error.
  std::string Query(const base::TenantId& tenant, const std::string& sql,
                    AnswerFormat format = AnswerFormat::kCsv) {
    std::string answer;
    const absl::Status status =
        data_sets().Query(tenant, sql, format, {}, [&](std::string_view bytes) {
          answer.append(bytes);
          return absl::OkStatus();
        });
    return status.ok() ? answer : status.ToString();
  }

  /// The events that wait, as "type name bytes".
  std::vector<std::string> Events() {
    std::vector<std::string> events;
    for (const std::string& text : store_.Column("SELECT event FROM outbox ORDER BY number")) {
      const auto event = nlohmann::json::parse(text);
      events.push_back(
          event.at("type").get<std::string>().substr(std::string("io.tenantry.").size()) + " " +
          event.at("data").value("name", ""));
    }
    return events;
  }

  /// Who changes things in tests.
  static DataSetChange Change() {
    return {
        {"user ann of acme", {"request-1", ""}}, base::UserId("ann"), base::SessionId("s1"), {}};
  }

  /// Writes a file into a folder of the test and gives its path.
  std::string File(const std::string& name, const std::string& bytes) {
    std::ofstream(sql_.folder / name, std::ios::binary) << bytes;
    return sql_.folder / name;
  }

  /// The tenants of tests.
  const base::TenantId acme{"acme"};
  const base::TenantId other{"other"};

  DataSetOptions options;
  std::vector<std::pair<base::TenantId, UploadId>> queued;
  std::atomic<bool> cancelled = false;

  /// The parts beneath.
  metastore::TestStore& store() { return store_; }
  blobstore::InMemoryBlobStore& blobs() { return blobs_; }
  base::ScriptedFaults& faults() { return store_.faults(); }
  base::ManualClock& clock() { return clock_; }
  sql::SqlTestEnv& sql() { return sql_; }

 private:
  metastore::TestStore store_;
  metastore::FaultyMetastore faulty_store_{store_.store(), store_.faults()};
  blobstore::InMemoryBlobStore blobs_;
  blobstore::FaultyBlobStore faulty_blobs_{blobs_, store_.faults()};
  base::ManualClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  base::SeededRandom random_{1};
  runtime::Metrics metrics_;
  sql::SqlTestEnv sql_;
  std::unique_ptr<StoredDataSets> data_sets_;
  std::unique_ptr<Uploads> uploads_;
};

}  // namespace tenantry::lake::datasets
