#include "activity/state/analytics.h"

#define XXH_INLINE_ALL  // a call costs more than hashing an id
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/status.h"

namespace tenantry::activity {
namespace {

// So many tenants' memory is fetched at once: their lines fit the first cache.
constexpr size_t kFetchedAhead = 32;
constexpr size_t kLineBytes = 64, kTenantLines = 4;

void AppendInteger(std::string& bytes, uint64_t value) {
  char raw[sizeof value];
  std::memcpy(raw, &value, sizeof value);
  bytes.append(raw, sizeof value);
}

bool TakeInteger(std::string_view& bytes, uint64_t& value) {
  if (bytes.size() < sizeof value) return false;
  std::memcpy(&value, bytes.data(), sizeof value);
  bytes.remove_prefix(sizeof value);
  return true;
}

}  // namespace

uint64_t Analytics::KeyOf(std::string_view id) {
  return TableKey(XXH3_64bits(id.data(), id.size()));
}

Analytics::Tenant* Analytics::FindTenant(uint64_t key, std::string_view id) const {
  const Slot* const slot =
      tenants_.Find(key, [id](const Slot& other) { return other.tenant->id == id; });
  return slot == nullptr ? nullptr : slot->tenant.get();
}

Analytics::Tenant& Analytics::TenantOf(uint64_t key, std::string_view id) {
  if (Tenant* const tenant = FindTenant(key, id)) return *tenant;
  Slot& slot = tenants_.Add(key);
  slot.tenant = std::make_unique<Tenant>();
  slot.tenant->id = id;
  if (tracks_new_) slot.tenant->state.seen().TrackNew();
  return *slot.tenant;
}

// Has what counting touches of the tenant that a key most probably means fetched.
void Analytics::Prefetch(uint64_t key) const {
  const Slot* const slot = tenants_.Find(key);
  if (slot == nullptr) return;
  const char* const tenant = reinterpret_cast<const char*>(slot->tenant.get());
  for (size_t line = 0; line < kTenantLines; ++line) {
    __builtin_prefetch(tenant + line * kLineBytes);
  }
}

Outcome Analytics::Apply(const events::EventView& event, std::string_view json) {
  return Count(TenantOf(event.tenant), event, json, EventHashes(event));
}

Outcome Analytics::Count(Tenant& tenant, const events::EventView& event, std::string_view json,
                         const EventHashes& hashes) {
  if (!tenant.state.See(hashes)) return Outcome::kRepeated;
  NoteUnsaved(tenant);
  const base::Day day = event.time.day();
  if (day > today_) {
    Wait(tenant, {day, tenant.state.seen().size()}, json);
    return Outcome::kLater;
  }
  tenant.state.Apply(event, hashes);
  NoteChanged(tenant);
  return Outcome::kCounted;
}

void Analytics::Wait(Tenant& tenant, WaitingPlace place, std::string_view json) {
  tenant.waiting.push_back({place, std::string(json)});
  with_waiting_.insert(tenant.id);
  waiting_bytes_ += sizeof(WaitingEvent) + json.size();
}

// An event leaves the memory.
void Analytics::DropWaiting(const WaitingEvent& event) {
  waiting_bytes_ -= sizeof(WaitingEvent) + event.json.size();
}

// Counts an event that waited: its text was read once before.
void Analytics::CountText(TenantState& state, std::string_view json) const {
  events::EventView event;
  TENANTRY_CHECK(parser_.Parse(json, event).ok());
  state.Apply(event);
}

void Analytics::NoteChanged(Tenant& tenant) {
  if (std::exchange(tenant.changed, true)) return;
  changed_.push_back(&tenant);
}

void Analytics::NoteUnsaved(Tenant& tenant) {
  if (!tracks_new_ || std::exchange(tenant.unsaved, true)) return;
  unsaved_.push_back(&tenant);
}

std::vector<base::TenantId> Analytics::TakeUnsaved() {
  std::vector<base::TenantId> taken;
  taken.reserve(unsaved_.size());
  for (Tenant* const tenant : unsaved_) {
    tenant->unsaved = false;
    taken.emplace_back(tenant->id);
  }
  unsaved_.clear();
  return taken;
}

void Analytics::MarkChanged(std::string_view id) {
  if (Tenant* const tenant = FindTenant(id)) NoteChanged(*tenant);
}

void Analytics::MarkAllChanged() {
  tenants_.ForEach([this](const Slot& slot) { NoteChanged(*slot.tenant); });
}

std::vector<base::TenantId> Analytics::TakeChanged(size_t tenants_max) {
  std::vector<base::TenantId> taken;
  taken.reserve(std::min(tenants_max, changed_.size()));
  while (taken.size() < tenants_max && !changed_.empty()) {
    changed_.front()->changed = false;
    taken.emplace_back(changed_.front()->id);
    changed_.pop_front();
  }
  return taken;
}

// In steps over some events at a time, so that the fetches of a step go on side by side: the
// tenants' places in the table, the tenants, what of their states the events touch.
void Analytics::ApplyBatch(absl::Span<const ParsedEvent> batch, absl::Span<Outcome> outcomes) {
  struct Ahead {
    uint64_t key = 0;
    Tenant* tenant = nullptr;
    EventHashes hashes;
  };
  std::array<Ahead, kFetchedAhead> ahead;
  for (size_t begin = 0; begin < batch.size(); begin += kFetchedAhead) {
    const auto events = batch.subspan(begin, kFetchedAhead);
    for (size_t i = 0; i < events.size(); ++i) {
      const events::EventView& event = events[i].event;
      ahead[i] = {KeyOf(event.tenant), nullptr, EventHashes(event)};
      tenants_.Prefetch(ahead[i].key);
    }
    for (size_t i = 0; i < events.size(); ++i) Prefetch(ahead[i].key);
    for (size_t i = 0; i < events.size(); ++i) {
      ahead[i].tenant = &TenantOf(ahead[i].key, events[i].event.tenant);
      ahead[i].tenant->state.Prefetch(events[i].event, ahead[i].hashes);
    }
    for (size_t i = 0; i < events.size(); ++i) {
      outcomes[begin + i] =
          Count(*ahead[i].tenant, events[i].event, events[i].json, ahead[i].hashes);
    }
  }
}

void Analytics::AdvanceTo(base::Day today) {
  if (today <= today_) return;
  today_ = today;
  CountWaiting();
}

void Analytics::CountWaiting() {
  std::vector<std::string> done;
  for (const std::string& id : with_waiting_) {
    Tenant& tenant = TenantOf(id);
    std::vector<WaitingEvent> still;
    for (WaitingEvent& waiting : tenant.waiting) {
      if (waiting.place.day > today_) {
        still.push_back(std::move(waiting));
        continue;
      }
      CountText(tenant.state, waiting.json);
      DropWaiting(waiting);
    }
    if (still.size() != tenant.waiting.size()) {
      NoteChanged(tenant);
      NoteUnsaved(tenant);
    }
    if (still.empty()) done.push_back(id);
    tenant.waiting = std::move(still);
  }
  for (const std::string& id : done) with_waiting_.erase(id);
}

Found Analytics::Find(std::string_view id, base::Instant as_of,
                      events::CompanyRecord& record) const {
  const Tenant* tenant = FindTenant(id);
  if (tenant == nullptr) return Found::kUnknown;
  const base::Day day = as_of.day();
  if (!tenant->state.empty() && day < tenant->state.greatest_day()) return Found::kNeedsHistory;
  if (tenant->stored_day <= day) return Found::kNeedsStored;
  std::optional<TenantState> with_waiting;
  const TenantState* state = &tenant->state;
  for (const WaitingEvent& waiting : tenant->waiting) {
    if (waiting.place.day > day) continue;
    if (!with_waiting) state = &with_waiting.emplace(tenant->state);
    CountText(*with_waiting, waiting.json);
  }
  if (state->empty()) return Found::kUnknown;
  record = events::CompanyRecord();
  record.tenant = base::TenantId(std::string(id));
  record.as_of = as_of;
  state->Fill(day, record);
  return Found::kRecord;
}

std::optional<uint64_t> Analytics::CountedRevision(std::string_view id, base::Day day) const {
  const Tenant* tenant = FindTenant(id);
  if (tenant == nullptr || tenant->state.empty() || day < tenant->state.greatest_day() ||
      tenant->stored_day <= day || !tenant->waiting.empty()) {
    return std::nullopt;
  }
  return tenant->state.revision();
}

const std::vector<WaitingEvent>& Analytics::Waiting(std::string_view id) const {
  const Tenant* tenant = FindTenant(id);
  TENANTRY_CHECK(tenant != nullptr);
  return tenant->waiting;
}

void Analytics::ForgetStored(const base::TenantId& id, absl::Span<const WaitingEvent> events) {
  Tenant& tenant = TenantOf(id.value());
  TENANTRY_CHECK(events.size() <= tenant.waiting.size());
  base::Day first_day = tenant.stored_day;
  for (size_t i = 0; i < events.size(); ++i) {
    TENANTRY_CHECK(tenant.waiting[i].place == events[i].place);
    first_day = std::min(first_day, events[i].place.day);
    DropWaiting(tenant.waiting[i]);
  }
  tenant.waiting.erase(tenant.waiting.begin(),
                       tenant.waiting.begin() + static_cast<std::ptrdiff_t>(events.size()));
  if (tenant.waiting.empty()) {
    tenant.waiting.shrink_to_fit();
    with_waiting_.erase(tenant.id);
  }
  NoteStored(id, first_day);
}

void Analytics::NoteStored(const base::TenantId& id, std::optional<base::Day> first_day) {
  Tenant& tenant = TenantOf(id.value());
  if (tenant.stored_day != kNoneStored) stored_.erase({tenant.stored_day, tenant.id});
  tenant.stored_day = first_day.value_or(kNoneStored);
  if (tenant.stored_day != kNoneStored) stored_.insert({tenant.stored_day, tenant.id});
}

std::optional<StoredDue> Analytics::NextDue() const {
  if (stored_.empty() || stored_.begin()->first > today_) return std::nullopt;
  const std::string& id = stored_.begin()->second;
  return StoredDue{base::TenantId(id), FindTenant(id)->counted};
}

void Analytics::CountStored(const base::TenantId& id, absl::Span<const WaitingEvent> events) {
  if (events.empty()) return;
  Tenant& tenant = TenantOf(id.value());
  for (const WaitingEvent& event : events) CountText(tenant.state, event.json);
  tenant.counted = events.back().place;
  NoteUnsaved(tenant);
}

StateAsOf Analytics::CopyAsOf(std::string_view id, base::Day day) const {
  const Tenant* tenant = FindTenant(id);
  TENANTRY_CHECK(tenant != nullptr);
  StateAsOf copy{tenant->state, tenant->counted};
  if (!tenant->waiting.empty()) copy.sequence_end = tenant->waiting.front().place.sequence;
  for (const WaitingEvent& waiting : tenant->waiting) {
    if (waiting.place.day <= day) CountText(copy.state, waiting.json);
  }
  return copy;
}

std::vector<base::TenantId> Analytics::Tenants() const {
  std::vector<base::TenantId> ids;
  ids.reserve(tenants_.size());
  tenants_.ForEach([&](const Slot& slot) { ids.emplace_back(slot.tenant->id); });
  return ids;
}

std::string Analytics::EncodeState(std::string_view id) const {
  const Tenant* tenant = FindTenant(id);
  TENANTRY_CHECK(tenant != nullptr);
  std::string bytes;
  AppendInteger(bytes, tenant->waiting.size());
  for (const WaitingEvent& waiting : tenant->waiting) {
    AppendInteger(bytes, waiting.json.size());
    bytes += waiting.json;
  }
  return bytes + tenant->state.Encode();
}

std::string Analytics::EncodeCounted(std::string_view id) const {
  const Tenant* tenant = FindTenant(id);
  TENANTRY_CHECK(tenant != nullptr);
  std::string bytes;
  AppendInteger(bytes, 0);
  return bytes + tenant->state.Encode();
}

SeenChunk Analytics::TakeSeenChunk(std::string_view id) {
  return TenantOf(id).state.seen().TakeChunk();
}

std::string Analytics::EncodeSeen(std::string_view id) const {
  const Tenant* tenant = FindTenant(id);
  TENANTRY_CHECK(tenant != nullptr);
  return tenant->state.seen().Encode();
}

absl::Status Analytics::RestoreState(const base::TenantId& id, std::string_view bytes) {
  Tenant& tenant = TenantOf(id.value());
  for (const WaitingEvent& event : tenant.waiting) DropWaiting(event);
  tenant.waiting.clear();
  uint64_t waiting = 0, size = 0;
  if (!TakeInteger(bytes, waiting)) return base::DataLoss("the state of '{}' is cut off", id);
  for (; waiting > 0; --waiting) {
    events::EventView event;
    if (!TakeInteger(bytes, size) || size > bytes.size() ||
        !parser_.Parse(bytes.substr(0, size), event).ok()) {
      return base::DataLoss("the state of '{}' holds a broken event", id);
    }
    Wait(tenant, {event.time.day(), tenant.waiting.size()}, bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  if (!tenant.waiting.empty()) NoteUnsaved(tenant);
  return base::Annotate(tenant.state.Decode(bytes), id.value());
}

absl::Status Analytics::RestoreSeen(const base::TenantId& id, std::string_view bytes) {
  Tenant& tenant = TenantOf(id.value());
  if (!tenant.state.seen().Restore(bytes)) {
    return base::DataLoss("the hashes of '{}' are cut off", id);
  }
  if (tenant.state.seen().has_many_chunks()) NoteUnsaved(tenant);
  return absl::OkStatus();
}

}  // namespace tenantry::activity
