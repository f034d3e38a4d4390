#include "simulator/sample_data.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <numbers>

#include "base/instant.h"
#include "base/random.h"
#include "simulator/seeds.h"

namespace tenantry::simulator {
namespace {

constexpr absl::Duration kSpan = absl::Hours(24 * 28);
constexpr absl::Duration kHot = absl::Hours(24 * 3);
constexpr uint64_t kSensors = 24;

struct Product {
  std::string_view name;
  double price;
};

// What numbers a file's kind draws from, so that two files of one seed have nothing in common.
enum class Kind : uint64_t { kOrders, kLogs, kReadings };

base::SeededRandom RandomOf(const SampleDataOptions& options, Kind kind) {
  return base::SeededRandom(MixSeed(options.seed, static_cast<uint64_t>(kind)));
}

absl::Time TimeOf(const SampleDataOptions& options, int64_t row) {
  return options.end - kSpan + kSpan * static_cast<double>(row) / static_cast<double>(options.rows);
}

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

std::string SampleOrders(const SampleDataOptions& options) {
  static constexpr std::array<std::string_view, 4> kRegions = {"north", "south", "east", "west"};
  static constexpr std::array<Product, 6> kProducts = {{{"atlas", 129.9},
                                                        {"breeze", 24.5},
                                                        {"comet", 310},
                                                        {"delta", 7.95},
                                                        {"ember", 58.2},
                                                        {"fjord", 89}}};
  base::SeededRandom random = RandomOf(options, Kind::kOrders);
  std::string csv = "orderID,orderedAt,customer,region,product,quantity,unitPrice\n";
  for (int64_t row = 0; row < options.rows; ++row) {
    const Product& product = kProducts[Favouring(random, kProducts.size())];
    const double discount = 1 - 0.05 * static_cast<double>(random.Below(4));
    const uint64_t customer = Favouring(random, 400);
    fmt::format_to(std::back_inserter(csv), "{},{},{},{},{},{},{:.2f}\n", 100'000 + row,
                   Text(TimeOf(options, row)), CustomerOf(customer),
                   kRegions[customer % kRegions.size()], product.name, 1 + Favouring(random, 12),
                   product.price * discount);
  }
  return csv;
}

std::string SampleLogs(const SampleDataOptions& options) {
  static constexpr std::array<std::string_view, 5> kServices = {"search", "catalog", kFaultyService,
                                                                "account", "images"};
  base::SeededRandom random = RandomOf(options, Kind::kLogs);
  std::string lines;
  for (int64_t row = 0; row < options.rows; ++row) {
    const std::string_view service = kServices[random.Below(kServices.size())];
    const bool faulty = service == kFaultyService;
    const bool failed = random.Uniform() < (faulty ? 0.06 : 0.006);
    const double millis = (faulty ? 160.0 : 40.0) * std::exp(0.4 * Normal(random));
    fmt::format_to(std::back_inserter(lines),
                   R"({{"at":"{}","service":"{}","path":"/{}/{}","status":{},"millis":{:.1f}}})"
                   "\n",
                   Text(TimeOf(options, row)), service, service, random.Below(200),
                   failed ? 503 : 200, millis);
  }
  return lines;
}

std::string SampleReadings(const SampleDataOptions& options) {
  base::SeededRandom random = RandomOf(options, Kind::kReadings);
  std::string csv = "at,sensor,temperature,vibration\n";
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

}  // namespace tenantry::simulator
