#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/faults.h"
#include "base/status.h"
#include "metastore/audit.h"
#include "metastore/metastore.h"
#include "metastore/migrations.h"
#include "metastore/outbox.h"
#include "metastore/sqlite/sqlite_metastore.h"

namespace tenantry::metastore {

/// An empty folder that no other test uses.
inline std::string FreshFolder() {
  static std::atomic<int> made = 0;
  std::string folder =
      testing::TempDir() + "/metastore_" + std::to_string(getpid()) + "_" + std::to_string(++made);
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

/// A store in a fresh folder with the newest schema, which a test may close and open again.
class TestStore {
 public:
  TestStore() { Reopen(); }
  ~TestStore() {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  /// Closes the store, if it is open, and opens it again.
  void Reopen() {
    store_.reset();
    auto opened = SqliteMetastore::Open(file(), {}, faults_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
    const absl::Status migrated = Migrate(*store_, Migrations(), 1);
    ASSERT_TRUE(migrated.ok()) << migrated;
  }

  /// The store, its file and its fault points.
  Metastore& store() { return *store_; }
  std::string file() const { return folder_ + "/metastore.db"; }
  base::ScriptedFaults& faults() { return faults_; }

  /// One statement in a transaction of its own.
  absl::Status Do(const std::string& sql, const std::vector<Value>& parameters = {}) {
    return store_->Write(
        [&](Transaction& transaction) { return transaction.Execute(sql, parameters).status(); });
  }

  /// The first column of every row, as text.
  std::vector<std::string> Column(const std::string& sql) {
    std::vector<std::string> found;
    const absl::Status status = store_->Read([&](Transaction& transaction) -> absl::Status {
      TENANTRY_ASSIGN_OR_RETURN(const auto rows, transaction.Query(sql, {}, 1));
      for (const Row& row : rows) found.push_back(row.IsNull(0) ? "null" : row.Text(0));
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return found;
  }

  /// The first column of the first row, as text; "none" without rows.
  std::string Scalar(const std::string& sql) {
    const auto found = Column(sql);
    return found.empty() ? "none" : found.front();
  }

 private:
  const std::string folder_ = FreshFolder();
  base::ScriptedFaults faults_;
  std::unique_ptr<Metastore> store_;
};

}  // namespace tenantry::metastore
