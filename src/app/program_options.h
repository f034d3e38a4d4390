#pragma once

#include <absl/status/status.h>

#include <string>
#include <utility>
#include <vector>

#include "activity/live_options.h"
#include "eventlog/event_log_options.h"
#include "identity/secrets/passwords.h"
#include "identity/sessions.h"
#include "jobs/job_options.h"
#include "lake/lake_options.h"
#include "metastore/idempotency.h"
#include "metastore/outbox.h"
#include "metastore/sqlite/sqlite_metastore.h"
#include "net/http_server.h"
#include "roles/analytics/analytics_options.h"
#include "roles/ingest/ingest_options.h"
#include "runtime/logging.h"
#include "runtime/options.h"

namespace tenantry::app {

/// Every option of `tenantry serve`, room by room; a room that gains options gets a member here and
/// a line in Declare.
struct ProgramOptions {
  std::string log_level = "info";
  std::string log_format = "text";
  net::HttpServerOptions net;
  metastore::MetastoreOptions metastore;
  metastore::OutboxOptions outbox;
  metastore::IdempotencyOptions idempotency;
  eventlog::EventLogOptions eventlog;
  identity::SessionOptions sessions;
  identity::PasswordOptions passwords;
  lake::LakeOptions lake;
  jobs::JobOptions jobs;
  activity::LiveOptions activity;
  roles::IngestOptions ingest;
  roles::AnalyticsOptions analytics;

  /// Declares all of them. This must outlive `set`.
  void Declare(runtime::OptionSet& set);

  /// InvalidArgument: options that are within their bounds and do not fit each other. Looks at
  /// nothing outside.
  absl::Status Check() const;

  /// `log.level` and `log.format` as runtime::SetUpLogging takes them.
  runtime::LogLevel level() const;
  runtime::LogFormat format() const;
};

/// Where the options of one command come from, besides the environment.
struct OptionFlags {
  std::string file;                                           ///< --config; empty for none
  std::vector<std::pair<std::string, std::string>> values{};  ///< --NAME VALUE, by their names
};

/// Fills declared options from a file, from TENANTRY_ variables and from flags. InvalidArgument
/// names every fault of the file, or the first of the others; NotFound: there is no such file.
absl::Status LoadOptions(runtime::OptionSet& set, const OptionFlags& flags,
                         const std::vector<std::string>& environment);

/// Variables that begin with TENANTRY_ and are no options: what the command line and the tests
/// read.
std::vector<std::string> ReservedVariables();

}  // namespace tenantry::app
