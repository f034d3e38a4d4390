#include "activity/state/present_records.h"

#include <algorithm>
#include <utility>

namespace tenantry::activity {
namespace {

// A score is of an instant: another one of the same company has another.
bool Same(const events::Risk& a, const events::Risk& b) {
  return a.status == b.status && a.as_of == b.as_of && a.score == b.score && a.model == b.model;
}

}  // namespace

void PresentRecords::Begin(base::Instant now) {
  if (now.day() != now_.day()) {
    records_.clear();
    places_.clear();
    sorted_ = true;
  }
  now_ = now;
}

bool PresentRecords::Keep(const std::string& tenant, uint64_t revision, const events::Risk& risk) {
  const auto place = places_.find(tenant);
  if (place == places_.end()) return false;
  events::CompanyRecord& record = records_[place->second];
  if (record.revision != revision || !Same(record.risk, risk)) return false;
  record.as_of = now_;
  return true;
}

void PresentRecords::Put(events::CompanyRecord record) {
  const auto [place, is_new] = places_.try_emplace(record.tenant.value(), records_.size());
  if (is_new) {
    sorted_ = false;
    records_.push_back(std::move(record));
  } else {
    records_[place->second] = std::move(record);
  }
}

const std::vector<events::CompanyRecord>& PresentRecords::Sorted() {
  if (!sorted_) {
    std::ranges::sort(records_, {}, &events::CompanyRecord::tenant);
    for (size_t i = 0; i < records_.size(); ++i) places_[records_[i].tenant.value()] = i;
    sorted_ = true;
  }
  return records_;
}

}  // namespace tenantry::activity
