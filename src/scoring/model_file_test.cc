#include "scoring/model_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/status.h"
#include "runtime/disk/files.h"
#include "sample_model.h"
#include "scoring/embedded/embedded_scorer.h"

namespace tenantry::scoring {
namespace {

using ::testing::HasSubstr;

TEST(ModelFile, KeepsEveryPartOfTheModel) {
  const Model model = SampleModel();
  const auto read = ParseModelFile(ToModelFile(model), "m");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(ToModelFile(*read), ToModelFile(model));
  EXPECT_EQ(read->name, model.name);
  EXPECT_EQ(read->created, model.created);
  EXPECT_EQ(read->positive, "1");
  EXPECT_EQ(read->data.columns, model.data.columns);
  EXPECT_EQ(read->weights, model.weights);
  EXPECT_EQ(read->quality.auc.sd, model.quality.auc.sd);
  const FeatureRow row = {{"job30", 5.0}, {"industry", "retail"}};
  EXPECT_EQ(embedded::ScoreRow(*read, row).probability, embedded::ScoreRow(model, row).probability);
}

TEST(ModelFile, IsWrittenAndReadWhole) {
  const std::string path = ::testing::TempDir() + "/model_file_test.json";
  ASSERT_TRUE(WriteModelFile(SampleModel(), path).ok());
  const auto read = ReadModelFile(path);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(ToModelFile(*read), ToModelFile(SampleModel()));
  EXPECT_EQ(ReadModelFile(path + ".absent").status().code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(WriteModelFile(SampleModel(), "/nowhere/at/all.json").ok());
  std::filesystem::remove(path);
}

TEST(ModelFile, MayBeLaidOutAnew) {
  const auto document = nlohmann::json::parse(ToModelFile(SampleModel()));
  EXPECT_TRUE(ParseModelFile(document.dump(), "m").ok());
  EXPECT_TRUE(ParseModelFile(document.dump(4), "m").ok());
}

TEST(ModelFile, NoticesEveryByteThatChangesItsContent) {
  const std::string text = ToModelFile(SampleModel());
  const auto original = nlohmann::json::parse(text);
  int changed = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    for (const char flip : {'\x01', '\x10'}) {
      std::string damaged = text;
      damaged[i] = static_cast<char>(damaged[i] ^ flip);
      const auto document = nlohmann::json::parse(damaged, nullptr, false);
      if (!document.is_discarded() && document == original) continue;  // a blank became another
      ++changed;
      EXPECT_FALSE(ParseModelFile(damaged, "m").ok()) << "byte " << i;
    }
  }
  EXPECT_GT(changed, 1000);
}

TEST(ModelFile, RefusesEveryPieceOfItself) {
  const std::string text = ToModelFile(SampleModel());
  for (size_t size = 0; size + 2 < text.size(); size += 7) {
    const auto read = ParseModelFile(text.substr(0, size), "half.json");
    ASSERT_FALSE(read.ok());
    EXPECT_THAT(std::string(base::Message(read.status())), HasSubstr("half.json: "));
  }
}

TEST(ModelFile, SaysWhatIsWrong) {
  EXPECT_EQ(ParseModelFile("[]", "m").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ParseModelFile("{\"format\":\"x\"}", "m").status().code(),
            absl::StatusCode::kInvalidArgument);
  auto document = nlohmann::json::parse(ToModelFile(SampleModel()));
  document["formatVersion"] = kModelFormatVersion + 1;
  const auto newer = ParseModelFile(document.dump(), "m");
  EXPECT_EQ(newer.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(base::Message(newer.status())), HasSubstr("use a newer program"));
  document["formatVersion"] = kModelFormatVersion;
  document["intercept"] = 17;
  EXPECT_EQ(ParseModelFile(document.dump(), "m").status().code(), absl::StatusCode::kDataLoss);
}

TEST(ModelFile, RefusesVersionsThatNeverWere) {
  auto document = nlohmann::json::parse(ToModelFile(SampleModel()));
  for (const auto& version : {nlohmann::json(0), nlohmann::json(-1), nlohmann::json(1.0),
                              nlohmann::json("1"), nlohmann::json(INT64_MIN)}) {
    document["formatVersion"] = version;
    const auto read = ParseModelFile(document.dump(), "m");
    EXPECT_THAT(std::string(base::Message(read.status())), HasSubstr("no format version"));
  }
  document["formatVersion"] = UINT64_MAX;
  EXPECT_EQ(ParseModelFile(document.dump(), "m").status().code(),
            absl::StatusCode::kFailedPrecondition);
}

// Whoever walks such a value runs out of stack: it is refused before anybody does.
TEST(ModelFile, RefusesWhatNestsWithoutEnd) {
  std::string text = ToModelFile(SampleModel());
  const std::string deep = std::string(1 << 22, '[') + std::string(1 << 22, ']');
  text.insert(1, "\"other\":" + deep + ",");
  EXPECT_EQ(ParseModelFile(text, "m").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(ModelFile, RefusesPartsThatContradictEachOther) {
  const auto fault = [](const std::function<void(Model&)>& change) {
    Model model = SampleModel();
    change(model);
    const auto read = ParseModelFile(ToModelFile(model), "m");  // its checksum fits
    EXPECT_EQ(read.status().code(), absl::StatusCode::kDataLoss);
    return std::string(base::Message(read.status()));
  };
  EXPECT_THAT(fault([](Model& model) { model.weights.pop_back(); }), HasSubstr("weights for"));
  EXPECT_THAT(fault([](Model& model) { model.threshold = 2; }), HasSubstr("threshold"));
  EXPECT_THAT(fault([](Model& model) { model.weights[0] = 1e308; }), HasSubstr("sensible"));
  EXPECT_THAT(fault([](Model& model) { model.intercept = -1e101; }), HasSubstr("sensible"));
  EXPECT_THAT(fault([](Model& model) { model.learner = "trees"; }), HasSubstr("trees"));
  EXPECT_THAT(fault([](Model& model) { model.name = "../x"; }), HasSubstr("name"));
}

TEST(ModelFile, NamesModelsByLearnerTimeAndContent) {
  const absl::Time time = absl::FromUnixSeconds(1'738'324'800);
  const std::string name = ModelName("linear", time, "content");
  EXPECT_THAT(name, ::testing::StartsWith("linear-20250131T120000Z-"));
  EXPECT_TRUE(CheckModelName(name).ok());
  EXPECT_NE(name, ModelName("linear", time, "other"));
  for (const char* bad : {"", ".", "..", "-x", "a/b", "a b", "\xC3\xA9"}) {
    EXPECT_FALSE(CheckModelName(bad).ok()) << bad;
  }
  EXPECT_FALSE(CheckModelName(std::string(129, 'a')).ok());
}

}  // namespace
}  // namespace tenantry::scoring
