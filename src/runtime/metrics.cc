#include "runtime/metrics.h"

#include <absl/synchronization/mutex.h>
#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

#include "base/check.h"

namespace tenantry::runtime {
namespace {

class PrometheusCounter final : public Counter {
 public:
  explicit PrometheusCounter(prometheus::Counter& counter) : counter_(counter) {}
  void Increment(double by) override {
    if (by > 0) counter_.Increment(by);
  }
  double value() const override { return counter_.Value(); }

 private:
  prometheus::Counter& counter_;
};

class PrometheusGauge final : public Gauge {
 public:
  explicit PrometheusGauge(prometheus::Gauge& gauge) : gauge_(gauge) {}
  void Set(double value) override { gauge_.Set(value); }
  void Add(double by) override { gauge_.Increment(by); }
  double value() const override { return gauge_.Value(); }

 private:
  prometheus::Gauge& gauge_;
};

class PrometheusHistogram final : public Histogram {
 public:
  explicit PrometheusHistogram(prometheus::Histogram& histogram) : histogram_(histogram) {}
  void Observe(double value) override { histogram_.Observe(value); }

 private:
  prometheus::Histogram& histogram_;
};

/// The metrics of one name and kind. `Ours` wraps the library's `Theirs`.
template <typename Ours, typename Theirs, typename Wrapper>
struct Family {
  std::unique_ptr<prometheus::Family<Theirs>> family;
  std::string help;
  std::vector<double> bounds;
  std::map<Labels, std::unique_ptr<Ours>> by_labels;

  template <typename... Args>
  Ours& Add(const Labels& labels, const Args&... args) {
    std::unique_ptr<Ours>& metric = by_labels[labels];
    if (metric == nullptr) metric = std::make_unique<Wrapper>(family->Add(labels, args...));
    return *metric;
  }
};

using CounterFamily = Family<Counter, prometheus::Counter, PrometheusCounter>;
using GaugeFamily = Family<Gauge, prometheus::Gauge, PrometheusGauge>;
using HistogramFamily = Family<Histogram, prometheus::Histogram, PrometheusHistogram>;

constexpr char kOverflowName[] = "tenantry_runtime_label_overflow_total";

Labels OtherLabels(const Labels& labels) {
  Labels other;
  for (const auto& [name, value] : labels) other.emplace(name, "other");
  return other;
}

template <typename Families>
void CollectAll(const Families& families,
                std::map<std::string, prometheus::MetricFamily>& collected) {
  for (const auto& [name, family] : families) {
    for (prometheus::MetricFamily& part : family.family->Collect()) {
      collected.emplace(name, std::move(part));
    }
  }
}

}  // namespace

struct Metrics::Registry {
  const size_t label_sets_max;
  mutable absl::Mutex mutex{};
  std::map<std::string, CounterFamily> counters ABSL_GUARDED_BY(mutex){};
  std::map<std::string, GaugeFamily> gauges ABSL_GUARDED_BY(mutex){};
  std::map<std::string, HistogramFamily> histograms ABSL_GUARDED_BY(mutex){};

  /// The family of `name`, made when it is new.
  template <typename Theirs, typename Families>
  auto& FamilyOf(Families& families, const std::string& name, const std::string& help,
                 const std::vector<double>& bounds) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    auto& family = families[name];
    if (family.family == nullptr) {
      // One kind a name: the maps must not share it.
      TENANTRY_CHECK(counters.count(name) + gauges.count(name) + histograms.count(name) == 1);
      TENANTRY_CHECK(help.find_first_of("\\\n\r") == std::string::npos);
      family.family =
          std::make_unique<prometheus::Family<Theirs>>(name, help, prometheus::Labels{});
      family.help = help;
      family.bounds = bounds;
    }
    TENANTRY_CHECK(family.help == help);
    TENANTRY_CHECK(family.bounds == bounds);
    return family;
  }

  /// `labels`, or their stand-in when the family is full.
  template <typename OneFamily>
  Labels Admitted(const OneFamily& family, const std::string& name, const Labels& labels)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    if (family.by_labels.size() < label_sets_max || family.by_labels.contains(labels)) {
      return labels;
    }
    FamilyOf<prometheus::Counter>(counters, kOverflowName,
                                  "Requests for a set of labels past the bound, by metric", {})
        .Add({{"metric", name}})
        .Increment();
    return OtherLabels(labels);
  }
};

Metrics::Metrics(size_t label_sets_max) : registry_(new Registry{label_sets_max}) {
  TENANTRY_CHECK(label_sets_max >= 1);
}

Metrics::~Metrics() = default;

Counter& Metrics::AddCounter(const std::string& name, const std::string& help,
                             const Labels& labels) {
  const absl::MutexLock lock(&registry_->mutex);
  auto& family = registry_->FamilyOf<prometheus::Counter>(registry_->counters, name, help, {});
  return family.Add(registry_->Admitted(family, name, labels));
}

Gauge& Metrics::AddGauge(const std::string& name, const std::string& help, const Labels& labels) {
  const absl::MutexLock lock(&registry_->mutex);
  auto& family = registry_->FamilyOf<prometheus::Gauge>(registry_->gauges, name, help, {});
  return family.Add(registry_->Admitted(family, name, labels));
}

Histogram& Metrics::AddHistogram(const std::string& name, const std::string& help,
                                 const std::vector<double>& bounds, const Labels& labels) {
  TENANTRY_CHECK(std::is_sorted(bounds.begin(), bounds.end()));
  const absl::MutexLock lock(&registry_->mutex);
  auto& family =
      registry_->FamilyOf<prometheus::Histogram>(registry_->histograms, name, help, bounds);
  return family.Add(registry_->Admitted(family, name, labels), bounds);
}

std::string Metrics::PrometheusText() const {
  std::map<std::string, prometheus::MetricFamily> collected;
  {
    const absl::MutexLock lock(&registry_->mutex);
    CollectAll(registry_->counters, collected);
    CollectAll(registry_->gauges, collected);
    CollectAll(registry_->histograms, collected);
  }
  std::vector<prometheus::MetricFamily> in_order;
  for (auto& [name, family] : collected) in_order.push_back(std::move(family));
  return prometheus::TextSerializer().Serialize(in_order);
}

std::vector<double> LatencyBuckets() {
  return {0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
          0.05,    0.1,    0.25,    0.5,    1,     2.5,    5,     10,   30};
}

}  // namespace tenantry::runtime
