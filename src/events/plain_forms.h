#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>

#include "events/event_codec.h"

namespace tenantry::events {

/// True when `content_type` or the JSON text itself says that it may be one of the first
/// demonstration's forms: not a CloudEvent (no `specversion`), or one of its user events.
bool MayBePlain(std::string_view json);

/// One of the first demonstration's forms as a structured event of ours. What they lack is taken
/// from `place`: the id is `stream/partition/offset`, the tenant its key, the time when it was
/// appended.
///
/// - a job event `{"companyID", "userID", "nbJobs", "creationDate"}` is `job.submitted`; the date
/// is
///   milliseconds since 1970 or RFC 3339, absent or 0 when unknown;
/// - a company record `{"companyID" or "tenantID", "industry", "revenu", "employees", …}` is
///   `tenant.updated`, or what its `eventType` says (`TenantCreated`, `TenantDeleted`, …);
/// - a CloudEvent of type `com.anycompany.bdcp.user` is what the `eventType` of its data says
///   (`UserLogin`, `UserLogoff`, …); its own id, source and time count where they are there.
///
/// InvalidArgument when it is none of these, naming what is missing or wrong.
absl::StatusOr<std::string> FromPlain(std::string_view json, const LogPlace& place);

}  // namespace tenantry::events
