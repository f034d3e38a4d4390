#include "app/client/file_upload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "app/app_testing.h"
#include "base/status.h"

namespace tenantry::app::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A file that is sent to a scripted server in parts of four bytes, as often as a test likes.
class FileUploadTest : public testing::Test {
 protected:
  FileUploadTest() {
    test_.terminal.environment.push_back("XDG_DATA_HOME=" + test_.folder);
    Write("aaaabbbb");
  }

  // Writes it, at the same time as ever.
  void Write(const std::string& bytes) {
    std::ofstream(file_, std::ios::binary) << bytes;
    std::filesystem::last_write_time(
        file_, std::filesystem::file_time_type() + std::chrono::seconds(1'000'000'000));
  }

  absl::Status Send() {
    ServerFlags flags;
    flags.server = server_.url();
    auto client = ApiClient::Open(flags, test_.terminal);
    EXPECT_TRUE(client.ok()) << client.status();
    Json failed;
    FileUpload upload(**client, test_.terminal);
    return upload.Run(
                     {"acme", file_, {{"name", "t"}}}, [](int64_t, int64_t, bool) {}, failed)
        .status();
  }

  void Answer(int status, const std::string& state, int bytes, const std::string& id = "up_1") {
    server_.Answer(
        status,
        Json({{"uploadID", id}, {"state", state}, {"bytes", bytes}, {"partBytesMax", 4}}).dump());
  }

  // The requests since the last time, as "METHOD what body".
  std::vector<std::string> Asked() {
    std::vector<std::string> asked;
    const auto requests = server_.requests();
    for (; told_ < requests.size(); ++told_) {
      const net::HttpRequest& request = requests[told_];
      const std::string body = request.method == "PUT" ? request.body : "";
      asked.push_back(fmt::format("{} {} {}", request.method,
                                  std::filesystem::path(request.path).filename().string(),
                                  request.Query("offset").value_or("") + body));
    }
    return asked;
  }

  // The first part arrives, the second does not.
  void BreakOff() {
    Answer(201, "receiving", 0);
    Answer(200, "receiving", 4);
    server_.Answer(500, R"({"detail":"broken"})");
    EXPECT_FALSE(Send().ok());
    EXPECT_THAT(Asked(), ElementsAre("POST datasets ", "PUT up_1 0aaaa", "PUT up_1 4bbbb"));
  }

  using Json = console::Json;

  TestRun test_;
  ScriptedServer server_;
  const std::string file_ = test_.folder + "/data.csv";
  size_t told_ = 0;
};

TEST_F(FileUploadTest, GoesOnBehindWhatIsKnownToHaveArrived) {
  BreakOff();
  Answer(200, "receiving", 8);  // the answer to the second part was lost: it is compared
  Answer(200, "receiving", 8);
  Answer(200, "done", 8);
  EXPECT_TRUE(Send().ok());
  EXPECT_THAT(Asked(), ElementsAre("GET up_1 ", "PUT up_1 4bbbb", "POST commit "));
  EXPECT_THAT(test_.err.str(), HasSubstr("going on with an upload that was broken off"));
}

TEST_F(FileUploadTest, NeverMixesTwoFiles) {
  BreakOff();
  Write("aaxabbbb");
  Answer(200, "receiving", 4);
  server_.AnswerWith(net::HttpResponse::NoContent());
  Answer(201, "receiving", 0, "up_2");
  Answer(200, "receiving", 4, "up_2");
  Answer(200, "receiving", 8, "up_2");
  Answer(200, "done", 8, "up_2");
  EXPECT_TRUE(Send().ok());
  EXPECT_THAT(Asked(), ElementsAre("GET up_1 ", "DELETE up_1 ", "POST datasets ", "PUT up_2 0aaxa",
                                   "PUT up_2 4bbbb", "POST commit "));
}

TEST_F(FileUploadTest, BeginsAnewWhenTheServerHasOtherBytes) {
  BreakOff();
  Write("aaaaxxxx");
  Answer(200, "receiving", 8);
  server_.Answer(409, R"({"detail":"received before with other bytes"})");
  EXPECT_EQ(Send().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(Asked(), ElementsAre("GET up_1 ", "PUT up_1 4xxxx"));
  Answer(201, "receiving", 0, "up_2");
  server_.Answer(500, R"({"detail":"broken"})");
  EXPECT_FALSE(Send().ok());
  EXPECT_THAT(Asked(), ElementsAre("POST datasets ", "PUT up_2 0aaaa"));
}

}  // namespace
}  // namespace tenantry::app::client
