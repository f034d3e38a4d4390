#include "identity/secrets/secrets.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "base/status.h"
#include "metastore/store_test_env.h"

namespace tenantry::identity {
namespace {

std::string BytesOf(const std::string& file) {
  std::ifstream input(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(input), std::istreambuf_iterator<char>()};
}

void Put(const std::string& file, std::string_view bytes, mode_t mode) {
  std::ofstream(file, std::ios::binary) << bytes;
  ASSERT_EQ(chmod(file.c_str(), mode), 0);
}

mode_t ModeOf(const std::string& file) {
  struct stat found{};
  EXPECT_EQ(lstat(file.c_str(), &found), 0) << file;
  return found.st_mode & 07777;
}

class SecretsTest : public testing::Test {
 protected:
  ~SecretsTest() override { std::filesystem::remove_all(folder_); }

  std::string File(const std::string& name) const { return folder_ + "/" + name; }
  SecretBox Box(const std::string& name) {
    auto box = SecretBox::Open(File(name), false);
    EXPECT_TRUE(box.ok()) << box.status();
    return *std::move(box);
  }

  const std::string folder_ = metastore::FreshFolder();
};

// The answers of FIPS 180-2, appendix B, and of the empty message.
TEST_F(SecretsTest, AreHashedWithSha256) {
  EXPECT_EQ(HashSecret("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(HashSecret("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(HashSecret(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_NE(HashSecret(std::string("a\0b", 3)), HashSecret("a"));
}

TEST_F(SecretsTest, HaveFingerprintsThatNobodyCanTryGuessesOnWithoutTheKey) {
  const Fingerprint prints = Box("key").FingerprintFor("requests");
  EXPECT_EQ(prints.Of("guess").size(), 64u);
  EXPECT_EQ(prints.Of("guess"), Box("key").FingerprintFor("requests").Of("guess"));
  EXPECT_NE(prints.Of("guess"), prints.Of("guess "));
  EXPECT_NE(prints.Of("guess"), HashSecret("guess"));
  EXPECT_NE(prints.Of("guess"), Box("key").FingerprintFor("others").Of("guess"));
  EXPECT_NE(prints.Of("guess"),
            Box("key of another server").FingerprintFor("requests").Of("guess"));
}

TEST_F(SecretsTest, ComeOutOfTheBoxAsTheyWentIn) {
  const SecretBox box = Box("key");
  std::vector<std::string> secrets = {"", "x", std::string("a\0b", 3), "\xff\xfe", "ключ"};
  secrets.push_back(std::string(100'000, 's'));
  for (const std::string& secret : secrets) {
    const auto unsealed = box.Unseal(box.Seal(secret));
    ASSERT_TRUE(unsealed.ok()) << unsealed.status();
    EXPECT_EQ(*unsealed, secret);
  }
}

TEST_F(SecretsTest, AreSealedDifferentlyEachTimeAndAsText) {
  const SecretBox box = Box("key");
  std::set<std::string> sealed;
  for (int i = 0; i < 100; ++i) sealed.insert(box.Seal("the same secret"));
  EXPECT_EQ(sealed.size(), 100);
  for (const std::string& text : sealed) {
    EXPECT_EQ(
        text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="),
        std::string::npos);
  }
}

TEST_F(SecretsTest, AreLostWhenASingleBitOfTheSealedChanges) {
  const SecretBox box = Box("key");
  const std::string sealed = box.Seal("a secret of an aws key");
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < sealed.size(); ++i) {
    if (sealed[i] == '=') continue;
    std::string tampered = sealed;
    tampered[i] = digits[digits.find(sealed[i]) ^ 32];
    EXPECT_TRUE(absl::IsDataLoss(box.Unseal(tampered).status())) << "digit " << i;
  }
}

TEST_F(SecretsTest, AreLostWhenTheSealedIsCutLengthenedOrNone) {
  const SecretBox box = Box("key");
  const std::string sealed = box.Seal("a secret of an aws key");
  for (size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_TRUE(absl::IsDataLoss(box.Unseal(sealed.substr(0, size)).status())) << size;
  }
  EXPECT_TRUE(absl::IsDataLoss(box.Unseal(sealed + "AAAA").status()));
  EXPECT_TRUE(absl::IsDataLoss(box.Unseal(sealed + sealed).status()));
  EXPECT_TRUE(absl::IsDataLoss(box.Unseal(std::string(sealed.size(), '*')).status()));
}

TEST_F(SecretsTest, AreLostToAnotherServersKey) {
  const std::string sealed = Box("ours").Seal("secret");
  EXPECT_TRUE(absl::IsDataLoss(Box("theirs").Unseal(sealed).status()));
  EXPECT_EQ(*Box("ours").Unseal(sealed), "secret") << "the same file opens it again";
}

TEST_F(SecretsTest, HaveAKeyOf32BytesThatItsOwnerAloneReads) {
  const mode_t before = umask(0);
  Box("key");
  umask(before);
  EXPECT_EQ(ModeOf(File("key")), 0600);
  EXPECT_EQ(BytesOf(File("key")).size(), 32);
  Box("other");
  EXPECT_NE(BytesOf(File("key")), BytesOf(File("other")));
  const std::string kept = BytesOf(File("key"));
  Box("key");
  EXPECT_EQ(BytesOf(File("key")), kept) << "opened again, not made again";
}

TEST_F(SecretsTest, NeverReplaceAKeyFileOfTheWrongSize) {
  for (const size_t size : {0, 1, 31, 33, 64, 1'000'000}) {
    const std::string bytes(size, 'k');
    Put(File("key"), bytes, 0600);
    const absl::Status status = SecretBox::Open(File("key"), false).status();
    EXPECT_TRUE(absl::IsDataLoss(status)) << size << ": " << status;
    EXPECT_NE(base::Message(status).find(File("key")), std::string_view::npos) << status;
    EXPECT_EQ(BytesOf(File("key")), bytes) << size;
  }
}

TEST_F(SecretsTest, NeverReplaceAKeyThatIsThereButCannotBeRead) {
  std::filesystem::create_directory(File("folder"));
  std::filesystem::create_symlink("circle", File("circle"));
  std::filesystem::create_symlink("unmounted/key", File("away"));
  for (const char* name : {"folder", "circle", "away"}) {
    const absl::Status status = SecretBox::Open(File(name), false).status();
    EXPECT_TRUE(absl::IsPermissionDenied(status)) << name << ": " << status;
    EXPECT_NE(base::Message(status).find(File(name)), std::string_view::npos) << status;
  }
  EXPECT_TRUE(std::filesystem::is_directory(File("folder")));
  EXPECT_TRUE(std::filesystem::is_symlink(File("circle")));
  EXPECT_TRUE(std::filesystem::is_symlink(File("away")));
}

TEST_F(SecretsTest, MakeNoNewKeyWhereSecretsAreSealedWithTheOldOne) {
  const absl::Status status = SecretBox::Open(File("key"), true).status();
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_NE(base::Message(status).find(File("key") + " is missing"), std::string_view::npos);
  EXPECT_FALSE(std::filesystem::exists(File("key")));
  ASSERT_TRUE(SecretBox::Open(File("key"), false).ok());
  EXPECT_TRUE(SecretBox::Open(File("key"), true).ok());
}

TEST_F(SecretsTest, SayWhereTheKeyCannotBeMade) {
  const absl::Status status = SecretBox::Open(File("no/such/folder/key"), false).status();
  EXPECT_TRUE(absl::IsPermissionDenied(status)) << status;
  EXPECT_NE(base::Message(status).find("no/such/folder"), std::string_view::npos) << status;
  EXPECT_TRUE(std::filesystem::is_empty(folder_)) << "nothing half-made";
}

TEST_F(SecretsTest, AreWrittenWholeToAFileThatItsOwnerAloneReads) {
  Put(File("password"), "an older and longer text", 0644);
  ASSERT_TRUE(WritePrivateFile(File("password"), "newer").ok());
  EXPECT_EQ(BytesOf(File("password")), "newer");
  EXPECT_EQ(ModeOf(File("password")), 0600);
  const std::string large(3'000'000, 'x');
  ASSERT_TRUE(WritePrivateFile(File("password"), large).ok());
  EXPECT_EQ(BytesOf(File("password")), large);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1) << "nothing left";
}

// A crash may leave the temporary file; somebody else may have put one there.
TEST_F(SecretsTest, ArePrivateWhateverStandsWhereTheyAreWritten) {
  Put(File("password.new"), "left by a crash", 0666);
  ASSERT_TRUE(WritePrivateFile(File("password"), "secret").ok());
  EXPECT_EQ(ModeOf(File("password")), 0600);
  EXPECT_EQ(BytesOf(File("password")), "secret");
  Put(File("watched"), "", 0666);
  std::filesystem::create_symlink("watched", File("password.new"));
  ASSERT_TRUE(WritePrivateFile(File("password"), "another").ok());
  EXPECT_EQ(BytesOf(File("watched")), "") << "no link is followed";
  EXPECT_FALSE(std::filesystem::is_symlink(File("password")));
  EXPECT_EQ(BytesOf(File("password")), "another");
}

TEST_F(SecretsTest, LeaveTheOlderFileWhenTheNewerCannotBeWritten) {
  std::filesystem::create_directories(File("password/inside"));
  const absl::Status status = WritePrivateFile(File("password"), "secret");
  EXPECT_TRUE(absl::IsPermissionDenied(status)) << status;
  EXPECT_TRUE(std::filesystem::is_directory(File("password/inside")));
  EXPECT_FALSE(std::filesystem::exists(File("password.new"))) << "no secret is left behind";
}

}  // namespace
}  // namespace tenantry::identity
