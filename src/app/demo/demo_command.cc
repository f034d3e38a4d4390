// demo: a whole SaaS in one go.
#include <CLI/CLI.hpp>
#include <filesystem>

#include "app/commands/commands.h"
#include "app/console/progress.h"
#include "app/demo/story_teller.h"
#include "app/program_options.h"
#include "app/server/platform.h"
#include "base/status.h"
#include "runtime/logging.h"
#include "runtime/shutdown.h"
#include "simulator/story_clock.h"

namespace tenantry::app::commands {
namespace {

constexpr absl::Duration kStopGrace = absl::Seconds(15);

struct DemoFlags {
  std::string keep;
  std::string listen;
  bool exit = false;
  demo::StoryOptions story;
};

// The folder of the demonstration's data; removed at the end unless it is to be kept.
class DemoFolder {
 public:
  explicit DemoFolder(const DemoFlags& flags, base::Random& random)
      : kept_(!flags.keep.empty()),
        path_(kept_ ? flags.keep
                    : std::filesystem::temp_directory_path().string() + "/tenantry-demo-" +
                          random.Hex(6)) {}
  ~DemoFolder() {
    std::error_code ignored;
    if (!kept_) std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  const bool kept_;
  const std::string path_;
};

// Options of a server whose days pass in a blink: passwords cost little, sessions last for hours,
// and a slid window is put out at once.
absl::Status SetOptions(const DemoFlags& flags, ProgramOptions& options, runtime::OptionSet& set) {
  options.passwords.operations = 1;
  options.passwords.memory_bytes = 8 << 10;
  options.sessions.idle_timeout = absl::Hours(4);
  options.activity.midnight_spread = absl::ZeroDuration();
  options.log_level = "warning";
  options.Declare(set);
  const std::string listen = !flags.listen.empty() ? flags.listen
                             : flags.exit          ? "127.0.0.1:0"
                                                   : "127.0.0.1:8080";
  return set.Set("net.listen", listen, runtime::OptionSource::kFlag, "--listen");
}

// A story begins with nobody: it can't be told a second time where it was told before.
absl::Status CheckFresh(const std::string& folder) {
  std::error_code ignored;
  if (folder.empty() || !std::filesystem::exists(folder + "/metastore.db", ignored)) {
    return absl::OkStatus();
  }
  return base::InvalidArgument(
      "{0} holds the data of a server already: look at it with `tenantry serve --data {0}`, or "
      "choose a new folder",
      folder);
}

absl::Status RunDemo(console::Terminal& terminal, const DemoFlags& flags) {
  TENANTRY_RETURN_IF_ERROR(CheckFresh(flags.keep));
  ProgramOptions options;
  runtime::OptionSet set;
  TENANTRY_RETURN_IF_ERROR(SetOptions(flags, options, set));
  runtime::SetUpLogging(options.level(), options.format());
  runtime::Shutdown shutdown;
  const DemoFolder folder(flags, terminal.random);
  const absl::Time today =
      absl::FromUnixSeconds(absl::ToUnixSeconds(terminal.clock.Now()) / 86'400 * 86'400);
  demo::StoryOptions story = flags.story;
  story.start = today - absl::Hours(24) * story.days;
  simulator::StoryClock clock(story.start, terminal.clock);
  base::NoFaults faults;
  server::Platform platform({folder.path(), {}}, options, clock, terminal.random, faults);
  const absl::Status started = platform.Start();
  if (absl::IsInvalidArgument(started)) return started;
  if (!started.ok()) return base::FailedPrecondition("{}", base::Message(started));
  story.stopped = [&shutdown] { return shutdown.Wait(absl::ZeroDuration()); };
  const absl::Status told = demo::TellStory(terminal, platform, clock, story);
  if (told.ok() && !flags.exit) {
    clock.FollowReal();
    terminal.out << fmt::format(
        "\nIt stays up at {} until you press Ctrl-C. In another terminal:\n"
        "  export TENANTRY_SERVER={}\n"
        "  tenantry login admin --password-file {}\n"
        "  tenantry churn list\n  tenantry ask 2\n",
        platform.url(), platform.url(), platform.password_file());
    terminal.out.flush();
    shutdown.Wait();
  }
  platform.Stop(kStopGrace);
  return told;
}

}  // namespace

void AddDemoCommand(CLI::App& app, Invocation& invocation) {
  auto& flags = invocation.Hold<DemoFlags>();
  console::Terminal& terminal = invocation.terminal();
  CLI::App& command = AddLocalCommand(
      app, invocation,
      {"demo", "Tells the story of a whole SaaS: tenants, people, jobs, risk, five answers",
       "tenantry demo\ntenantry demo --exit --seed 7"},
      [&flags, &terminal] { return RunDemo(terminal, flags); });
  command.add_option("--keep", flags.keep, "a folder to keep the data in");
  command.add_option("--listen", flags.listen, "HOST:PORT to answer at (127.0.0.1:8080)");
  command.add_flag("--exit", flags.exit, "stop when the story is told");
  AddSeed(command, flags.story.seed, "another seed, another story");
  command.add_option("--tenants", flags.story.tenants, "tenants of the story")
      ->capture_default_str()
      ->check(commands::WholeNumber(1, 10'000));
  command.add_option("--days", flags.story.days, "simulated days, the last is yesterday")
      ->capture_default_str()
      ->check(commands::WholeNumber(10, 365));
}

}  // namespace tenantry::app::commands
