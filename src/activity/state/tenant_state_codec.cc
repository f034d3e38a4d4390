#include <algorithm>
#include <cstring>
#include <type_traits>
#include <utility>
#include <vector>

#include "activity/state/tenant_state.h"
#include "base/bytes/byte_codec.h"
#include "base/status.h"

namespace tenantry::activity {

using base::ByteReader;
using base::ByteWriter;

namespace {

constexpr uint64_t kFormat = 1;
constexpr int64_t kDaysFrom1970Max = 3'000'000;
constexpr int32_t kSecondNanos = 1'000'000'000;

void Put(ByteWriter& to, base::Instant instant) {
  to.Signed(instant.seconds);
  to.Unsigned(static_cast<uint64_t>(instant.nanoseconds));
}

base::Instant GetInstant(ByteReader& from) {
  const int64_t seconds = from.Signed();
  const uint64_t nanoseconds = from.Unsigned();
  if (nanoseconds >= kSecondNanos) from.Fail();
  return {seconds, static_cast<int32_t>(nanoseconds)};
}

void Put(ByteWriter& to, const std::optional<base::Instant>& instant) {
  to.Unsigned(instant.has_value() ? 1 : 0);
  if (instant) Put(to, *instant);
}

std::optional<base::Instant> GetOptionalInstant(ByteReader& from) {
  if (!from.Flag()) return std::nullopt;
  return GetInstant(from);
}

void Put(ByteWriter& to, const EventOrder& order) {
  Put(to, order.time);
  to.Unsigned(order.id_bytes);
  to.Text(order.id_and_source);
}

EventOrder GetOrder(ByteReader& from) {
  EventOrder order;
  order.time = GetInstant(from);
  order.id_bytes = static_cast<uint32_t>(from.Unsigned());
  order.id_and_source = from.Text();
  if (order.id_bytes > order.id_and_source.size()) from.Fail();
  return order;
}

// A day of the years that times have, or the one that stands for none.
base::Day GetDay(ByteReader& from) {
  const int64_t day = from.Signed();
  if (day == DayCounts::kNoDay) return DayCounts::kNoDay;
  if (day >= -kDaysFrom1970Max && day <= kDaysFrom1970Max) return static_cast<base::Day>(day);
  from.Fail();
  return 0;
}

uint32_t GetCount(ByteReader& from) {
  const uint64_t count = from.Unsigned();
  if (count > UINT32_MAX) from.Fail();
  return static_cast<uint32_t>(count);
}

}  // namespace

// Reads and writes the private parts of a TenantState in the order of the format.
class TenantStateCodec {
 public:
  static void Write(const TenantState& state, ByteWriter& to) {
    to.Unsigned(kFormat);
    to.Unsigned(state.revision_);
    to.Signed(state.greatest_day_);
    Put(to, state.registered_);
    Put(to, state.last_activity_);
    WriteProfile(state, to);
    WriteThings(state, to);
    WriteDays(state, to);
    WriteSessions(state, to);
  }

  static void Read(ByteReader& from, TenantState& state) {
    state.revision_ = from.Unsigned();
    state.greatest_day_ = GetDay(from);
    state.registered_ = GetOptionalInstant(from);
    state.last_activity_ = GetOptionalInstant(from);
    ReadProfile(from, state);
    ReadThings(from, state);
    ReadDays(from, state);
    ReadSessions(from, state);
  }

 private:
  static void WriteProfile(const TenantState& state, ByteWriter& to) {
    to.Unsigned(state.profile_ ? 1 : 0);
    if (state.profile_) {
      Put(to, state.profile_->order);
      for (const std::string& token : state.profile_->value) to.Text(token);
    }
    to.Unsigned(state.deleted_ ? 1 : 0);
    if (state.deleted_) {
      Put(to, state.deleted_->order);
      to.Unsigned(state.deleted_->value ? 1 : 0);
    }
  }

  static void ReadProfile(ByteReader& from, TenantState& state) {
    if (from.Flag()) {
      state.profile_.emplace();
      state.profile_->order = GetOrder(from);
      for (std::string& token : state.profile_->value) token = from.Text();
    }
    if (from.Flag()) {
      state.deleted_.emplace();
      state.deleted_->order = GetOrder(from);
      state.deleted_->value = from.Flag();
    }
  }

  static void WriteThings(const TenantState& state, ByteWriter& to) {
    to.Unsigned(state.users_.size());
    for (const auto& [id, user] : state.users_) {
      to.Text(id);
      Put(to, user.order);
      to.Unsigned(user.value ? 1 : 0);
    }
    to.Unsigned(state.data_sets_.size());
    for (const auto& [id, set] : state.data_sets_) {
      to.Text(id);
      Put(to, set.order);
      to.Unsigned(set.value ? *set.value + 1 : 0);
    }
    to.Unsigned(state.tutorials_.size());
    for (const uint64_t hash : state.tutorials_) to.Fixed(hash);
    to.Unsigned(state.active_users_.size());
    state.active_users_.ForEach([&](const TenantState::ActiveUser& user) {
      to.Fixed(user.key);
      to.Signed(user.last_day);
    });
  }

