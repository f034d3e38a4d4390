#include "events/event_codec.h"

#include <absl/base/attributes.h>

#include <algorithm>
#include <cstring>
#include <memory_resource>
#include <utility>
#include <vector>

#include "base/status.h"
#include "events/flat_reader.h"
#include "events/json_index.h"
#include "events/json_text.h"

namespace tenantry::events {
namespace {

// What a plain form's type begins with that was given an id; the rest is the id.
constexpr std::string_view kNamedPlainType = "application/json;id=";
constexpr uint64_t kIntegerMax = uint64_t{1} << 53;
constexpr std::string_view kOurs = "io.tenantry.";

// Beyond so many names that nobody reads, an object's are compared by sorting.
constexpr size_t kOtherNamesCompared = 16;

constexpr size_t kArenaFirstBytes = 8192;

// What is read of an event: attributes first, then fields of the data.
enum Name : uint8_t {
  kSpecversion,
  kId,
  kSource,
  kType,
  kTime,
  kTenantid,
  kData,
  kUserID,
  kSessionID,
  kDataSetID,
  kJobID,
  kTutorial,
  kBytes,
  kNbJobs,
  kProfile,  // and as many as there are profile fields
  kNames = kProfile + kProfileFields,
  kOther,
};

constexpr std::array<std::string_view, kNames> kTexts = {
    "specversion", "id",        "source",    "type",      "time",     "tenantid",   "data",
    "userID",      "sessionID", "dataSetID", "jobID",     "tutorial", "bytes",      "nbJobs",
    "name",        "industry",  "revenue",   "employees", "plan",     "monthlyFee", "totalFee"};

// `Wanted` if the text is its name; the sizes are known to agree.
template <Name Wanted>
Name Only(std::string_view text) {
  constexpr std::string_view kText = kTexts[Wanted];
  return std::memcmp(text.data(), kText.data(), kText.size()) == 0 ? Wanted : kOther;
}

// The first of several names of one size that the text is.
template <Name First, Name Second, Name... Rest>
Name OneOf(std::string_view text) {
  if (Only<First>(text) == First) return First;
  if constexpr (sizeof...(Rest) == 0) {
    return Only<Second>(text);
  } else {
    return OneOf<Second, Rest...>(text);
  }
}

constexpr Name Profile(size_t field) { return static_cast<Name>(kProfile + field); }

Name AttributeOf(std::string_view name) {
  switch (name.size()) {
    case 2:
      return Only<kId>(name);
    case 4:
      return OneOf<kType, kTime, kData>(name);
    case 6:
      return Only<kSource>(name);
    case 8:
      return Only<kTenantid>(name);
    case 11:
      return Only<kSpecversion>(name);
    default:
      return kOther;
  }
}

Name DataFieldOf(std::string_view name) {
  switch (name.size()) {
    case 4:
      return OneOf<Profile(kName), Profile(kPlan)>(name);
    case 5:
      return OneOf<kJobID, kBytes>(name);
    case 6:
      return OneOf<kUserID, kNbJobs>(name);
    case 7:
      return Only<Profile(kRevenue)>(name);
    case 8:
      return OneOf<kTutorial, Profile(kIndustry), Profile(kTotalFee)>(name);
    case 9:
      return OneOf<kSessionID, kDataSetID, Profile(kEmployees)>(name);
    case 10:
      return Only<Profile(kMonthlyFee)>(name);
    default:
      return kOther;
  }
}

// What the data of other types leave unset. Faster than assigning a new view.
void Clear(EventView& event) {
  event.user = event.session = event.data_set = event.job = event.tutorial = {};
  event.bytes = 0;
  event.nb_jobs = 1;
  event.profile.fill({});
}

}  // namespace

// One event while it is read. Functions answer false after noting in `problem_`
// what is wrong.
class EventParser::State {
 public:
  void Forget() { arena_.release(); }
  std::string_view Keep(std::string_view text);
  absl::Status Parse(std::string_view json, EventView& event);

 private:
  absl::Status Read();
  template <typename Reader>
  bool Attributes(Reader& reader);
  template <typename Reader>
  bool Data(Reader& reader);
  bool Note(Name name, std::string_view key, std::vector<std::string_view>& others);
  bool OthersOnce(std::vector<std::string_view>& others);
  bool Twice(std::string_view name);
  std::string_view Unescape(std::string_view inside, bool& surrogates);
  std::string_view Key(std::string_view raw);
  bool FillAttributes(EventView& event);
  bool FillTime(EventView& event);
  bool FillData(EventView& event);
  bool Text(Name name, std::string_view& text);
  bool Unescaped(Name name, std::string_view& text);
  bool Identifier(Name name, std::string_view& text);
  bool Integer(Name name, uint64_t& value);
  bool Required(const EventView& event);
  bool Wrong(Name name, std::string_view what);
  bool Fail(absl::Status problem);
  bool has(Name name) const { return (given_ >> name & 1) != 0; }

