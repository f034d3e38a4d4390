// demo: a whole SaaS in one go.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <utility>

#include "app/commands/commands.h"
#include "app/demo/ending.h"
#include "app/demo/story_teller.h"
#include "app/exit_code.h"
#include "app/program_options.h"
#include "app/server/platform.h"
#include "base/status.h"
#include "runtime/disk/files.h"
#include "runtime/logging.h"
#include "runtime/shutdown.h"
#include "simulator/story_clock.h"

namespace tenantry::app::commands {
namespace {

constexpr absl::Duration kStopGrace = absl::Seconds(15);
constexpr int64_t kPasswordBytesMax = 1024;
constexpr absl::Duration kWorkMax = absl::Minutes(1);  // of one import, of one step of a job

struct DemoFlags {
  std::string keep;
  std::string listen;
  bool exit = false;
  demo::StoryOptions story;
};

// A folder that is removed at the end, with all that is in it, unless it is to be kept.
class Folder {
 public:
  Folder(std::string path, bool kept) : kept_(kept), path_(std::move(path)) {}
  ~Folder() {
    std::error_code ignored;
    if (!kept_) std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }

 private:
  const bool kept_;
  const std::string path_;
};

std::string TemporaryPath(const char* what, base::Random& random) {
  return fmt::format("{}/tenantry-{}-{}", std::filesystem::temp_directory_path().string(), what,
                     random.Hex(6));
}

// Options of a server whose days pass in a blink: passwords cost little, sessions last for hours,
// a slid window is put out at once, and work on data, which is small, ends soon or never.
absl::Status SetOptions(const DemoFlags& flags, ProgramOptions& options, runtime::OptionSet& set) {
  options.passwords.operations = 1;
  options.passwords.memory_bytes = 8 << 10;
  options.sessions.idle_timeout = absl::Hours(4);
  options.activity.midnight_spread = absl::ZeroDuration();
  options.lake.import_time_max = kWorkMax;
  options.jobs.step_time_max = kWorkMax;
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

absl::StatusOr<demo::Whereabouts> WhereaboutsOf(const server::Platform& platform,
                                                const DemoFlags& flags) {
  TENANTRY_ASSIGN_OR_RETURN(const std::string password,
                            runtime::ReadFile(platform.password_file(), kPasswordBytesMax));
  return demo::Whereabouts{.url = platform.url(),
                           .admin_password = std::string(runtime::WithoutLineEnd(password)),
                           .password_file = platform.password_file(),
                           .kept = flags.keep,
                           .stays_up = !flags.exit};
}

struct Told {
  demo::StoryEnd end;
  demo::Whereabouts where;
};

absl::StatusOr<Told> Tell(console::Terminal& terminal, const DemoFlags& flags,
                          server::Platform& platform, simulator::StoryClock& clock,
                          demo::StoryOptions story, runtime::Shutdown& shutdown) {
  story.stopped = [&shutdown] { return shutdown.Wait(absl::ZeroDuration()); };
  auto end = demo::TellStory(terminal, platform, clock, story);
  // Whatever failed while somebody pressed Ctrl-C failed for that.
  if (!end.ok() && story.stopped()) {
    return Interrupted(shutdown.reason(), "the story was stopped before its end");
  }
  TENANTRY_RETURN_IF_ERROR(end.status());
  TENANTRY_ASSIGN_OR_RETURN(demo::Whereabouts where, WhereaboutsOf(platform, flags));
  return Told{*std::move(end), std::move(where)};
}

absl::Status RunDemo(console::Terminal& terminal, const DemoFlags& flags) {
  TENANTRY_RETURN_IF_ERROR(CheckFresh(flags.keep));
  ProgramOptions options;
  runtime::OptionSet set;
  TENANTRY_RETURN_IF_ERROR(SetOptions(flags, options, set));
  runtime::SetUpLogging(options.level(), options.format());
  runtime::Shutdown shutdown;
  const bool kept = !flags.keep.empty();
  const Folder data(kept ? flags.keep : TemporaryPath("demo", terminal.random), kept);
  const Folder people(TemporaryPath("people", terminal.random), false);
  const absl::Time today =
      absl::FromUnixSeconds(absl::ToUnixSeconds(terminal.clock.Now()) / 86'400 * 86'400);
  demo::StoryOptions story = flags.story;
  story.start = today - absl::Hours(24) * story.days;
  story.people_folder = people.path();
  simulator::StoryClock clock(story.start, terminal.clock);
  base::NoFaults faults;
  server::Platform platform({data.path(), {}}, options, clock, terminal.random, faults);
  const absl::Status started = platform.Start();
  if (absl::IsInvalidArgument(started)) return started;
  if (!started.ok()) return base::FailedPrecondition("{}", base::Message(started));
  const auto told = Tell(terminal, flags, platform, clock, std::move(story), shutdown);
  if (told.ok() && !flags.exit) {
    clock.FollowReal();
    demo::TellEnding(terminal, told->end, told->where);
    shutdown.Wait();
  }
  platform.Stop(kStopGrace);
  TENANTRY_RETURN_IF_ERROR(told.status());
  if (flags.exit) {
    demo::TellEnding(terminal, told->end, told->where);
  } else if (kept) {
    console::Say(terminal, fmt::format("\nThe data is kept: `{}` brings it back.",
                                       demo::ServeCommand(flags.keep)));
  }
  return absl::OkStatus();
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
