#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tenantry::bench {

/// What a bench measures: the same work done by us and by a control, in turn, so that whatever else
/// the machine does meets both. Each function does one round and returns its seconds.
struct InterleavedRounds {
  std::string name;
  double target = 0;  ///< least ratio of our speed to the control's
  double aim = 0;     ///< the ratio that is hoped for
  std::function<double()> ours;
  std::function<double()> control;
};

/// The middle of `values`.
inline double Median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// The seconds that `work` takes.
inline double SecondsOf(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Ends the program with a message unless `ok`.
inline void Require(bool ok, std::string_view what) {
  if (ok) return;
  fmt::print(stderr, "{}\n", what);
  std::exit(2);
}

/// The number behind `flag` among the arguments, or `fallback`; ends the program for what is no
/// number from 1.
inline int NumberFlag(int argc, char** argv, std::string_view flag, int fallback) {
  for (int i = 1; i + 1 < argc; ++i) {
    if (argv[i] != flag) continue;
    const int number = std::atoi(argv[i + 1]);
    Require(number >= 1, fmt::format("{} takes a number from 1, not '{}'", flag, argv[i + 1]));
    return number;
  }
  return fallback;
}

/// Runs one round of each to warm up and `rounds` that count, alternating who begins, and prints
/// one line: the median of the rounds' ratios (control / ours: how fast we are), the target and the
/// aim, and the median seconds of both. True when the target was met.
inline bool RunInterleaved(const InterleavedRounds& bench, int rounds) {
  bench.ours();
  bench.control();
  std::vector<double> ours, control, ratios;
  for (int i = 0; i < rounds; ++i) {
    if (i % 2 == 0) ours.push_back(bench.ours());
    control.push_back(bench.control());
    if (i % 2 == 1) ours.push_back(bench.ours());
    ratios.push_back(control.back() / ours.back());
  }
  const double ratio = Median(ratios);
  const auto [least, most] = std::minmax_element(ratios.begin(), ratios.end());
  const bool met = ratio >= bench.target;
  fmt::print(
      "ratio {} {:.3f} target >= {:.2f} {} aim >= {:.2f} ours {:.4f} s control {:.4f} s "
      "spread {:.3f} to {:.3f} rounds {}\n",
      bench.name, ratio, bench.target, met ? "met" : "MISSED", bench.aim, Median(ours),
      Median(control), *least, *most, rounds);
  std::fflush(stdout);
  return met;
}

}  // namespace tenantry::bench
