#include "scoring/registry/model_registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/status.h"
#include "runtime/disk/files.h"
#include "sample_model.h"

namespace tenantry::scoring::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ModelRegistryTest : public ::testing::Test {
 protected:
  ModelRegistryTest() {
    std::string name = ::testing::TempDir() + "/registry.XXXXXX";
    folder_ = std::string(::mkdtemp(name.data())) + "/models";
    Reopen();
  }
  ~ModelRegistryTest() override {
    std::filesystem::remove_all(std::filesystem::path(folder_).parent_path());
  }

  // A process that starts anew on the folder as it is.
  void Reopen() {
    auto opened = ModelRegistry::Open(folder_, faults_, {});
    ASSERT_TRUE(opened.ok()) << opened.status();
    registry_ = *std::move(opened);
  }

  void AddModel(const std::string& name, int age_seconds = 0) {
    Model model = SampleModel(name);
    model.created -= absl::Seconds(age_seconds);
    const auto added = registry_->Add(ToModelFile(model));
    ASSERT_TRUE(added.ok()) << added.status();
  }

  std::string ActiveName() {
    const auto active = registry_->Active();
    EXPECT_TRUE(active.ok()) << active.status();
    return active.ok() && active->has_value() ? (*active)->name : "";
  }

  std::vector<std::string> Listed() {
    std::vector<std::string> lines;
    const auto list = registry_->List();
    for (const RegisteredModel& model : list->models) {
      lines.push_back(fmt::format("{} {}", model.model.name, StatusName(model.status)));
    }
    return lines;
  }

  std::string folder_;
  base::ScriptedFaults faults_;
  std::unique_ptr<ModelRegistry> registry_;
};

