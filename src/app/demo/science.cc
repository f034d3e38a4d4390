#include "app/demo/science.h"

#include <algorithm>
#include <utility>

#include "app/console/format.h"
#include "base/status.h"
#include "simulator/seeds.h"

namespace tenantry::app::demo {
namespace {

constexpr size_t kPasswordBytes = 6;
constexpr uint64_t kVisitsMax = 64;  // of one scientist, for the seeds of their data

absl::Time MidnightBefore(absl::Time time) {
  return absl::FromUnixSeconds(absl::ToUnixSeconds(time) / 86'400 * 86'400);
}

std::string FirstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

Science::Science(const console::Terminal& terminal, const std::string& url, Plan plan)
    : plan_(std::move(plan)) {
  for (size_t i = 0; i < plan_.scientists.size(); ++i) {
    const auto& one = plan_.scientists[i];
    scientists_.emplace_back(terminal, url, fmt::format("{}/{}", plan_.folder, i), one,
                             terminal.random.Hex(kPasswordBytes), plan_.stopped);
    for (size_t visit = 0; visit < one.visits.size(); ++visit) {
      due_.push_back({one.visits[visit], i, static_cast<int>(visit)});
    }
  }
  std::ranges::stable_sort(due_, std::greater<>(), &Due::time);
}

std::optional<absl::Time> Science::next() const {
  if (due_.empty()) return std::nullopt;
  return due_.back().time;
}

absl::Status Science::VisitNext(LifePlayer& admin, simulator::StoryClock& clock) {
  const Due due = due_.back();
  due_.pop_back();
  const auto& plan = plan_.scientists[due.scientist];
  clock.MoveTo(due.time);
  clock.Run();
  if (due.visit == 0) TENANTRY_RETURN_IF_ERROR(scientists_[due.scientist].Join(admin));
  const bool last = due.visit + 1 == static_cast<int>(plan.visits.size());
  return scientists_[due.scientist].Work(
      {.seed = simulator::MixSeed(plan_.seed,
                                  due.scientist * kVisitsMax + static_cast<uint64_t>(due.visit)),
       .end = MidnightBefore(due.time),
       .slips = last && plan.slips,
       .asks = last});
}

void Science::Tell(console::Terminal& terminal) const {
  if (scientists_.empty()) {
    console::Say(terminal, "No tenant stayed to the end, so nobody brought data.");
    return;
  }
  uint64_t files = 0, rows = 0, succeeded = 0, failed = 0;
  for (const Scientist& scientist : scientists_) {
    const ScienceRecord& record = scientist.record();
    files += static_cast<uint64_t>(record.files);
    rows += static_cast<uint64_t>(record.rows);
    succeeded += static_cast<uint64_t>(record.jobs_succeeded);
    failed += record.failed_job.empty() ? 0 : 1;
  }
  console::Say(
      terminal,
      fmt::format("{} put {} of {} into the lake and ran {} over {}: {} succeeded, {} "
                  "failed.",
                  console::FormatCounted(scientists_.size(), "data scientist"),
                  console::FormatCounted(files, "file"), console::FormatCounted(rows, "row"),
                  console::FormatCounted(succeeded + failed, "job"), files == 1 ? "it" : "them",
                  console::FormatCount(succeeded), console::FormatCount(failed)));
  for (size_t i = 0; i < scientists_.size(); ++i) {
    const ScienceRecord& record = scientists_[i].record();
    terminal.out << fmt::format("\n{} of {}, {}\n{}", plan_.scientists[i].assignment->job,
                                record.tenant, record.finding, record.table);
    terminal.out.flush();
    if (record.failed_job.empty()) continue;
    console::Say(terminal, fmt::format("\n{} of {} had misspelt a column at first: {}", record.user,
                                       record.tenant, FirstLine(record.failure)));
  }
}

std::vector<ScienceRecord> Science::records() const {
  std::vector<ScienceRecord> records;
  for (const Scientist& scientist : scientists_) records.push_back(scientist.record());
  return records;
}

}  // namespace tenantry::app::demo
