#include "simulator/science/sample_data.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

namespace tenantry::simulator::science {
namespace {

const absl::Time kEnd = absl::FromUnixSeconds(1'764'460'800);  // 2025-11-30

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// The fields of a CSV line: quotes around a field, two for one inside.
std::vector<std::string> Fields(const std::string& line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') {
      if (quoted && i + 1 < line.size() && line[i + 1] == '"')
        fields.back() += line[i++];
      else
        quoted = !quoted;
    } else if (line[i] == ',' && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += line[i];
    }
  }
  return fields;
}

struct Sum {
  double total = 0;
  double count = 0;
  double mean() const { return total / count; }
  void Add(double value) {
    total += value;
    ++count;
  }
};

TEST(SampleData, IsTheSameForASeedAndAnotherForAnother) {
  const SampleDataOptions one{1, 500, kEnd}, two{2, 500, kEnd};
  for (const auto make : {SampleOrders, SampleLogs, SampleReadings}) {
    EXPECT_EQ(make(one), make(one));
    EXPECT_NE(make(one), make(two));
  }
  EXPECT_EQ(SampleFile(SampleKind::kOrders, one), SampleOrders(one));
  EXPECT_EQ(SampleFile(SampleKind::kLogs, one), SampleLogs(one));
  EXPECT_EQ(SampleFile(SampleKind::kReadings, one), SampleReadings(one));
}

TEST(SampleData, OrdersAreCsvWhoseCustomersNeedQuotes) {
  const auto lines = Lines(SampleOrders({3, 5'000, kEnd}));
  ASSERT_EQ(lines.size(), 5'001u);
  EXPECT_EQ(lines[0], "orderID,orderedAt,customer,region,product,quantity,unitPrice");
  std::map<std::string, double> revenue;
  std::string before;
  bool comma = false, quote = false;
  for (size_t i = 1; i < lines.size(); ++i) {
    const auto fields = Fields(lines[i]);
    ASSERT_EQ(fields.size(), 7u) << lines[i];
    EXPECT_GE(fields[1], before);
    before = fields[1];
    comma |= fields[2].find(',') != std::string::npos;
    quote |= fields[2].find('"') != std::string::npos;
    revenue[fields[2]] += std::stod(fields[5]) * std::stod(fields[6]);
    EXPECT_GE(std::stoi(fields[5]), 1);
  }
  EXPECT_TRUE(comma && quote);
  EXPECT_LT(before, "2025-11-30");
  EXPECT_GT(revenue["Customer 0"], 20 * revenue["Customer 302"]) << "a few buy most";
}

TEST(SampleData, OrdersShowTheSaleAndTheWeekends) {
  const auto lines = Lines(SampleOrders({3, 20'000, kEnd}));
  std::map<std::string, int> orders;
  for (size_t i = 1; i < lines.size(); ++i) ++orders[Fields(lines[i])[1].substr(0, 10)];
  EXPECT_EQ(orders.size(), 28u);
  const absl::Time sale = SampleSaleDay(kEnd);
  const std::string sale_day = absl::FormatTime("%Y-%m-%d", sale, absl::UTCTimeZone());
  EXPECT_EQ(sale_day, "2025-11-20");
  for (const auto& [day, count] : orders) {
    if (day == sale_day) continue;
    EXPECT_GT(orders[sale_day], 1.5 * count) << day;
  }
  EXPECT_GT(orders["2025-11-22"], 1.4 * orders["2025-11-21"]) << "a Saturday and the day before";
  EXPECT_GT(orders["2025-11-23"], 1.2 * orders["2025-11-24"]) << "a Sunday and the day after";
}

TEST(SampleData, LogsShowTheFaultyService) {
  std::map<std::string, Sum> millis, failed;
  for (const std::string& line : Lines(SampleLogs({3, 20'000, kEnd}))) {
    const auto request = nlohmann::json::parse(line);
    millis[request.at("service")].Add(request.at("millis"));
    failed[request.at("service")].Add(request.at("status").get<int>() == 200 ? 0 : 1);
  }
  ASSERT_EQ(millis.size(), 5u);
  const std::string faulty(kFaultyService);
  for (const auto& [service, sum] : millis) {
    if (service == faulty) continue;
    EXPECT_GT(millis[faulty].mean(), 3 * sum.mean()) << service;
    EXPECT_GT(failed[faulty].mean(), 4 * failed[service].mean()) << service;
  }
}

TEST(SampleData, ReadingsShowTheHotSensor) {
  std::map<std::string, Sum> last_days;
  size_t missing = 0;
  const auto lines = Lines(SampleReadings({3, 20'000, kEnd}));
  for (size_t i = 1; i < lines.size(); ++i) {
    const auto fields = Fields(lines[i]);
    ASSERT_EQ(fields.size(), 4u) << lines[i];
    missing += fields[2].empty() ? 1 : 0;
    if (fields[0] >= "2025-11-27" && !fields[2].empty()) {
      last_days[fields[1]].Add(std::stod(fields[2]));
    }
  }
  EXPECT_EQ(last_days.size(), 24u);
  EXPECT_GT(missing, 0u);
  const std::string hot(kHotSensor);
  for (const auto& [sensor, sum] : last_days) {
    if (sensor == hot) continue;
    EXPECT_GT(last_days[hot].mean(), sum.mean() + 8) << sensor;
  }
}

}  // namespace
}  // namespace tenantry::simulator::science
