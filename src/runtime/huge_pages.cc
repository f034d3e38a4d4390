#include "runtime/huge_pages.h"

#include <sys/auxv.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace tenantry::runtime {

void BeginWithHugePages([[maybe_unused]] char** argv) {
#ifdef __GLIBC__
  constexpr char kVariable[] = "GLIBC_TUNABLES";
  constexpr char kTunable[] = "glibc.malloc.hugetlb";
  const char* const set = std::getenv(kVariable);
  std::string tunables = set == nullptr ? "" : set;
  // A program with others' rights is not given the variable: it would begin for ever.
  if (tunables.find(kTunable) != std::string::npos || getauxval(AT_SECURE) != 0) return;
  if (!tunables.empty()) tunables += ':';
  tunables += std::string(kTunable) + "=1";
  if (setenv(kVariable, tunables.c_str(), 1) != 0) return;
  execv("/proc/self/exe", argv);
#endif
}

}  // namespace tenantry::runtime
