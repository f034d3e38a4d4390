#pragma once

#include <absl/time/civil_time.h>
#include <absl/time/time.h>
#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "base/random.h"

namespace tenantry::bench {

/// What the traffic of many tenants is made of.
struct TenantTrafficOptions {
  size_t tenants = 2'000;
  size_t events = 500'000;
  int days = 120;         ///< that the events are spread over
  double repeats = 0.05;  ///< share of lines that were sent before
  double late = 0.02;     ///< share of events up to ten days older than their neighbours
  uint64_t seed = 1;
};

/// Structured CloudEvents of the catalogue, about 300 bytes each, one a line: tenants register and
/// add people; then any of them in turn logs in, works on data, submits jobs that start and end,
/// and logs off. Every event comes from another tenant than the one before it, as a rule.
class TenantTraffic {
 public:
  /// Writes the whole of it.
  explicit TenantTraffic(const TenantTrafficOptions& options)
      : options_(options), random_(options.seed), tenants_(options.tenants) {
    std::vector<size_t> begins;
    while (begins.size() < options.events) {
      now_ = begin_ + absl::Hours(24 * options.days) * (static_cast<double>(begins.size()) /
                                                        static_cast<double>(options.events));
      begins.push_back(lines_.size());
      if (begins.size() > kRepeatedWithin && random_.Uniform() < options.repeats) {
        const size_t earlier = begins[begins.size() - 2 - random_.Below(kRepeatedWithin - 2)];
        lines_.append(lines_, earlier, lines_.find('\n', earlier) + 1 - earlier);
      } else {
        Act(random_.Below(options.tenants));
      }
    }
  }

  /// All lines.
  const std::string& lines() const { return lines_; }

 private:
  static constexpr size_t kRepeatedWithin = 20'000;
  static constexpr size_t kPeople = 5;
  static constexpr size_t kDataSetsMax = 12;
  const absl::Time begin_ = absl::FromCivil(absl::CivilDay(2026, 1, 1), absl::UTCTimeZone());

  struct Tenant {
    size_t people = 0;  // added so far
    size_t data_sets = 0;
    std::string user, session;     // empty: nobody is logged in
    std::string job, running_job;  // submitted, started
  };

  void Act(size_t number) {
    Tenant& tenant = tenants_[number];
    if (tenant.people < kPeople) return Register(number, tenant);
    if (tenant.session.empty()) return LogIn(number, tenant);
    if (!tenant.running_job.empty()) return EndJob(number, tenant);
    if (!tenant.job.empty()) return StartJob(number, tenant);
    const double choice = random_.Uniform();
    if (choice < 0.30) return WorkOnData(number, tenant);
    if (choice < 0.33) return LearnTutorial(number, tenant);
    if (choice < 0.65) return SubmitJob(number, tenant);
    LogOff(number, tenant);
  }

  void Register(size_t number, Tenant& tenant) {
    if (tenant.people == 0) {
      Emit(number, "tenant.created", Name(number),
           fmt::format(
               R"("tenantID":"{}","name":"Company {}","industry":"retail","revenue":{},)"
               R"("employees":{},"plan":"team","pattern":"steady","monthlyFee":{},"totalFee":{})",
               Name(number), number, 10 + random_.Below(100'000), 1 + random_.Below(50'000),
               10 + random_.Below(1'000), random_.Below(9'000)));
    }
    const std::string user = UserName(tenant.people++);
    Emit(number, "user.added", user, fmt::format(R"("userID":"{}","role":"scientist")", user));
  }

  void LogIn(size_t number, Tenant& tenant) {
    tenant.user = UserName(random_.Below(kPeople));
    tenant.session = random_.Hex(12);
    Emit(number, "user.logged_in", tenant.user, Who(tenant));
  }

  void LogOff(size_t number, Tenant& tenant) {
    Emit(number, random_.Below(4) == 0 ? "user.timed_out" : "user.logged_off", tenant.user,
         Who(tenant));
    tenant.session.clear();
  }

  void LearnTutorial(size_t number, const Tenant& tenant) {
    Emit(number, "user.completed_tutorial", tenant.user,
         fmt::format(R"({},"tutorial":"lesson-{}")", Who(tenant), random_.Below(6)));
  }

  void WorkOnData(size_t number, Tenant& tenant) {
    const bool made = tenant.data_sets < kDataSetsMax && random_.Below(4) == 0;
    if (made || tenant.data_sets == 0) ++tenant.data_sets;
    const size_t chosen = made ? tenant.data_sets - 1 : random_.Below(tenant.data_sets);
    const std::string name = fmt::format("sales-{:02}", chosen);
    const std::string_view what = made                     ? "dataset.created"
                                  : random_.Below(12) == 0 ? "dataset.deleted"
                                                           : "dataset.updated";
    Emit(number, what, name,
         fmt::format(R"("dataSetID":"{}","name":"Sales of {}","bytes":{},{})", name, chosen,
                     random_.Below(100'000'000'000), Who(tenant)));
  }

  void SubmitJob(size_t number, Tenant& tenant) {
    tenant.job = "job-" + random_.Hex(8);
    Emit(number, "job.submitted", tenant.job,
         fmt::format(R"("jobID":"{}",{},"nbJobs":{})", tenant.job, Who(tenant),
                     1 + random_.Below(4)));
  }

  void StartJob(size_t number, Tenant& tenant) {
    Emit(number, "job.started", tenant.job, fmt::format(R"("jobID":"{}")", tenant.job));
    tenant.running_job.swap(tenant.job);
  }

  void EndJob(size_t number, Tenant& tenant) {
    Emit(number, random_.Below(10) == 0 ? "job.failed" : "job.succeeded", tenant.running_job,
         fmt::format(R"("jobID":"{}","cpuSeconds":{},"readBytes":{},"writtenBytes":{})",
                     tenant.running_job, random_.Below(4'000), random_.Below(1'000'000'000),
                     random_.Below(10'000'000)));
    tenant.running_job.clear();
  }

  static std::string Name(size_t number) { return fmt::format("tenant-{:06}", number); }
  static std::string UserName(size_t number) { return fmt::format("person-{:02}", number); }
  static std::string Who(const Tenant& tenant) {
    return fmt::format(R"("userID":"{}","sessionID":"{}")", tenant.user, tenant.session);
  }

  void Emit(size_t number, std::string_view type, std::string_view subject, std::string_view data) {
    const bool late = random_.Uniform() < options_.late;
    const absl::Time time = late ? now_ - absl::Hours(240) * random_.Uniform() : now_;
    fmt::format_to(std::back_inserter(lines_),
                   R"({{"specversion":"1.0","id":"{}","source":"/tenants/{}",)"
                   R"("type":"io.tenantry.{}","time":"{}","tenantid":"{}","subject":"{}",)"
                   R"("data":{{{}}}}})"
                   "\n",
                   random_.Uuid(), Name(number), type,
                   base::FormatRfc3339Millis(base::ToInstant(time)), Name(number), subject, data);
  }

  const TenantTrafficOptions options_;
  base::SeededRandom random_;
  std::vector<Tenant> tenants_;
  absl::Time now_;
  std::string lines_;
};

}  // namespace tenantry::bench
