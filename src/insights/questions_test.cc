#include "insights/questions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

namespace tenantry::insights {
namespace {

using events::CompanyRecord;
using nlohmann::json;

constexpr base::Day kDay = 20'089;  // 2025-01-01

CompanyRecord Company(const std::string& id) {
  CompanyRecord record;
  record.tenant = base::TenantId(id);
  return record;
}

json Ask(int number, const std::vector<CompanyRecord>& records, const AskOptions& options = {}) {
  return json::parse(Answer(number, records, options));
}

// The ids of an answer's rows, in their order, with blanks between them.
std::string Order(const json& rows) {
  std::string ids;
  for (const json& row : rows) {
    ids += (ids.empty() ? "" : " ") + row.at("tenantID").get<std::string>();
  }
  return ids;
}

TEST(Questions, AnswerNobodyWithNothing) {
  const json nothing = json::parse(
      R"({"1":{"days":[],"sessions":0,"withData":0,"withJobs":0,"dataThenJob":0},
          "2":[],"3":[],"4":[],"5":[]})");
  EXPECT_EQ(json::parse(AnswerAll({}, {})), nothing);
}

TEST(Questions, AreFiveAndHaveWordsOfTheirOwn) {
  for (int number = 1; number <= kQuestions; ++number) {
    EXPECT_FALSE(QuestionTitle(number).empty());
    for (int other = 1; other < number; ++other) {
      EXPECT_NE(QuestionTitle(number), QuestionTitle(other));
    }
  }
}

TEST(Questions, OneAddsUpEveryTenantsDaysAndSessions) {
  CompanyRecord a = Company("a"), b = Company("b");
  a.registrations_by_day = {{kDay, 1}};
  a.logins_by_day = {{kDay, 2}, {kDay + 2, 1}};
  a.jobs_by_day = {{kDay - 40, 1000}, {kDay + 2, 5}};
  a.active_days30 = {kDay, kDay + 2};
  a.sessions30 = 3;
  a.sessions_with_data30 = 2;
  a.sessions_with_jobs30 = 1;
  a.sessions_data_then_job30 = 1;
  b.data_events_by_day = {{kDay, 7}};
  b.jobs_by_day = {{kDay, 4}, {kDay + 1, 0}};
  b.active_days30 = {kDay, kDay + 1};
  b.sessions30 = 10;
  b.sessions_with_data30 = 20;
  b.sessions_with_jobs30 = 30;
  b.sessions_data_then_job30 = 40;
  b.deleted = true;
  const json expected = json::parse(
      R"({"days":[{"day":"2025-01-01","registrations":1,"logins":2,"dataEvents":7,"jobs":4},
                  {"day":"2025-01-02","registrations":0,"logins":0,"dataEvents":0,"jobs":0},
                  {"day":"2025-01-03","registrations":0,"logins":1,"dataEvents":0,"jobs":5}],
          "sessions":13,"withData":22,"withJobs":31,"dataThenJob":41})");
  EXPECT_EQ(Ask(1, {a, b}), expected);
  EXPECT_EQ(Ask(1, {b, a}), expected);
  EXPECT_EQ(Ask(1, {a, b}, {.limit = 0}), expected) << "the limit is of rows of tenants";
  const json later = Ask(1, {a, b}, {.from = kDay + 1});
  EXPECT_EQ(later.at("days").size(), 2u);
  EXPECT_EQ(later.at("days")[0].at("day"), "2025-01-02") << "from is among the days shown";
  EXPECT_EQ(later.at("sessions"), 13) << "from cuts days alone";
}

TEST(Questions, OneKeepsCountsThatNoMachineNumberHolds) {
  std::vector<CompanyRecord> records;
  for (const char* id : {"a", "b", "c"}) {
    records.push_back(Company(id));
    records.back().jobs_by_day[kDay] = absl::MakeUint128(0, UINT64_MAX);
    records.back().active_days30 = {kDay};
  }
  EXPECT_NE(Answer(1, records, {}).find("\"jobs\":55340232221128654845"), std::string::npos);
}

