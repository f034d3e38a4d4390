#include "eventlog/crc32.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <random>
#include <string>

namespace tenantry::eventlog {
namespace {

TEST(Crc32, IsTheKnownNumber) {
  EXPECT_EQ(Crc32(0, ""), 0u);
  EXPECT_EQ(Crc32(0, "123456789"), 0xCBF43926u);
}

TEST(Crc32, IsThatOfZlibForEverySizeAndPlace) {
  const auto seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  std::string bytes(2000, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  for (size_t size = 0; size <= 1000; ++size) {
    const std::string_view part(bytes.data() + random() % 1000, size);
    const auto begun = static_cast<uint32_t>(random());
    EXPECT_EQ(Crc32(begun, part),
              crc32_z(begun, reinterpret_cast<const Bytef*>(part.data()), part.size()))
        << size;
  }
}

TEST(Crc32, GoesOnWhereItStopped) {
  const std::string text(777, 'x');
  EXPECT_EQ(Crc32(Crc32(0, text.substr(0, 100)), text.substr(100)), Crc32(0, text));
}

}  // namespace
}  // namespace tenantry::eventlog
