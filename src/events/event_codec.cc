#include "events/event_codec.h"

#include <simdjson.h>

#include <deque>
#include <utility>
#include <vector>

#include "base/status.h"
#include "base/utf8.h"
#include "events/json_text.h"

namespace tenantry::events {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr uint64_t kIntegerMax = uint64_t{1} << 53;
constexpr int kDepthMax = 960;

enum class Name : uint8_t {
  kNone,
  // Attributes.
  kSpecversion,
  kId,
  kSource,
  kType,
  kTime,
  kTenantid,
  kData,
  // Data.
  kUserID,
  kSessionID,
  kDataSetID,
  kJobID,
  kTutorial,
  kBytes,
  kNbJobs,
  kFirstProfile,
};

Name AttributeOf(std::string_view name) {
  switch (name.size()) {
    case 2:
      return name == "id" ? Name::kId : Name::kNone;
    case 4:
      return name == "type"   ? Name::kType
             : name == "time" ? Name::kTime
             : name == "data" ? Name::kData
                              : Name::kNone;
    case 6:
      return name == "source" ? Name::kSource : Name::kNone;
    case 8:
      return name == "tenantid" ? Name::kTenantid : Name::kNone;
    case 11:
      return name == "specversion" ? Name::kSpecversion : Name::kNone;
    default:
      return Name::kNone;
  }
}

constexpr std::array<std::string_view, kProfileFields> kProfileNames = {
    "name", "industry", "revenue", "employees", "plan", "monthlyFee", "totalFee"};

Name DataFieldOf(std::string_view name) {
  static constexpr std::array<std::string_view, 7> kNames = {
      "userID", "sessionID", "dataSetID", "jobID", "tutorial", "bytes", "nbJobs"};
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (name == kNames[i]) return static_cast<Name>(static_cast<size_t>(Name::kUserID) + i);
  }
  for (size_t i = 0; i < kProfileNames.size(); ++i) {
    if (name == kProfileNames[i]) {
      return static_cast<Name>(static_cast<size_t>(Name::kFirstProfile) + i);
    }
  }
  return Name::kNone;
}

constexpr size_t kNames = static_cast<size_t>(Name::kFirstProfile) + kProfileFields;

std::string_view Trim(std::string_view token) {
  while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') token.remove_suffix(1);
  return token;
}

// The inside of a string token, its escapes untouched.
std::string_view Inside(std::string_view token) { return token.substr(1, token.size() - 2); }

bool IsString(std::string_view token) { return token.size() >= 2 && token.front() == '"'; }

absl::Status Wrong(std::string_view name, std::string_view what) {
  return base::InvalidArgument("{} {}", name, what);
}

}  // namespace

// One event while it is read. Texts without escapes are views into the buffer; others are unescaped
// into `texts_`.
class EventParser::State {
 public:
  absl::Status Parse(std::string_view json, EventView& event);

 private:
  absl::Status Attributes(ondemand::object object);
  absl::Status Data(ondemand::object object);
  absl::Status Skip(ondemand::value value, int depth);
  absl::Status SkipScalar(ondemand::value value);
  absl::Status Note(Name name, std::string_view key, size_t first_other);
  absl::StatusOr<std::string_view> Key(ondemand::field& field);
  absl::Status Fill(EventView& event);
  absl::Status FillAttributes(EventView& event);
  absl::Status FillData(EventView& event);
  absl::Status Text(Name name, std::string_view called, std::string_view& text);
  absl::Status Identifier(Name name, std::string_view called, std::string_view& text);
  absl::Status Integer(Name name, std::string_view called, uint64_t& value);
  absl::Status Required(EventType type, const EventView& event) const;
  std::string_view token(Name name) const { return tokens_[static_cast<size_t>(name)]; }
  bool has(Name name) const { return !token(name).empty(); }

  ondemand::parser parser_;
  std::vector<char> buffer_;
  std::array<std::string_view, kNames> tokens_;
  bool has_data_ = false;
  std::vector<std::string_view> other_names_;
  std::deque<std::string> texts_;
};

