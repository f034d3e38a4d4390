#include "activity/replay/history_desk.h"

#include <absl/cleanup/cleanup.h>
#include <malloc.h>

#include <algorithm>
#include <utility>

#include "activity/replay/history_replay.h"
#include "base/retry_after.h"
#include "base/status.h"
#include "base/steady_time.h"
#include "runtime/logging.h"

namespace tenantry::activity {
namespace {

// Refusals are told of in the log at most so often; the metric counts them all.
constexpr absl::Duration kLogEvery = absl::Seconds(10);
// Asked to come again after about one scan, within these.
constexpr absl::Duration kRetryMin = absl::Seconds(1);
constexpr absl::Duration kRetryMax = absl::Seconds(30);

int64_t BytesOf(const events::CompanyRecord& record) {
  size_t bytes = sizeof(record) + record.tenant.value().size();
  for (const std::string* text :
       {&record.name, &record.industry, &record.revenue, &record.employees, &record.plan,
        &record.monthly_fee, &record.total_fee}) {
    bytes += text->capacity();
  }
  bytes += record.jobs_by_day.size() * sizeof(std::pair<base::Day, absl::uint128>);
  const size_t counts = record.ran_by_day.size() + record.registrations_by_day.size() +
                        record.logins_by_day.size() + record.data_events_by_day.size();
  bytes += counts * sizeof(std::pair<base::Day, int64_t>);
  bytes += record.active_days30.capacity() * sizeof(base::Day);
  return static_cast<int64_t>(bytes);
}

}  // namespace

HistoryDesk::HistoryDesk(const Readers& readers, LastChange last_change, const LiveOptions& options,
                         LiveMetrics& metrics)
    : readers_(readers),
      last_change_(std::move(last_change)),
      options_(options),
      metrics_(metrics) {}

HistoryDesk::Question HistoryDesk::Ask(const std::optional<base::TenantId>& tenant,
                                       base::Day day) const {
  return {tenant, day, last_change_(tenant, day)};
}

HistoryDesk::Answer HistoryDesk::Get(const std::optional<base::TenantId>& tenant,
                                     base::Instant as_of) {
  base::MonitorLock lock(&mutex_);
  if (auto kept = FindKept(tenant, as_of.day())) {
    metrics_.history_kept_answers.Increment();
    return kept;
  }
  if (const auto reading = FindReading(tenant, as_of.day())) return Share(reading);
  return ReadAnew(tenant, as_of);
}

// Whether the answer to `question` holds what is asked, and no event has changed it since.
bool HistoryDesk::Covers(const Question& question, const std::optional<base::TenantId>& tenant,
                         base::Day day) const {
  const bool holds = question.day == day && (!question.tenant || question.tenant == tenant);
  return holds && question == Ask(question.tenant, day);
}

std::shared_ptr<const HistoryDesk::Records> HistoryDesk::FindKept(
    const std::optional<base::TenantId>& tenant, base::Day day) {
  for (auto kept = kept_.begin(); kept != kept_.end(); ++kept) {
    if (!Covers(kept->question, tenant, day)) continue;
    kept_.splice(kept_.begin(), kept_, kept);
    return kept_.front().records;
  }
  return nullptr;
}

std::shared_ptr<HistoryDesk::Reading> HistoryDesk::FindReading(
    const std::optional<base::TenantId>& tenant, base::Day day) {
  const auto found = std::find_if(readings_.begin(), readings_.end(), [&](const auto& reading) {
    return Covers(reading->question, tenant, day);
  });
  return found == readings_.end() ? nullptr : *found;
}

// Waits for a reading that another caller does.
HistoryDesk::Answer HistoryDesk::Share(const std::shared_ptr<Reading>& reading) {
  if (waiting_ >= options_.history_waiting_max) {
    return Refuse("too many ask for the past at once");
  }
  metrics_.history_waiting.Set(static_cast<double>(++waiting_));
  const bool done = mutex_.AwaitFor(absl::Condition(&reading->done),
                                    options_.history_wait + options_.history_timeout);
  metrics_.history_waiting.Set(static_cast<double>(--waiting_));
  if (!done) return Refuse("another's reading of the past goes on");
  TENANTRY_RETURN_IF_ERROR(reading->status);
  return reading->records;
}

HistoryDesk::Answer HistoryDesk::ReadAnew(const std::optional<base::TenantId>& tenant,
                                          base::Instant as_of) {
  if (scanning_ >= options_.history_scans_max && waiting_ >= options_.history_waiting_max) {
    return Refuse("too many ask for the past at once");
  }
  const auto reading = std::make_shared<Reading>();
  reading->question = Ask(tenant, as_of.day());
  readings_.push_back(reading);
  const absl::Status placed = AwaitPlace();
  Answer answer(placed.ok() ? Answer(FindKept(tenant, as_of.day())) : Answer(placed));
  // Nothing kept but a place to read.
  if (answer.ok() && *answer == nullptr) {
    ++scanning_;
    // Events counted while this waited will be read, too.
    reading->question = Ask(tenant, as_of.day());
    mutex_.Unlock();
    answer = Scan(tenant, as_of);
    mutex_.Lock();
    --scanning_;
    if (answer.ok()) Keep(reading->question, *answer);
  }
  reading->done = true;
  reading->status = answer.status();
  if (answer.ok()) reading->records = *answer;
  readings_.remove(reading);
  return answer;
}

// Waits until fewer than activity.history_scans_max read.
absl::Status HistoryDesk::AwaitPlace() {
  const auto has_place = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return scanning_ < options_.history_scans_max;
  };
  if (has_place()) return absl::OkStatus();
  metrics_.history_waiting.Set(static_cast<double>(++waiting_));
  const bool came = mutex_.AwaitFor(absl::Condition(&has_place), options_.history_wait);
  metrics_.history_waiting.Set(static_cast<double>(--waiting_));
  return came ? absl::OkStatus() : Refuse("others' questions about the past take long");
}

