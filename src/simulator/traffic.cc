#include "simulator/traffic.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "base/status.h"
#include "simulator/life_events.h"
#include "simulator/seeds.h"

namespace tenantry::simulator {
namespace {

absl::Status CheckShare(std::string_view name, double share, double highest) {
  if (share >= 0 && share <= highest) return absl::OkStatus();
  return base::InvalidArgument("the share \"{}\" must lie from 0 to {}, not at {}", name, highest,
                               share);
}

// A mark of the options in event ids: the same event gets the same id from the same options alone.
std::string IdPrefix(const TrafficOptions& options) {
  uint64_t mark = MixSeed(options.life.seed, static_cast<uint64_t>(options.life.tenants));
  mark = MixSeed(mark, static_cast<uint64_t>(options.life.days));
  mark = MixSeed(mark, static_cast<uint64_t>(absl::ToUnixSeconds(options.life.start)));
  return fmt::format("sim-{:08x}", mark >> 32);
}

// Events of our types whose data is wrong.
struct BadData {
  std::string_view type;
  std::string_view data;
};

constexpr BadData kBadData[] = {
    {"job.submitted", R"({"nbJobs":-1})"},
    {"job.submitted", R"({"nbJobs":1.5})"},
    {"job.submitted", R"({"nbJobs":9007199254740993})"},
    {"job.submitted", R"({"nbJobs":1,"nbJobs":2})"},
    {"job.submitted", R"([])"},
    {"user.logged_in", R"({"userID":7})"},
    {"user.added", R"({"role":"scientist"})"},
    {"dataset.created", R"({"dataSetID":"d"})"},
    {"dataset.deleted", R"({"dataSetID":""})"},
};

// Lines that are no CloudEvent 1.0 at all.
constexpr std::string_view kBadLines[] = {
    R"({"specversion":"0.3","id":"b","source":"/b","type":"t","time":"2025-01-01T00:00:00Z",)"
    R"("tenantid":"b"})",
    R"({"specversion":"1.0","source":"/b","type":"t","time":"2025-01-01T00:00:00Z",)"
    R"("tenantid":"b"})",
    R"({"specversion":"1.0","id":"b","source":"/b","type":"t","time":"2025-01-01T00:00:00Z"})",
    R"({"specversion":"1.0","id":"b","source":"/b","type":"t","time":"yesterday","tenantid":"b"})",
    R"({"specversion":"1.0","id":"b","source":"/b","type":"t","time":"2025-02-30T00:00:00Z",)"
    R"("tenantid":"b"})",
    R"({"specversion":"1.0","id":"b",)",
    R"({)",
    R"([])",
    R"(null)",
    R"("\ud800")",
    "{\"specversion\":\"1.0\",\"id\":\"\xFF\"}",
};

}  // namespace

absl::StatusOr<std::unique_ptr<Traffic>> Traffic::Make(const TrafficOptions& options) {
  TENANTRY_RETURN_IF_ERROR(CheckShare("repeat", options.repeat, 1));
  TENANTRY_RETURN_IF_ERROR(CheckShare("late", options.late, 1));
  TENANTRY_RETURN_IF_ERROR(CheckShare("bad", options.bad, 10));
  TENANTRY_ASSIGN_OR_RETURN(std::unique_ptr<TenantLife> life, TenantLife::Make(options.life));
  return std::unique_ptr<Traffic>(new Traffic(options, std::move(life)));
}

Traffic::Traffic(const TrafficOptions& options, std::unique_ptr<TenantLife> life)
    : options_(options),
      life_(std::move(life)),
      id_prefix_(IdPrefix(options)),
      random_(MixSeed(options.life.seed, 0x7EAFF1C)) {
  next_ = life_->Next();
}

void Traffic::Send(const Action& action) {
  Line line;
  line.text = events::ToStructuredJson(ToEvent(action, fmt::format("{}-{}", id_prefix_, sent_++)));
  line.arrival = action.time;
  if (random_.Uniform() < options_.late) {
    line.arrival += absl::Hours(1) + absl::Seconds(40 * 86'400 - 3'600) * random_.Uniform();
  }
  line.order = order_++;
  if (random_.Uniform() < options_.repeat) {
    Line again = line;
    again.arrival += absl::Hours(240) * random_.Uniform();
    again.order = order_++;
    again.repeated = true;
    under_way_.push(std::move(again));
  }
  under_way_.push(std::move(line));
}

std::optional<std::string> Traffic::Next() {
  if (bad_owed_ >= 1) {
    bad_owed_ -= 1;
    ++counts_.bad;
    return BadLine();
  }
  // Nothing arrives before it happens: what is under way is next once the life has come that far.
  while (next_ && (under_way_.empty() || under_way_.top().arrival >= next_->time)) {
    Send(*next_);
    next_ = life_->Next();
  }
  if (under_way_.empty()) return std::nullopt;
  std::string text = under_way_.top().text;
  ++(under_way_.top().repeated ? counts_.repeated : counts_.events);
  under_way_.pop();
  bad_owed_ += std::floor(options_.bad);
  if (random_.Uniform() < options_.bad - std::floor(options_.bad)) bad_owed_ += 1;
  return text;
}

std::string Traffic::BadLine() {
  const size_t which = random_.Below(std::size(kBadData) + std::size(kBadLines));
  if (which >= std::size(kBadData)) return std::string(kBadLines[which - std::size(kBadData)]);
  const BadData& bad = kBadData[which];
  return fmt::format(
      R"({{"specversion":"1.0","id":"bad-{}","source":"/bad","type":"io.tenantry.{}","time":"{}",)"
      R"("tenantid":"bad","data":{}}})",
      counts_.bad, bad.type, base::FormatRfc3339Millis(base::ToInstant(options_.life.start)),
      bad.data);
}

}  // namespace tenantry::simulator
