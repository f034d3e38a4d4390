#include "simulator/science/sample_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "base/instant.h"
#include "base/random.h"
#include "simulator/seeds.h"

namespace tenantry::simulator::science {
namespace {

constexpr int kDays = 28;
constexpr int kSaleDaysAgo = 10;
constexpr absl::Duration kDay = absl::Hours(24);
constexpr absl::Duration kSpan = absl::Hours(24 * kDays);
constexpr absl::Duration kHot = absl::Hours(24 * 3);
constexpr uint64_t kSensors = 24;

struct Product {
  std::string_view name;
  double price;
};

// What a kind of file draws from, so that two kinds of one seed have nothing in common.
base::SeededRandom RandomOf(const SampleDataOptions& options, SampleKind kind) {
  return base::SeededRandom(MixSeed(options.seed, static_cast<uint64_t>(kind)));
}

absl::Time TimeOf(const SampleDataOptions& options, int64_t row) {
  return options.end - kSpan + kSpan * static_cast<double>(row) / static_cast<double>(options.rows);
}

// When orders come: by day as much as its weight is a part of all.
class OrderTimes {
 public:
  explicit OrderTimes(const SampleDataOptions& options)
      : rows_(static_cast<double>(options.rows)), start_(options.end - kSpan) {
    double sum = 0;
    for (int day = 0; day < kDays; ++day) {
      sum += Weight(start_ + day * kDay, SampleSaleDay(options.end));
      until_[day] = sum;
    }
  }

  absl::Time Of(int64_t row) const {
    const double place = (static_cast<double>(row) + 0.5) / rows_ * until_.back();
    const auto day = std::upper_bound(until_.begin(), until_.end(), place) - until_.begin();
    const double before = day == 0 ? 0 : until_[day - 1];
    const double share = (place - before) / (until_[day] - before);
    return start_ + static_cast<int>(day) * kDay + share * kDay;
  }

 private:
  static double Weight(absl::Time day, absl::Time sale) {
    if (day == sale) return 3;
    const int weekday = static_cast<int>(absl::ToUnixSeconds(day) / 86'400 % 7);  // 0: a Thursday
    return weekday == 2 ? 1.6 : weekday == 3 ? 1.3 : 1;
  }

  const double rows_;
  const absl::Time start_;
  std::array<double, kDays> until_{};
};

std::string Text(absl::Time time) { return base::FormatRfc3339Millis(base::ToInstant(time)); }

// Smaller numbers come more often.
uint64_t Favouring(base::Random& random, uint64_t count) {
  const double share = random.Uniform();
  return static_cast<uint64_t>(share * share * share * static_cast<double>(count));
}

// About normal, of mean 0 and deviation 1: twelve uniform numbers, added up.
double Normal(base::Random& random) {
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += random.Uniform();
  return sum;
}

std::string CustomerOf(uint64_t number) {
  switch (number % 7) {
    case 3:
      return fmt::format("\"Customer {}, Inc.\"", number);
    case 5:
      return fmt::format("\"The \"\"{}\"\" Company\"", number);
    default:
      return fmt::format("Customer {}", number);
  }
}

}  // namespace

std::string SampleFile(SampleKind kind, const SampleDataOptions& options) {
  switch (kind) {
    case SampleKind::kOrders:
      return SampleOrders(options);
    case SampleKind::kLogs:
      return SampleLogs(options);
    case SampleKind::kReadings:
      break;
  }
  return SampleReadings(options);
}

absl::Time SampleSaleDay(absl::Time end) { return end - kSaleDaysAgo * kDay; }

std::string SampleOrders(const SampleDataOptions& options) {
  static constexpr std::array<std::string_view, 4> kRegions = {"north", "south", "east", "west"};
  static constexpr std::array<Product, 6> kProducts = {{{"atlas", 129.9},
                                                        {"breeze", 24.5},
                                                        {"comet", 310},
                                                        {"delta", 7.95},
                                                        {"ember", 58.2},
                                                        {"fjord", 89}}};
  base::SeededRandom random = RandomOf(options, SampleKind::kOrders);
  const OrderTimes times(options);
  std::string csv = "orderID,orderedAt,customer,region,product,quantity,unitPrice\n";
  for (int64_t row = 0; row < options.rows; ++row) {
    const Product& product = kProducts[Favouring(random, kProducts.size())];
    const double discount = 1 - 0.05 * static_cast<double>(random.Below(4));
    const uint64_t customer = Favouring(random, 400);
    fmt::format_to(std::back_inserter(csv), "{},{},{},{},{},{},{:.2f}\n", 100'000 + row,
                   Text(times.Of(row)), CustomerOf(customer), kRegions[customer % kRegions.size()],
                   product.name, 1 + Favouring(random, 12), product.price * discount);
  }
  return csv;
}

std::string SampleLogs(const SampleDataOptions& options) {
  static constexpr std::array<std::string_view, 5> kServices = {"search", "catalog", kFaultyService,
                                                                "account", "images"};
  base::SeededRandom random = RandomOf(options, SampleKind::kLogs);
  std::string lines;
  for (int64_t row = 0; row < options.rows; ++row) {
    const std::string_view service = kServices[random.Below(kServices.size())];
    const bool faulty = service == kFaultyService;
    const bool failed = random.Uniform() < (faulty ? 0.06 : 0.006);
    const double millis = (faulty ? 160.0 : 40.0) * std::exp(0.4 * Normal(random));
    fmt::format_to(
        std::back_inserter(lines),
        R"({{"answeredAt":"{}","service":"{}","path":"/{}/{}","status":{},"millis":{:.1f}}})"
        "\n",
        Text(TimeOf(options, row)), service, service, random.Below(200), failed ? 503 : 200,
        millis);
  }
  return lines;
}

std::string SampleReadings(const SampleDataOptions& options) {
  base::SeededRandom random = RandomOf(options, SampleKind::kReadings);
  std::string csv = "measuredAt,sensor,temperature,vibration\n";
  for (int64_t row = 0; row < options.rows; ++row) {
    const absl::Time time = TimeOf(options, row);
    const std::string sensor = fmt::format("press-{:02}", random.Below(kSensors));
    const double hour = absl::ToDoubleHours(time - absl::UnixEpoch());
    double temperature = 58 + 3 * std::sin(hour * 2 * std::numbers::pi / 24) + Normal(random);
    if (sensor == kHotSensor && time >= options.end - kHot) temperature += 14;
    fmt::format_to(std::back_inserter(csv), "{},{},", Text(time), sensor);
    if (random.Below(200) != 0) fmt::format_to(std::back_inserter(csv), "{:.2f}", temperature);
    fmt::format_to(std::back_inserter(csv), ",{:.3f}\n", 2 + 0.3 * Normal(random));
  }
  return csv;
}

}  // namespace tenantry::simulator::science
