#pragma once

#include <absl/time/clock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "eventlog/twins/in_memory_event_log.h"
#include "roles/analytics/analytics_role.h"
#include "roles/http/door_test_env.h"
#include "scoring/embedded/fake_scorer.h"

namespace tenantry::roles {

/// For tests: the day of the door's clock, which stands at 2023-11-14T22:13:20Z.
inline constexpr const char* kAnalyticsToday = "2023-11-14T10:00:00Z";

/// For tests: the role over live analytics, a log and a metastore in memory; asked as an analyst
/// unless `token_` is another's.
class AnalyticsRoleTest : public testing::Test {
 protected:
  using Query = std::multimap<std::string, std::string>;

  AnalyticsRoleTest() {
    activity::LiveOptions options;
    options.enrich_interval = absl::Milliseconds(1);
    options.checkpoint_interval = absl::Milliseconds(10);
    const auto no_archive = [](const auto&...) { return absl::UnavailableError("no archive"); };
    live_ = std::make_unique<activity::LiveAnalytics>(
        folder_, options,
        activity::LiveInputs{
            log_, scorer_, env_.clock(), faults_, metrics_, no_archive,
            [this](const auto& tenant, const auto& take) { return ReadPast(tenant, take); },
            [this](const base::TenantId& id) { return env_.registry().Knows(id); },
            [](const auto&) {}, [] {},
            [this](activity::EventsPlace& place, const auto& take) {
              return ReadEvents(place, take);
            }});
    const absl::Status started = live_->Start();
    EXPECT_TRUE(started.ok()) << started;
    EXPECT_TRUE(notifications_.Load().ok());
    role_ = std::make_unique<AnalyticsRole>(*live_, notifications_, env_.door(), AnalyticsOptions(),
                                            metrics_);
  }
  ~AnalyticsRoleTest() override {
    live_.reset();
    std::filesystem::remove_all(folder_);
  }

  net::HttpResponse Ask(const std::string& operation,
                        const std::map<std::string, std::string>& path, const Query& query = {}) {
    for (const net::Route& route : role_->Routes()) {
      if (route.operation != operation) continue;
      net::HttpRequest request = DoorTestEnv::Request(route.method, "/test", token_);
      request.path_params = path;
      request.query = query;
      return route.handler(request);
    }
    ADD_FAILURE() << "no operation " << operation;
    return {};
  }
  net::HttpResponse Companies(const Query& query = {}) { return Ask("listCompanies", {}, query); }
  net::HttpResponse Company(const std::string& id, const Query& query = {}) {
    return Ask("getCompany", {{"companyID", id}}, query);
  }
  net::HttpResponse Question(const std::string& number, const Query& query = {}) {
    return Ask("askQuestion", {{"number", number}}, query);
  }
  net::HttpResponse Listed(const Query& query = {}) { return Ask("listNotifications", {}, query); }
  net::HttpResponse Acknowledged(const std::string& id) {
    return Ask("acknowledgeNotification", {{"notificationID", id}});
  }

  static nlohmann::json Body(const net::HttpResponse& response) {
    const nlohmann::json body = nlohmann::json::parse(response.body, nullptr, false);
    EXPECT_FALSE(body.is_discarded()) << response.body;
    return body;
  }
  static void ExpectProblem(const net::HttpResponse& response, int status, std::string_view about) {
    EXPECT_EQ(response.status, status) << response.body;
    const std::string detail = Body(response).value("detail", "");
    EXPECT_NE(detail.find(about), std::string::npos) << detail;
  }
  static std::vector<std::string> Ids(const nlohmann::json& rows, const char* field = "tenantID") {
    std::vector<std::string> ids;
    for (const nlohmann::json& row : rows) ids.push_back(row.at(field));
    return ids;
  }