  static void ReadThings(ByteReader& from, TenantState& state) {
    for (uint64_t i = from.Unsigned(); i > 0 && from.ok(); --i) {
      auto& user = state.users_[from.Text()];
      user.order = GetOrder(from);
      user.value = from.Flag();
      state.live_users_ += user.value ? 1 : 0;
    }
    for (uint64_t i = from.Unsigned(); i > 0 && from.ok(); --i) {
      auto& set = state.data_sets_[from.Text()];
      set.order = GetOrder(from);
      const uint64_t bytes_and_one = from.Unsigned();
      if (bytes_and_one == 0) continue;
      set.value = bytes_and_one - 1;
      ++state.live_data_sets_;
      state.data_bytes_ += *set.value;
    }
    for (uint64_t i = from.Unsigned(); i > 0 && from.ok(); --i) {
      state.tutorials_.insert(from.Fixed());
    }
    for (uint64_t i = from.Unsigned(); i > 0 && from.ok(); --i) {
      const uint64_t key = TableKey(from.Fixed());
      state.active_users_[key].last_day = GetDay(from);
    }
  }

  static void WriteDays(const TenantState& state, ByteWriter& to) {
    std::vector<const DayCounts*> days;
    state.days_.ForEach(state.gone(), state.greatest_day_,
                        [&](const DayCounts& counts) { days.push_back(&counts); });
    to.Unsigned(days.size());
    for (const DayCounts* const counts : days) {
      to.Signed(counts->day);
      to.Unsigned(counts->asked ? 1 : 0);
      to.Unsigned(counts->jobs_low);
      to.Unsigned(counts->jobs_high);
      for (const uint32_t count : {counts->ran, counts->failed, counts->logins, counts->data_events,
                                   counts->registrations}) {
        to.Unsigned(count);
      }
    }
  }

  static void ReadDays(ByteReader& from, TenantState& state) {
    base::Day last = state.gone();
    for (uint64_t i = from.Unsigned(); i > 0 && from.ok(); --i) {
      const base::Day day = GetDay(from);
      if (day <= last || day > state.greatest_day_) return from.Fail();
      last = day;
      DayCounts& counts = state.days_.At(day, state.gone());
      counts.asked = from.Flag();
      counts.jobs_low = from.Unsigned();
      counts.jobs_high = GetCount(from);
      for (uint32_t* const count : {&counts.ran, &counts.failed, &counts.logins,
                                    &counts.data_events, &counts.registrations}) {
        *count = GetCount(from);
      }
    }
  }

  // A session's flags say which of its fields follow.
  static constexpr uint64_t kLogin = 1, kData = 2, kJob = 4;

  static void WriteSessions(const TenantState& state, ByteWriter& to) {
    to.Unsigned(state.sessions_.size());
    state.sessions_.ForEach([&](const TenantState::Session& session) {
      const bool login = session.login_day != TenantState::kNoLogin;
      const bool data = session.first_data_seconds != TenantState::kNever;
      const bool job = session.last_job_seconds != TenantState::kNever;
      to.Fixed(session.key);
      to.Unsigned((login ? kLogin : 0) | (data ? kData : 0) | (job ? kJob : 0));
      if (login) to.Signed(session.login_day);
      if (data) Put(to, base::Instant{session.first_data_seconds, session.first_data_nanoseconds});
      if (job) Put(to, base::Instant{session.last_job_seconds, session.last_job_nanoseconds});
    });
  }

  static void ReadSessions(ByteReader& from, TenantState& state) {
    for (uint64_t i = from.Unsigned(); i > 0 && from.ok(); --i) {
      auto& session = state.sessions_[TableKey(from.Fixed())];
      const uint64_t flags = from.Unsigned();
      if ((flags & kLogin) != 0) session.login_day = GetDay(from);
      if ((flags & kData) != 0) {
        const base::Instant first = GetInstant(from);
        session.first_data_seconds = first.seconds;
        session.first_data_nanoseconds = first.nanoseconds;
      }
      if ((flags & kJob) != 0) {
        const base::Instant last = GetInstant(from);
        session.last_job_seconds = last.seconds;
        session.last_job_nanoseconds = last.nanoseconds;
      }
    }
  }
};

std::string TenantState::Encode() const {
  ByteWriter to;
  TenantStateCodec::Write(*this, to);
  return to.Take();
}

absl::Status TenantState::Decode(std::string_view bytes) {
  SeenSet seen = std::move(seen_);
  *this = TenantState();
  seen_ = std::move(seen);
  ByteReader from(bytes);
  const uint64_t format = from.Unsigned();
  if (from.ok() && format != kFormat) {
    return base::DataLoss("a tenant's state has format {}, this program knows {}", format, kFormat);
  }
  TenantStateCodec::Read(from, *this);
  if (from.done()) return absl::OkStatus();
  return base::DataLoss("a tenant's state is damaged");
}

}  // namespace tenantry::activity
