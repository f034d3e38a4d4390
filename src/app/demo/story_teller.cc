#include "app/demo/story_teller.h"

#include <absl/time/clock.h>

#include <fstream>
#include <memory>
#include <utility>

#include "app/command_line.h"
#include "app/console/format.h"
#include "app/console/progress.h"
#include "app/demo/life_player.h"
#include "app/demo/science.h"
#include "base/status.h"
#include "base/words/counted.h"
#include "insights/questions.h"
#include "scoring/model_file.h"
#include "scoring/tables/csv_table.h"
#include "scoring/training/trainer.h"
#include "scoring/training/training_set.h"
#include "simulator/tenant_life.h"
#include "simulator/training_table.h"

namespace tenantry::app::demo {
namespace {

using console::Progress;
using console::Say;
using console::Terminal;
using nlohmann::json;

constexpr absl::Duration kPatience = absl::Minutes(2);
constexpr int kTrainingTenants = 1500;
constexpr int kTrainingDays = 120;  // enough to look at companies early and late in their lives

absl::Status GoOn(const StoryOptions& options) {
  return options.stopped() ? absl::CancelledError("the story was stopped before its end")
                           : absl::OkStatus();
}

// A key of the operator's, made by logging in as the first start's admin.
absl::StatusOr<std::string> OperatorKey(const server::Platform& platform) {
  std::ifstream file(platform.password_file());
  std::string password;
  std::getline(file, password);
  LifePlayer nobody(platform.url(), "");
  TENANTRY_ASSIGN_OR_RETURN(
      const json session, nobody.Call("POST", "/api/v1/sessions",
                                      json({{"userID", "admin"}, {"password", password}}).dump()));
  LifePlayer admin(platform.url(), session.value("token", ""));
  TENANTRY_ASSIGN_OR_RETURN(
      const json key, admin.Call("POST", "/api/v1/keys",
                                 json({{"kind", "bearer"}, {"role", "operator_admin"}}).dump()));
  return key.value("secret", "");
}

using LifeAndScience = std::pair<std::unique_ptr<simulator::TenantLife>, Science>;

absl::StatusOr<LifeAndScience> MakeLives(const Terminal& terminal, const server::Platform& platform,
                                         const StoryOptions& options) {
  TENANTRY_ASSIGN_OR_RETURN(auto life, simulator::TenantLife::Make({options.seed, options.tenants,
                                                                    options.days, options.start}));
  Science science(terminal, platform.url(),
                  {.scientists = simulator::science::PlanScientists(life->stories(), options.start,
                                                                    options.days),
                   .seed = options.seed,
                   .folder = options.people_folder,
                   .stopped = options.stopped});
  return LifeAndScience(std::move(life), std::move(science));
}

// Lets those come who are due before `time`.
absl::Status LetScientistsWork(Science& science, absl::Time time, const StoryOptions& options,
                               LifePlayer& admin, simulator::StoryClock& clock) {
  while (science.next() && *science.next() <= time) {
    TENANTRY_RETURN_IF_ERROR(GoOn(options));
    TENANTRY_RETURN_IF_ERROR(science.VisitNext(admin, clock));
  }
  return absl::OkStatus();
}

absl::Status PlayLives(Terminal& terminal, server::Platform& platform, simulator::StoryClock& clock,
                       const StoryOptions& options, LifePlayer& player, LifeAndScience& lives) {
  auto& [life, science] = lives;
  Progress progress(terminal, fmt::format("{} days", options.days), "actions");
  base::Day day = base::ToInstant(options.start).day();
  while (const auto action = life->Next()) {
    const base::Day today = base::ToInstant(action->time).day();
    if (today != day) {
      TENANTRY_RETURN_IF_ERROR(player.Flush());
      TENANTRY_RETURN_IF_ERROR(platform.SweepSessions());
      day = today;
    }
    TENANTRY_RETURN_IF_ERROR(GoOn(options));
    TENANTRY_RETURN_IF_ERROR(LetScientistsWork(science, action->time, options, player, clock));
    clock.MoveTo(action->time);
    TENANTRY_RETURN_IF_ERROR(player.Play(*action));
    progress.Update(static_cast<double>(player.played()), life->share_done());
  }
  TENANTRY_RETURN_IF_ERROR(player.Flush());
  TENANTRY_RETURN_IF_ERROR(
      LetScientistsWork(science, absl::InfiniteFuture(), options, player, clock));
  clock.MoveTo(terminal.clock.Now());
  return platform.SweepSessions();
}

// Trains on other companies than those of the story, so that nothing is learned by heart.
absl::StatusOr<scoring::training::Training> TrainModel(Terminal& terminal,
                                                       const StoryOptions& options) {
  simulator::TrainingTableOptions table;
  table.life = {options.seed + 1'000'003, kTrainingTenants, kTrainingDays, options.start};
  table.stopped = options.stopped;
  Progress progress(terminal, "training", "companies");
  TENANTRY_ASSIGN_OR_RETURN(std::string csv,
                            simulator::SimulateTrainingTable(table, [&](double share) {
                              progress.Update(share * kTrainingTenants, share);
                            }));
  TENANTRY_ASSIGN_OR_RETURN(
      const auto parsed, scoring::tables::CsvTable::Parse(std::move(csv), "simulated companies"));
  scoring::training::TrainingSetOptions set_options;
  set_options.target = simulator::kTrainingTarget;
  set_options.id = simulator::kTrainingId;
  TENANTRY_ASSIGN_OR_RETURN(const auto set,
                            scoring::training::ReadTrainingSet(parsed, set_options));
  scoring::training::TrainOptions train;
  train.linear.stopped = options.stopped;
  return scoring::training::Train(set, train, terminal.clock, [](int, int) {});
}

absl::Status UseModel(LifePlayer& player, const scoring::Model& model) {
  TENANTRY_RETURN_IF_ERROR(
      player.Call("POST", "/api/v1/models", scoring::ToModelFile(model)).status());
  return player.Call("POST", "/api/v1/models/" + model.name + "/promote", "").status();
}

// True when there are companies and all have a fresh score.
absl::StatusOr<bool> AllScored(LifePlayer& player) {
  const std::string first_page = "/api/v1/companies?limit=1000";
  std::string page = first_page;
  while (true) {
    TENANTRY_ASSIGN_OR_RETURN(const json companies, player.Call("GET", page, ""));
    for (const json& company : companies.at("items")) {
      if (company.at("risk").value("status", "") != "fresh") return false;
    }
    if (!companies.contains("next")) return !companies.at("items").empty();
    page = first_page + "&cursor=" + companies.at("next").get<std::string>();
  }
}

// Waits until the analytics have counted everything and every company has a fresh score.
absl::Status WaitScored(server::Platform& platform, const StoryOptions& options,
                        LifePlayer& player) {
  const absl::Time deadline = absl::Now() + kPatience;
  TENANTRY_RETURN_IF_ERROR(platform.WaitCounted(deadline));
  while (true) {
    TENANTRY_ASSIGN_OR_RETURN(const bool scored, AllScored(player));
    if (scored) return absl::OkStatus();
    TENANTRY_RETURN_IF_ERROR(GoOn(options));
    if (absl::Now() >= deadline) {
      return absl::DeadlineExceededError("not every company was scored in time");
    }
    absl::SleepFor(absl::Milliseconds(20));
  }
}

// Asks as a person would: by a command of the terminal, and shows what it printed.
absl::Status Ask(Terminal& terminal, const server::Platform& platform, const std::string& key,
                 const std::vector<std::string>& command) {
  Terminal asker = terminal;
  std::erase_if(asker.environment,
                [](const std::string& variable) { return variable.starts_with("TENANTRY_"); });
  asker.environment.push_back("TENANTRY_SERVER=" + platform.url());
  asker.environment.push_back("TENANTRY_TOKEN=" + key);
  terminal.out << '\n';
  if (Run(command, asker) == 0) return absl::OkStatus();
  return base::Internal("`tenantry {}` failed", fmt::join(command, " "));
}

absl::Status TellAnswers(Terminal& terminal, const server::Platform& platform,
                         const std::string& key) {
  for (int number = 1; number <= insights::kQuestions; ++number) {
    TENANTRY_RETURN_IF_ERROR(
        Ask(terminal, platform, key, {"ask", std::to_string(number), "--limit", "5"}));
  }
  TENANTRY_RETURN_IF_ERROR(Ask(terminal, platform, key, {"churn", "list", "--limit", "5"}));
  return Ask(terminal, platform, key, {"notifications", "list", "--limit", "5"});
}

// Trains a model, has it used, and waits until every company is scored.
absl::Status Learn(Terminal& terminal, server::Platform& platform, const StoryOptions& options,
                   LifePlayer& player) {
  TENANTRY_ASSIGN_OR_RETURN(const auto training, TrainModel(terminal, options));
  TENANTRY_RETURN_IF_ERROR(GoOn(options));
  Say(terminal,
      fmt::format("A model learned from {} other companies who is gone 30 days later: AUC {:.3f} ± "
                  "{:.3f} by cross-validation.",
                  console::FormatCount(static_cast<double>(training.model.data.rows)),
                  training.model.quality.auc.mean, training.model.quality.auc.sd));
  TENANTRY_RETURN_IF_ERROR(UseModel(player, training.model));
  return WaitScored(platform, options, player);
}

// The living company of the highest score, as its record says; null when none has one.
absl::StatusOr<console::Json> MostAtRisk(LifePlayer& player) {
  TENANTRY_ASSIGN_OR_RETURN(const json companies,
                            player.Call("GET", "/api/v1/companies?sort=-score&limit=1", ""));
  const json& items = companies.at("items");
  if (items.empty() || !items[0].at("risk").at("score").is_number()) return console::Json();
  return console::Json::parse(items[0].dump());
}

}  // namespace

absl::StatusOr<StoryEnd> TellStory(Terminal& terminal, server::Platform& platform,
                                   simulator::StoryClock& clock, const StoryOptions& options) {
  Say(terminal, fmt::format("A SaaS comes alive at {}: {} over {}, seed {}.", platform.url(),
                            base::Counted(options.tenants, "tenant"),
                            base::Counted(options.days, "day"), options.seed));
  TENANTRY_ASSIGN_OR_RETURN(const std::string key, OperatorKey(platform));
  LifePlayer player(platform.url(), key);
  TENANTRY_ASSIGN_OR_RETURN(LifeAndScience lives, MakeLives(terminal, platform, options));
  TENANTRY_RETURN_IF_ERROR(PlayLives(terminal, platform, clock, options, player, lives));
  Say(terminal, fmt::format("People did {} things through the API: they registered, logged in, "
                            "changed data, submitted jobs, and some left.",
                            console::FormatCount(static_cast<double>(player.played()))));
  const Science& science = lives.second;
  science.Tell(terminal);
  TENANTRY_RETURN_IF_ERROR(Learn(terminal, platform, options, player));
  TENANTRY_RETURN_IF_ERROR(TellAnswers(terminal, platform, key));
  TENANTRY_ASSIGN_OR_RETURN(console::Json at_risk, MostAtRisk(player));
  return StoryEnd{science.records(), std::move(at_risk)};
}

}  // namespace tenantry::app::demo
