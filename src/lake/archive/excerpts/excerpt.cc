#include "lake/archive/excerpts/excerpt.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/status.h"

namespace tenantry::lake::archive {
namespace {

using base::ByteReader;
using base::ByteWriter;
using events::EventType;
using events::EventView;

constexpr std::string_view kTitle = "tenantry-archive-excerpt 1\n";
constexpr size_t kSealBytes = 16;
constexpr size_t kSumBytes = 8;
constexpr size_t kHashBytes = 16;
constexpr uint64_t kSecondNanos = 1'000'000'000;

// A type's number in the file is its place here: only ever add at the end.
constexpr std::array kTypes = {EventType::kUnknown,         EventType::kTenantCreated,
                               EventType::kTenantUpdated,   EventType::kTenantDeleted,
                               EventType::kUserAdded,       EventType::kUserRemoved,
                               EventType::kUserLoggedIn,    EventType::kUserLoggedOff,
                               EventType::kUserTimedOut,    EventType::kUserCompletedTutorial,
                               EventType::kDataSetCreated,  EventType::kDataSetUpdated,
                               EventType::kDataSetDeleted,  EventType::kJobSubmitted,
                               EventType::kJobStarted,      EventType::kJobSucceeded,
                               EventType::kJobFailed,       EventType::kJobCancelled,
                               EventType::kCompanyEnriched, EventType::kNotificationRaised};

// What a row holds besides its type, time and id.
constexpr uint64_t kNewTenant = 1;  // otherwise that of the row before
constexpr uint64_t kNewSource = 2;  // likewise
constexpr uint64_t kUser = 4;
constexpr uint64_t kSession = 8;
constexpr uint64_t kDataSet = 16;
constexpr uint64_t kTutorial = 32;
constexpr uint64_t kBytes = 64;
constexpr uint64_t kNbJobs = 128;
constexpr uint64_t kProfile = 256;

struct Name {
  uint64_t flag;
  std::string_view EventView::* text;
};
constexpr std::array<Name, 4> kNames = {{{kUser, &EventView::user},
                                         {kSession, &EventView::session},
                                         {kDataSet, &EventView::data_set},
                                         {kTutorial, &EventView::tutorial}}};

void PutHash(ByteWriter& to, std::string_view name) {
  const XXH128_hash_t hash = XXH3_128bits(name.data(), name.size());
  to.Fixed(hash.low64);
  to.Fixed(hash.high64);
}

bool HasProfile(const EventView& event) {
  return std::ranges::any_of(event.profile, [](std::string_view text) { return !text.empty(); });
}

std::string Head(std::string_view seal) { return fmt::format("{}{}\n", kTitle, seal); }

// Reads the next row into `event`, which holds the one before.
void ReadRow(ByteReader& from, EventView& event) {
  const std::string_view tenant = event.tenant, source = event.source;
  event = {};
  const uint64_t has = from.Unsigned();
  const uint64_t type = from.Unsigned();
  if (type < kTypes.size()) {
    event.type = kTypes[type];
  } else {
    from.Fail();
  }
  event.type_name = events::TypeName(event.type);
  event.time.seconds = from.Signed();
  const uint64_t nanoseconds = from.Unsigned();
  if (nanoseconds >= kSecondNanos) from.Fail();
  event.time.nanoseconds = static_cast<int32_t>(nanoseconds);
  event.id = from.View();
  event.tenant = (has & kNewTenant) != 0 ? from.View() : tenant;
  event.source = (has & kNewSource) != 0 ? from.View() : source;
  for (const Name& name : kNames) {
    if ((has & name.flag) != 0) event.*name.text = from.Raw(kHashBytes);
  }
  if ((has & kBytes) != 0) event.bytes = from.Unsigned();
  if ((has & kNbJobs) != 0) event.nb_jobs = from.Unsigned();
  if ((has & kProfile) == 0) return;
  for (std::string_view& text : event.profile) text = from.View();
}

}  // namespace

const size_t kExcerptTitleBytes = kTitle.size() + kSealBytes + 1;

void ExcerptWriter::Add(const EventView& event) {
  uint64_t has = (event.bytes != 0 ? kBytes : 0) | (event.nb_jobs != 1 ? kNbJobs : 0) |
                 (HasProfile(event) ? kProfile : 0);
  if (event.tenant != tenant_ || size() == 0) has |= kNewTenant;
  if (event.source != source_ || size() == 0) has |= kNewSource;
  for (const Name& name : kNames) has |= (event.*name.text).empty() ? 0 : name.flag;
  rows_.Unsigned(has);
  rows_.Unsigned(static_cast<uint64_t>(std::ranges::find(kTypes, event.type) - kTypes.begin()));
  rows_.Signed(event.time.seconds);
  rows_.Unsigned(static_cast<uint64_t>(event.time.nanoseconds));
  rows_.Text(event.id);
  if ((has & kNewTenant) != 0) rows_.Text(tenant_ = event.tenant);
  if ((has & kNewSource) != 0) rows_.Text(source_ = event.source);
  for (const Name& name : kNames) {
    if ((has & name.flag) != 0) PutHash(rows_, event.*name.text);
  }
  if ((has & kBytes) != 0) rows_.Unsigned(event.bytes);
  if ((has & kNbJobs) != 0) rows_.Unsigned(event.nb_jobs);
  if ((has & kProfile) == 0) return;
  for (const std::string_view text : event.profile) rows_.Text(text);
}

std::string ExcerptWriter::Finish(std::string_view seal) {
  std::string bytes = Head(seal) + rows_.Take();
  rows_ = {};
  const uint64_t sum = XXH3_64bits(bytes.data(), bytes.size());
  bytes.append(reinterpret_cast<const char*>(&sum), sizeof sum);
  return bytes;
}

bool IsExcerptOf(std::string_view beginning, std::string_view seal) {
  return beginning.substr(0, kExcerptTitleBytes) == Head(seal);
}

absl::StatusOr<Excerpt> Excerpt::Parse(std::string bytes, std::string_view seal) {
  if (!IsExcerptOf(bytes, seal)) {
    return base::FailedPrecondition("this is no excerpt of that flush in this version");
  }
  if (bytes.size() < kExcerptTitleBytes + kSumBytes) return base::DataLoss("it is cut short");
  const size_t size = bytes.size() - kSumBytes;
  uint64_t sum = 0;
  std::memcpy(&sum, bytes.data() + size, kSumBytes);
  if (XXH3_64bits(bytes.data(), size) != sum) return base::DataLoss("its checksum does not match");
  bytes.resize(size);
  return Excerpt(std::move(bytes));
}

absl::Status Excerpt::ForEach(EventCallback callback) const {
  ByteReader from(std::string_view(bytes_).substr(kExcerptTitleBytes));
  EventView event;
  while (!from.done()) {
    ReadRow(from, event);
    if (!from.ok()) return base::DataLoss("a row of an excerpt makes no sense");
    TENANTRY_RETURN_IF_ERROR(callback(event));
  }
  return absl::OkStatus();
}

}  // namespace tenantry::lake::archive
