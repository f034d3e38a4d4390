#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/status/status.h>
#include <absl/time/time.h>

#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include "base/monitor.h"
#include "base/steady_time.h"
#include "runtime/services/service.h"

namespace tenantry::runtime {

/// Looks again and again, on a thread of its own, whether something that is no service works:
/// readiness is told at once then, however long a look takes and however many ask.
class Probe final : public Service {
 public:
  /// `look` says whether it works; called every `every`. One that takes longer than `patience` is
  /// as good as a failure until it ends.
  Probe(std::string name, std::function<absl::Status()> look, absl::Duration every,
        absl::Duration patience);
  ~Probe() override { Stop(); }

  std::string_view name() const override { return name_; }

  /// Begins to look, and waits for the first look to end, but no longer than its patience. What is
  /// found is told by Ready.
  absl::Status Start() override;
  void Stop() override;

  /// What the last look found; Unavailable while one takes too long.
  absl::Status Ready() const override;

 private:
  void Look();

  const std::string name_;
  const std::function<absl::Status()> look_;
  const absl::Duration every_;
  const absl::Duration patience_;
  mutable base::Monitor mutex_;
  bool looked_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status found_ ABSL_GUARDED_BY(mutex_) = absl::UnavailableError("not looked at yet");
  absl::Duration began_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteDuration();  // unless it looks
  base::StopSignal stop_;
  std::thread thread_;
};

}  // namespace tenantry::runtime