HistoryDesk::Answer HistoryDesk::Scan(const std::optional<base::TenantId>& tenant,
                                      base::Instant as_of) {
  metrics_.history_replays.Increment();
  const absl::Duration begin = base::SteadyNow();
  // What counting took goes back to the machine once it is freed; the allocator would keep it.
  const absl::Cleanup give_back = [] { malloc_trim(0); };
  HistoryReplay replay(as_of, begin + options_.history_timeout, &stopping_);
  const bool fast = !tenant && readers_.all_events != nullptr;
  const absl::Status status =
      fast ? replay.ReadAll(readers_.all_events) : replay.Read(readers_.history, tenant);
  const absl::Duration took = base::SteadyNow() - begin;
  metrics_.history_seconds.Observe(absl::ToDoubleSeconds(took));
  const bool fails = !status.ok() && !stopping_;
  runtime::Log(fails ? runtime::LogLevel::kWarning : runtime::LogLevel::kInfo, "activity",
               "reading the history of {} up to {} took {}{}{}",
               tenant ? tenant->value() : "everybody", base::FormatDay(as_of.day()),
               absl::FormatDuration(absl::Trunc(took, absl::Milliseconds(1))),
               status.ok() ? "" : " and failed: ", base::Message(status));
  {
    base::MonitorLock lock(&mutex_);
    last_scan_ = took;
  }
  if (absl::IsDeadlineExceeded(status)) return base::WithRetryAfter(status, kRetryMax);
  TENANTRY_RETURN_IF_ERROR(status);
  return std::make_shared<const Records>(replay.Records());
}

// Keeps an answer within activity.history_kept_bytes_max, the longest unused making room.
void HistoryDesk::Keep(const Question& question, std::shared_ptr<const Records> records) {
  int64_t bytes = sizeof(Kept);
  for (const auto& record : *records) bytes += BytesOf(record);
  const auto drop = [&](std::list<Kept>::iterator kept) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    kept_bytes_ -= kept->bytes;
    return kept_.erase(kept);
  };
  for (auto kept = kept_.begin(); kept != kept_.end();) {
    const bool replaced =
        kept->question.tenant == question.tenant && kept->question.day == question.day;
    kept = replaced ? drop(kept) : std::next(kept);
  }
  if (bytes <= options_.history_kept_bytes_max) {
    kept_.push_front({question, std::move(records), bytes});
    kept_bytes_ += bytes;
    while (kept_bytes_ > options_.history_kept_bytes_max) drop(std::prev(kept_.end()));
  }
  metrics_.history_kept_bytes.Set(static_cast<double>(kept_bytes_));
}

absl::Status HistoryDesk::Refuse(std::string_view why) {
  metrics_.history_refused.Increment();
  const absl::Duration now = base::SteadyNow();
  if (now - refusal_logged_ >= kLogEvery) {
    refusal_logged_ = now;
    runtime::Log(runtime::LogLevel::kWarning, "activity",
                 "a question about the past is refused: {} ({} read, {} wait)", why, scanning_,
                 waiting_);
  }
  return base::WithRetryAfter(
      base::Unavailable("{}: ask again later, for one tenant, or for today", why),
      std::clamp(last_scan_, kRetryMin, kRetryMax));
}

}  // namespace tenantry::activity
