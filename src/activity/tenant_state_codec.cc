#include <cstring>
#include <type_traits>
#include <utility>

#include "activity/tenant_state.h"
#include "base/status.h"

namespace tenantry::activity {
namespace {

constexpr uint8_t kFormat = 1;

// Little-endian integers and length-prefixed texts, one after the other.
class Writer {
 public:
  template <typename Integer>
  void Put(Integer value) {
    static_assert(std::is_integral_v<Integer>);
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    bytes_.append(bytes, sizeof value);
  }
  void Put(base::Instant instant) {
    Put(instant.seconds);
    Put(instant.nanoseconds);
  }
  void Put(absl::uint128 value) {
    Put(absl::Uint128Low64(value));
    Put(absl::Uint128High64(value));
  }
  void Put(const std::string& text) {
    Put(static_cast<uint32_t>(text.size()));
    bytes_ += text;
  }
  void Put(const EventOrder& order) {
    Put(order.time);
    Put(order.id);
    Put(order.source);
  }
  void Put(const std::optional<base::Instant>& instant) {
    Put(static_cast<uint8_t>(instant.has_value()));
    if (instant) Put(*instant);
  }
  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Reads what Writer wrote; after the first shortage every value is zero and ok() is false.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  template <typename Integer>
  void Get(Integer& value) {
    static_assert(std::is_integral_v<Integer>);
    value = 0;
    if (!Has(sizeof value)) return;
    std::memcpy(&value, bytes_.data(), sizeof value);
    bytes_.remove_prefix(sizeof value);
  }
  void Get(base::Instant& instant) {
    Get(instant.seconds);
    Get(instant.nanoseconds);
  }
  void Get(absl::uint128& value) {
    uint64_t low, high;
    Get(low);
    Get(high);
    value = absl::MakeUint128(high, low);
  }
  void Get(std::string& text) {
    uint32_t size;
    Get(size);
    text.clear();
    if (!Has(size)) return;
    text = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
  }
  void Get(EventOrder& order) {
    Get(order.time);
    Get(order.id);
    Get(order.source);
  }
  void Get(std::optional<base::Instant>& instant) {
    uint8_t there;
    Get(there);
    instant.reset();
    if (there != 0) Get(instant.emplace());
  }
  bool ok() const { return ok_; }
  bool done() const { return ok_ && bytes_.empty(); }

 private:
  bool Has(size_t size) {
    ok_ = ok_ && bytes_.size() >= size;
    return ok_;
  }

  std::string_view bytes_;
  bool ok_ = true;
};

}  // namespace

// Reads and writes the private parts of a TenantState in the order of the format.
class TenantStateCodec {
 public:
  static void Write(const TenantState& state, Writer& to);
  static void Read(Reader& from, TenantState& state);

 private:
  static void WriteThings(const TenantState& state, Writer& to);
  static void ReadThings(Reader& from, TenantState& state);
  static void WriteDays(const TenantState& state, Writer& to);
  static void ReadDays(Reader& from, TenantState& state);
  static void WriteSessions(const TenantState& state, Writer& to);
  static void ReadSessions(Reader& from, TenantState& state);

