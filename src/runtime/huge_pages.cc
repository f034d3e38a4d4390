#include "runtime/huge_pages.h"

#include <sys/auxv.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <string>
#include <string_view>

namespace tenantry::runtime {

void BeginWithHugePages([[maybe_unused]] char** argv) {
#ifdef __GLIBC__
  constexpr char kVariable[] = "GLIBC_TUNABLES";
  constexpr char kTunable[] = "glibc.malloc.hugetlb";
  const char* const set = std::getenv(kVariable);
  const std::string given = set == nullptr ? "" : set;
  // A program with others' rights is not given the variable: it would begin for ever.
  if (given.find(kTunable) != std::string::npos || getauxval(AT_SECURE) != 0) return;
  // In front: glibc may leave a zero behind the first one that it reads.
  const std::string tunables = std::string(kTunable) + "=1" + (given.empty() ? "" : ":") + given;
  // By its own path, after which the process is called.
  char path[PATH_MAX + 1] = {};
  if (readlink("/proc/self/exe", path, PATH_MAX) <= 0) return;
  // Begun by the loader, it is the loader.
  if (std::string_view(path).find("/ld-") != std::string_view::npos) return;
  if (setenv(kVariable, tunables.c_str(), 1) != 0) return;
  execv(path, argv);
#endif
}

}  // namespace tenantry::runtime