TEST(Questions, TwoOrdersByTheShareOfIdleSessionsThenSessionsThenId) {
  const auto idle = [](const char* id, int64_t sessions, int64_t idle_sessions) {
    CompanyRecord record = Company(id);
    record.sessions30 = sessions;
    record.idle_sessions30 = idle_sessions;
    return record;
  };
  const std::vector<CompanyRecord> records = {
      idle("few", 2, 2),   idle("none", 5, 0),   idle("half4", 4, 2),
      idle("half6", 6, 3), idle("all-b", 3, 3),  idle("all-a", 3, 3),
      idle("third", 3, 1), idle("third6", 6, 2), idle("nothing", 0, 0)};
  EXPECT_EQ(Order(Ask(2, records)), "all-a all-b half6 half4 third6 third none");
  EXPECT_EQ(Ask(2, records)[2], json::parse(R"({"tenantID":"half6","sessions":6,"idle":3})"));
}

TEST(Questions, ThreeOrdersByDataLargestFirstThenId) {
  const auto data = [](const char* id, absl::uint128 bytes, int64_t sets) {
    CompanyRecord record = Company(id);
    record.data_bytes = bytes;
    record.data_sets = sets;
    return record;
  };
  const absl::uint128 huge = absl::MakeUint128(1, 0);
  const std::vector<CompanyRecord> records = {data("b", 5, 1), data("none", 0, 0), data("a", 5, 9),
                                              data("huge", huge, 2), data("c", 6, 1)};
  const json rows = Ask(3, records);
  EXPECT_EQ(Order(rows), "huge c a b none");
  EXPECT_EQ(rows[2], json::parse(R"({"tenantID":"a","dataBytes":5,"dataSets":9})"));
  EXPECT_NE(Answer(3, records, {}).find("\"dataBytes\":18446744073709551616"), std::string::npos);
}

TEST(Questions, FourShowsJobsAndRunsADayMostJobsFirst) {
  CompanyRecord a = Company("a"), b = Company("b"), c = Company("c");
  a.job90 = 7;
  a.jobs_by_day = {{kDay, 2}, {kDay + 3, 5}};
  a.ran_by_day = {{kDay + 1, 1}};
  b.job90 = 7;
  c.job90 = 8;
  c.job30 = 0;
  EXPECT_EQ(Order(Ask(4, {b, c, a})), "c a b");
  EXPECT_EQ(Ask(4, {a}), json::parse(R"([{"tenantID":"a","jobs":7,
      "jobsByDay":{"2025-01-01":2,"2025-01-04":5},"ranByDay":{"2025-01-02":1}}])"));
  EXPECT_EQ(Ask(4, {a}, {.from = kDay + 1}), json::parse(R"([{"tenantID":"a","jobs":7,
      "jobsByDay":{"2025-01-04":5},"ranByDay":{"2025-01-02":1}}])"))
      << "from cuts the days shown, not the sum that orders them";
  EXPECT_EQ(Ask(4, {a}, {.from = kDay + 9}),
            json::parse(R"([{"tenantID":"a","jobs":7,"jobsByDay":{},"ranByDay":{}}])"));
}

TEST(Questions, FiveOrdersByEachMeasureInTurnThenById) {
  const auto least = [](const char* id, absl::uint128 job90, absl::uint128 job30, int64_t logins,
                        absl::uint128 bytes) {
    CompanyRecord record = Company(id);
    record.job90 = job90;
    record.job30 = job30;
    record.logins30 = logins;
    record.data_bytes = bytes;
    return record;
  };
  const std::vector<CompanyRecord> records = {
      least("job90", 1, 0, 0, 0), least("job30", 0, 1, 0, 0), least("logins", 0, 0, 1, 0),
      least("bytes", 0, 0, 0, 1), least("b", 0, 0, 0, 0),     least("a", 0, 0, 0, 0)};
  EXPECT_EQ(Order(Ask(5, records)), "a b bytes logins job30 job90");
  EXPECT_EQ(Ask(5, {least("x", 4, 3, 2, 1)}), json::parse(R"([{"tenantID":"x","job90":4,"job30":3,
      "logins30":2,"dataBytes":1}])"));
}

