#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/instant.h"
#include "events/event.h"

namespace tenantry::events {

/// The fields of a company's profile, in the order of EventView::profile.
enum ProfileField : size_t {
  kName,
  kIndustry,
  kRevenue,
  kEmployees,
  kPlan,
  kMonthlyFee,
  kTotalFee,
  kProfileFields,
};

/// The content type of a log record that holds one of the first demonstration's
/// plain forms.
inline constexpr std::string_view kPlainType = "application/json";

/// The content type of a plain form that was given an id when it came, so that
/// a copy of it is known for one. `id` has no `;` in it.
std::string PlainTypeWithId(std::string_view id);

/// An event as it stands in its JSON text. Texts are views into that text or,
/// where escapes had to be resolved, into the memory of the parser that filled
/// it: they live as long as the text does, and until the parser forgets or
/// goes. Empty means absent, unless said otherwise.
struct EventView {
  std::string_view id;         ///< unique within (tenant, source)
  std::string_view source;     ///< never empty
  std::string_view type_name;  ///< the type as it was sent, never empty
  EventType type = EventType::kUnknown;
  base::Instant time;       ///< exact
  std::string_view tenant;  ///< 1 to 128 bytes

  // Of the data of our types (`io.tenantry.*`); absent in others.
  std::string_view user;      ///< 1 to 128 bytes
  std::string_view session;   ///< 1 to 128 bytes
  std::string_view data_set;  ///< 1 to 128 bytes
  std::string_view job;       ///< 1 to 128 bytes
  std::string_view tutorial;  ///< equal texts for equal tutorials
  uint64_t bytes = 0;         ///< 0 to 2^53; 0 when absent
  uint64_t nb_jobs = 1;       ///< 0 to 2^53; 1 when absent
  /// Of `tenant.created` and `tenant.updated`: any JSON, as its text.
  std::array<std::string_view, kProfileFields> profile;
};

/// Reads events. What it takes and refuses is "What is counted" of the
/// interface; every byte is checked, that of fields nobody reads included.
/// Reuses its memory: one a thread.
class EventParser {
 public:
  EventParser();
  ~EventParser();

  /// Reads one event in structured JSON mode and forgets those before.
  /// InvalidArgument when it is refused, saying what is wrong and where;
  /// `event` is undefined then.
  absl::Status Parse(std::string_view json, EventView& event);

  /// The same, but forgets nothing: for batches whose views live together.
  absl::Status ParseMore(std::string_view json, EventView& event);

  /// Ends the life of all views and takes the memory back.
  void Forget();

  /// Reads a record of the log by its content type: an event as above, or a
  /// plain form, whose id is the one it was given or else `place` (stream/
  /// partition/offset), and whose time, where it has none, is `appended`.
  absl::Status ParseRecord(std::string_view content_type, std::string_view value,
                           std::string_view place, absl::Time appended, EventView& event);

  /// The same, but forgets nothing.
  absl::Status ParseMoreRecord(std::string_view content_type, std::string_view value,
                               std::string_view place, absl::Time appended, EventView& event);

  /// The text of the event parsed last, in structured JSON mode; lives as long
  /// as the views of its event.
  std::string_view text() const { return text_; }

 private:
  class State;
  std::unique_ptr<State> state_;
  std::string_view text_;
};

/// One of the first demonstration's plain forms (a job event or a company
/// record) as a structured event of ours with the id `place`. InvalidArgument
/// when it is neither, naming what is wrong.
absl::StatusOr<std::string> FromPlain(std::string_view json, std::string_view place,
                                      absl::Time appended);

/// The tenant that a plain form names. InvalidArgument as FromPlain.
absl::StatusOr<base::TenantId> PlainTenant(std::string_view json);

/// The stream that a plain form belongs to. InvalidArgument as FromPlain.
absl::StatusOr<std::string_view> PlainStream(std::string_view json);

/// A structured event with its `tenantid` set to `tenant`, whatever it was, and
/// `traceparent` added when the event has none and one is given; every other
/// byte stays. InvalidArgument when `json` is no JSON object or gives
/// `tenantid` twice; whether it is an event is not looked at.
absl::StatusOr<std::string> WithTenant(std::string_view json, const base::TenantId& tenant,
                                       std::string_view traceparent = {});

}  // namespace tenantry::events
