#include "runtime/toml_keys.h"

#include <gtest/gtest.h>

#include <string>

#include "base/status.h"

namespace tenantry::runtime {
namespace {

// `a.a. … .a` with so many dots.
std::string Key(int dots) {
  std::string key = "a";
  for (int i = 0; i < dots; ++i) key += ".a";
  return key;
}

TEST(CheckTomlKeys, TakesWhatPeopleWrite) {
  const std::string dots = Key(50);
  for (const std::string& document :
       {std::string(), std::string("[net.tls]\nport = 80\nratio = 0.5 # a.b.c.d\n"),
        "text = \"" + dots + "\"\n", "text = '''\n" + dots + "\n" + dots + "'''\n",
        "text = \"\"\"\n\\\"\"\"\\\" " + dots + "\"\"\"\n", Key(kTomlKeyDotsMax) + " = 1\n",
        std::string("n = [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5, 0.5, 1.5, 2.5, 3.5, "
                    "4.5, 5.5, 6.5]"),
        "# " + dots + "\nx = 1"}) {
    EXPECT_TRUE(CheckTomlKeys(document).ok()) << document;
  }
}

TEST(CheckTomlKeys, RefusesLongKeysWhereverTheyStandAndSaysTheLine) {
  const std::string key = Key(kTomlKeyDotsMax + 1);
  for (const std::string& document :
       {"\n\n" + key + " = 1", "x = 1\n\n[" + key + "]\n", "x = '''\n'''\n[[" + key + "]]\n",
        "x = 1\ny = 2 # '''\nx = {" + key + " = 1}",
        "\n\nx = {y = \"\"\"a\"\"\"\"\", " + key + " = 1}",
        "x = \"\"\"\n\\\"\"\"\"\n" + key + " = 1", "x = 'a\\'\n\n" + key + " = '",
        "x = \"\"\n\n'a'." + key + " = 1", "\n\na . a ." + key + " = 1"}) {
    const absl::Status refused = CheckTomlKeys(document);
    EXPECT_TRUE(absl::IsInvalidArgument(refused)) << document << ": " << refused;
    EXPECT_EQ(base::Message(refused).substr(0, 8), "line 3: ") << document << ": " << refused;
  }
}

TEST(CheckTomlKeys, RefusesWhatWouldOverflowTheParsersStack) {
  EXPECT_FALSE(CheckTomlKeys(Key(130'000) + " = 1").ok());
  EXPECT_FALSE(CheckTomlKeys("[" + Key(130'000) + "]").ok());
}

}  // namespace
}  // namespace tenantry::runtime