TEST(Questions, TwoToFiveLeaveDeletedTenantsOutAndStopAtTheLimit) {
  std::vector<CompanyRecord> records;
  for (const char* id : {"d", "b", "gone", "a", "c"}) {
    records.push_back(Company(id));
    records.back().sessions30 = 3;
  }
  records[2].deleted = true;
  for (int number = 2; number <= kQuestions; ++number) {
    SCOPED_TRACE(number);
    EXPECT_EQ(Order(Ask(number, records)), "a b c d");
    EXPECT_EQ(Order(Ask(number, records, {.limit = 3})), "a b c");
    EXPECT_EQ(Order(Ask(number, records, {.limit = 4})), "a b c d");
    EXPECT_EQ(Ask(number, records, {.limit = 0}), json::array());
  }
  for (int i = 0; i < 20; ++i) {
    records.push_back(Company("more" + std::to_string(i)));
    records.back().sessions30 = 3;
  }
  EXPECT_EQ(Ask(5, records).size(), 10u) << "unless told otherwise";
}

TEST(Questions, CompareIdsAsBytes) {
  const std::vector<CompanyRecord> records = {Company("Ü"),  Company("z"),
                                              Company("a"),  Company("B"),
                                              Company("a1"), Company("\xF0\x9F\x8D\x8E")};
  EXPECT_EQ(Order(Ask(5, records)), "B a a1 z Ü \xF0\x9F\x8D\x8E");
}

TEST(Questions, TellTheRiskThatIsKnownAndThatItIsNot) {
  CompanyRecord known = Company("known"), unknown = Company("unknown");
  known.risk.status = events::Risk::Status::kStale;
  known.risk.churn = true;
  known.risk.score = 0.75;
  known.risk.as_of = base::Instant{1'735'689'600, 0};
  known.risk.model = "m1";
  known.risk.reasons = {{"job30", "0", 1.5}};
  for (int number = 2; number <= kQuestions; ++number) {
    SCOPED_TRACE(number);
    known.sessions30 = unknown.sessions30 = 3;
    const json rows = Ask(number, {unknown, known}, {.with_risk = true});
    EXPECT_EQ(rows[0].at("risk"), json::parse(R"({"churn":true,"score":0.75,"status":"stale",
        "asOf":"2025-01-01T00:00:00.000Z","model":"m1",
        "reasons":[{"feature":"job30","value":"0","effect":1.5}]})"));
    EXPECT_EQ(rows[1].at("risk"), json::parse(R"({"churn":null,"score":null,"status":"unknown",
        "asOf":null,"model":null,"reasons":[]})"))
        << "unknown is no 'no'";
    EXPECT_FALSE(Ask(number, {unknown, known})[0].contains("risk"));
  }
}

TEST(Questions, QuoteIdsThatHoldMarksOfJson) {
  const std::string id = "a\"b\\c\n{}\x01";
  EXPECT_EQ(Ask(5, {Company(id)})[0].at("tenantID"), id);
}

// The order of the records is nobody's business.
TEST(Questions, AnswerTheSameInWhateverOrderTheRecordsCome) {
  const auto seed = static_cast<unsigned>(testing::UnitTest::GetInstance()->random_seed());
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  std::vector<CompanyRecord> records;
  for (int i = 0; i < 40; ++i) {
    CompanyRecord record = Company("t" + std::to_string(i));
    record.sessions30 = static_cast<int64_t>(random() % 6);
    record.idle_sessions30 = static_cast<int64_t>(random()) % (record.sessions30 + 1);
    record.data_bytes = random() % 3;
    record.job90 = random() % 3;
    record.job30 = random() % 2;
    record.logins30 = random() % 2;
    record.deleted = random() % 5 == 0;
    records.push_back(record);
  }
  const std::string answers = AnswerAll(records, {});
  for (int round = 0; round < 20; ++round) {
    std::shuffle(records.begin(), records.end(), random);
    ASSERT_EQ(AnswerAll(records, {}), answers);
  }
}

}  // namespace
}  // namespace tenantry::insights