  static uint32_t Count(Reader& from) {
    uint32_t count;
    from.Get(count);
    return from.ok() ? count : 0;
  }
};

void TenantStateCodec::Write(const TenantState& state, Writer& to) {
  to.Put(kFormat);
  to.Put(state.revision_);
  to.Put(state.greatest_day_);
  to.Put(state.registered_);
  to.Put(state.last_activity_);
  to.Put(static_cast<uint8_t>(state.profile_.has_value()));
  if (state.profile_) {
    to.Put(state.profile_->order);
    for (const std::string& token : state.profile_->value) to.Put(token);
  }
  to.Put(static_cast<uint8_t>(state.deleted_.has_value()));
  if (state.deleted_) {
    to.Put(state.deleted_->order);
    to.Put(static_cast<uint8_t>(state.deleted_->value));
  }
  WriteThings(state, to);
  WriteDays(state, to);
  WriteSessions(state, to);
}

void TenantStateCodec::Read(Reader& from, TenantState& state) {
  uint8_t flag;
  from.Get(state.revision_);
  from.Get(state.greatest_day_);
  from.Get(state.registered_);
  from.Get(state.last_activity_);
  from.Get(flag);
  if (flag != 0) {
    state.profile_.emplace();
    from.Get(state.profile_->order);
    for (std::string& token : state.profile_->value) from.Get(token);
  }
  from.Get(flag);
  if (flag != 0) {
    state.deleted_.emplace();
    from.Get(state.deleted_->order);
    from.Get(flag);
    state.deleted_->value = flag != 0;
  }
  ReadThings(from, state);
  ReadDays(from, state);
  ReadSessions(from, state);
}

void TenantStateCodec::WriteThings(const TenantState& state, Writer& to) {
  to.Put(static_cast<uint32_t>(state.users_.size()));
  for (const auto& [id, user] : state.users_) {
    to.Put(id);
    to.Put(user.order);
    to.Put(static_cast<uint8_t>(user.value));
  }
  to.Put(static_cast<uint32_t>(state.data_sets_.size()));
  for (const auto& [id, set] : state.data_sets_) {
    to.Put(id);
    to.Put(set.order);
    to.Put(static_cast<uint8_t>(set.value.has_value()));
    to.Put(set.value.value_or(0));
  }
  to.Put(static_cast<uint32_t>(state.tutorials_.size()));
  for (const uint64_t hash : state.tutorials_) to.Put(hash);
  to.Put(static_cast<uint32_t>(state.last_days_.size()));
  for (const auto& [hash, day] : state.last_days_) {
    to.Put(hash);
    to.Put(day);
  }
}

void TenantStateCodec::ReadThings(Reader& from, TenantState& state) {
  for (uint32_t i = Count(from); i > 0 && from.ok(); --i) {
    std::string id;
    uint8_t flag;
    from.Get(id);
    auto& user = state.users_[id];
    from.Get(user.order);
    from.Get(flag);
    user.value = flag != 0;
  }
  for (uint32_t i = Count(from); i > 0 && from.ok(); --i) {
    std::string id;
    uint8_t flag;
    uint64_t bytes;
    from.Get(id);
    auto& set = state.data_sets_[id];
    from.Get(set.order);
    from.Get(flag);
    from.Get(bytes);
    if (flag != 0) set.value = bytes;
  }
  for (uint32_t i = Count(from); i > 0 && from.ok(); --i) {
    uint64_t hash;
    from.Get(hash);
    state.tutorials_.insert(hash);
  }
  for (uint32_t i = Count(from); i > 0 && from.ok(); --i) {
    uint64_t hash;
    from.Get(hash);
    from.Get(state.last_days_[hash]);
  }
}

void TenantStateCodec::WriteDays(const TenantState& state, Writer& to) {
  to.Put(static_cast<uint32_t>(state.days_.size()));
  for (const auto& counts : state.days_) {
    to.Put(counts.day);
    to.Put(counts.jobs);
    to.Put(counts.ran);
    to.Put(counts.failed);
    to.Put(counts.logins);
    to.Put(counts.data_events);
    to.Put(counts.registrations);
    to.Put(static_cast<uint8_t>(counts.asked));
  }
}

void TenantStateCodec::ReadDays(Reader& from, TenantState& state) {
  for (uint32_t i = Count(from); i > 0 && from.ok(); --i) {
    auto& counts = state.days_.emplace_back();
    uint8_t asked;
    from.Get(counts.day);
    from.Get(counts.jobs);
    from.Get(counts.ran);
    from.Get(counts.failed);
    from.Get(counts.logins);
    from.Get(counts.data_events);
    from.Get(counts.registrations);
    from.Get(asked);
    counts.asked = asked != 0;
  }
}

void TenantStateCodec::WriteSessions(const TenantState& state, Writer& to) {
  to.Put(static_cast<uint32_t>(state.sessions_.size()));
  for (const auto& [hash, session] : state.sessions_) {
    to.Put(hash);
    to.Put(session.login_day);
    to.Put(session.first_data);
    to.Put(session.last_job);
  }
  to.Put(static_cast<uint32_t>(state.old_sessions_.size()));
  for (const uint64_t hash : state.old_sessions_) to.Put(hash);
}

void TenantStateCodec::ReadSessions(Reader& from, TenantState& state) {
  for (uint32_t i = Count(from); i > 0 && from.ok(); --i) {
    uint64_t hash;
    from.Get(hash);
    auto& session = state.sessions_[hash];
    from.Get(session.login_day);
    from.Get(session.first_data);
    from.Get(session.last_job);
  }
  for (uint32_t i = Count(from); i > 0 && from.ok(); --i) {
    uint64_t hash;
    from.Get(hash);
    state.old_sessions_.insert(hash);
  }
}

std::string TenantState::Encode() const {
  Writer to;
  TenantStateCodec::Write(*this, to);
  return to.Take();
}

absl::Status TenantState::Decode(std::string_view bytes) {
  *this = TenantState();
  Reader from(bytes);
  uint8_t format;
  from.Get(format);
  if (format != kFormat) {
    return base::DataLoss("a tenant's state has format {}, this program knows {}", format, kFormat);
  }
  TenantStateCodec::Read(from, *this);
  if (from.done()) return absl::OkStatus();
  return base::DataLoss("a tenant's state is cut off or too long");
}

}  // namespace tenantry::activity
