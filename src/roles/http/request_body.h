#pragma once

#include <absl/status/statusor.h>

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/status.h"
#include "net/http.h"

namespace tenantry::roles {

/// A request's body as a JSON object. InvalidArgument: it is empty, no JSON (says where), no UTF-8,
/// no object, nests deeper than 64, or gives a name twice. Never shows the body's own text.
absl::StatusOr<nlohmann::json> ReadObject(std::string_view body);

/// Puts `handler` behind a look at the kind of the body: one that says it is no JSON answers 415.
/// What says nothing is taken for JSON.
net::Handler TakingJson(net::Handler handler);

/// InvalidArgument when `object` has a field that is none of `known`; names the nearest.
absl::Status CheckFields(const nlohmann::json& object,
                         std::initializer_list<std::string_view> known);

/// A text field. InvalidArgument: it is missing, or no text.
absl::StatusOr<std::string> RequiredText(const nlohmann::json& object, const char* field);

/// A text field that may be absent. InvalidArgument: it is no text.
absl::StatusOr<std::optional<std::string>> OptionalText(const nlohmann::json& object,
                                                        const char* field);

/// A path parameter as an id. InvalidArgument as Id::Parse.
template <typename Id>
absl::StatusOr<Id> PathId(const net::HttpRequest& request, const char* name) {
  return Id::Parse(request.Param(name));
}

/// InvalidArgument for "." and "..": clients take these segments out of a path, however they are
/// encoded.
absl::Status CheckPathSegment(std::string_view id);

/// The id that a client wants for what it makes. InvalidArgument as Id::Parse and
/// CheckPathSegment.
template <typename Id>
absl::StatusOr<Id> NewId(std::string_view text) {
  TENANTRY_ASSIGN_OR_RETURN(Id id, Id::Parse(text));
  TENANTRY_RETURN_IF_ERROR(CheckPathSegment(text));
  return id;
}

/// A time as JSON shows it.
std::string ShowTime(absl::Time time);

}  // namespace tenantry::roles
