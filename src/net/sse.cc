#include "net/sse.h"

#include <algorithm>

#include "base/status.h"

namespace tenantry::net {
namespace {

// Adds "name: value" without what would break the line.
void AddField(std::string& text, std::string_view name, std::string_view value) {
  text += name;
  text += ": ";
  for (const char c : value) {
    if (c != '\r' && c != '\n' && c != '\0') text += c;
  }
  text += '\n';
}

// The line up to the next CR, LF or CR LF, which are taken off `rest` with it.
std::string_view TakeLine(std::string_view& rest) {
  const size_t end = std::min(rest.find_first_of("\r\n"), rest.size());
  const std::string_view line = rest.substr(0, end);
  const size_t ending = rest.substr(end).starts_with("\r\n") ? 2 : 1;
  rest.remove_prefix(std::min(rest.size(), end + ending));
  return line;
}

void AddLines(std::string& text, std::string_view prefix, std::string_view lines) {
  const bool more = lines.ends_with('\n') || lines.ends_with('\r');
  do {
    text += prefix;
    text += TakeLine(lines);
    text += '\n';
  } while (!lines.empty());
  if (more) {
    text += prefix;
    text += '\n';
  }
}

}  // namespace

std::string FormatSse(const SseEvent& event) {
  std::string text;
  text.reserve(event.data.size() + event.id.size() + event.event.size() + 32);
  if (!event.id.empty()) AddField(text, "id", event.id);
  if (!event.event.empty()) AddField(text, "event", event.event);
  AddLines(text, "data: ", event.data);
  text += '\n';
  return text;
}

std::string FormatSsePlace(std::string_view id) {
  std::string text;
  AddField(text, "id", id);
  text += '\n';
  return text;
}

std::string FormatSseComment(std::string_view text) {
  std::string comment;
  AddLines(comment, ": ", text);
  comment += '\n';
  return comment;
}

SseWriter::SseWriter(StreamWriter& writer, const base::Clock& clock, absl::Duration heartbeat)
    : writer_(writer), clock_(clock), heartbeat_(heartbeat), last_(clock.Now()) {}

absl::Status SseWriter::Send(const SseEvent& event) { return SendFormatted(FormatSse(event)); }

absl::Status SseWriter::SendPlace(std::string_view id) { return SendFormatted(FormatSsePlace(id)); }

absl::Status SseWriter::SendFormatted(std::string_view text) {
  TENANTRY_RETURN_IF_ERROR(writer_.Write(text));
  last_ = clock_.Now();
  return absl::OkStatus();
}

absl::Status SseWriter::Idle() {
  if (writer_.Cancelled()) return absl::CancelledError("the stream has ended");
  const absl::Duration since = clock_.Now() - last_;
  if (since >= absl::ZeroDuration() && since < heartbeat_) return absl::OkStatus();
  return SendFormatted(FormatSseComment("heartbeat"));
}

absl::Duration SseWriter::UntilHeartbeat() const {
  return std::clamp(last_ + heartbeat_ - clock_.Now(), absl::ZeroDuration(), heartbeat_);
}

HttpResponse SseResponse(const base::Clock& clock, absl::Duration heartbeat,
                         std::function<void(SseWriter&)> produce) {
  HttpResponse response;
  response.headers.emplace("Content-Type", "text/event-stream");
  response.headers.emplace("Cache-Control", "no-store");
  // Proxies of nginx's kind would hold events back otherwise.
  response.headers.emplace("X-Accel-Buffering", "no");
  response.stream = [&clock, heartbeat, produce = std::move(produce)](StreamWriter& stream) {
    SseWriter writer(stream, clock, heartbeat);
    if (writer.SendFormatted(FormatSseComment("connected")).ok()) produce(writer);
  };
  return response;
}

absl::Status SseParser::Feed(std::string_view bytes,
                             const std::function<bool(const SseEvent&)>& on_event) {
  while (!bytes.empty()) {
    if (after_cr_ && bytes.front() == '\n') bytes.remove_prefix(1);
    after_cr_ = false;
    const size_t end = std::min(bytes.find_first_of("\r\n"), bytes.size());
    if (line_.size() + data_.size() + end > event_bytes_max_) {
      return base::Error(absl::StatusCode::kResourceExhausted,
                         "a server-sent event has more than {} bytes", event_bytes_max_);
    }
    line_ += bytes.substr(0, end);
    if (end == bytes.size()) break;
    after_cr_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    if (!EndLine(on_event)) break;
  }
  return absl::OkStatus();
}

bool SseParser::EndLine(const std::function<bool(const SseEvent&)>& on_event) {
  const std::string whole = std::exchange(line_, {});
  std::string_view line = whole;
  if (std::exchange(at_start_, false) && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
  if (!line.empty()) {
    const size_t colon = std::min(line.find(':'), line.size());
    std::string_view value = line.substr(std::min(line.size(), colon + 1));
    if (value.starts_with(' ')) value.remove_prefix(1);
    TakeField(line.substr(0, colon), value);
    return true;
  }
  SseEvent event{last_id_, std::exchange(event_, {}), std::exchange(data_, {})};
  return !std::exchange(has_data_, false) || on_event(event);
}

void SseParser::TakeField(std::string_view name, std::string_view value) {
  if (name == "data") {
    if (has_data_) data_ += '\n';
    data_ += value;
    has_data_ = true;
  } else if (name == "event") {
    event_ = value;
  } else if (name == "id" && value.find('\0') == std::string_view::npos) {
    last_id_ = value;
  }
}

}  // namespace tenantry::net
