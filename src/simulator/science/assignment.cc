#include "simulator/science/assignment.h"

#include <array>

namespace tenantry::simulator::science {
namespace {

constexpr Assignment kOrders = {
    .kind = SampleKind::kOrders,
    .industry = "retail",
    .user = "nora",
    .data_set = "orders",
    .file = "orders.csv",
    .job = "orders by day",
    .spec = R"toml(name = "orders by day"

[[steps]]
name = "lines"
kind = "load"
sql = "SELECT orderedAt, customer, quantity, unitPrice FROM orders WHERE quantity > 0"

[[steps]]
name = "priced"
kind = "transform"
sql = "SELECT CAST(orderedAt AS DATE) AS day, customer, quantity * unitPrice AS amount FROM lines"

[[steps]]
name = "by_day"
kind = "process"
sql = """
SELECT day, count(*) AS orders, count(DISTINCT customer) AS customers,
       round(sum(amount), 2) AS revenue
FROM priced GROUP BY day ORDER BY day"""

[[steps]]
name = "keep"
kind = "persist"
dataSet = "orders_by_day"
after = ["by_day"]
)toml",
    .result = "orders_by_day",
    .question = R"(SELECT day AS "DAY", orders AS "ORDERS", customers AS "CUSTOMERS",
       revenue AS "REVENUE"
FROM orders_by_day ORDER BY orders DESC, day LIMIT 5)",
    .finding = "best day",
    .word = "sum(amount)",
    .slip = "sum(ammount)"};

constexpr Assignment kRequests = {
    .kind = SampleKind::kLogs,
    .industry = "IT",
    .user = "omar",
    .data_set = "requests",
    .file = "requests.ndjson",
    .job = "health of services",
    .spec = R"toml(name = "health of services"

[[steps]]
name = "answered"
kind = "load"
sql = "SELECT service, status, millis FROM requests WHERE millis IS NOT NULL"

[[steps]]
name = "judged"
kind = "transform"
sql = "SELECT service, millis, status >= 500 AS failed FROM answered"

[[steps]]
name = "by_service"
kind = "process"
sql = """
SELECT service, count(*) AS requests, round(median(millis), 1) AS median_millis,
       round(quantile_cont(millis, 0.95), 1) AS p95_millis,
       round(100 * avg(CAST(failed AS INTEGER)), 2) AS failed_percent
FROM judged GROUP BY service ORDER BY service"""

[[steps]]
name = "keep"
kind = "persist"
dataSet = "service_health"
after = ["by_service"]
)toml",
    .result = "service_health",
    .question = R"(SELECT service AS "SERVICE", requests AS "REQUESTS",
       median_millis AS "MEDIAN, MS", p95_millis AS "P95, MS", failed_percent AS "FAILED, %"
FROM service_health ORDER BY median_millis DESC LIMIT 5)",
    .finding = "slowest service",
    .word = "median(millis)",
    .slip = "median(milis)"};

constexpr Assignment kReadings = {
    .kind = SampleKind::kReadings,
    .industry = "energy",
    .user = "pia",
    .data_set = "readings",
    .file = "readings.csv",
    .job = "heat of sensors",
    .spec = R"toml(name = "heat of sensors"

[[steps]]
name = "known"
kind = "load"
sql = "SELECT measuredAt, sensor, temperature FROM readings WHERE temperature IS NOT NULL"

[[steps]]
name = "dated"
kind = "transform"
sql = """
SELECT sensor, temperature,
       measuredAt >= (SELECT max(measuredAt) FROM known) - INTERVAL 3 DAY AS recent
FROM known"""

[[steps]]
name = "by_sensor"
kind = "process"
sql = """
SELECT sensor, count(*) AS readings,
       round(avg(temperature) FILTER (WHERE NOT recent), 1) AS celsius_before,
       round(avg(temperature) FILTER (WHERE recent), 1) AS celsius_now
FROM dated GROUP BY sensor ORDER BY sensor"""

[[steps]]
name = "keep"
kind = "persist"
dataSet = "sensor_heat"
after = ["by_sensor"]
)toml",
    .result = "sensor_heat",
    .question = R"(SELECT sensor AS "SENSOR", readings AS "READINGS", celsius_before AS "°C BEFORE",
       celsius_now AS "°C, LAST 3 DAYS", round(celsius_now - celsius_before, 1) AS "RISE, °C"
FROM sensor_heat ORDER BY celsius_now DESC, sensor LIMIT 5)",
    .finding = "hottest sensor",
    .word = "avg(temperature)",
    .slip = "avg(temprature)"};

constexpr std::array kAssignments = {kOrders, kRequests, kReadings};

}  // namespace

absl::Span<const Assignment> Assignments() { return kAssignments; }

std::string MisspeltSpec(const Assignment& assignment) {
  std::string spec(assignment.spec);
  return spec.replace(spec.find(assignment.word), assignment.word.size(), assignment.slip);
}

}  // namespace tenantry::simulator::science
