#include "app/server/platform.h"

#include <absl/time/clock.h>

#include <algorithm>
#include <utility>

#include "activity/live_analytics.h"
#include "app/server/engines.h"
#include "app/server/history_sources.h"
#include "app/version.h"
#include "base/status.h"
#include "events/event.h"
#include "identity/authenticator.h"
#include "insights/notifications.h"
#include "jobs/embedded_jobs.h"
#include "lake/archive/intake/archiver.h"
#include "lake/datasets/data_set_keeper.h"
#include "metastore/idempotency.h"
#include "metastore/outbox.h"
#include "net/http_server.h"
#include "roles/analytics/analytics_role.h"
#include "roles/analytics/history_warmer.h"
#include "roles/dashboard/dashboard_role.h"
#include "roles/datasets/data_sets_role.h"
#include "roles/http/doorkeeper.h"
#include "roles/ingest/ingest_role.h"
#include "roles/jobs/jobs_role.h"
#include "roles/scoring/scoring_role.h"
#include "roles/system/system_role.h"
#include "roles/tenants/tenants_role.h"
#include "runtime/nearest_name.h"
#include "runtime/services/probe.h"
#include "runtime/services/service.h"
#include "tenants/tenant_registry.h"

namespace tenantry::app::server {
namespace {

// At the metastore, and how long it may take to answer.
constexpr absl::Duration kLookEvery = absl::Seconds(1);
constexpr absl::Duration kPatience = absl::Milliseconds(500);
constexpr absl::Duration kLookAgain = absl::Milliseconds(2);

// Appends what the outbox holds to the log.
metastore::OutboxSink LogSink(eventlog::EventLog& log) {
  return [&log](const std::string& stream, const std::vector<metastore::OutboxEvent>& events) {
    std::vector<eventlog::LogRecord> records;
    for (const metastore::OutboxEvent& event : events) {
      records.push_back({event.tenant, event.event});
    }
    return log.Append(stream, std::move(records));
  };
}

}  // namespace

const std::vector<std::string>& KnownRoles() {
  static const std::vector<std::string> roles = {"tenants",   "jobs",    "ingest",
                                                 "analytics", "scoring", "dashboard"};
  return roles;
}

// Everything that a process is made of, in the order of dependence.
class Platform::State {
 public:
  State(PlatformPlan plan, const ProgramOptions& options, base::Clock& clock, base::Random& random,
        base::Faults& faults)
      : plan_(std::move(plan)),
        options_(options),
        clock_(clock),
        random_(random),
        faults_(faults) {}
  ~State() { Stop(absl::ZeroDuration()); }

  absl::Status Start();
  void Stop(absl::Duration grace) { services_.Stop(grace); }
  std::string url() const { return server_ ? server_->url() : ""; }
  std::string password_file() const { return engines_.folder->Entry("admin_password"); }
  absl::Status SweepSessions() { return sessions_->Sweep(); }
  absl::Status WaitCounted(absl::Time deadline);

 private:
  absl::Status CheckRoles() const;
  bool Plays(const std::string& role) const;
  absl::Status MakeIdentity();
  absl::Status MakeDataSets();
  void MakeJobs();
  absl::Status MakeTenants();
  absl::Status MakeAnalytics();
  absl::Status MakeRoles();
  void MakeServer();

  const PlatformPlan plan_;
  const ProgramOptions& options_;
  base::Clock& clock_;
  base::Random& random_;
  base::Faults& faults_;
  runtime::Metrics metrics_;
  Engines engines_;

