// jobs submit|list|show|cancel|logs|why|dry-run|resume.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>

#include "app/batch/batch_commands.h"
#include "app/batch/job_watch.h"
#include "app/console/format.h"
#include "app/console/table.h"
#include "base/status.h"
#include "net/percent.h"
#include "runtime/disk/files.h"

namespace tenantry::app::batch {

using commands::AddGroup;
using commands::AddLimit;
using commands::AddServerCommand;
using commands::CommandText;
using commands::Invocation;
using commands::ServerCall;
namespace {

using client::ApiAnswer;
using client::ApiPath;
using console::Align;
using console::FormatField;
using console::Json;
using console::TextOf;

constexpr int64_t kSpecBytesMax = 16 << 20;
constexpr absl::Duration kFollowWait = absl::Milliseconds(250);

std::string Moment(const Json& object, const char* field) {
  const std::string time = TextOf(object, field);
  return time.empty() ? "–" : console::FormatMoment(time);
}

// How many of its steps succeeded: 2/4.
std::string StepsDone(const Json& job) {
  const Json& steps = job["steps"];
  const auto done = std::ranges::count_if(
      steps, [](const Json& step) { return TextOf(step, "status") == "succeeded"; });
  return fmt::format("{}/{}", done, steps.size());
}

// True once an attempt of a step came to an end, and so told what it used.
bool KnowsUse(const Json& job) {
  return !TextOf(job, "finished").empty() ||
         std::ranges::any_of(job["steps"],
                             [](const Json& step) { return !TextOf(step, "finished").empty(); });
}

void PrintJob(const ServerCall& call, const ApiAnswer& answer) {
  if (call.json) return call.PrintJsonText(answer.text);
  const Json& job = answer.body;
  const auto used = [&job, known = KnowsUse(job)](const char* field, auto format) -> std::string {
    return known ? format(console::NumberOf(job["use"], field)) : "–";
  };
  console::PrintFields(
      call.terminal,
      {{"job", FormatField(job, "jobID")},
       {"name", FormatField(job, "name")},
       {"tenant", FormatField(job, "tenantID")},
       {"user", FormatField(job, "userID")},
       {"status", FormatField(job, "status")},
       {"error", FormatField(job, "error")},
       {"submitted, UTC", Moment(job, "created")},
       {"started, UTC", Moment(job, "started")},
       {"finished, UTC", Moment(job, "finished")},
       {"took", FormatDuration(job)},
       {"read", used("bytesRead", console::FormatSize)},
       {"written", used("bytesWritten", console::FormatSize)},
       {"CPU", used("cpuSeconds", [](double s) { return console::FormatNumber(s, 2) + " s"; })},
       {"peak memory", used("peakMemoryBytes", console::FormatSize)}});
  console::Table table(call.terminal, {{"STEP"},
                                       {"KIND"},
                                       {"STATUS"},
                                       {"ROWS", Align::kRight},
                                       {"WRITTEN", Align::kRight},
                                       {"TOOK", Align::kRight},
                                       {"DATA SET"}});
  for (const Json& step : job["steps"]) {
    const bool done = TextOf(step, "status") == "succeeded";
    std::string data_set = TextOf(step, "dataSet");
    if (done && !data_set.empty()) {
      data_set += fmt::format(", version {}", FormatField(step, "dataSetVersion"));
    }
    table.AddRow({FormatField(step, "name"), FormatField(step, "kind"), FormatField(step, "status"),
                  done ? FormatField(step["use"], "rows") : "–",
                  done ? console::FormatSize(console::NumberOf(step["use"], "bytesWritten")) : "–",
                  FormatTook(step, "started", "finished"), data_set.empty() ? "–" : data_set});
  }
  call.terminal.out << '\n';
  table.Finish("no steps");
}

/// A specification as it is sent.
struct SpecText {
  std::string text;
  const char* type = "application/json";
};

absl::StatusOr<SpecText> ReadSpec(const ServerCall& call, const std::string& file) {
  SpecText spec;
  if (file == "-") {
    spec.text.assign(std::istreambuf_iterator<char>(call.terminal.in), {});
  } else {
    TENANTRY_ASSIGN_OR_RETURN(spec.text, runtime::ReadFile(file, kSpecBytesMax));
  }
  const size_t first = spec.text.find_first_not_of(" \t\r\n");
  const bool braces = first != std::string::npos && spec.text[first] == '{';
  if (!file.ends_with(".json") && (file.ends_with(".toml") || !braces)) {
    spec.type = "application/toml";
  }
  return spec;
}

struct SpecFlags {
  std::string file;
  std::string tenant;
  std::string key;
  bool wait = false;
};

/// Sends a specification; with a key once more when the connection breaks.
absl::StatusOr<ApiAnswer> SendSpec(const ServerCall& call, std::string path, const SpecFlags& flags,
                                   const std::string& key) {
  TENANTRY_ASSIGN_OR_RETURN(const SpecText spec, ReadSpec(call, flags.file));
  net::Headers headers = {{"Content-Type", spec.type}};
  if (!key.empty()) headers.emplace("Idempotency-Key", key);
  if (!flags.tenant.empty()) path += "?" + net::EncodeQuery({{"tenant", flags.tenant}});
  auto response = call.api.Exchange("POST", path, headers, spec.text);
  if (absl::IsUnavailable(response.status()) && !key.empty()) {
    response = call.api.Exchange("POST", path, headers, spec.text);
  }
  if (!response.ok()) return response.status();
  TENANTRY_RETURN_IF_ERROR(call.api.StatusOf(*response));
  ApiAnswer answer;
  answer.text = response->body;
  answer.body = Json::parse(response->body, nullptr, false);
  if (!answer.body.is_object()) return base::Internal("the server's answer is no JSON object");
  return answer;
}

absl::Status Finish(const ServerCall& call, const ApiAnswer& job, bool wait, int64_t after = 0) {
  if (!wait) {
    if (call.json) {
      call.PrintJsonText(job.text);
    } else {
      call.terminal.out << TextOf(job.body, "jobID") << '\n';
    }
    return absl::OkStatus();
  }
  TENANTRY_ASSIGN_OR_RETURN(const ApiAnswer ended,
                            WatchJob(call, TextOf(job.body, "jobID"), after));
  PrintJob(call, ended);
  return OutcomeOf(ended.body);
}

void AddSpecArguments(CLI::App& command, SpecFlags& flags) {
  command.add_option("SPEC", flags.file, "a file of TOML or JSON; - is standard input")->required();
  command.add_option("--tenant", flags.tenant, "whose job it is to be: yours when absent");
}

void AddSubmit(CLI::App& jobs, Invocation& invocation) {
  auto& flags = invocation.Hold<SpecFlags>();
  CLI::App& command = AddServerCommand(
      jobs, invocation,
      {"submit", "Submits a job and prints its id; with --wait, exit code 1 when it fails",
       "tenantry jobs submit revenue.toml --wait"},
      [&flags](const ServerCall& call) -> absl::Status {
        const std::string key = flags.key.empty() ? call.terminal.random.Uuid() : flags.key;
        TENANTRY_ASSIGN_OR_RETURN(const ApiAnswer job,
                                  SendSpec(call, ApiPath({"jobs"}), flags, key));
        return Finish(call, job, flags.wait);
      });
  AddSpecArguments(command, flags);
  command.add_flag("--wait", flags.wait, "follow it until it has ended");
  command.add_option("--key", flags.key,
                     "an Idempotency-Key: the same key submits the same job once");
}

void AddDryRun(CLI::App& jobs, Invocation& invocation) {
  auto& flags = invocation.Hold<SpecFlags>();
  CLI::App& command = AddServerCommand(
      jobs, invocation,
      {"dry-run", "Checks a job against the data sets without running it; exit code 1 when wrong",
       "tenantry jobs dry-run revenue.toml"},
      [&flags](const ServerCall& call) -> absl::Status {
        TENANTRY_ASSIGN_OR_RETURN(const ApiAnswer dry,
                                  SendSpec(call, ApiPath({"jobs", "dry-run"}), flags, ""));
        if (call.json) call.PrintJsonText(dry.text);
        console::Table table(call.terminal, {{"STEP"}, {"KIND"}, {"READS"}, {"COLUMNS"}});
        for (const Json& step : dry.body["steps"]) {
          std::string reads, columns;
          for (const char* list : {"dataSets", "after"}) {
            for (const Json& name : step[list]) {
              reads += (reads.empty() ? "" : ", ") + name.get<std::string>();
            }
          }
          for (const Json& column : step["columns"]) {
            columns += fmt::format("{}{} {}", columns.empty() ? "" : ", ", TextOf(column, "name"),
                                   TextOf(column, "type"));
          }
          table.AddRow({FormatField(step, "name"), FormatField(step, "kind"),
                        reads.empty() ? "–" : reads, columns.empty() ? "–" : columns});
        }
        if (!call.json && !dry.body["steps"].empty()) table.Finish("");
        if (dry.body.value("valid", false)) return absl::OkStatus();
        std::string problems = "the job would not run:";
        for (const Json& problem : dry.body["problems"]) {
          const std::string step = TextOf(problem, "step");
          problems += fmt::format("\n  {}{}", step.empty() ? "" : "step '" + step + "': ",
                                  console::Printable(TextOf(problem, "detail")));
        }
        return absl::FailedPreconditionError(problems);
      });
  AddSpecArguments(command, flags);
}

struct ListFlags {
  std::string tenant, user, status;
  int64_t limit = 0;
};

absl::Status ListJobs(const ServerCall& call, const ListFlags& flags) {
  console::Table table(call.terminal, {{"JOB"},
                                       {"TENANT"},
                                       {"NAME"},
                                       {"STATUS"},
                                       {"STEPS", Align::kRight},
                                       {"TOOK", Align::kRight},
                                       {"SUBMITTED, UTC"},
                                       {"USER"}});
  const client::Query query = {
      {"tenant", flags.tenant}, {"user", flags.user}, {"status", flags.status}};
  TENANTRY_RETURN_IF_ERROR(
      call.api.ForEach(ApiPath({"jobs"}), query, flags.limit, [&](const Json& job) {
        if (call.json) {
          call.PrintJson(job);
          return absl::OkStatus();
        }
        table.AddRow({FormatField(job, "jobID"), FormatField(job, "tenantID"),
                      FormatField(job, "name"), FormatField(job, "status"), StepsDone(job),
                      FormatDuration(job), Moment(job, "created"), FormatField(job, "userID")});
        return absl::OkStatus();
      }));
  if (!call.json) table.Finish("no jobs");
  return absl::OkStatus();
}

void AddList(CLI::App& jobs, Invocation& invocation) {
  auto& flags = invocation.Hold<ListFlags>();
  CLI::App& command = AddServerCommand(
      jobs, invocation, {"list", "Lists jobs, newest first", "tenantry jobs list --status running"},
      [&flags](const ServerCall& call) { return ListJobs(call, flags); });
  command.add_option("--tenant", flags.tenant, "only this tenant's");
  command.add_option("--user", flags.user, "only what this user submitted");
  command.add_option("--status", flags.status, "queued, running, succeeded, failed or cancelled");
  AddLimit(command, flags.limit);
}

struct JobFlags {
  std::string id;
  bool watch = false;
};

/// Adds a command about one job.
CLI::App& AddJobCommand(CLI::App& jobs, Invocation& invocation, const CommandText& text,
                        JobFlags& flags, std::function<absl::Status(const ServerCall&)> action) {
  CLI::App& command = AddServerCommand(jobs, invocation, text, std::move(action));
  command.add_option("JOB", flags.id, "its id")->required();
  return command;
}

void AddShow(CLI::App& jobs, Invocation& invocation) {
  auto& flags = invocation.Hold<JobFlags>();
  CLI::App& command = AddJobCommand(
      jobs, invocation, {"show", "Shows one job and its steps", "tenantry jobs show JOB --watch"},
      flags, [&flags](const ServerCall& call) -> absl::Status {
        const auto job =
            flags.watch ? WatchJob(call, flags.id) : call.api.Get(ApiPath({"jobs", flags.id}));
        if (job.ok()) PrintJob(call, *job);
        return job.status();
      });
  command.add_flag("--watch", flags.watch, "follow it until it has ended");
}

void AddCancel(CLI::App& jobs, Invocation& invocation) {
  auto& flags = invocation.Hold<JobFlags>();
  AddJobCommand(
      jobs, invocation, {"cancel", "Cancels a job that waits or runs", "tenantry jobs cancel JOB"},
      flags, [&flags](const ServerCall& call) -> absl::Status {
        TENANTRY_ASSIGN_OR_RETURN(const ApiAnswer job,
                                  call.api.Post(ApiPath({"jobs", flags.id, "cancel"}), nullptr));
        if (call.json) call.PrintJsonText(job.text);
        console::Say(call.terminal,
                     fmt::format("job {} {}", flags.id,
                                 TextOf(job.body, "status") == "cancelled" ? "is cancelled"
                                                                           : "is being cancelled"));
        return absl::OkStatus();
      });
}

void AddResume(CLI::App& jobs, Invocation& invocation) {
  auto& flags = invocation.Hold<JobFlags>();
  CLI::App& command = AddJobCommand(
      jobs, invocation,
      {"resume", "Lets a failed or cancelled job go on at its first unfinished step",
       "tenantry jobs resume JOB --wait"},
      flags, [&flags](const ServerCall& call) -> absl::Status {
        int64_t told = 0;  // what the log held before is no news
        if (flags.watch) {
          TENANTRY_ASSIGN_OR_RETURN(told, LastLogLine(call, flags.id));
        }
        TENANTRY_ASSIGN_OR_RETURN(const ApiAnswer job,
                                  call.api.Post(ApiPath({"jobs", flags.id, "resume"}), nullptr));
        return Finish(call, job, flags.watch, told);
      });
  command.add_flag("--wait", flags.watch, "follow it until it has ended");
}

/// Prints the log from its beginning; with `watch` until the job has ended.
absl::Status PrintLog(const ServerCall& call, const JobFlags& flags) {
  int64_t after = 0;
  while (true) {
    TENANTRY_ASSIGN_OR_RETURN(
        const ApiAnswer log,
        call.api.Get(ApiPath({"jobs", flags.id, "logs"}), {{"after", std::to_string(after)}}));
    for (const Json& line : log.body["items"]) {
      if (call.json) {
        call.PrintJson(line);
      } else {
        call.terminal.out << FormatLogLine(line) << '\n';
      }
    }
    call.terminal.out << std::flush;
    after = static_cast<int64_t>(console::NumberOf(log.body, "last"));
    const bool more = !log.body["items"].empty();
    if (log.body.value("ended", false) || (!flags.watch && !more)) return absl::OkStatus();
    if (more) continue;
    if (!call.terminal.sleep) return base::Internal("this terminal can't wait");
    call.terminal.sleep(kFollowWait);
  }
}

void AddLogs(CLI::App& jobs, Invocation& invocation) {
  auto& flags = invocation.Hold<JobFlags>();
  CLI::App& command = AddJobCommand(
      jobs, invocation, {"logs", "Prints a job's log", "tenantry jobs logs JOB --follow"}, flags,
      [&flags](const ServerCall& call) { return PrintLog(call, flags); });
  command.add_flag("--follow", flags.watch, "until the job has ended");
}

void AddWhy(CLI::App& jobs, Invocation& invocation) {
  auto& flags = invocation.Hold<JobFlags>();
  AddJobCommand(jobs, invocation,
                {"why", "Says what a waiting job waits for and when it should start",
                 "tenantry jobs why JOB"},
                flags, [&flags](const ServerCall& call) -> absl::Status {
                  TENANTRY_ASSIGN_OR_RETURN(const ApiAnswer why,
                                            call.api.Get(ApiPath({"jobs", flags.id, "why"})));
                  if (call.json) {
                    call.PrintJsonText(why.text);
                    return absl::OkStatus();
                  }
                  console::PrintFields(call.terminal,
                                       {{"job", FormatField(why.body, "jobID")},
                                        {"status", FormatField(why.body, "status")},
                                        {"why", FormatField(why.body, "why")},
                                        {"jobs before it", FormatField(why.body, "ahead")},
                                        {"should start, UTC", Moment(why.body, "expectedStart")}});
                  return absl::OkStatus();
                });
}

}  // namespace

void AddJobsCommands(CLI::App& app, Invocation& invocation) {
  CLI::App& jobs =
      AddGroup(app, {"jobs", "Batch jobs: submit, list, show, cancel, logs, why, dry-run, resume",
                     "tenantry jobs submit revenue.toml --wait\ntenantry jobs list"});
  AddSubmit(jobs, invocation);
  AddList(jobs, invocation);
  AddShow(jobs, invocation);
  AddCancel(jobs, invocation);
  AddLogs(jobs, invocation);
  AddWhy(jobs, invocation);
  AddDryRun(jobs, invocation);
  AddResume(jobs, invocation);
}

}  // namespace tenantry::app::batch