  void Append(const std::string& stream, const std::string& tenant, const std::string& type,
              const nlohmann::json& data, const std::string& time = kAnalyticsToday) {
    const nlohmann::json event = {{"specversion", "1.0"}, {"id", std::to_string(++events_)},
                                  {"source", "/s"},       {"type", "io.tenantry." + type},
                                  {"time", time},         {"tenantid", tenant},
                                  {"data", data}};
    past_.emplace_back(tenant, event.dump());
    ASSERT_TRUE(log_.Append(stream, {{tenant, past_.back().second}}).ok());
  }
  void Jobs(const std::string& tenant, int jobs, const std::string& time = kAnalyticsToday) {
    Append("bigdatajobs", tenant, "job.submitted", {{"nbJobs", jobs}}, time);
  }
  void Register(const std::string& tenant, const std::string& name, const std::string& industry) {
    Append("companies", tenant, "tenant.created",
           {{"tenantID", tenant}, {"name", name}, {"industry", industry}});
  }
  // Waits until all that was appended is counted.
  void Settle() {
    const absl::Time deadline = absl::Now() + absl::Seconds(30);
    while (live_->Lag().value_or(1) != 0 && absl::Now() < deadline) std::this_thread::yield();
    ASSERT_EQ(*live_->Lag(), 0u);
  }

  // Has one notification raised of a tenant; its id.
  std::string Raise(const std::string& tenant) {
    events::CompanyRecord record;
    record.tenant = base::TenantId(tenant);
    record.sessions30 = record.idle_sessions30 = 4;
    env_.clock().Advance(absl::Seconds(1));
    notifications_.Look({record});
    const auto newest = notifications_.List({}, "", 1);
    EXPECT_TRUE(newest.ok() && newest->size() == 1 && newest->front().tenant == record.tenant);
    return newest.ok() && !newest->empty() ? newest->front().id : "";
  }

  // The whole history, as the archive and the log give it together.
  absl::Status ReadPast(
      const std::optional<base::TenantId>& only,
      const std::function<absl::Status(const eventlog::PartitionId&,
                                       const activity::PlacedRecord&)>& take) const {
    if (!past_is_there_) return absl::UnavailableError("the archive is away");
    eventlog::LogOffset offset;
    for (const auto& [tenant, line] : past_) {
      offset = offset.Plus(1);
      if (only && only->value() != tenant) continue;
      TENANTRY_RETURN_IF_ERROR(
          take({"bigdatajobs", "0"}, {{tenant, line, eventlog::kUsualContentType}, offset, {}}));
    }
    return absl::OkStatus();
  }

  // The same of everybody, as the log alone gives it.
  absl::Status ReadEvents(activity::EventsPlace& place,
                          const std::function<absl::Status(const events::EventView&)>& take) {
    if (!past_is_there_) return absl::UnavailableError("the archive is away");
    eventlog::LogOffset& at = place.log[{"bigdatajobs", "0"}];
    for (size_t i = std::stoul(at.text()); i < past_.size(); ++i, ++events_read_) {
      events::EventParser parser;
      events::EventView event;
      TENANTRY_RETURN_IF_ERROR(parser.Parse(past_[i].second, event));
      TENANTRY_RETURN_IF_ERROR(take(event));
    }
    at = eventlog::LogOffset(past_.size());
    return absl::OkStatus();
  }

  DoorTestEnv env_;
  const std::string folder_ = metastore::FreshFolder();
  base::ScriptedFaults faults_;
  runtime::Metrics metrics_;
  eventlog::InMemoryEventLog log_{{}, env_.clock()};
  scoring::embedded::FakeScorer scorer_{"", nullptr};
  metastore::TestStore store_;
  base::SeededRandom random_{2};
  insights::Notifications notifications_{store_.store(), env_.clock(), random_, metrics_};
  std::unique_ptr<activity::LiveAnalytics> live_;
  std::unique_ptr<AnalyticsRole> role_;
  std::string token_ = env_.Token(identity::Role::kAnalyst);
  int events_ = 0;
  std::vector<std::pair<std::string, std::string>> past_;
  std::atomic<bool> past_is_there_ = true;
  std::atomic<int> events_read_ = 0;  // of everybody's
};

}  // namespace tenantry::roles