absl::Status EventParser::State::Parse(std::string_view json, EventView& event) {
  if (buffer_.size() < json.size() + simdjson::SIMDJSON_PADDING) {
    buffer_.resize(2 * json.size() + simdjson::SIMDJSON_PADDING);
  }
  std::copy(json.begin(), json.end(), buffer_.begin());
  std::fill_n(buffer_.begin() + static_cast<std::ptrdiff_t>(json.size()),
              simdjson::SIMDJSON_PADDING, ' ');
  tokens_.fill({});
  has_data_ = false;
  other_names_.clear();
  texts_.clear();
  ondemand::document document;
  if (const auto error =
          parser_.iterate(buffer_.data(), json.size(), buffer_.size()).get(document)) {
    return base::InvalidArgument("no JSON: {}", simdjson::error_message(error));
  }
  ondemand::object object;
  if (document.get_object().get(object)) return base::InvalidArgument("no JSON object");
  TENANTRY_RETURN_IF_ERROR(Attributes(object));
  const char* rest = nullptr;
  if (!document.current_location().get(rest)) {
    return base::InvalidArgument("there is more after the JSON object");
  }
  return Fill(event);
}

// The field's name, unescaped.
absl::StatusOr<std::string_view> EventParser::State::Key(ondemand::field& field) {
  const char* begin = field.key().raw();
  const char* end = begin;
  bool escaped = false;
  for (; *end != '"'; ++end) {
    if (*end == '\\') {
      escaped = true;
      ++end;
    }
  }
  const std::string_view inside(begin, static_cast<size_t>(end - begin));
  if (!escaped) return inside;
  bool surrogates;
  texts_.emplace_back();
  if (!UnescapeJson(inside, texts_.back(), surrogates)) {
    return base::InvalidArgument("no JSON: a name has a broken escape");
  }
  return texts_.back();
}

// Refuses a name that was there before among those of the same object.
absl::Status EventParser::State::Note(Name name, std::string_view key, size_t first_other) {
  bool twice = false;
  if (name != Name::kNone) {
    twice = has(name) || (name == Name::kData && has_data_);
  } else {
    for (size_t i = first_other; i < other_names_.size(); ++i) twice |= other_names_[i] == key;
    other_names_.push_back(key);
  }
  if (twice) return base::InvalidArgument("the name '{}' is given twice", key);
  return absl::OkStatus();
}

absl::Status EventParser::State::Attributes(ondemand::object object) {
  for (auto next : object) {
    ondemand::field field;
    if (const auto error = std::move(next).get(field)) {
      return base::InvalidArgument("no JSON: {}", simdjson::error_message(error));
    }
    TENANTRY_ASSIGN_OR_RETURN(const std::string_view key, Key(field));
    const Name name = AttributeOf(key);
    TENANTRY_RETURN_IF_ERROR(Note(name, key, 0));
    ondemand::value value = field.value();
    if (name == Name::kData) {
      has_data_ = true;
      ondemand::object data;
      if (value.get_object().get(data)) return base::InvalidArgument("data is no JSON object");
      TENANTRY_RETURN_IF_ERROR(Data(data));
      continue;
    }
    if (name != Name::kNone) tokens_[static_cast<size_t>(name)] = Trim(value.raw_json_token());
    TENANTRY_RETURN_IF_ERROR(Skip(value, 1));
  }
  return absl::OkStatus();
}

absl::Status EventParser::State::Data(ondemand::object object) {
  const size_t first_other = other_names_.size();
  for (auto next : object) {
    ondemand::field field;
    if (const auto error = std::move(next).get(field)) {
      return base::InvalidArgument("no JSON: {}", simdjson::error_message(error));
    }
    TENANTRY_ASSIGN_OR_RETURN(const std::string_view key, Key(field));
    const Name name = DataFieldOf(key);
    TENANTRY_RETURN_IF_ERROR(Note(name, key, first_other));
    ondemand::value value = field.value();
    const std::string_view token = value.raw_json_token();
    TENANTRY_RETURN_IF_ERROR(Skip(value, 2));
    if (name == Name::kNone) continue;
    std::string_view& kept = tokens_[static_cast<size_t>(name)];
    kept = Trim(token);
    if (kept == "{" || kept == "[") {
      // Skip read the whole value; its text reaches to where reading stands now.
      const char* end = nullptr;
      if (value.current_location().get(end)) end = token.data() + token.size();
      kept = Trim({token.data(), static_cast<size_t>(end - token.data())});
      while (!kept.empty() && kept.back() != '}' && kept.back() != ']') kept.remove_suffix(1);
    }
  }
  return absl::OkStatus();
}

