#include "app/batch/job_watch.h"

#include <algorithm>

#include "app/console/format.h"
#include "base/instant.h"
#include "base/status.h"

namespace tenantry::app::batch {

using commands::ServerCall;
namespace {

using client::ApiAnswer;
using client::ApiPath;
using console::Json;
using console::TextOf;

constexpr absl::Duration kFirstWait = absl::Milliseconds(20);
constexpr absl::Duration kLongestWait = absl::Milliseconds(500);
constexpr absl::Duration kServerAway = absl::Minutes(1);

bool HasEnded(const std::string& status) { return status != "queued" && status != "running"; }

// Seconds for people.
std::string FormatSeconds(double seconds) {
  if (seconds < 120) return console::FormatNumber(seconds, seconds < 10 ? 2 : 0) + " s";
  return console::FormatNumber(seconds / 60, 1) + " min";
}

const char* Mark(const std::string& status) {
  if (status == "succeeded") return "✓";
  if (status == "failed") return "✗";
  if (status == "running") return "▶";
  return status == "cancelled" ? "–" : "·";
}

// Draws a job's steps in place, or tells its log's lines.
class JobView {
 public:
  JobView(const ServerCall& call, const std::string& job_id, int64_t after)
      : call_(call), path_(ApiPath({"jobs", job_id})), last_line_(after) {}

  absl::Status Show(const Json& job) {
    if (call_.terminal.err_is_terminal) {
      Draw(job);
      return absl::OkStatus();
    }
    return TellLog();
  }

 private:
  void Line(const std::string& text) {
    const int columns = call_.terminal.columns;
    call_.terminal.err << "\x1b[K" << (columns > 0 ? console::CutToWidth(text, columns - 1) : text)
                       << '\n';
    ++drawn_;
  }

  void Draw(const Json& job) {
    if (drawn_ > 0) call_.terminal.err << fmt::format("\x1b[{}A", drawn_);
    drawn_ = 0;
    Line(fmt::format("{}  {}  {}", TextOf(job, "jobID"), console::Printable(TextOf(job, "name")),
                     TextOf(job, "status")));
    size_t width = 0;
    for (const Json& step : job["steps"]) width = std::max(width, TextOf(step, "name").size());
    for (const Json& step : job["steps"]) {
      const std::string status = TextOf(step, "status");
      std::string line = fmt::format("  {} {:<{}}  {:<9}", Mark(status), TextOf(step, "name"),
                                     width, TextOf(step, "kind"));
      if (status == "succeeded") {
        line += fmt::format("  {}  {}",
                            console::FormatCounted(console::CountOf(step["use"], "rows"), "row"),
                            FormatTook(step, "started", "finished"));
      } else if (status == "failed") {
        line += "  " + console::Printable(TextOf(step, "error"));
      }
      Line(line);
    }
    call_.terminal.err << std::flush;
  }

  absl::Status TellLog() {
    TENANTRY_ASSIGN_OR_RETURN(
        const ApiAnswer log,
        call_.api.Get(path_ + "/logs", {{"after", std::to_string(last_line_)}}));
    for (const Json& line : log.body["items"]) console::Say(call_.terminal, FormatLogLine(line));
    last_line_ = static_cast<int64_t>(console::NumberOf(log.body, "last"));
    return absl::OkStatus();
  }

  const ServerCall& call_;
  const std::string path_;
  int64_t last_line_;
  int drawn_ = 0;
};

}  // namespace

absl::StatusOr<ApiAnswer> WatchJob(const ServerCall& call, const std::string& job_id,
                                   int64_t after) {
  JobView view(call, job_id, after);
  absl::Duration wait = kFirstWait;
  absl::Time answered = call.terminal.clock.Now();
  while (true) {
    absl::StatusOr<ApiAnswer> job = call.api.Get(ApiPath({"jobs", job_id}));
    absl::Status status = job.status();
    if (status.ok()) status = view.Show(job->body);
    const absl::Time now = call.terminal.clock.Now();
    if (status.ok()) {
      answered = now;
      if (HasEnded(TextOf(job->body, "status"))) return job;
    } else if (!absl::IsUnavailable(status) || now - answered > kServerAway) {
      return status;
    }
    if (!call.terminal.sleep) return base::Internal("this terminal can't wait");
    call.terminal.sleep(wait);
    wait = std::min(wait * 2, kLongestWait);
  }
}

absl::StatusOr<int64_t> LastLogLine(const ServerCall& call, const std::string& job_id) {
  int64_t last = 0;
  while (true) {
    TENANTRY_ASSIGN_OR_RETURN(const ApiAnswer log, call.api.Get(ApiPath({"jobs", job_id, "logs"}),
                                                                {{"after", std::to_string(last)}}));
    if (log.body.value("items", Json::array()).empty()) return last;
    last = static_cast<int64_t>(console::NumberOf(log.body, "last"));
  }
}

absl::Status OutcomeOf(const Json& job) {
  const std::string status = TextOf(job, "status");
  if (status == "succeeded") return absl::OkStatus();
  const std::string id = TextOf(job, "jobID");
  if (status == "failed") {
    return base::Error(absl::StatusCode::kAborted,
                       "the job {} failed: {}\nif its data was at fault, mend that, and `tenantry "
                       "jobs resume {}` goes on where it stopped; if its SQL was, mend the "
                       "specification and submit it again",
                       id, console::Printable(TextOf(job, "error")), id);
  }
  return base::Error(absl::StatusCode::kAborted, "the job {} was cancelled", id);
}

std::string FormatTook(const Json& object, const char* from, const char* to) {
  const auto begun = base::ParseRfc3339(TextOf(object, from));
  const auto ended = base::ParseRfc3339(TextOf(object, to));
  if (!begun.ok() || !ended.ok()) return "–";
  return FormatSeconds(static_cast<double>(ended->milliseconds() - begun->milliseconds()) / 1000);
}

std::string FormatDuration(const Json& job) {
  if (TextOf(job, "finished").empty()) return "–";
  return FormatSeconds(console::NumberOf(job, "durationSeconds"));
}

std::string FormatLogLine(const Json& line) {
  const std::string step = TextOf(line, "step");
  return fmt::format("{}  {}{}", console::FormatMoment(TextOf(line, "time")),
                     step.empty() ? "" : console::Printable(step) + ": ",
                     console::Printable(TextOf(line, "text")));
}

}  // namespace tenantry::app::batch
