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
  /// Adds `by`; what is negative is ignored.
  virtual void Increment(double by = 1) = 0;
  /// The sum so far.
  virtual double value() const = 0;
};

/// A number that goes up and down. Thread-safe; owned by its Metrics.
class Gauge {
 public:
  virtual ~Gauge() = default;
  /// Replaces the value.
  virtual void Set(double value) = 0;
  /// Adds `by`, which may be negative.
  virtual void Add(double by) = 0;
  /// The value now.
  virtual double value() const = 0;
};

/// Counts of values by bucket. Thread-safe; owned by its Metrics.
class Histogram {
 public:
  virtual ~Histogram() = default;
  /// Counts `value` in its bucket.
  virtual void Observe(double value) = 0;
};

/// Label names and values.
using Labels = std::map<std::string, std::string>;

/// The registry of the process's metrics. Names are `tenantry_<room>_<what>` in base units, ending
/// in `_total` for counters, `_seconds` or `_bytes` where there is a unit. Thread-safe. Asking
/// again for the same name and labels gives the same object; asking with another kind, help or
/// bounds aborts, as do names that Prometheus does not take and help with line ends or backslashes.
///
/// The sets of labels under one name are bounded: past the bound every further set shares one
/// object whose label values are all `other`, and `tenantry_runtime_label_overflow_total{metric}`
/// counts it.
class Metrics {
 public:
  /// `label_sets_max` is the bound on the sets of labels under one name, at least 1.
  explicit Metrics(size_t label_sets_max = 1000);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// The counter of that name and those labels.
  Counter& AddCounter(const std::string& name, const std::string& help, const Labels& labels = {});
  /// The gauge of that name and those labels.
  Gauge& AddGauge(const std::string& name, const std::string& help, const Labels& labels = {});
  /// The histogram of that name and those labels. `bounds` are the buckets' upper limits,
  /// ascending; the last bucket, to infinity, is added.
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
