// events send|tail.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <optional>

#include "app/client/event_sender.h"
#include "app/client/line_source.h"
#include "app/commands/commands.h"
#include "app/console/format.h"
#include "app/console/progress.h"
#include "base/status.h"
#include "net/percent.h"

namespace tenantry::app::commands {
namespace {

using client::SendSummary;
using console::Json;

constexpr absl::Duration kFirstWait = absl::Milliseconds(500);
constexpr absl::Duration kLongestWait = absl::Seconds(10);

struct SendFlags {
  std::vector<std::string> files;
  client::SendOptions options;
  int64_t retry_seconds = 60;
  std::string resume;
};

void PrintSummary(const ServerCall& call, const SendSummary& summary) {
  const bool one_source = std::ranges::all_of(summary.refused, [&](const auto& refused) {
    return refused.source == summary.refused.front().source;
  });
  if (call.json) {
    Json problems = Json::array();
    for (const client::RefusedLine& refused : summary.refused) {
      Json problem = {{"line", refused.line}, {"detail", refused.detail}};
      if (!one_source) problem["file"] = refused.source;
      problems.push_back(std::move(problem));
    }
    return call.PrintJson({{"accepted", summary.accepted},
                           {"repeated", summary.repeated},
                           {"rejected", summary.rejected},
                           {"problems", std::move(problems)}});
  }
  for (const client::RefusedLine& refused : summary.refused) {
    console::Say(call.terminal, fmt::format("{}:{}: {}", refused.source, refused.line,
                                            console::Printable(refused.detail)));
  }
  const auto named = static_cast<int64_t>(summary.refused.size());
  if (summary.rejected > named) {
    console::Say(call.terminal,
                 fmt::format("and {} more",
                             console::FormatCount(static_cast<double>(summary.rejected - named))));
  }
  call.terminal.out << fmt::format("accepted {} · repeated {} · rejected {}\n",
                                   console::FormatCount(static_cast<double>(summary.accepted)),
                                   console::FormatCount(static_cast<double>(summary.repeated)),
                                   console::FormatCount(static_cast<double>(summary.rejected)));
}

constexpr size_t kRunBytesMax = 100;

/// RUN:LINE, as a command that stopped told it.
absl::StatusOr<std::optional<client::SendPlace>> ReadResume(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const size_t colon = text.rfind(':');
  client::SendPlace place;
  if (colon != std::string::npos && colon > 0 && colon <= kRunBytesMax) {
    place.run = text.substr(0, colon);
    const char* const end = text.data() + text.size();
    const auto [rest, failed] = std::from_chars(text.data() + colon + 1, end, place.line);
    const bool sane = std::ranges::all_of(place.run, [](char c) { return c > ' ' && c < 127; });
    if (failed == std::errc() && rest == end && place.line >= 1 && sane) return place;
  }
  return base::InvalidArgument(
      "--resume {} is no RUN:LINE: copy what the command that stopped told", text);
}

/// How to go on in `file` and those behind it; nothing where all is to be sent again anyway.
void TellHowToResume(const ServerCall& call, const SendFlags& flags, size_t file,
                     const client::SendPlace& stopped) {
  const std::vector<std::string> rest(flags.files.begin() + static_cast<ptrdiff_t>(file),
                                      flags.files.end());
  console::Say(call.terminal,
               fmt::format("stopped at line {} of {}: go on with `tenantry events send --batch {} "
                           "--resume {}:{} {}`",
                           stopped.line, console::Printable(rest.front()),
                           flags.options.batch_events_max, stopped.run, stopped.line,
                           console::Printable(fmt::format("{}", fmt::join(rest, " ")))));
}

absl::Status SendFile(const ServerCall& call, client::EventSender& sender, const std::string& file,
                      const std::optional<client::SendPlace>& from) {
  const bool is_input = file == "-";
  std::unique_ptr<client::LineSource> source;
  if (is_input) {
    source = client::LinesOf(call.terminal.in);
  } else {
    TENANTRY_ASSIGN_OR_RETURN(source, client::OpenLines(file));
  }
  console::Progress progress(call.terminal, is_input ? "standard input" : file, "lines");
  return sender.Send(*source, file, from, [&](int64_t lines) {
    progress.Update(static_cast<double>(lines), source->share());
  });
}

absl::Status SendEvents(const ServerCall& call, SendFlags& flags) {
  flags.options.retry_for = absl::Seconds(flags.retry_seconds);
  TENANTRY_ASSIGN_OR_RETURN(auto from, ReadResume(flags.resume));
  client::EventSender sender(call.api, call.terminal, flags.options);
  absl::Status status;
  for (size_t file = 0; status.ok() && file < flags.files.size(); ++file) {
    status = SendFile(call, sender, flags.files[file], from);
    from.reset();
    const auto& stopped = sender.summary().stopped;
    if (!status.ok() && stopped) TellHowToResume(call, flags, file, *stopped);
  }
  const SendSummary& summary = sender.summary();
  const bool any = summary.accepted + summary.repeated + summary.rejected > 0;
  if (status.ok() || any) PrintSummary(call, summary);
  TENANTRY_RETURN_IF_ERROR(status);
  if (summary.rejected == 0) return absl::OkStatus();
  return base::FailedPrecondition("{} {} rejected",
                                  console::FormatCount(static_cast<double>(summary.rejected)),
                                  summary.rejected == 1 ? "event was" : "events were");
}

void AddSend(CLI::App& events, Invocation& invocation) {
  auto& flags = invocation.Hold<SendFlags>();
  flags.files = {"-"};
  CLI::App& command = AddServerCommand(
      events, invocation,
      {"send", "Sends events, one JSON object a line; exit code 1 when any was rejected",
       "tenantry events send events.ndjson.gz\ncat events.ndjson | tenantry events send -"},
      [&flags](const ServerCall& call) { return SendEvents(call, flags); });
  command.add_option("FILE", flags.files,
                     "files of NDJSON, .gz too; - is standard input, which is the default");
  command.add_option("--batch", flags.options.batch_events_max, "the most events in a request")
      ->capture_default_str()
      ->check(WholeNumber(1, 100'000));
  command
      .add_option("--retry-seconds", flags.retry_seconds,
                  "how long to try again when a server that answered goes away")
      ->capture_default_str()
      ->check(WholeNumber(0, 86'400));
  command.add_option("--resume", flags.resume,
                     "RUN:LINE of the first file, to go on where a command stopped");
}

struct TailFlags {
  std::string stream;
  std::string from;
  std::string after;
  int64_t limit = 0;
  int64_t retry_seconds = 60;
};

/// The event on one line, whatever the server's layout.
std::string OneLine(const std::string& data) {
  if (data.find('\n') == std::string::npos) return data;
  const Json event = Json::parse(data, nullptr, false);
  if (!event.is_discarded()) return event.dump();
  std::string line = data;
  std::ranges::replace(line, '\n', ' ');
  return line;
}

/// Follows a stream over broken connections, each time from the last id seen.
class Tail {
 public:
  Tail(const ServerCall& call, const TailFlags& flags)
      : call_(call), flags_(flags), last_id_(flags.after) {}

  absl::Status Follow() {
    absl::Time give_up = absl::InfinitePast();
    absl::Duration wait = kFirstWait;
    while (true) {
      const int64_t before = shown_;
      const absl::Time begun = call_.terminal.clock.Now();
      answered_ = false;
      const absl::Status status = FollowOnce();
      if (done_ || !IsPassing(status)) return status;
      const absl::Time now = call_.terminal.clock.Now();
      const bool went_well = shown_ > before || (answered_ && now - begun > kLongestWait);
      if (went_well || give_up == absl::InfinitePast()) {
        give_up = now + absl::Seconds(flags_.retry_seconds);
        wait = kFirstWait;
      }
      if (!connected_ || !call_.terminal.sleep || now + wait > give_up) return GiveUp(status);
      call_.terminal.sleep(wait);
      wait = std::min(wait * 2, kLongestWait);
    }
  }

 private:
  absl::Status FollowOnce() {
    net::Headers headers;
    if (!last_id_.empty()) headers.emplace("Last-Event-ID", last_id_);
    std::string path = client::ApiPath({"streams", flags_.stream});
    if (!flags_.from.empty()) path += "?" + net::EncodeQuery({{"from", flags_.from}});
    TENANTRY_ASSIGN_OR_RETURN(
        const net::ClientResponse response,
        call_.api.StreamEvents(
            path, headers, [this](const net::SseEvent& event) { return Show(event); },
            [this](const std::string& last_id) {
              connected_ = answered_ = true;
              if (!last_id.empty()) last_id_ = last_id;
            }));
    connected_ = connected_ || response.status == 200;
    busy_ = response.status == 429 || response.status == 503;
    return call_.api.StatusOf(response);
  }

  bool Show(const net::SseEvent& event) {
    if (!event.id.empty()) last_id_ = event.id;
    call_.terminal.out << OneLine(event.data) << '\n' << std::flush;
    ++shown_;
    done_ = call_.terminal.out.fail() || (flags_.limit > 0 && shown_ >= flags_.limit);
    return !done_;
  }

  /// A state that ends by itself: the stream was cut, or the server is away or busy.
  bool IsPassing(const absl::Status& status) const {
    return status.ok() || busy_ || absl::IsUnavailable(status);
  }

  absl::Status GiveUp(const absl::Status& status) const {
    if (!last_id_.empty()) {
      console::Say(call_.terminal, fmt::format("go on later with --after '{}'", last_id_));
    }
    return status.ok() ? base::Unavailable("the server ended the stream") : status;
  }

  const ServerCall& call_;
  const TailFlags& flags_;
  std::string last_id_;
  int64_t shown_ = 0;
  bool connected_ = false;  // once at least
  bool answered_ = false;   // by the stream of now
  bool busy_ = false;
  bool done_ = false;
};

void AddTail(CLI::App& events, Invocation& invocation) {
  auto& flags = invocation.Hold<TailFlags>();
  CLI::App& command =
      AddServerCommand(events, invocation,
                       {"tail", "Follows a stream, one JSON object a line, until Ctrl-C",
                        "tenantry events tail companies --from oldest\n"
                        "tenantry events tail bigdatajobs --from 2026-01-31T00:00:00Z --limit 100"},
                       [&flags](const ServerCall& call) { return Tail(call, flags).Follow(); });
  command.add_option("STREAM", flags.stream, "companies, bigdatajobs or enrichedcompanies")
      ->required();
  command.add_option("--from", flags.from,
                     "oldest, newest (the default), a day or an RFC 3339 time");
  command.add_option("--after", flags.after, "the id of the last event seen; wins over --from");
  command.add_option("--limit", flags.limit, "end after so many events; 0 = never")
      ->capture_default_str()
      ->check(WholeNumber(0, int64_t{1} << 40));
  command
      .add_option("--retry-seconds", flags.retry_seconds,
                  "how long to try again when the server goes away")
      ->capture_default_str()
      ->check(WholeNumber(0, 86'400));
}

}  // namespace

void AddEventsCommands(CLI::App& app, Invocation& invocation) {
  CLI::App& events = AddGroup(app, {"events", "CloudEvents in and out",
                                    "tenantry events send events.ndjson\n"
                                    "tenantry events tail bigdatajobs --from oldest"});
  AddSend(events, invocation);
  AddTail(events, invocation);
}

}  // namespace tenantry::app::commands