  JsonIndex index_;
  bool escapes_ = false;
  bool data_is_object_ = false;
  uint32_t given_ = 0;                           // a bit for each name that was there
  std::array<std::string_view, kNames> tokens_;  // of the names given
  std::vector<std::string_view> others_, other_fields_;
  std::string unescaped_;
  absl::Status problem_;
  std::array<std::byte, kArenaFirstBytes> arena_first_;
  std::pmr::monotonic_buffer_resource arena_{arena_first_.data(), arena_first_.size()};
};

absl::Status EventParser::State::Parse(std::string_view json, EventView& event) {
  TENANTRY_RETURN_IF_ERROR(index_.Build(json));
  FlatReader flat(index_);
  escapes_ = false;
  if (!flat.usable() || !Attributes(flat)) TENANTRY_RETURN_IF_ERROR(Read());
  Clear(event);
  const bool filled =
      FillAttributes(event) && (!event.type_name.starts_with(kOurs) || FillData(event));
  return filled ? absl::OkStatus() : std::exchange(problem_, absl::OkStatus());
}

// Notes what is given in a text of any form, or says what is wrong with it.
absl::Status EventParser::State::Read() {
  JsonReader reader(index_);
  escapes_ = reader.escapes();
  if (reader.Peek() != '{') return base::InvalidArgument("no JSON object");
  const bool read = Attributes(reader);
  TENANTRY_RETURN_IF_ERROR(reader.status());
  return read ? absl::OkStatus() : std::exchange(problem_, absl::OkStatus());
}

bool EventParser::State::Fail(absl::Status problem) {
  problem_ = std::move(problem);
  return false;
}

bool EventParser::State::Wrong(Name name, std::string_view what) {
  return Fail(base::InvalidArgument("{} {}", kTexts[name], what));
}

// A copy that stays until Forget.
std::string_view EventParser::State::Keep(std::string_view text) {
  if (text.empty()) return "";
  char* const copy = static_cast<char*>(arena_.allocate(text.size(), 1));
  std::memcpy(copy, text.data(), text.size());
  return {copy, text.size()};
}

std::string_view EventParser::State::Unescape(std::string_view inside, bool& surrogates) {
  UnescapeJson(inside, unescaped_, surrogates);
  return Keep(unescaped_);
}

inline std::string_view EventParser::State::Key(std::string_view raw) {
  if (!escapes_ || raw.find('\\') == std::string_view::npos) return raw;
  bool surrogates;
  return Unescape(raw, surrogates);
}

// Refuses a name that was there before among those of the same object.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline bool EventParser::State::Note(
    Name name, std::string_view key, std::vector<std::string_view>& others) {
  if (name == kOther) {
    others.push_back(key);
    return true;
  }
  const bool twice = has(name);
  given_ |= uint32_t{1} << name;
  return !twice || Twice(key);
}

// The same for the names that nobody reads, once the object was read.
bool EventParser::State::OthersOnce(std::vector<std::string_view>& others) {
  if (others.size() <= kOtherNamesCompared) {
    for (auto name = others.begin(); name != others.end(); ++name) {
      if (std::find(others.begin(), name, *name) != name) return Twice(*name);
    }
    return true;
  }
  std::sort(others.begin(), others.end());
  const auto twice = std::adjacent_find(others.begin(), others.end());
  return twice == others.end() || Twice(*twice);
}

bool EventParser::State::Twice(std::string_view name) {
  return Fail(base::InvalidArgument("the name '{}' is given twice", name));
}

template <typename Reader>
bool EventParser::State::Attributes(Reader& reader) {
  given_ = 0;
  others_.clear();
  other_fields_.clear();
  std::string_view raw;
  reader.EnterObject(1);
  for (bool first = true; reader.NextName(first, raw); first = false) {
    const std::string_view key = Key(raw);
    const Name name = AttributeOf(key);
    if (!Note(name, key, others_)) return false;
    if (name == kData) data_is_object_ = reader.Peek() == '{';
    if (name == kData && data_is_object_) {
      if (!Data(reader)) return false;
      continue;
    }
    std::string_view value;
    if (!reader.Value(2, name == kOther ? value : tokens_[name])) return false;
  }
  return reader.AtEnd() && (others_.size() < 2 || OthersOnce(others_));
}

template <typename Reader>
bool EventParser::State::Data(Reader& reader) {
  std::string_view raw;
  reader.EnterObject(2);
  for (bool first = true; reader.NextName(first, raw); first = false) {
    const std::string_view key = Key(raw);
    const Name name = DataFieldOf(key);
    if (!Note(name, key, other_fields_)) return false;
    std::string_view value;
    if (!reader.Value(3, name == kOther ? value : tokens_[name])) return false;
  }
  return other_fields_.size() < 2 || OthersOnce(other_fields_);
}

// The text of a string token. Refuses other kinds, empty texts and what UTF-8
// can't hold.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline bool EventParser::State::Text(Name name,
                                                                  std::string_view& text) {
  const std::string_view token = tokens_[name];
  if (!has(name) || token[0] != '"') return Wrong(name, has(name) ? "is no string" : "is missing");
  text = token.substr(1, token.size() - 2);
  if (escapes_ && !Unescaped(name, text)) return false;
  return !text.empty() || Wrong(name, "is empty");
}

