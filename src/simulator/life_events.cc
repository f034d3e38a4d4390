#include "simulator/life_events.h"

#include <nlohmann/json.hpp>

namespace tenantry::simulator {
namespace {

using events::EventType;
using nlohmann::json;

json ProfileData(const Action& action) {
  const Profile& profile = *action.profile;
  return {{"tenantID", action.tenant.value()}, {"name", profile.name},
          {"industry", profile.industry},      {"revenue", profile.revenue},
          {"employees", profile.employees},    {"plan", profile.plan},
          {"pattern", profile.pattern},        {"monthlyFee", profile.monthly_fee},
          {"totalFee", profile.total_fee}};
}

json SessionData(const Action& action) {
  return {{"userID", action.user.value()}, {"sessionID", action.session.value()}};
}

json DataOf(const Action& action) {
  switch (action.kind) {
    case ActionKind::kRegisterTenant:
    case ActionKind::kUpdateTenant:
      return ProfileData(action);
    case ActionKind::kDeleteTenant:
      return {{"tenantID", action.tenant.value()}};
    case ActionKind::kAddUser:
      return {{"userID", action.user.value()}, {"role", action.role}};
    case ActionKind::kRemoveUser:
      return {{"userID", action.user.value()}};
    case ActionKind::kLogIn:
    case ActionKind::kLogOff:
    case ActionKind::kTimeOut:
      return SessionData(action);
    case ActionKind::kStartJob:
      return {{"jobID", action.job.value()}};
    case ActionKind::kSucceedJob:
    case ActionKind::kFailJob:
    case ActionKind::kCancelJob:
      return {{"jobID", action.job.value()}, {"seconds", action.job_seconds}};
    default:
      break;
  }
  json data = SessionData(action);
  if (action.kind == ActionKind::kCompleteTutorial) {
    data["tutorial"] = action.tutorial;
  } else if (action.kind == ActionKind::kSubmitJob) {
    data["jobID"] = action.job.value();
    data["nbJobs"] = action.jobs;
  } else {
    data["dataSetID"] = action.data_set.value();
    data["name"] = action.name;
    if (action.kind != ActionKind::kDeleteDataSet) data["bytes"] = action.bytes;
  }
  return data;
}

// The thing that the event is about.
std::string SubjectOf(const Action& action) {
  if (!action.data_set.empty()) return action.data_set.value();
  if (!action.job.empty()) return action.job.value();
  if (!action.user.empty()) return action.user.value();
  return action.tenant.value();
}

}  // namespace

EventType EventTypeOf(ActionKind kind) {
  switch (kind) {
    case ActionKind::kRegisterTenant:
      return EventType::kTenantCreated;
    case ActionKind::kUpdateTenant:
      return EventType::kTenantUpdated;
    case ActionKind::kDeleteTenant:
      return EventType::kTenantDeleted;
    case ActionKind::kAddUser:
      return EventType::kUserAdded;
    case ActionKind::kRemoveUser:
      return EventType::kUserRemoved;
    case ActionKind::kLogIn:
      return EventType::kUserLoggedIn;
    case ActionKind::kLogOff:
      return EventType::kUserLoggedOff;
    case ActionKind::kTimeOut:
      return EventType::kUserTimedOut;
    case ActionKind::kCompleteTutorial:
      return EventType::kUserCompletedTutorial;
    case ActionKind::kCreateDataSet:
      return EventType::kDataSetCreated;
    case ActionKind::kUpdateDataSet:
      return EventType::kDataSetUpdated;
    case ActionKind::kDeleteDataSet:
      return EventType::kDataSetDeleted;
    case ActionKind::kSubmitJob:
      return EventType::kJobSubmitted;
    case ActionKind::kStartJob:
      return EventType::kJobStarted;
    case ActionKind::kSucceedJob:
      return EventType::kJobSucceeded;
    case ActionKind::kFailJob:
      return EventType::kJobFailed;
    case ActionKind::kCancelJob:
      break;
  }
  return EventType::kJobCancelled;
}

events::Event ToEvent(const Action& action, std::string id) {
  events::Event event;
  event.id = std::move(id);
  event.source = "/tenants/" + action.tenant.value();
  event.type = EventTypeOf(action.kind);
  event.time = action.time;
  event.tenant = action.tenant;
  event.subject = SubjectOf(action);
  event.data = DataOf(action);
  return event;
}

ActionView::ActionView(const Action& action) {
  view_.type = EventTypeOf(action.kind);
  view_.type_name = events::TypeName(view_.type);
  view_.time = base::ToInstant(action.time);
  view_.tenant = action.tenant.value();
  view_.user = action.user.value();
  view_.session = action.session.value();
  view_.data_set = action.data_set.value();
  view_.job = action.job.value();
  view_.bytes = static_cast<uint64_t>(action.bytes);
  view_.nb_jobs = static_cast<uint64_t>(action.jobs);
  if (!action.tutorial.empty()) {
    tutorial_ = "\"" + action.tutorial + "\"";
    view_.tutorial = tutorial_;
  }
  if (!action.profile) return;
  const json data = ProfileData(action);
  constexpr const char* kFields[events::kProfileFields] = {
      "name", "industry", "revenue", "employees", "plan", "monthlyFee", "totalFee"};
  for (size_t i = 0; i < events::kProfileFields; ++i) {
    tokens_[i] = data.at(kFields[i]).dump();
    view_.profile[i] = tokens_[i];
  }
}

}  // namespace tenantry::simulator