  std::optional<identity::Passwords> passwords_;
  std::optional<identity::People> people_;
  std::optional<identity::Keys> keys_;
  std::optional<identity::Sessions> sessions_;
  std::optional<identity::Authenticator> authenticator_;
  std::optional<metastore::IdempotencyStore> answers_;
  std::optional<roles::Doorkeeper> door_;
  std::unique_ptr<lake::datasets::StoredDataSets> data_sets_;
  std::optional<lake::datasets::DataSetKeeper> keeper_;
  std::optional<jobs::EmbeddedJobs> jobs_;
  std::optional<tenants::TenantRegistry> registry_;
  std::optional<metastore::OutboxRelay> relay_;
  std::optional<lake::archive::Archiver> archiver_;
  std::optional<insights::Notifications> notifications_;
  std::optional<activity::LiveAnalytics> analytics_;
  std::vector<std::unique_ptr<roles::Role>> roles_;
  std::vector<roles::Role*> played_;
  roles::ScoringRole* scoring_ = nullptr;
  std::optional<roles::HistoryWarmer> warmer_;
  // Whether a write could begin there.
  runtime::Probe metastore_probe_{
      "metastore",
      [this] { return engines_.metastore->Write([](auto&) { return absl::OkStatus(); }); },
      kLookEvery, kPatience};
  runtime::ServiceGroup services_;
  std::optional<net::HttpServer> server_;
};

absl::Status Platform::State::CheckRoles() const {
  for (const std::string& role : plan_.roles) {
    const auto& known = KnownRoles();
    if (std::find(known.begin(), known.end(), role) != known.end()) continue;
    return base::InvalidArgument("there is no role '{}'{}", role,
                                 runtime::NameHint(role, known, '\''));
  }
  return absl::OkStatus();
}

bool Platform::State::Plays(const std::string& role) const {
  return plan_.roles.empty() ||
         std::find(plan_.roles.begin(), plan_.roles.end(), role) != plan_.roles.end();
}

absl::Status Platform::State::MakeIdentity() {
  passwords_.emplace(options_.passwords, &metrics_);
  people_.emplace(*engines_.metastore, *passwords_, clock_, random_);
  TENANTRY_ASSIGN_OR_RETURN(const bool sealed, identity::Keys::AnySealed(*engines_.metastore));
  TENANTRY_ASSIGN_OR_RETURN(
      auto box, identity::SecretBox::Open(engines_.folder->Entry("server_key"), sealed));
  const identity::Fingerprint fingerprint = box.FingerprintFor("requests");
  keys_.emplace(*engines_.metastore, std::move(box), clock_, random_);
  sessions_.emplace(*engines_.metastore, *people_, clock_, random_, options_.sessions);
  authenticator_.emplace(*sessions_, *keys_);
  answers_.emplace(*engines_.metastore, clock_, options_.idempotency, clock_.Now());
  door_.emplace(*authenticator_, *answers_, fingerprint);
  return people_->MakeFirstAdmin(password_file());
}

absl::Status Platform::State::MakeDataSets() {
  TENANTRY_ASSIGN_OR_RETURN(data_sets_, lake::datasets::StoredDataSets::Open(
                                            {*engines_.metastore, *engines_.blobs,
                                             *engines_.user_sql, clock_, random_, metrics_},
                                            options_.lake, engines_.folder->Entry("staging")));
  keeper_.emplace(*data_sets_);
  return absl::OkStatus();
}

void Platform::State::MakeJobs() {
  jobs_.emplace(
      jobs::EmbeddedJobParts{*engines_.metastore, *engines_.blobs, *data_sets_, options_.lake,
                             options_.lake.disk_free_min, clock_, random_, faults_, metrics_},
      options_.jobs, engines_.folder->Entry("jobs"));
}

absl::Status Platform::State::MakeTenants() {
  tenants::LifecycleSteps steps;
  steps.remove.push_back({"remove jobs", [this](const base::TenantId& tenant) {
                            return jobs_->RemoveTenant(tenant);
                          }});
  steps.remove.push_back({"remove data sets", [this](const base::TenantId& tenant) {
                            if (const absl::Status ended = keeper_->StopImports(tenant);
                                !ended.ok()) {
                              return ended;
                            }
                            return data_sets_->RemoveTenant(tenant);
                          }});
  registry_.emplace(*engines_.metastore, clock_, random_, std::move(steps));
  TENANTRY_RETURN_IF_ERROR(registry_->Resume());
  relay_.emplace(*engines_.metastore, LogSink(*engines_.log), options_.outbox, faults_, metrics_);
  return absl::OkStatus();
}

absl::Status Platform::State::MakeAnalytics() {
  const std::vector<std::string> streams = {std::string(events::kCompaniesStream),
                                            std::string(events::kJobsStream)};
  archiver_.emplace(*engines_.log, *engines_.archive, streams, options_.lake,
                    lake::archive::EventFieldReader(), metrics_);
  notifications_.emplace(*engines_.metastore, clock_, random_, metrics_);
  TENANTRY_RETURN_IF_ERROR(notifications_->Load());
  activity::LiveOptions live = options_.activity;
  // The past may be asked for as much as it will: half of the threads answer the rest.
  live.HoldAtMost(options_.net.handler_threads / 2);
  analytics_.emplace(engines_.folder->Entry("activity"), live,
                     activity::LiveInputs{
                         *engines_.log, engines_.scorer, clock_, faults_, metrics_,
                         ArchiveSource(*engines_.archive),
                         HistorySource(*engines_.archive, *engines_.log, streams),
                         [this](const base::TenantId& tenant) { return registry_->Knows(tenant); },
                         [this](const auto& records) { notifications_->Look(records); },
                         [this] {
                           notifications_->RetryUnwritten();
                           scoring_->RetryModel();
                         },
                         EventsSource(*engines_.archive, *engines_.log, streams)});
  return absl::OkStatus();
}

absl::Status Platform::State::MakeRoles() {
  auto scoring =
      std::make_unique<roles::ScoringRole>(*engines_.models, engines_.scorer, *engines_.metastore,
                                           clock_, *door_, [this] { analytics_->ModelChanged(); });
  // Nothing else waits for a model: what was scored before is told as stale.
  if (const absl::Status used = scoring->UseActiveModel(); !used.ok()) {
    runtime::Log(runtime::LogLevel::kError, "scoring",
                 "nobody is scored until the active model is sent again, or one is promoted: {}",
                 base::Message(used));
  }
  roles_.push_back(
      std::make_unique<roles::TenantsRole>(*registry_, *people_, *keys_, *sessions_, *door_,
                                           !options_.net.tls_certificate_file.empty()));
  roles_.push_back(std::make_unique<roles::DataSetsRole>(
      *data_sets_, keeper_->uploads(),
      [this](const base::TenantId& tenant) { return registry_->Knows(tenant); }, *door_));
  roles_.push_back(std::make_unique<roles::JobsRole>(jobs_->jobs(), *door_));
  roles::IngestOptions ingest = options_.ingest;
  ingest.record_bytes_max = options_.eventlog.record_bytes_max;
  roles_.push_back(
      std::make_unique<roles::IngestRole>(*engines_.log, clock_, *door_, ingest, metrics_));
  auto analytics = std::make_unique<roles::AnalyticsRole>(*analytics_, *notifications_, *door_,
                                                          options_.analytics, metrics_);
  if (Plays("analytics")) {
    warmer_.emplace(*analytics, options_.analytics.work_ahead_interval);
  }
  roles_.push_back(std::move(analytics));
  scoring_ = scoring.get();
  roles_.push_back(std::move(scoring));
  roles_.push_back(std::make_unique<roles::DashboardRole>());
  for (const auto& role : roles_) {
    if (Plays(std::string(role->name()))) played_.push_back(role.get());
  }
  roles_.push_back(std::make_unique<roles::SystemRole>(
      services_, std::vector<roles::Helper>{{"scorer", [this] { return engines_.scorer.Ready(); }}},
      metrics_, std::string(Version()), [this] { analytics_->RefreshGauges(); }));
  played_.push_back(roles_.back().get());
  return absl::OkStatus();
}

void Platform::State::MakeServer() {
  std::vector<net::Route> routes;
  for (roles::Role* role : played_) {
    for (net::Route& route : role->Routes()) routes.push_back(std::move(route));
  }
  const auto elsewhere = [this](const net::HttpRequest& request,
                                int status) -> std::optional<net::HttpResponse> {
    for (roles::Role* role : played_) {
      if (auto answer = role->Elsewhere(request, status)) return answer;
    }
    return std::nullopt;
  };
  server_.emplace(options_.net, std::move(routes), clock_, random_, metrics_, elsewhere);
}

absl::Status Platform::State::Start() {
  TENANTRY_RETURN_IF_ERROR(CheckRoles());
  TENANTRY_RETURN_IF_ERROR(options_.Check());
  TENANTRY_RETURN_IF_ERROR(options_.net.Try());
  TENANTRY_RETURN_IF_ERROR(engines_.Open(plan_.folder, options_, clock_, faults_, metrics_));
  TENANTRY_RETURN_IF_ERROR(MakeIdentity());
  TENANTRY_RETURN_IF_ERROR(MakeDataSets());
  MakeJobs();
  TENANTRY_RETURN_IF_ERROR(MakeTenants());
  TENANTRY_RETURN_IF_ERROR(MakeAnalytics());
  TENANTRY_RETURN_IF_ERROR(MakeRoles());
  MakeServer();
  services_.Add(*engines_.log);
  services_.Add(metastore_probe_);
  services_.Add(*answers_);
  if (Plays("tenants") || Plays("jobs")) services_.Add(*relay_);
  if (Plays("tenants")) services_.Add(*sessions_);
  if (Plays("jobs")) services_.Add(*keeper_);
  if (Plays("jobs")) services_.Add(jobs_->runner());
  if (Plays("analytics")) {
    services_.Add(*archiver_);
    services_.Add(*analytics_);
    services_.Add(*warmer_);
  }
  services_.Add(*server_);
  TENANTRY_RETURN_IF_ERROR(services_.Start());
  // What was scored before is stale at once, not when its tenant changes or midnight comes.
  if (!engines_.scorer.Ready().ok()) analytics_->ModelChanged();
  return absl::OkStatus();
}

absl::Status Platform::State::WaitCounted(absl::Time deadline) {
  relay_->Drain(deadline);
  while (true) {
    TENANTRY_ASSIGN_OR_RETURN(const uint64_t lag, analytics_->Lag());
    if (lag == 0) return absl::OkStatus();
    if (absl::Now() >= deadline) {
      return absl::DeadlineExceededError(
          fmt::format("the analytics have not counted {} records in time", lag));
    }
    absl::SleepFor(kLookAgain);
  }
}

Platform::Platform(PlatformPlan plan, const ProgramOptions& options, base::Clock& clock,
                   base::Random& random, base::Faults& faults)
    : state_(std::make_unique<State>(std::move(plan), options, clock, random, faults)) {}
Platform::~Platform() = default;

absl::Status Platform::Start() { return state_->Start(); }
void Platform::Stop(absl::Duration grace) { state_->Stop(grace); }
std::string Platform::url() const { return state_->url(); }
std::string Platform::password_file() const { return state_->password_file(); }
absl::Status Platform::SweepSessions() { return state_->SweepSessions(); }
absl::Status Platform::WaitCounted(absl::Time deadline) { return state_->WaitCounted(deadline); }

}  // namespace tenantry::app::server
