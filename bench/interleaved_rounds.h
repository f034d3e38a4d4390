#pragma once

#include <fmt/format.h>
#include <time.h>

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
struct Control {
  std::string name;
  double target = 0;  ///< least ratio of our speed to the control's; 0: none, the ratio is told
  double aim = 0;     ///< the ratio that is hoped for; 0: none
  std::function<double()> work;
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

/// The seconds for which this thread has had a core so far: what measures work that waits for
/// nothing, told apart from what else the machine does.
inline double CoreSeconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// The core's seconds that `work` takes.
inline double CoreSecondsOf(const std::function<void()>& work) {
  const double begin = CoreSeconds();
  work();
  return CoreSeconds() - begin;
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

/// Prints one line: the median of the rounds' ratios (control / ours: how fast we are), the target
/// and the aim, and the median seconds of both. True when the target was met.
inline bool PrintRatio(const Control& control, const std::vector<double>& ours,
                       const std::vector<double>& theirs) {
  std::vector<double> ratios;
  for (size_t i = 0; i < ours.size(); ++i) ratios.push_back(theirs[i] / ours[i]);
  const double ratio = Median(ratios);
  const auto [least, most] = std::minmax_element(ratios.begin(), ratios.end());
  const bool met = ratio >= control.target;
  std::string wanted = "no target";
  if (control.target > 0) {
    wanted = fmt::format("target >= {:.2f} {}", control.target, met ? "met" : "MISSED");
  }
  if (control.aim > 0) wanted += fmt::format(" aim >= {:.2f}", control.aim);
  fmt::print(
      "ratio {} {:.3f} {} ours {:.4f} s control {:.4f} s spread {:.3f} to {:.3f} rounds {}\n",
      control.name, ratio, wanted, Median(ours), Median(theirs), *least, *most, ours.size());
  std::fflush(stdout);
  return met;
}

/// Runs one round of each to warm up and `rounds` that count, alternating who begins, and prints a
/// line for each control. True when every target was met.
inline bool RunInterleaved(const std::function<double()>& work,
                           const std::vector<Control>& controls, int rounds) {
  std::vector<double> ours;
  std::vector<std::vector<double>> theirs(controls.size());
  work();
  for (const Control& control : controls) control.work();
  for (int i = 0; i < rounds; ++i) {
    if (i % 2 == 0) ours.push_back(work());
    for (size_t c = 0; c < controls.size(); ++c) theirs[c].push_back(controls[c].work());
    if (i % 2 == 1) ours.push_back(work());
  }
  bool met = true;
  for (size_t c = 0; c < controls.size(); ++c) met &= PrintRatio(controls[c], ours, theirs[c]);
  return met;
}

}  // namespace tenantry::bench
