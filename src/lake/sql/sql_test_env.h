#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>

#include "lake/sql/sql_process.h"
#include "runtime/metrics.h"

namespace tenantry::lake::sql {

/// A fresh folder for a test, removed with this.
class TestFolder {
 public:
  TestFolder() : path_(testing::TempDir() + "lake-XXXXXX") {
    EXPECT_NE(mkdtemp(path_.data()), nullptr);
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  /// The folder's path, or that of `name` in it.
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

/// What a test of SQL processes needs: options to change before the first use of `processes`.
struct SqlTestEnv {
  TestFolder folder;
  runtime::Metrics metrics;
  SqlOptions options;

  /// Starts processes under `options` as they are at the first call.
  SqlProcesses& processes() {
    if (!processes_) {
      processes_ = std::make_unique<SqlProcesses>(options, folder / "work", metrics);
    }
    return *processes_;
  }

 private:
  std::unique_ptr<SqlProcesses> processes_;
};

}  // namespace tenantry::lake::sql
