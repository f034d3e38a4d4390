#pragma once

#include <absl/time/time.h>

#include <string_view>
#include <thread>

#include "base/steady_time.h"
#include "roles/analytics/analytics_role.h"
#include "runtime/services/service.h"

namespace tenantry::roles {

/// Has the analytics role work ahead, at once and then again and again, on a thread of its own: the
/// page then asks for what is there. What fails is told in the log and tried again the next time.
class HistoryWarmer final : public runtime::Service {
 public:
  /// `role` outlives this.
  HistoryWarmer(AnalyticsRole& role, absl::Duration interval) : role_(role), interval_(interval) {}
  ~HistoryWarmer() override { Stop(); }

  std::string_view name() const override { return "history"; }
  absl::Status Start() override;
  void Drain(absl::Time deadline) override;
  void Stop() override;

 private:
  void Run();

  AnalyticsRole& role_;
  const absl::Duration interval_;
  base::StopSignal stop_;
  std::thread thread_;
};

}  // namespace tenantry::roles