// Reads a value to its end and refuses what is no JSON inside it.
absl::Status EventParser::State::Skip(ondemand::value value, int depth) {
  if (depth > kDepthMax) return base::InvalidArgument("nested deeper than {} levels", kDepthMax);
  ondemand::json_type type;
  if (value.type().get(type)) return base::InvalidArgument("no JSON: a value is missing");
  if (type == ondemand::json_type::object) {
    ondemand::object object;
    if (value.get_object().get(object)) return base::InvalidArgument("no JSON: a broken object");
    for (auto next : object) {
      ondemand::field field;
      if (std::move(next).get(field)) return base::InvalidArgument("no JSON: a broken object");
      TENANTRY_RETURN_IF_ERROR(Key(field).status());
      TENANTRY_RETURN_IF_ERROR(Skip(field.value(), depth + 1));
    }
    return absl::OkStatus();
  }
  if (type == ondemand::json_type::array) {
    ondemand::array array;
    if (value.get_array().get(array)) return base::InvalidArgument("no JSON: a broken array");
    for (auto next : array) {
      ondemand::value item;
      if (std::move(next).get(item)) return base::InvalidArgument("no JSON: a broken array");
      TENANTRY_RETURN_IF_ERROR(Skip(item, depth + 1));
    }
    return absl::OkStatus();
  }
  return SkipScalar(value);
}

absl::Status EventParser::State::SkipScalar(ondemand::value value) {
  const std::string_view token = Trim(value.raw_json_token());
  if (token.empty()) return base::InvalidArgument("no JSON: a value is missing");
  if (token.front() == '"') {
    if (token.size() < 2 || token.back() != '"') {
      return base::InvalidArgument("no JSON: a broken string");
    }
    if (token.find('\\') == std::string_view::npos) return absl::OkStatus();
    std::string text;
    bool surrogates;
    if (!UnescapeJson(Inside(token), text, surrogates)) {
      return base::InvalidArgument("no JSON: a string has a broken escape");
    }
    return absl::OkStatus();
  }
  if (token == "true" || token == "false" || token == "null" || IsJsonNumber(token)) {
    return absl::OkStatus();
  }
  return base::InvalidArgument("no JSON: '{}' is no value", token.substr(0, 40));
}

// The text of a string token. Refuses other kinds, empty texts and what UTF-8 can't hold.
absl::Status EventParser::State::Text(Name name, std::string_view called, std::string_view& text) {
  const std::string_view raw = token(name);
  if (raw.empty()) return Wrong(called, "is missing");
  if (!IsString(raw)) return Wrong(called, "is no string");
  text = Inside(raw);
  if (text.find('\\') != std::string_view::npos) {
    bool surrogates;
    texts_.emplace_back();
    if (!UnescapeJson(text, texts_.back(), surrogates) || surrogates) {
      return Wrong(called, "holds half of a surrogate pair");
    }
    text = texts_.back();
  }
  if (text.empty()) return Wrong(called, "is empty");
  return absl::OkStatus();
}

absl::Status EventParser::State::Identifier(Name name, std::string_view called,
                                            std::string_view& text) {
  TENANTRY_RETURN_IF_ERROR(Text(name, called, text));
  if (text.size() > base::kIdBytesMax) return Wrong(called, "has more than 128 bytes");
  return absl::OkStatus();
}

absl::Status EventParser::State::Integer(Name name, std::string_view called, uint64_t& value) {
  if (ParseJsonInteger(token(name), kIntegerMax, value)) return absl::OkStatus();
  return Wrong(called, "is no integer from 0 to 2^53");
}

absl::Status EventParser::State::Fill(EventView& event) {
  event = EventView();
  TENANTRY_RETURN_IF_ERROR(FillAttributes(event));
  return event.type_name.starts_with("io.tenantry.") ? FillData(event) : absl::OkStatus();
}

