#include "app/demo/life_player.h"

#include <utility>

#include "base/instant.h"
#include "base/status.h"
#include "events/event.h"
#include "net/percent.h"
#include "simulator/life_events.h"

namespace tenantry::app::demo {

using events::EventType;
using nlohmann::json;
using simulator::Action;
using simulator::ActionKind;

namespace {

constexpr int64_t kBatchEvents = 2000;
constexpr char kPassword[] = "the demonstration's password";

std::string TenantPath(const Action& action) {
  return "/api/v1/tenants/" + net::PercentEncode(action.tenant.value());
}

json ProfileJson(const simulator::Profile& profile) {
  return {{"name", profile.name},
          {"industry", profile.industry},
          {"plan", profile.plan},
          {"pattern", profile.pattern},
          {"revenue", profile.revenue},
          {"employees", profile.employees},
          {"monthlyFee", profile.monthly_fee},
          {"totalFee", profile.total_fee}};
}

void PutText(json& data, const char* name, const std::string& text) {
  if (!text.empty()) data[name] = text;
}

}  // namespace

LifePlayer::LifePlayer(const std::string& url, std::string token)
    : client_(net::ClientOptions{.base_url = url}), token_(std::move(token)) {}

absl::StatusOr<json> LifePlayer::CallAs(const std::string& token, std::string_view method,
                                        const std::string& path, std::string_view body) {
  net::Headers headers = {{"Content-Type", "application/json"}};
  if (!token.empty()) headers.emplace("Authorization", "Bearer " + token);
  TENANTRY_ASSIGN_OR_RETURN(const auto answer, client_.Send(method, path, headers, body));
  if (answer.status >= 400) {
    return base::Internal("{} {} was refused: {}", method, path, answer.body);
  }
  return answer.body.empty() ? json() : json::parse(answer.body, nullptr, false);
}

absl::StatusOr<json> LifePlayer::Call(std::string_view method, const std::string& path,
                                      std::string_view body) {
  return CallAs(token_, method, path, body);
}

absl::Status LifePlayer::Play(const Action& action) {
  ++played_;
  const std::string tenant = TenantPath(action);
  const std::string user = tenant + "/users/" + net::PercentEncode(action.user.value());
  switch (action.kind) {
    case ActionKind::kRegisterTenant: {
      json body = ProfileJson(*action.profile);
      body["tenantID"] = action.tenant.value();
      return Call("POST", "/api/v1/tenants", body.dump()).status();
    }
    case ActionKind::kUpdateTenant:
      return Call("PATCH", tenant, ProfileJson(*action.profile).dump()).status();
    case ActionKind::kDeleteTenant:
      TENANTRY_RETURN_IF_ERROR(Flush());
      return Call("DELETE", tenant, "").status();
    case ActionKind::kAddUser:
      return Call("POST", tenant + "/users",
                  json({{"userID", action.user.value()},
                        {"role", action.role},
                        {"password", kPassword}})
                      .dump())
          .status();
    case ActionKind::kRemoveUser:
      return Call("DELETE", user, "").status();
    case ActionKind::kLogIn:
      return LogIn(action);
    case ActionKind::kLogOff:
      return LogOff(action);
    case ActionKind::kTimeOut:
      logins_.erase(action.session.value());
      return absl::OkStatus();
    default:
      return KeepEvent(action);
  }
}

absl::Status LifePlayer::LogIn(const Action& action) {
  TENANTRY_ASSIGN_OR_RETURN(const json session, CallAs("", "POST", "/api/v1/sessions",
                                                       json({{"tenantID", action.tenant.value()},
                                                             {"userID", action.user.value()},
                                                             {"password", kPassword}})
                                                           .dump()));
  logins_[action.session.value()] = {session.value("token", ""), session.value("sessionID", "")};
  return absl::OkStatus();
}

absl::Status LifePlayer::LogOff(const Action& action) {
  const auto login = logins_.find(action.session.value());
  if (login == logins_.end()) return absl::OkStatus();
  const std::string token = login->second.token;
  logins_.erase(login);
  return CallAs(token, "DELETE", "/api/v1/sessions/current", "").status();
}

absl::Status LifePlayer::KeepEvent(const Action& action) {
  events::Event event;
  event.id = fmt::format("demo-{}", ++kept_);
  event.source = "/tenants/" + action.tenant.value();
  event.type = simulator::EventTypeOf(action.kind);
  event.time = action.time;
  event.tenant = action.tenant;
  PutText(event.data, "userID", action.user.value());
  const auto login = logins_.find(action.session.value());
  if (login != logins_.end()) event.data["sessionID"] = login->second.id;
  PutText(event.data, "dataSetID", action.data_set.value());
  PutText(event.data, "jobID", action.job.value());
  PutText(event.data, "name", action.name);
  PutText(event.data, "tutorial", action.tutorial);
  if (event.type == EventType::kDataSetCreated || event.type == EventType::kDataSetUpdated) {
    event.data["bytes"] = action.bytes;
  }
  if (event.type == EventType::kJobSubmitted) event.data["nbJobs"] = action.jobs;
  batch_ += events::ToStructuredJson(event) + '\n';
  return kept_ % kBatchEvents == 0 ? Flush() : absl::OkStatus();
}

absl::Status LifePlayer::Flush() {
  if (batch_.empty()) return absl::OkStatus();
  const net::Headers headers = {{"Content-Type", "application/x-ndjson"},
                                {"Authorization", "Bearer " + token_}};
  TENANTRY_ASSIGN_OR_RETURN(const auto answer, client_.Send("POST", "/api/v1/events", headers,
                                                            std::exchange(batch_, {})));
  const json told = json::parse(answer.body, nullptr, false);
  if (answer.status != 202 || told.value("rejected", 0) != 0) {
    return base::Internal("events were refused: {}", answer.body);
  }
  return absl::OkStatus();
}

}  // namespace tenantry::app::demo
