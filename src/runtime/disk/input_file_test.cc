#include "runtime/disk/input_file.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>

#include "base/random.h"
#include "base/status.h"

namespace tenantry::runtime {
namespace {

class InputFileTest : public testing::Test {
 protected:
  InputFileTest() {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }

  std::string Write(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ + "/" + name, std::ios::binary) << bytes;
    return folder_ + "/" + name;
  }

  static std::string Zipped(const std::string& text) {
    z_stream stream = {};
    EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    std::string bytes(deflateBound(&stream, text.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
    stream.avail_out = static_cast<uInt>(bytes.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    bytes.resize(stream.total_out);
    deflateEnd(&stream);
    return bytes;
  }

  // All of it, in pieces of `size`.
  static absl::StatusOr<std::string> All(const std::string& path, size_t size = 1000) {
    TENANTRY_ASSIGN_OR_RETURN(const auto file, InputFile::Open(path));
    std::string all, piece(size, '\0');
    while (true) {
      TENANTRY_ASSIGN_OR_RETURN(const size_t count, file->Read(piece.data(), piece.size()));
      if (count == 0) break;
      all.append(piece, 0, count);
    }
    EXPECT_EQ(*file->Read(piece.data(), piece.size()), 0u) << "again";
    return all;
  }

  const std::string folder_ = testing::TempDir() + "/input_file_test";
};

TEST_F(InputFileTest, GivesPlainAndCompressedBytesAlike) {
  base::SeededRandom random(7);
  const std::string text = random.Hex(400'000);
  for (const size_t size : {size_t{1} << 20, size_t{4096}, size_t{77}}) {
    EXPECT_EQ(*All(Write("plain", text), size), text);
    EXPECT_EQ(*All(Write("a.gz", Zipped(text)), size), text);
    EXPECT_EQ(*All(Write("named_otherwise", Zipped(text)), size), text);
  }
  EXPECT_EQ(*All(Write("none", "")), "");
  EXPECT_EQ(*All(Write("none.gz", "")), "");
  EXPECT_EQ(*All(Write("nothing.gz", Zipped(""))), "");
}

TEST_F(InputFileTest, ReadsAllMembersAndPassesOverZerosBehindThem) {
  const std::string zeros(300'000, '\0');
  const std::string bytes = Zipped("a") + Zipped("") + zeros + Zipped("bc") + zeros;
  EXPECT_EQ(*All(Write("members.gz", bytes), 1), "abc");
}

TEST_F(InputFileTest, TellsOfEveryDamage) {
  const std::string whole = Zipped("some text") + Zipped("and more");
  const size_t second = Zipped("some text").size();
  const auto damage = [&](const std::string& bytes) {
    return std::string(base::Message(All(Write("damaged.gz", bytes)).status()));
  };
  for (const size_t cut : {size_t{5}, second - 3, second + 5, whole.size() - 1}) {
    EXPECT_EQ(damage(whole.substr(0, cut)),
              folder_ + "/damaged.gz is no whole gzip file: it ends too early")
        << cut;
  }
  for (const size_t at : {second, second + 1, whole.size() - 5, size_t{12}}) {
    std::string flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x40);
    EXPECT_NE(damage(flipped).find("is no whole gzip file"), std::string::npos) << at;
  }
  EXPECT_NE(damage(whole + "x").find("is no whole gzip file"), std::string::npos);
  EXPECT_EQ(damage("plain"), folder_ + "/damaged.gz is no gzip file");
}

TEST_F(InputFileTest, TellsHowMuchWasRead) {
  const auto file = *InputFile::Open(Write("half", std::string(1000, 'x')));
  char bytes[500];
  EXPECT_EQ(file->share(), 0);
  ASSERT_TRUE(file->Read(bytes, sizeof bytes).ok());
  EXPECT_EQ(file->share(), 0.5);
  EXPECT_EQ((*InputFile::Open("/dev/null"))->share(), -1);
  EXPECT_EQ(InputFile::Open(folder_).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(InputFile::Open(folder_ + "/none").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace tenantry::runtime
