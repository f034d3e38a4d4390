#include "app/demo/person.h"

#include <fmt/ranges.h>

#include <sstream>
#include <utility>

#include "app/command_line.h"
#include "base/status.h"
#include "runtime/disk/files.h"

namespace tenantry::app::demo {
namespace {

constexpr uint32_t kFolderMode = 0700;
constexpr uint32_t kFileMode = 0600;

bool IsOurs(const std::string& variable) {
  return variable.starts_with("TENANTRY_") || variable.starts_with("XDG_CONFIG_HOME=") ||
         variable.starts_with("XDG_DATA_HOME=");
}

}  // namespace

Person::Person(const console::Terminal& terminal, const std::string& url, std::string home)
    : terminal_(terminal), home_(std::move(home)), environment_(terminal.environment) {
  std::erase_if(environment_, IsOurs);
  environment_.push_back("TENANTRY_SERVER=" + url);
  environment_.push_back("XDG_CONFIG_HOME=" + home_);
  environment_.push_back("XDG_DATA_HOME=" + home_);
}

absl::StatusOr<std::string> Person::Do(const std::vector<std::string>& command) {
  std::istringstream in;
  std::ostringstream out, err;
  console::Terminal own{.in = in,
                        .out = out,
                        .err = err,
                        .clock = terminal_.clock,
                        .random = terminal_.random,
                        .environment = environment_,
                        .sleep = terminal_.sleep};
  if (Run(command, own) == 0) return std::move(out).str();
  return base::Internal("`tenantry {}` failed: {}", fmt::join(command, " "),
                        runtime::WithoutLineEnd(err.str()));
}

absl::StatusOr<std::string> Person::Write(const std::string& name, std::string_view bytes) {
  TENANTRY_RETURN_IF_ERROR(runtime::MakeFolders(home_, kFolderMode));
  std::string path = home_ + "/" + name;
  TENANTRY_RETURN_IF_ERROR(runtime::WriteFileAtomically(path, bytes, kFileMode));
  return path;
}

}  // namespace tenantry::app::demo
