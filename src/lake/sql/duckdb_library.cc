#include "lake/sql/duckdb_library.h"

#include <dlfcn.h>

#include <charconv>
#include <filesystem>
#include <tuple>
#include <vector>

#include "base/status.h"

namespace tenantry::lake::sql {
namespace {

std::vector<std::string> Candidates(const std::string& path) {
  if (!path.empty()) return {path};
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  return {TENANTRY_DUCKDB_LIBRARY, (self.parent_path() / "libduckdb.so").string(), "libduckdb.so"};
}

// The number at the head of `text`, which loses it and the dot behind it; -1 without one.
int TakeNumber(std::string_view& text) {
  int number = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return -1;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  if (text.starts_with('.')) text.remove_prefix(1);
  return number;
}

}  // namespace

absl::Status CheckDuckDbVersion(const std::string& version) {
  std::string_view text = version;
  if (text.starts_with('v')) text.remove_prefix(1);
  const int major = TakeNumber(text);
  const int minor = TakeNumber(text);
  const int patch = TakeNumber(text);
  if (std::tuple(major, minor, patch) >= std::tuple(1, 5, 6)) return absl::OkStatus();
  return base::FailedPrecondition(
      "DuckDB {} is too old: 1.5.6 or newer is needed (older ones let SQL follow symbolic links "
      "out "
      "of its folders); set lake.duckdb_library to a newer libduckdb.so",
      version);
}

absl::Status DuckDbLibrary::Resolve(void* handle) {
#define TENANTRY_DUCKDB_RESOLVE(name)                                      \
  name = reinterpret_cast<decltype(name)>(dlsym(handle, "duckdb_" #name)); \
  if (name == nullptr) return base::FailedPrecondition("DuckDB's library lacks duckdb_" #name);
  TENANTRY_DUCKDB_FUNCTIONS(TENANTRY_DUCKDB_RESOLVE)
#undef TENANTRY_DUCKDB_RESOLVE
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<DuckDbLibrary>> DuckDbLibrary::Load(const std::string& path) {
  std::string failures;
  for (const std::string& candidate : Candidates(path)) {
    // Lazy: a task calls few of its functions, and binding all of them doubles the time of a start.
    void* handle = dlopen(candidate.c_str(), RTLD_LAZY | RTLD_LOCAL);
    if (handle == nullptr) {
      failures += fmt::format("{}{}", failures.empty() ? "" : "; ", dlerror());
      continue;
    }
    std::unique_ptr<DuckDbLibrary> library(new DuckDbLibrary);
    TENANTRY_RETURN_IF_ERROR(base::Annotate(library->Resolve(handle), candidate));
    TENANTRY_RETURN_IF_ERROR(
        base::Annotate(CheckDuckDbVersion(library->library_version()), candidate));
    return library;
  }
  return base::FailedPrecondition("DuckDB can't be loaded ({}); set lake.duckdb_library", failures);
}

}  // namespace tenantry::lake::sql
