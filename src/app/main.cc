#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "app/command_line.h"
#include "runtime/huge_pages.h"

#if defined(__x86_64__)
namespace {

// Runs before anything else of the program, whose every other instruction may need what it asks
// for (cmake/compiler.cmake); so it is itself compiled for the oldest processor there is.
[[gnu::target("arch=x86-64"), gnu::constructor(101)]] void RefuseOldProcessors() {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") &&
      __builtin_cpu_supports("fma")) {
    return;
  }
  constexpr char kWords[] =
      "tenantry: this processor lacks AVX2, BMI2 or FMA, which the program needs: run it on an "
      "x86-64 processor made since 2013\n";
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, kWords, sizeof(kWords) - 1);
  _exit(1);
}

}  // namespace
#endif

int main(int argc, char** argv) {
  // Those that count events hold them in memory.
  constexpr std::string_view kCounting[] = {"serve", "demo", "replay"};
  if (argc > 1 && std::ranges::find(kCounting, argv[1]) != std::end(kCounting)) {
    tenantry::runtime::BeginWithHugePages(argv);
  }
  return tenantry::app::Main(argc, argv);
}
