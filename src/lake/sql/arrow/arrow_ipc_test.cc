#include "lake/sql/arrow/arrow_ipc.h"

#include <flatbuffers/flatbuffers.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <vector>

#include "base/status.h"
#include "lake/sql/arrow/arrow_type.h"
#include "lake/sql/sql_test_env.h"

namespace tenantry::lake::sql {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// One message of a stream, taken apart as its format says.
struct Message {
  std::string head;
  std::string body;
  const flatbuffers::Table* root() const {
    return flatbuffers::GetRoot<flatbuffers::Table>(head.data());
  }
  int kind() const { return root()->GetField<uint8_t>(6, 0); }
  const flatbuffers::Table* header() const {
    return root()->GetPointer<const flatbuffers::Table*>(8);
  }
};

// The messages of a stream that ends as it has to; fails the test otherwise.
std::vector<Message> MessagesOf(const std::string& stream) {
  std::vector<Message> messages;
  size_t at = 0;
  const auto word = [&] {
    uint32_t value = 0;
    EXPECT_LE(at + 4, stream.size());
    std::memcpy(&value, stream.data() + at, 4);
    at += 4;
    return value;
  };
  while (at + 8 <= stream.size()) {
    EXPECT_EQ(word(), 0xffffffffU);
    const uint32_t bytes = word();
    if (bytes == 0) {
      EXPECT_EQ(at, stream.size());
      return messages;
    }
    EXPECT_EQ(bytes % 8, 0u);
    Message message{stream.substr(at, bytes), ""};
    at += bytes;
    const auto body = static_cast<size_t>(message.root()->GetField<int64_t>(10, 0));
    EXPECT_EQ(body % 8, 0u);
    message.body = stream.substr(at, body);
    at += body;
    messages.push_back(std::move(message));
  }
  ADD_FAILURE() << "the stream has no end";
  return messages;
}

// What the engine gives for a query, as a stream.
class ArrowIpc : public testing::Test {
 protected:
  absl::StatusOr<std::string> Stream(const std::string& sql) {
    SqlTask task;
    task.folders = {env_.folder.path()};
    auto process = env_.processes().Start(task);
    EXPECT_TRUE(process.ok()) << process.status();
    const std::string path = env_.folder / fmt::format("answer-{}", ++answers_);
    TENANTRY_RETURN_IF_ERROR((*process)->WriteArrow(sql, path));
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }

  SqlTestEnv env_;
  int answers_ = 0;
};

using Offsets = flatbuffers::Vector<flatbuffers::Offset<flatbuffers::Table>>;
using Longs = flatbuffers::Vector<int64_t>;

// A structure of two integers in a vector: length and nulls, place and length.
const int64_t* Pair(const Longs* vector, int number) {
  return reinterpret_cast<const int64_t*>(vector->Data()) + 2 * number;
}

// "name:type" of each column and, in brackets, of what is in it.
std::string Shown(const Offsets& fields) {
  std::string shown;
  for (const flatbuffers::Table* field : fields) {
    shown += (shown.empty() ? "" : " ") + field->GetPointer<const flatbuffers::String*>(4)->str() +
             ":" + std::to_string(field->GetField<uint8_t>(8, 0));
    const auto* inside = field->GetPointer<const Offsets*>(14);
    if (inside != nullptr && inside->size() > 0) shown += "[" + Shown(*inside) + "]";
  }
  return shown;
}

TEST_F(ArrowIpc, TellsNamesAndTypesOfColumns) {
  const auto stream = Stream(
      "SELECT 1::UTINYINT AS a, 'x' AS b, 1.5::DECIMAL(9, 2) AS c, [1] AS d, {'k': true, 'l': "
      "1.5::FLOAT} AS e, MAP {'k': DATE '2024-01-01'} AS f, TIMESTAMPTZ '2024-01-01 00:00:00Z' AS "
      "g, "
      "NULL AS h, 'x'::BLOB AS i, TIME '12:00:00' AS j, INTERVAL 1 DAY AS k, [1, 2]::INTEGER[2] AS "
      "l "
      "WHERE false");
  ASSERT_TRUE(stream.ok()) << stream.status();
  const auto messages = MessagesOf(*stream);
  ASSERT_EQ(messages.size(), 1u) << "no rows, no batch";
  EXPECT_EQ(messages[0].kind(), 1);
  EXPECT_EQ(messages[0].root()->GetField<int16_t>(4, 0), 4) << "version 5 of the format";
  const auto* fields = messages[0].header()->GetPointer<const Offsets*>(6);
  EXPECT_EQ(Shown(*fields),
            "a:2 b:5 c:7 d:12[l:2] e:13[k:6 l:3] f:17[entries:13[key:5 value:8]] g:10 h:2 i:4 j:9 "
            "k:11 l:16[:2]");
  const auto* type = fields->Get(0)->GetPointer<const flatbuffers::Table*>(10);
  EXPECT_EQ(type->GetField<int32_t>(4, 0), 8) << "bits";
  EXPECT_EQ(type->GetField<uint8_t>(6, 9), 0) << "unsigned";
  const auto* decimal = fields->Get(2)->GetPointer<const flatbuffers::Table*>(10);
  EXPECT_EQ(decimal->GetField<int32_t>(4, 0), 9);
  EXPECT_EQ(decimal->GetField<int32_t>(6, 0), 2);
}

TEST_F(ArrowIpc, HoldsTheValuesOfBatchAfterBatch) {
  const auto stream = Stream(
      "SELECT CASE WHEN range % 3 > 0 THEN range END AS n, 'v' || range AS v FROM range(5000)");
  ASSERT_TRUE(stream.ok()) << stream.status();
  const auto messages = MessagesOf(*stream);
  int64_t row = 0;
  for (size_t i = 1; i < messages.size(); ++i) {
    ASSERT_EQ(messages[i].kind(), 3);
    const auto* batch = messages[i].header();
    const int64_t rows = batch->GetField<int64_t>(4, 0);
    const auto* nodes = batch->GetPointer<const Longs*>(6);
    const auto* places = batch->GetPointer<const Longs*>(8);
    ASSERT_EQ(nodes->size(), 2u);
    ASSERT_EQ(places->size(), 5u);
    const auto buffer = [&](int number) {
      return messages[i].body.data() + Pair(places, number)[0];
    };
    EXPECT_EQ(Pair(nodes, 0)[0], rows);
    int64_t nulls = 0;
    for (int64_t at = 0; at < rows; ++at, ++row) {
      const bool valid = (buffer(0)[at / 8] >> (at % 8) & 1) != 0;
      EXPECT_EQ(valid, row % 3 > 0) << row;
      nulls += valid ? 0 : 1;
      int64_t number = 0;
      std::memcpy(&number, buffer(1) + 8 * at, 8);
      EXPECT_TRUE(!valid || number == row) << row << " is " << number;
      int32_t text[2];
      std::memcpy(text, buffer(3) + 4 * at, 8);
      EXPECT_EQ(std::string(buffer(4) + text[0], buffer(4) + text[1]), "v" + std::to_string(row));
    }
    EXPECT_EQ(Pair(nodes, 0)[1], nulls);
  }
  EXPECT_EQ(row, 5000);
}

TEST_F(ArrowIpc, RefusesWhatItDoesNotGive) {
  for (const char* sql : {"SELECT 'a'::ENUM('a', 'b') AS e", "SELECT 1::UNION(a INTEGER) AS u",
                          "SELECT [{'k': 'a'::ENUM('a', 'b')}] AS deep"}) {
    const absl::Status refused = Stream(sql).status();
    EXPECT_TRUE(absl::IsInvalidArgument(refused)) << sql << refused;
    EXPECT_THAT(std::string(base::Message(refused)), HasSubstr("cast it")) << sql;
  }
  EXPECT_TRUE(absl::IsInvalidArgument(Stream("SELECT 1; SELECT 2").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Stream("SELECT nothing").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Stream("SELECT 'x'::INTEGER AS x").status()));
}

TEST(ArrowType, IsReadFromFormatStrings) {
  EXPECT_EQ(ParseArrowType("d:38,0")->precision, 38);
  EXPECT_EQ(ParseArrowType("d:9,2,256")->bits, 256);
  EXPECT_EQ(ParseArrowType("tsn:Europe/Berlin")->timezone, "Europe/Berlin");
  EXPECT_EQ(ParseArrowType("tsu:")->unit, 2);
  EXPECT_EQ(ParseArrowType("w:16")->bits, 128);
  EXPECT_EQ(ParseArrowType("+w:3")->size, 3);
  for (const char* wrong :
       {"", "x", "d:", "d:x,1", "ts", "tsx:", "w:", "w:x", "+w", "+ud:0", "vu"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseArrowType(wrong).status())) << wrong;
  }
}

}  // namespace
}  // namespace tenantry::lake::sql
