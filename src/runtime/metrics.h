#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tenantry::runtime {

/// A number that only grows. Thread-safe; owned by its Metrics.
class Counter {
 public:
  virtual ~Counter() = default;
  virtual void Increment(double by = 1) = 0;
  virtual double value() const = 0;
};

/// A number that goes up and down. Thread-safe; owned by its Metrics.
class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void Set(double value) = 0;
  virtual void Add(double by) = 0;
  virtual double value() const = 0;
};

/// Counts of values by bucket. Thread-safe; owned by its Metrics.
class Histogram {
 public:
  virtual ~Histogram() = default;
  virtual void Observe(double value) = 0;
};

using Labels = std::map<std::string, std::string>;

/// The registry of the process's metrics. Names are `tenantry_<room>_<what>` in base units, ending in
/// `_total` for counters, `_seconds` or `_bytes` where there is a unit. Thread-safe. Asking again for
/// the same name and labels gives the same object; asking with another kind or help aborts.
class Metrics {
 public:
  Metrics();
  ~Metrics();

  Counter& AddCounter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge& AddGauge(const std::string& name, const std::string& help, const Labels& labels = {});
  /// `bounds` are the buckets' upper limits, ascending; the last bucket, to infinity, is added.
  Histogram& AddHistogram(const std::string& name, const std::string& help,
                          const std::vector<double>& bounds, const Labels& labels = {});

  /// Everything as Prometheus text, format 0.0.4.
  std::string PrometheusText() const;

 private:
  struct Registry;
  std::unique_ptr<Registry> registry_;
};

/// Bucket limits for latencies in seconds: 50 µs to 30 s, roughly ×2.
std::vector<double> LatencyBuckets();

}  // namespace tenantry::runtime
