#include "simulator/training_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "activity/replay/replay.h"
#include "scoring/company_features.h"
#include "scoring/feature_names.h"
#include "scoring/feature_table.h"
#include "scoring/training/trainer.h"
#include "simulator/traffic.h"

namespace tenantry::simulator {
namespace {

using scoring::tables::CsvTable;

constexpr auto kNoProgress = [](double) {};

CsvTable Simulate(const TrainingTableOptions& options) {
  const auto text = SimulateTrainingTable(options, kNoProgress);
  EXPECT_TRUE(text.ok()) << text.status();
  auto table = CsvTable::Parse(*text, "simulated");
  EXPECT_TRUE(table.ok()) << table.status();
  return *std::move(table);
}

// Every known feature, so that a table's rows can be read by name.
scoring::FeatureDefinition AllFeatures() {
  std::vector<scoring::Feature> features;
  for (const scoring::KnownFeature& known : scoring::KnownFeatures()) {
    scoring::Feature& feature = features.emplace_back();
    feature.name = known.name;
    feature.kind = known.kind;
    feature.columns = {feature.name};
  }
  return scoring::FeatureDefinition(std::move(features));
}

TEST(TrainingTable, HasEveryKnownFeatureBetweenIdAndTarget) {
  const CsvTable table = Simulate({.life = {.tenants = 40, .days = 90}});
  ASSERT_EQ(table.columns(), scoring::KnownFeatures().size() + 2);
  EXPECT_EQ(table.header().front(), kTrainingId);
  EXPECT_EQ(table.header().back(), kTrainingTarget);
  for (const auto& feature : scoring::KnownFeatures()) {
    EXPECT_TRUE(table.FindColumn(feature.name)) << feature.name;
  }
}

TEST(TrainingTable, LabelsWhoGoesWithinTheOutlook) {
  const TrainingTableOptions options{.life = {.seed = 2, .tenants = 160, .days = 100}};
  const CsvTable table = Simulate(options);
  const auto life = TenantLife::Make(options.life);
  std::map<std::string, std::pair<size_t, TenantStory>> stories;
  for (size_t i = 0; i < (*life)->stories().size(); ++i) {
    const TenantStory& story = (*life)->stories()[i];
    stories[story.tenant.value()] = {i, story};
  }
  size_t churned = 0, silent = 0;
  for (size_t row = 0; row < table.rows(); ++row) {
    const auto& [index, story] = stories.at(std::string(table.cell(row, 0)));
    const int day = 99 - 15 * static_cast<int>(index % 4);
    EXPECT_LE(story.born_day + 10, day);
    const bool goes = story.gone_day && *story.gone_day <= day + 30;
    const bool gone = story.gone_day && *story.gone_day <= day;
    EXPECT_FALSE(gone && story.deletes) << story.name;
    silent += gone ? 1 : 0;
    EXPECT_EQ(table.cell(row, table.columns() - 1), goes ? "1" : "0");
    churned += goes ? 1 : 0;
  }
  EXPECT_GT(churned, 5u);
  EXPECT_GT(silent, 3u);
  EXPECT_GT(churned, silent);
  EXPECT_GT(table.rows(), 80u);
}

TEST(TrainingTable, CountsAsTheAnalyticsCountAndNothingOfLaterDays) {
  const TrainingTableOptions options{.life = {.seed = 2, .tenants = 24, .days = 90},
                                     .snapshots = 2};
  const CsvTable table = Simulate(options);
  // The whole life is replayed, later days included, as of each of the two days.
  std::map<std::string, scoring::FeatureRow> counted;
  for (const int snapshot : {0, 1}) {
    const absl::Time as_of = options.life.start + absl::Hours(24) * (90 - 15 * snapshot);
    activity::Replay replay(base::ToInstant(as_of - absl::Nanoseconds(1)));
    const auto traffic = Traffic::Make({.life = options.life});
    while (const auto line = (*traffic)->Next()) replay.ReadLine(*line);
    for (const events::CompanyRecord& record : replay.Records()) {
      const std::string key = fmt::format("{} {}", record.tenant, snapshot);
      counted[key] = scoring::CompanyFeatures(record);
    }
  }
  std::map<std::string, size_t> index_of;
  const auto life = TenantLife::Make(options.life);
  for (const TenantStory& story : (*life)->stories()) {
    index_of.emplace(story.tenant.value(), index_of.size());
  }
  const auto definition = AllFeatures();
  const auto rows = scoring::FeatureTable::Match(table, definition);
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_GT(table.rows(), 12u);
  for (size_t row = 0; row < table.rows(); ++row) {
    const std::string company(table.cell(row, 0));
    const scoring::FeatureRow told = *rows->Row(row);
    for (const auto& [name, value] :
         counted.at(fmt::format("{} {}", company, index_of[company] % 2))) {
      const auto found = told.find(name);
      const scoring::FeatureValue there =
          found == told.end() ? scoring::FeatureValue() : found->second;
      EXPECT_EQ(there, value) << company << " " << name;
    }
  }
}

TEST(TrainingTable, TeachesAModelThatIsGoodAndNotPerfect) {
  const CsvTable table = Simulate({.life = {.seed = 1, .tenants = 500, .days = 110}});
  scoring::training::TrainingSetOptions options;
  options.target = kTrainingTarget;
  options.id = kTrainingId;
  const auto set = ReadTrainingSet(table, options);
  ASSERT_TRUE(set.ok()) << set.status();
  const base::ManualClock clock(absl::FromUnixSeconds(0));
  const auto training = scoring::training::Train(*set, {}, clock, [](int, int) {});
  ASSERT_TRUE(training.ok()) << training.status();
  EXPECT_GT(training->model.quality.auc.mean, 0.75);
  EXPECT_LT(training->model.quality.auc.mean, 0.98);
  EXPECT_TRUE(training->leaks.empty());
}

TEST(TrainingTable, EndsWithTheDayOnWhichItIsStopped) {
  int days = 0;
  TrainingTableOptions options;
  options.stopped = [&] { return ++days == 3; };
  const auto table = SimulateTrainingTable(options, kNoProgress);
  EXPECT_TRUE(absl::IsCancelled(table.status())) << table.status();
  EXPECT_EQ(days, 3);
}

TEST(TrainingTable, RefusesSnapshotsThatDoNotFit) {
  EXPECT_FALSE(SimulateTrainingTable({.life = {.days = 30}}, kNoProgress).ok());
  EXPECT_FALSE(SimulateTrainingTable({.snapshots = 0}, kNoProgress).ok());
  EXPECT_FALSE(SimulateTrainingTable({.life = {.tenants = 0}}, kNoProgress).ok());
}

}  // namespace
}  // namespace tenantry::simulator
