#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace tenantry::testing {

/// The folder of published data that tests read: TENANTRY_TEST_DATA, else `shared/data` beside the
/// repository. Empty when there is none.
inline std::string TestDataFolder() {
  namespace fs = std::filesystem;
  if (const char* const folder = std::getenv("TENANTRY_TEST_DATA")) {
    return fs::is_directory(folder) ? folder : "";
  }
  for (fs::path above = fs::current_path(); above.has_relative_path();
       above = above.parent_path()) {
    if (fs::is_directory(above / "shared" / "data")) return above / "shared" / "data";
  }
  return "";
}

/// True where tests must not be skipped.
inline bool InContinuousIntegration() {
  const char* const ci = std::getenv("CI");
  return ci != nullptr && std::string(ci) == "true";
}

}  // namespace tenantry::testing

/// Declares `folder` as the path of a folder of the published data; the test is skipped without it,
/// and fails in continuous integration.
#define TENANTRY_TEST_DATA_OR_SKIP(folder, name)                                          \
  const std::string folder = ::tenantry::testing::TestDataFolder() + "/" + (name);        \
  if (!std::filesystem::is_directory(folder)) {                                           \
    if (::tenantry::testing::InContinuousIntegration()) FAIL() << folder << " is absent"; \
    GTEST_SKIP() << "needs the folder " << folder << ": set TENANTRY_TEST_DATA";          \
  }
