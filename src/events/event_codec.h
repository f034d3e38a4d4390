#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/instant.h"
#include "events/event.h"

namespace tenantry::events {

/// The fields of a company's profile, in the order of EventView::profile.
enum ProfileField : size_t {
  kProfileName,
  kProfileIndustry,
  kProfileRevenue,
  kProfileEmployees,
  kProfilePlan,
  kProfileMonthlyFee,
  kProfileTotalFee,
  kProfileFields,
};

/// The greatest `bytes` and `nbJobs`: 2^53.
inline constexpr uint64_t kCountMax = uint64_t{1} << 53;

/// An event as it stands in its JSON text. Texts are views into that text, or into the view's own
/// scratch where escapes had to be resolved: they live until the text or this view goes or is
/// filled again. Empty means absent, unless said otherwise. Filled again and again, it stops
/// allocating.
struct EventView {
  EventView() = default;
  EventView(const EventView&) = delete;
  EventView& operator=(const EventView&) = delete;

  std::string_view id;      ///< unique within (tenant, source)
  std::string_view source;  ///< never empty
  EventType type = EventType::kUnknown;
  std::string_view type_text;    ///< never empty
  base::Instant time;            ///< exact
  std::string_view time_text;    ///< as it was sent
  std::string_view tenant;       ///< 1 to 128 bytes
  std::string_view subject;      ///< absent also when it is no string
  std::string_view traceparent;  ///< absent also when it is no string
  std::string_view data;         ///< the JSON text of the data; empty when absent

  // Of the data of our types (`io.tenantry.*`); absent in others.
  std::string_view user;                                 ///< 1 to 128 bytes
  std::string_view session;                              ///< 1 to 128 bytes
  std::string_view data_set;                             ///< 1 to 128 bytes
  std::string_view job;                                  ///< 1 to 128 bytes
  std::string_view tutorial;                             ///< any JSON, as its text
  uint64_t bytes = 0;                                    ///< 0 to 2^53; 0 when absent
  uint64_t jobs = 1;                                     ///< `nbJobs`, 0 to 2^53; 1 when absent
  std::array<std::string_view, kProfileFields> profile;  ///< any JSON, as its text

  std::string scratch;  ///< where resolved escapes and rewritten texts stand
};

/// Why a text was refused; the status' message says it in words.
enum class Rejection {
  kNone,
  kNotUtf8,    ///< bytes that are no UTF-8
  kNotJson,    ///< no JSON text, or nested too deep
  kNoEvent,    ///< no CloudEvent 1.0: an attribute is missing or wrong
  kNameTwice,  ///< a name is given twice in the event or its data
  kData,       ///< the data lack a field or hold a wrong one
};

/// The word for a reason, for metrics: `not_utf8`, `not_json`, `no_event`, `name_twice`, `data`.
std::string_view RejectionName(Rejection reason);

/// Bytes that must be readable, whatever they hold, after a text that is given to ParsePadded.
inline constexpr size_t kJsonPadding = 64;

/// Where a record of the log stood, for events that carry no id, source, tenant or time of their
/// own.
struct LogPlace {
  std::string_view stream;
  std::string_view partition;
  std::string_view offset;
  std::string_view tenant;  ///< the record's key
  base::Instant appended;   ///< when the log took it
};

/// Reads events. What it takes and refuses is "What is counted" of the interface; every byte is
/// checked, that of fields nobody reads included. Reuses its memory: one a thread.
class EventParser {
 public:
  EventParser();
  ~EventParser();
  EventParser(EventParser&&) noexcept;
  EventParser& operator=(EventParser&&) noexcept;

  /// Reads one event in structured JSON mode. InvalidArgument when it is refused: the message says
  /// what is wrong, where, and what is wanted; `event` is undefined then. `json` is copied into the
  /// view's scratch, so that it may go.
  absl::Status Parse(std::string_view json, EventView& event);

  /// The same without the copy: kJsonPadding bytes behind `json` must be readable.
  absl::Status ParsePadded(std::string_view json, EventView& event);

  /// Reads a record of the log: an event as above, or one of the first demonstration's plain forms
  /// (plain_forms.h), which take from `place` what they lack.
  absl::Status ParseRecord(std::string_view value, std::string_view content_type,
                           const LogPlace& place, EventView& event);

  /// Why the last text was refused; kNone after one that was taken.
  Rejection rejection() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// What ingest needs to know of an event that is in order.
struct EventHead {
  std::string id, source, type, tenant, subject;
  EventType known_type = EventType::kUnknown;
  base::Instant time;
};

/// Reads one event in structured mode for its head; errors as EventParser::Parse. Convenient, not
/// fast: loops use a parser of their own.
absl::StatusOr<EventHead> Validate(std::string_view json);

/// The event as structured JSON that reads as the same view: attributes and counted fields alone.
std::string ToCompactJson(const EventView& event);

}  // namespace tenantry::events