// Resolves the escapes that `text` may have.
bool EventParser::State::Unescaped(Name name, std::string_view& text) {
  if (text.find('\\') == std::string_view::npos) return true;
  bool surrogates;
  text = Unescape(text, surrogates);
  return !surrogates || Wrong(name, "holds half of a surrogate pair");
}

ABSL_ATTRIBUTE_ALWAYS_INLINE inline bool EventParser::State::Identifier(Name name,
                                                                        std::string_view& text) {
  if (!Text(name, text)) return false;
  return text.size() <= base::kIdBytesMax || Wrong(name, "has more than 128 bytes");
}

bool EventParser::State::Integer(Name name, uint64_t& value) {
  return ParseJsonInteger(tokens_[name], kIntegerMax, value) ||
         Wrong(name, "is no integer from 0 to 2^53");
}

bool EventParser::State::FillAttributes(EventView& event) {
  std::string_view version;
  if (!Text(kSpecversion, version) || version != "1.0") {
    return Fail(base::InvalidArgument("no CloudEvent 1.0: specversion is not \"1.0\""));
  }
  if (!Text(kId, event.id) || !Text(kSource, event.source) || !Text(kType, event.type_name) ||
      !Identifier(kTenantid, event.tenant) || !FillTime(event)) {
    return false;
  }
  if (has(kData) && !data_is_object_) return Wrong(kData, "is no JSON object");
  event.type = TypeOf(event.type_name);
  return true;
}

bool EventParser::State::FillTime(EventView& event) {
  std::string_view sent;
  if (!Text(kTime, sent)) return false;
  std::string_view time = sent;
  // The oracle's pattern lets one line end pass.
  if (time.back() == '\n') time.remove_suffix(1);
  if (base::TryParseRfc3339(time, event.time)) return true;
  return Fail(base::InvalidArgument("time '{}' is no RFC 3339 time such as 2025-01-31T12:00:00Z",
                                    sent.substr(0, 40)));
}

bool EventParser::State::FillData(EventView& event) {
  if ((has(kUserID) && !Identifier(kUserID, event.user)) ||
      (has(kSessionID) && !Identifier(kSessionID, event.session)) ||
      (has(kDataSetID) && !Identifier(kDataSetID, event.data_set)) ||
      (has(kJobID) && !Identifier(kJobID, event.job)) ||
      (has(kBytes) && !Integer(kBytes, event.bytes)) ||
      (has(kNbJobs) && !Integer(kNbJobs, event.nb_jobs))) {
    return false;
  }
  if (has(kTutorial) && tokens_[kTutorial] != "null") {
    event.tutorial = Keep(CanonicalJson(tokens_[kTutorial]));
  }
  if (event.type == EventType::kTenantCreated || event.type == EventType::kTenantUpdated) {
    for (size_t field = 0; field < kProfileFields; ++field) {
      if (has(Profile(field))) event.profile[field] = tokens_[Profile(field)];
    }
  }
  return Required(event);
}

bool EventParser::State::Required(const EventView& event) {
  switch (event.type) {
    case EventType::kUserAdded:
    case EventType::kUserRemoved:
    case EventType::kUserLoggedIn:
      return has(kUserID) || Wrong(kUserID, "is missing");
    case EventType::kDataSetCreated:
    case EventType::kDataSetUpdated:
      if (!has(kBytes)) return Wrong(kBytes, "is missing");
      [[fallthrough]];
    case EventType::kDataSetDeleted:
      return has(kDataSetID) || Wrong(kDataSetID, "is missing");
    default:
      return true;
  }
}

EventParser::EventParser() : state_(std::make_unique<State>()) {}
EventParser::~EventParser() = default;

absl::Status EventParser::Parse(std::string_view json, EventView& event) {
  state_->Forget();
  return ParseMore(json, event);
}

void EventParser::Forget() { state_->Forget(); }

absl::Status EventParser::ParseMore(std::string_view json, EventView& event) {
  text_ = json;
  return state_->Parse(json, event);
}

std::string PlainTypeWithId(std::string_view id) {
  return fmt::format("{}{}", kNamedPlainType, id);
}

absl::Status EventParser::ParseRecord(std::string_view content_type, std::string_view value,
                                      std::string_view place, absl::Time appended,
                                      EventView& event) {
  state_->Forget();
  return ParseMoreRecord(content_type, value, place, appended, event);
}

absl::Status EventParser::ParseMoreRecord(std::string_view content_type, std::string_view value,
                                          std::string_view place, absl::Time appended,
                                          EventView& event) {
  const bool named = content_type.starts_with(kNamedPlainType);
  if (!named && content_type != kPlainType) return ParseMore(value, event);
  const std::string_view id = named ? content_type.substr(kNamedPlainType.size()) : place;
  TENANTRY_ASSIGN_OR_RETURN(const std::string converted, FromPlain(value, id, appended));
  return ParseMore(state_->Keep(converted), event);
}

}  // namespace tenantry::events