TEST_F(ModelRegistryTest, StartsWithoutAModel) {
  EXPECT_EQ(ActiveName(), "");
  EXPECT_THAT(Listed(), ElementsAre());
  EXPECT_EQ(registry_->Rollback().status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(ModelRegistryTest, ListsNewestFirstAndPromotesAndRollsBack) {
  AddModel("old", 100);
  AddModel("new");
  AddModel("middle", 50);
  EXPECT_THAT(Listed(), ElementsAre("new candidate", "middle candidate", "old candidate"));
  EXPECT_EQ(ActiveName(), "");
  ASSERT_TRUE(registry_->Promote("old").ok());
  ASSERT_TRUE(registry_->Promote("new").ok());
  EXPECT_THAT(Listed(), ElementsAre("new active", "middle candidate", "old previous"));
  const auto back = registry_->Rollback();
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->model.name, "old");
  EXPECT_EQ(ActiveName(), "old");
  EXPECT_FALSE(registry_->Rollback().ok());
  EXPECT_EQ(ActiveName(), "old");
}

TEST_F(ModelRegistryTest, KeepsItsStateAcrossAStart) {
  AddModel("a");
  AddModel("b");
  ASSERT_TRUE(registry_->Promote("a").ok());
  ASSERT_TRUE(registry_->Promote("b").ok());
  ASSERT_TRUE(registry_->Promote("b").ok());  // once more changes nothing
  Reopen();
  EXPECT_EQ(ActiveName(), "b");
  ASSERT_TRUE(registry_->Rollback().ok());
  Reopen();
  EXPECT_EQ(ActiveName(), "a");
}

TEST_F(ModelRegistryTest, ChangesNothingWhenTheWriteFails) {
  AddModel("a");
  AddModel("b");
  ASSERT_TRUE(registry_->Promote("a").ok());
  faults_.Fail("scoring.registry_write", absl::ResourceExhaustedError("the disk is full"), 0, 2);
  EXPECT_EQ(registry_->Promote("b").status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ActiveName(), "a");
  EXPECT_FALSE(registry_->Add(ToModelFile(SampleModel("c"))).ok());
  Reopen();
  EXPECT_EQ(ActiveName(), "a");
  EXPECT_THAT(Listed(), ElementsAre("a active", "b candidate"));
}

TEST_F(ModelRegistryTest, PassesOverWhatACrashLeftBehind) {
  AddModel("a");
  ASSERT_TRUE(registry_->Promote("a").ok());
  // Files half written under their temporary names.
  ASSERT_TRUE(runtime::WriteFileAtomically(folder_ + "/b.model.json.Xy12Zz", "{\"fo", 0600).ok());
  ASSERT_TRUE(runtime::WriteFileAtomically(folder_ + "/active.json.Xy12Zz", "{", 0600).ok());
  Reopen();
  EXPECT_EQ(ActiveName(), "a");
  EXPECT_THAT(Listed(), ElementsAre("a active"));
}

TEST_F(ModelRegistryTest, TakesTheSameModelTwiceButNotAnotherOfItsName) {
  AddModel("a");
  AddModel("a");
  Model other = SampleModel("a");
  other.intercept = 7;
  EXPECT_EQ(registry_->Add(ToModelFile(other)).status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(registry_->Get("a")->model.intercept, SampleModel().intercept);
}

TEST_F(ModelRegistryTest, RefusesWhatIsNoModelFile) {
  std::string damaged = ToModelFile(SampleModel("a"));
  damaged[damaged.find("0.25")] = '1';
  for (const std::string& text : {std::string("{}"), std::string(""), damaged}) {
    EXPECT_EQ(registry_->Add(text).status().code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_THAT(Listed(), ElementsAre());
}

TEST_F(ModelRegistryTest, NamesUnknownModelsAndPathsAsSuch) {
  EXPECT_EQ(registry_->Get("nobody").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(registry_->Promote("nobody").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(registry_->Get("../models/a").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ModelRegistryTest, ListsDamagedFilesAsProblemsAndKeepsTheOthers) {
  AddModel("a");
  AddModel("b");
  ASSERT_TRUE(registry_->Promote("b").ok());
  ASSERT_TRUE(runtime::WriteFileAtomically(folder_ + "/b.model.json", "{", 0644).ok());
  EXPECT_THAT(Listed(), ElementsAre("a candidate"));
  EXPECT_THAT(registry_->List()->problems, ElementsAre(HasSubstr("b.model.json")));
  EXPECT_FALSE(registry_->Active().ok());
  AddModel("b");  // sent again, it is whole again
  EXPECT_EQ(ActiveName(), "b");
}

TEST_F(ModelRegistryTest, OpensWithADamagedPointerAndRefusesANewerOne) {
  AddModel("a");
  const auto open_with = [this](const char* text) {
    EXPECT_TRUE(runtime::WriteFileAtomically(folder_ + "/active.json", text, 0644).ok());
    return ModelRegistry::Open(folder_, faults_, {});
  };
  for (const char* text :
       {"{", "[]", R"({"format":"tenantry.active_model","formatVersion":1})",
        R"({"format":"tenantry.active_model","formatVersion":1,"history":["../x"]})"}) {
    const auto registry = open_with(text);
    ASSERT_TRUE(registry.ok()) << registry.status();
    const auto active = (*registry)->Active();
    EXPECT_EQ(active.status().code(), absl::StatusCode::kDataLoss) << text;
    EXPECT_THAT(std::string(active.status().message()), HasSubstr("promote one again"));
    EXPECT_EQ((*registry)->Rollback().status().code(), absl::StatusCode::kDataLoss);
    EXPECT_EQ((*registry)->List()->models.size(), 1u);
    ASSERT_TRUE((*registry)->Promote("a").ok());
    EXPECT_TRUE((*registry)->Active().ok());
  }
  const auto newer =
      open_with(R"({"format":"tenantry.active_model","formatVersion":2,"history":[]})");
  EXPECT_EQ(newer.status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(ModelRegistryTest, HoldsNoMoreThanItsLimits) {
  auto small = *ModelRegistry::Open(folder_, faults_, {.models_max = 2, .history_max = 2});
  for (const char* name : {"a", "b"}) {
    ASSERT_TRUE(small->Add(ToModelFile(SampleModel(name))).ok());
  }
  EXPECT_EQ(small->Add(ToModelFile(SampleModel("c"))).status().code(),
            absl::StatusCode::kResourceExhausted);
  for (const char* name : {"a", "b", "a"}) ASSERT_TRUE(small->Promote(name).ok());
  ASSERT_TRUE(small->Rollback().ok());
  EXPECT_FALSE(small->Rollback().ok());
}

}  // namespace
}  // namespace tenantry::scoring::registry
