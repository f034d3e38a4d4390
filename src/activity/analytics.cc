#include "activity/analytics.h"

#include <xxhash.h>

#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/status.h"

namespace tenantry::activity {
namespace {

// 128 bits of (source, id); the source's hash is the seed, so that no two splits of one text
// collide.
std::pair<uint64_t, uint64_t> HashOf(const events::EventView& event) {
  const uint64_t source = XXH3_64bits(event.source.data(), event.source.size());
  const XXH128_hash_t hash = XXH3_128bits_withSeed(event.id.data(), event.id.size(), source);
  return {hash.low64, hash.high64};
}

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

size_t Analytics::IdHasher::operator()(std::string_view id) const {
  return XXH3_64bits(id.data(), id.size());
}

Analytics::Tenant& Analytics::TenantOf(std::string_view id) {
  const auto found = tenants_.find(id);
  if (found != tenants_.end()) return *found->second;
  return *tenants_.emplace(std::string(id), std::make_unique<Tenant>()).first->second;
}

const Analytics::Tenant* Analytics::FindTenant(std::string_view id) const {
  const auto found = tenants_.find(id);
  return found == tenants_.end() ? nullptr : found->second.get();
}

Outcome Analytics::Apply(const events::EventView& event, std::string_view json) {
  Tenant& tenant = TenantOf(event.tenant);
  const SeenHash hash = HashOf(event);
  if (!tenant.seen.insert(hash).second) return Outcome::kRepeated;
  tenant.new_seen.push_back(hash);
  const base::Day day = event.time.day();
  if (day > today_) {
    tenant.waiting.push_back({day, std::string(json)});
    with_waiting_.insert(std::string(event.tenant));
    return Outcome::kLater;
  }
  tenant.state.Apply(event);
  return Outcome::kCounted;
}

std::vector<base::TenantId> Analytics::AdvanceTo(base::Day today) {
  if (today <= today_) return {};
  today_ = today;
  return CountWaiting();
}

std::vector<base::TenantId> Analytics::CountWaiting() {
  std::vector<base::TenantId> changed;
  std::vector<std::string> done;
  for (const std::string& id : with_waiting_) {
    Tenant& tenant = TenantOf(id);
    std::vector<Waiting> still;
    for (Waiting& waiting : tenant.waiting) {
      if (waiting.day > today_) {
        still.push_back(std::move(waiting));
        continue;
      }
      events::EventView event;
      TENANTRY_CHECK(parser_.Parse(waiting.json, event).ok());
      tenant.state.Apply(event);
    }
    if (still.size() != tenant.waiting.size()) changed.emplace_back(id);
    if (still.empty()) done.push_back(id);
    tenant.waiting = std::move(still);
  }
  for (const std::string& id : done) with_waiting_.erase(id);
  return changed;
}

Found Analytics::Find(std::string_view id, base::Instant as_of,
                      events::CompanyRecord& record) const {
  const Tenant* tenant = FindTenant(id);
  if (tenant == nullptr) return Found::kUnknown;
  const base::Day day = as_of.day();
  if (!tenant->state.empty() && day < tenant->state.greatest_day()) return Found::kNeedsHistory;
  TenantState with_waiting;
  const TenantState* state = &tenant->state;
  for (const Waiting& waiting : tenant->waiting) {
    if (waiting.day > day) continue;
    if (state == &tenant->state) {
      with_waiting = tenant->state;
      state = &with_waiting;
    }
    events::EventView event;
    TENANTRY_CHECK(parser_.Parse(waiting.json, event).ok());
    with_waiting.Apply(event);
  }
  if (state->empty()) return Found::kUnknown;
  record = events::CompanyRecord();
  record.tenant = base::TenantId(std::string(id));
  record.as_of = as_of;
  state->Fill(day, record);
  return Found::kRecord;
}

std::vector<base::TenantId> Analytics::Tenants() const {
  std::vector<base::TenantId> ids;
  ids.reserve(tenants_.size());
  for (const auto& [id, tenant] : tenants_) ids.emplace_back(id);
  return ids;
}

std::string Analytics::EncodeState(std::string_view id) const {
  const Tenant* tenant = FindTenant(id);
  TENANTRY_CHECK(tenant != nullptr);
  std::string bytes;
  AppendInteger(bytes, tenant->waiting.size());
  for (const Waiting& waiting : tenant->waiting) {
    AppendInteger(bytes, waiting.json.size());
    bytes += waiting.json;
  }
  return bytes + tenant->state.Encode();
}

std::string Analytics::TakeNewSeen(std::string_view id) {
  std::string bytes;
  for (const auto& [low, high] : std::exchange(TenantOf(id).new_seen, {})) {
    AppendInteger(bytes, low);
    AppendInteger(bytes, high);
  }
  return bytes;
}

std::string Analytics::EncodeSeen(std::string_view id) const {
  std::string bytes;
  for (const auto& [low, high] : FindTenant(id)->seen) {
    AppendInteger(bytes, low);
    AppendInteger(bytes, high);
  }
  return bytes;
}

absl::Status Analytics::RestoreState(const base::TenantId& id, std::string_view bytes) {
  Tenant& tenant = TenantOf(id.value());
  tenant.waiting.clear();
  uint64_t waiting = 0, size = 0;
  if (!TakeInteger(bytes, waiting)) return base::DataLoss("the state of '{}' is cut off", id);
  for (; waiting > 0; --waiting) {
    events::EventView event;
    if (!TakeInteger(bytes, size) || size > bytes.size() ||
        !parser_.Parse(bytes.substr(0, size), event).ok()) {
      return base::DataLoss("the state of '{}' holds a broken event", id);
    }
    tenant.waiting.push_back({event.time.day(), std::string(bytes.substr(0, size))});
    bytes.remove_prefix(size);
  }
  if (!tenant.waiting.empty()) with_waiting_.insert(id.value());
  return base::Annotate(tenant.state.Decode(bytes), id.value());
}

absl::Status Analytics::RestoreSeen(const base::TenantId& id, std::string_view bytes) {
  if (bytes.size() % 16 != 0) return base::DataLoss("the hashes of '{}' are cut off", id);
  Tenant& tenant = TenantOf(id.value());
  SeenHash hash;
  while (TakeInteger(bytes, hash.first) && TakeInteger(bytes, hash.second)) {
    tenant.seen.insert(hash);
  }
  return absl::OkStatus();
}

}  // namespace tenantry::activity
