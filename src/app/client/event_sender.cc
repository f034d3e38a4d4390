#include "app/client/event_sender.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/status.h"

namespace tenantry::app::client {
namespace {

using console::Json;

constexpr int kTooLarge = 413;
constexpr absl::Duration kFirstWait = absl::Milliseconds(200);
constexpr absl::Duration kLongestWait = absl::Seconds(5);

bool IsBlank(std::string_view line) {
  return line.find_first_not_of(" \t") == std::string_view::npos;
}

/// The seconds of Retry-After, or zero.
absl::Duration RetryAfter(const net::ClientResponse& response) {
  const std::string_view text = response.Header("Retry-After");
  int64_t seconds = 0;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  return absl::Seconds(std::clamp<int64_t>(seconds, 0, 3600));
}

}  // namespace

absl::Status EventSender::Send(LineSource& source, const std::string& name,
                               const std::optional<SendPlace>& from, const OnBatch& on_batch) {
  run_ = from ? from->run : terminal_.random.Uuid();
  const int64_t first = from ? from->line : 1;
  Lines lines;
  int64_t bytes = 0;
  int64_t number = 0;
  std::string text;
  bool more = true;
  while (more) {
    const absl::StatusOr<bool> next = source.Next(text);
    const bool too_long = absl::IsOutOfRange(next.status());
    if (!next.ok() && !too_long) {
      return StopAt(lines.empty() ? number + 1 : lines[0].number, next.status());
    }
    more = too_long || *next;
    if (more) ++number;
    const bool is_event = more && !too_long && number >= first && !IsBlank(text);
    const int64_t bytes_with = bytes + static_cast<int64_t>(text.size()) + 1;
    const bool is_full = static_cast<int64_t>(lines.size()) == options_.batch_events_max ||
                         (is_event && bytes_with > options_.batch_bytes_max);
    if (!lines.empty() && (is_full || too_long || !more)) {
      TENANTRY_RETURN_IF_ERROR(SendBatch(name, lines, 0, lines.size()));
      on_batch(number);
      lines.clear();
      bytes = 0;
    }
    if (too_long && number >= first) {
      Refuse(name, number, std::string(base::Message(next.status())));
    }
    if (!is_event) continue;
    bytes += static_cast<int64_t>(text.size()) + 1;
    lines.push_back({number, std::move(text)});
  }
  if (!from || number >= from->line) return absl::OkStatus();
  return base::InvalidArgument("--resume goes on at line {}, but {} has {} {}", from->line, name,
                               number, number == 1 ? "line" : "lines");
}

absl::Status EventSender::SendBatch(const std::string& name, const Lines& lines, size_t begin,
                                    size_t end) {
  std::string body;
  bool has_plain_forms = false;
  for (size_t i = begin; i < end; ++i) {
    body += lines[i].text;
    body += '\n';
    has_plain_forms = has_plain_forms || lines[i].text.find("\"specversion\"") == std::string::npos;
  }
  const int64_t first = lines[begin].number;
  const std::string key = has_plain_forms ? fmt::format("{}:{}", run_, first) : "";
  const absl::StatusOr<net::ClientResponse> posted = Post(body, key);
  if (!posted.ok()) return StopAt(first, posted.status());
  const net::ClientResponse& response = *posted;
  if (response.status == kTooLarge && end - begin > 1) {
    const size_t middle = begin + (end - begin) / 2;
    TENANTRY_RETURN_IF_ERROR(SendBatch(name, lines, begin, middle));
    return SendBatch(name, lines, middle, end);
  }
  if (response.status == kTooLarge) {
    Refuse(name, lines[begin].number, std::string(base::Message(api_.StatusOf(response))));
    return absl::OkStatus();
  }
  if (absl::Status refused = api_.StatusOf(response); !refused.ok()) {
    return StopAt(first, std::move(refused));
  }
  return Count(name, lines, begin, end, response);
}

absl::Status EventSender::StopAt(int64_t line, absl::Status status) {
  if (server_answered_) summary_.stopped = {run_, line};
  return status;
}

absl::StatusOr<net::ClientResponse> EventSender::Post(const std::string& body,
                                                      const std::string& key) {
  net::Headers headers = {{"Content-Type", "application/x-ndjson"}};
  if (!key.empty()) headers.emplace("Idempotency-Key", key);
  const absl::Time deadline = terminal_.clock.Now() + options_.retry_for;
  for (int attempt = 0;; ++attempt) {
    absl::StatusOr<net::ClientResponse> response =
        api_.Exchange("POST", ApiPath({"events"}), headers, body);
    server_answered_ = server_answered_ || response.ok();
    if (!WaitToRetry(response, attempt, deadline)) return response;
  }
}

bool EventSender::WaitToRetry(const absl::StatusOr<net::ClientResponse>& response, int attempt,
                              absl::Time deadline) {
  absl::Duration wait = std::min(kFirstWait * (1 << std::min(attempt, 10)), kLongestWait);
  if (response.ok()) {
    // 409: the same request, sent before, is still being worked on.
    if (response->status != 409 && response->status != 429 && response->status != 503) return false;
    wait = std::max(wait, RetryAfter(*response));
  } else if (!server_answered_ || !absl::IsUnavailable(response.status())) {
    return false;
  }
  if (!terminal_.sleep || terminal_.clock.Now() + wait > deadline) return false;
  if (attempt == 0) {
    console::Say(terminal_, response.ok() ? "the server asks to wait; trying again"
                                          : "the server is away; trying again");
  }
  terminal_.sleep(wait);
  return true;
}

absl::Status EventSender::Count(const std::string& name, const Lines& lines, size_t begin,
                                size_t end, const net::ClientResponse& response) {
  const Json counts = Json::parse(response.body, nullptr, false);
  const auto accepted = counts.find("accepted");
  if (accepted == counts.end() || !accepted->is_number()) {
    return base::Unavailable("{} does not tell what it did with the events: is it Tenantry?",
                             api_.server());
  }
  const auto number = [&counts](const char* field) {
    return static_cast<int64_t>(console::NumberOf(counts, field));
  };
  summary_.accepted += number("accepted");
  summary_.repeated += number("repeated");
  summary_.rejected += number("rejected");
  const auto problems = counts.find("problems");
  if (problems == counts.end() || !problems->is_array()) return absl::OkStatus();
  for (const Json& problem : *problems) {
    const double index = console::NumberOf(problem, "index");
    if (index < 0 || index >= static_cast<double>(end - begin)) continue;
    if (summary_.refused.size() == kRefusedMax) break;
    summary_.refused.push_back({name, lines[begin + static_cast<size_t>(index)].number,
                                console::TextOf(problem, "detail")});
  }
  return absl::OkStatus();
}

void EventSender::Refuse(const std::string& name, int64_t line, std::string detail) {
  ++summary_.rejected;
  if (summary_.refused.size() < kRefusedMax) {
    summary_.refused.push_back({name, line, std::move(detail)});
  }
}

}  // namespace tenantry::app::client