absl::Status EventParser::State::FillAttributes(EventView& event) {
  std::string_view version;
  if (!Text(Name::kSpecversion, "specversion", version).ok() || version != "1.0") {
    return base::InvalidArgument("no CloudEvent 1.0: specversion is not \"1.0\"");
  }
  TENANTRY_RETURN_IF_ERROR(Text(Name::kId, "id", event.id));
  TENANTRY_RETURN_IF_ERROR(Text(Name::kSource, "source", event.source));
  TENANTRY_RETURN_IF_ERROR(Text(Name::kType, "type", event.type_name));
  TENANTRY_RETURN_IF_ERROR(Identifier(Name::kTenantid, "tenantid", event.tenant));
  std::string_view time;
  TENANTRY_RETURN_IF_ERROR(Text(Name::kTime, "time", time));
  if (!base::TryParseRfc3339(time, event.time)) {
    return base::InvalidArgument("time '{}' is no RFC 3339 time such as 2025-01-31T12:00:00Z",
                                 time.substr(0, 40));
  }
  event.type = TypeOf(event.type_name);
  return absl::OkStatus();
}

absl::Status EventParser::State::FillData(EventView& event) {
  const struct {
    Name name;
    std::string_view called;
    std::string_view& text;
  } ids[] = {{Name::kUserID, "userID", event.user},
             {Name::kSessionID, "sessionID", event.session},
             {Name::kDataSetID, "dataSetID", event.data_set},
             {Name::kJobID, "jobID", event.job}};
  for (const auto& id : ids) {
    if (has(id.name)) TENANTRY_RETURN_IF_ERROR(Identifier(id.name, id.called, id.text));
  }
  if (has(Name::kBytes)) TENANTRY_RETURN_IF_ERROR(Integer(Name::kBytes, "bytes", event.bytes));
  if (has(Name::kNbJobs)) {
    TENANTRY_RETURN_IF_ERROR(Integer(Name::kNbJobs, "nbJobs", event.nb_jobs));
  }
  if (has(Name::kTutorial)) {
    event.tutorial = token(Name::kTutorial);
    if (IsString(event.tutorial) && event.tutorial.find('\\') != std::string_view::npos) {
      bool surrogates;
      texts_.emplace_back();
      UnescapeJson(Inside(event.tutorial), texts_.back(), surrogates);
      texts_.back().insert(0, 1, '"');
      texts_.back().push_back('"');
      event.tutorial = texts_.back();
    }
  }
  for (size_t i = 0; i < kProfileFields; ++i) {
    event.profile[i] = token(static_cast<Name>(static_cast<size_t>(Name::kFirstProfile) + i));
  }
  return Required(event.type, event);
}

absl::Status EventParser::State::Required(EventType type, const EventView& event) const {
  switch (type) {
    case EventType::kUserAdded:
    case EventType::kUserRemoved:
    case EventType::kUserLoggedIn:
      return event.user.empty() ? Wrong("userID", "is missing") : absl::OkStatus();
    case EventType::kDataSetCreated:
    case EventType::kDataSetUpdated:
      if (!has(Name::kBytes)) return Wrong("bytes", "is missing");
      [[fallthrough]];
    case EventType::kDataSetDeleted:
      return event.data_set.empty() ? Wrong("dataSetID", "is missing") : absl::OkStatus();
    default:
      return absl::OkStatus();
  }
}

EventParser::EventParser() : state_(std::make_unique<State>()) {}
EventParser::~EventParser() = default;

absl::Status EventParser::Parse(std::string_view json, EventView& event) {
  text_ = json;
  return state_->Parse(json, event);
}

absl::Status EventParser::ParseRecord(std::string_view content_type, std::string_view value,
                                      std::string_view place, absl::Time appended,
                                      EventView& event) {
  if (content_type != kPlainType) return Parse(value, event);
  TENANTRY_ASSIGN_OR_RETURN(converted_, FromPlain(value, place, appended));
  return Parse(converted_, event);
}

}  // namespace tenantry::events
