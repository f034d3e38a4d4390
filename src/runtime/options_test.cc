#include "runtime/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/status.h"
#include "runtime/nearest_name.h"
#include "runtime/option_values.h"

namespace tenantry::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string WriteTemporary(const std::string& name, const std::string& text) {
  const std::string path = testing::TempDir() + "/" + name;
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

std::string MessageOf(const absl::Status& status) { return std::string(base::Message(status)); }

struct Fixture {
  Fixture() {
    set.AddInt("eventlog.partitions", &partitions, 1, 1024, "partitions of a stream");
    set.AddBytes("net.body_bytes_max", &body_bytes, 1024, int64_t{1} << 30, "greatest body");
    set.AddDuration("net.idle_timeout", &idle, absl::Seconds(1), absl::Hours(1), "idle time");
    set.AddDouble("scoring.threshold", &threshold, 0, 1, "from where a score is churn");
    set.AddBool("net.gzip", &gzip, "compress answers");
    set.AddString("net.listen", &listen, "address");
    set.AddChoice("log.format", &format, {"text", "json"}, "how lines look");
    set.AddSecret("smtp.password", &password, "password of the mail server");
  }

  int64_t partitions = 4;
  int64_t body_bytes = 64 << 20;
  absl::Duration idle = absl::Seconds(30);
  double threshold = 0.5;
  bool gzip = true;
  std::string listen = "127.0.0.1:8080";
  std::string format = "text";
  std::string password;
  OptionSet set;
};

OptionView ViewOf(const OptionSet& set, std::string_view name) {
  for (OptionView& view : set.All()) {
    if (view.name == name) return view;
  }
  ADD_FAILURE() << name;
  return {};
}

TEST(OptionSet, ReadsEveryKindFromAFile) {
  Fixture f;
  const std::string path = WriteTemporary("kinds.toml",
                                          "[eventlog]\npartitions = 16\n[net]\n"
                                          "body_bytes_max = \"2 MiB\"\nidle_timeout = \"1m30s\"\n"
                                          "gzip = false\nlisten = \"0.0.0.0:1\"\n"
                                          "[scoring]\nthreshold = 1\n[log]\nformat = \"json\"\n");
  ASSERT_TRUE(f.set.LoadFile(path).ok());
  EXPECT_EQ(f.partitions, 16);
  EXPECT_EQ(f.body_bytes, 2 << 20);
  EXPECT_EQ(f.idle, absl::Seconds(90));
  EXPECT_FALSE(f.gzip);
  EXPECT_EQ(f.listen, "0.0.0.0:1");
  EXPECT_EQ(f.threshold, 1);
  EXPECT_EQ(f.format, "json");
  EXPECT_EQ(ViewOf(f.set, "net.gzip").origin, path + ":6");
  EXPECT_EQ(ViewOf(f.set, "net.gzip").source, OptionSource::kFile);
}

TEST(OptionSet, NamesFileAndLineOfEveryFault) {
  Fixture f;
  const std::string path = WriteTemporary("faults.toml",
                                          "[eventlog]\npartitons = 8\n\n[net]\n"
                                          "body_bytes_max = \"9 parsecs\"\nidle_timeout = 30\n"
                                          "gzip = \"no\"\n[scoring]\nthreshold = 1.5\n[nothing]\n");
  const std::string message = MessageOf(f.set.LoadFile(path));
  EXPECT_THAT(message, HasSubstr(path + ":2: unknown option `eventlog.partitons`; did you mean "
                                        "`eventlog.partitions`?"));
  EXPECT_THAT(message, HasSubstr(path + ":5: net.body_bytes_max: `9 parsecs` is no size"));
  EXPECT_THAT(message, HasSubstr(path + ":6: net.idle_timeout: expected a duration in quotes, as "
                                        "\"30s\", found an integer"));
  EXPECT_THAT(message, HasSubstr(path + ":7: net.gzip: expected true or false, found a text"));
  EXPECT_THAT(message, HasSubstr(path + ":9: scoring.threshold: 1.5 is outside 0 to 1"));
  EXPECT_THAT(message, HasSubstr(path + ":10: unknown option `nothing`"));
  EXPECT_EQ(f.partitions, 4);
  EXPECT_EQ(f.threshold, 0.5);
}

TEST(OptionSet, RefusesWhatIsNoToml) {
  Fixture f;
  const std::string path = WriteTemporary("broken.toml", "[net]\nlisten = \n");
  const absl::Status status = f.set.LoadFile(path);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(MessageOf(status), HasSubstr(path + ":2: not TOML"));
  std::string dotted;
  for (int i = 0; i < 130'000; ++i) dotted += "a.";
  const std::string deep = WriteTemporary("deep.toml", dotted + "b = 1\n");
  EXPECT_THAT(MessageOf(f.set.LoadFile(deep)),
              HasSubstr(deep + ": line 1: a key has more than 16"));
  EXPECT_EQ(f.set.LoadFile(path + ".absent").code(), absl::StatusCode::kNotFound);
}

TEST(OptionSet, KeepsTheLatestSourceInWhateverOrderTheyAreRead) {
  Fixture f;
  const std::string path = WriteTemporary("order.toml", "eventlog.partitions = 2\n");
  ASSERT_TRUE(f.set.Set("eventlog.partitions", "9", OptionSource::kFlag, "--partitions").ok());
  ASSERT_TRUE(f.set.LoadEnvironment({"TENANTRY_EVENTLOG_PARTITIONS=7"}, {}).ok());
  ASSERT_TRUE(f.set.LoadFile(path).ok());
  EXPECT_EQ(f.partitions, 9);
  EXPECT_EQ(ViewOf(f.set, "eventlog.partitions").origin, "--partitions");
  EXPECT_EQ(ViewOf(f.set, "eventlog.partitions").default_value, "4");
}

TEST(OptionSet, ChecksAValueThatIsOverruled) {
  Fixture f;
  ASSERT_TRUE(f.set.Set("eventlog.partitions", "9", OptionSource::kFlag, "--partitions").ok());
  const absl::Status status = f.set.LoadEnvironment({"TENANTRY_EVENTLOG_PARTITIONS=0"}, {});
  EXPECT_EQ(MessageOf(status),
            "TENANTRY_EVENTLOG_PARTITIONS: eventlog.partitions: 0 is outside 1 to 1024");
  EXPECT_EQ(f.partitions, 9);
}

TEST(OptionSet, RefusesUnknownVariablesButNotReservedOnes) {
  Fixture f;
  EXPECT_TRUE(f.set
                  .LoadEnvironment(
                      {"PATH=/bin", "TENANTRY_TOKEN=x", "TENANTRY_PORT=tcp://1",
                       "TENANTRY_SERVICE_HOST=10.0.0.1", "TENANTRY_PORT_8080_TCP_ADDR=10.0.0.1"},
                      {"TENANTRY_TOKEN"})
                  .ok());
  const absl::Status status = f.set.LoadEnvironment({"TENANTRY_NET_LISTENN=x"}, {});
  EXPECT_EQ(
      MessageOf(status),
      "unknown environment variable TENANTRY_NET_LISTENN; did you mean `TENANTRY_NET_LISTEN`?");
}

TEST(OptionSet, TakesSecretsFromFilesAndTheEnvironmentAloneAndNeverShowsThem) {
  Fixture f;
  const std::string secret = WriteTemporary("password", "hunter2\n");
  const std::string toml =
      WriteTemporary("secret.toml", "[smtp]\npassword_file = \"" + secret + "\"\n");
  ASSERT_TRUE(f.set.LoadFile(toml).ok());
  EXPECT_EQ(f.password, "hunter2");
  EXPECT_EQ(ViewOf(f.set, "smtp.password").value, "***");
  EXPECT_EQ(ViewOf(f.set, "smtp.password_file").value, secret);
  EXPECT_EQ(ViewOf(f.set, "smtp.password").origin, secret + ", " + toml + ":2");

  ASSERT_TRUE(f.set.LoadEnvironment({"TENANTRY_SMTP_PASSWORD=other"}, {}).ok());
  ASSERT_TRUE(f.set.LoadFile(toml).ok());
  EXPECT_EQ(f.password, "other");

  const std::string plain = WriteTemporary("plain.toml", "[smtp]\npassword = \"hunter3\"\n");
  const std::string message = MessageOf(f.set.LoadFile(plain));
  EXPECT_THAT(message, HasSubstr("smtp.password is a secret"));
  EXPECT_THAT(message, HasSubstr("TENANTRY_SMTP_PASSWORD"));
  EXPECT_THAT(message, Not(HasSubstr("hunter3")));
  EXPECT_FALSE(f.set.Set("smtp.password", "x", OptionSource::kFlag, "--password").ok());
  EXPECT_THAT(MessageOf(f.set.Set("smtp.password_file", "/absent/file", OptionSource::kFlag, "-p")),
              HasSubstr("-p: smtp.password_file: reading /absent/file"));
  EXPECT_EQ(f.password, "other");
}

TEST(OptionSet, NamesTheNearestChoice) {
  Fixture f;
  EXPECT_EQ(MessageOf(f.set.Set("log.format", "jsno", OptionSource::kFlag, "--log-format")),
            "--log-format: log.format: `jsno` is none of text, json");
  EXPECT_EQ(f.format, "text");
}

TEST(OptionSet, ListsAllInTheOrderOfNames) {
  Fixture f;
  std::vector<std::string> names;
  for (const OptionView& view : f.set.All()) names.push_back(view.name);
  EXPECT_THAT(names, ElementsAre("eventlog.partitions", "log.format", "net.body_bytes_max",
                                 "net.gzip", "net.idle_timeout", "net.listen", "scoring.threshold",
                                 "smtp.password", "smtp.password_file"));
  EXPECT_EQ(ViewOf(f.set, "net.body_bytes_max").bounds, "1 KiB to 1 GiB");
  EXPECT_EQ(ViewOf(f.set, "net.body_bytes_max").default_value, "64 MiB");
  EXPECT_EQ(ViewOf(f.set, "net.idle_timeout").bounds, "1s to 1h");
  EXPECT_EQ(ViewOf(f.set, "log.format").bounds, "text, json");
}

TEST(OptionSetDeathTest, AbortsOnATakenName) {
  Fixture f;
  int64_t other = 1;
  EXPECT_DEATH(f.set.AddInt("eventlog.partitions", &other, 0, 9, ""), "contains");
  EXPECT_DEATH(f.set.AddInt("eventlog-partitions", &other, 0, 9, ""), "variable_is_new");
}

TEST(OptionValues, ReadsSizesExactly) {
  EXPECT_EQ(*ParseBytes("0"), 0);
  EXPECT_EQ(*ParseBytes("17B"), 17);
  EXPECT_EQ(*ParseBytes("3 KiB"), 3072);
  EXPECT_EQ(*ParseBytes("8388607TiB"), 8388607LL << 40);
  for (const char* text : {"", "KiB", "-1", "1.5MiB", "8388608TiB", "1 kb", "1KiBB", " 1", "1 "}) {
    EXPECT_FALSE(ParseBytes(text).ok()) << '"' << text << '"';
  }
  EXPECT_EQ(FormatBytes(3 << 20), "3 MiB");
  EXPECT_EQ(FormatBytes(1025), "1025");
  EXPECT_EQ(FormatBytes(0), "0");
}

TEST(OptionValues, KnowsDaysInDurations) {
  EXPECT_EQ(*ParseDuration("365d"), absl::Hours(8760));
  EXPECT_EQ(*ParseDuration("1d12h30m"), absl::Minutes(2190));
  EXPECT_EQ(*ParseDuration("0d"), absl::ZeroDuration());
  EXPECT_EQ(*ParseDuration("1h30m"), absl::Minutes(90));
  EXPECT_EQ(*ParseDuration("-5s"), -absl::Seconds(5));
}

TEST(OptionValues, RefusesNumbersThatAreNone) {
  for (const char* text : {"", "1x", "0x10", "9223372036854775808", " 1", "1.0"}) {
    EXPECT_FALSE(ParseInt(text).ok()) << text;
  }
  for (const char* text : {"", "nan", "inf", "1e999", "1,5"}) {
    EXPECT_FALSE(ParseDouble(text).ok()) << text;
  }
  for (const char* text : {"", "30", "inf", "5 minutes", "d", "1.5d", "-1d", "1d-5h", "1d2d",
                           "1e9d", "9999999d", "12h1d"}) {
    EXPECT_FALSE(ParseDuration(text).ok()) << text;
  }
}

TEST(NearestName, CountsSwapsAsOneStep) {
  EXPECT_EQ(EditDistance("", "abc"), 3u);
  EXPECT_EQ(EditDistance("abc", "acb"), 1u);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3u);
  EXPECT_EQ(NearestName("tenatns", {"events", "tenants", "tables"}), "tenants");
  EXPECT_EQ(NearestName("x", {}), "");
}

TEST(NearestName, GuessesNothingThatIsFar) {
  const std::vector<std::string> known = {"ask", "demo", "serve"};
  EXPECT_EQ(NearestName("help", known), "");
  EXPECT_EQ(NameHint("help", known), "; known are ask, demo, serve");
  EXPECT_EQ(NameHint("sevre", known, '"'), "; did you mean \"serve\"?");
  EXPECT_EQ(NameHint("x", {}), "");
  EXPECT_TRUE(NameHint("x", std::vector<std::string>(21, "long name")).ends_with(", …"));
}

}  // namespace
}  // namespace tenantry::runtime
