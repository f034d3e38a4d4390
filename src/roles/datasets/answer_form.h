#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <string_view>

#include "lake/datasets/data_sets.h"

namespace tenantry::roles {

/// A form of a query's answer: its name in requests and the media type that it is sent as.
struct AnswerForm {
  std::string_view name;
  lake::datasets::AnswerFormat format;
  std::string_view content_type;
};

/// The form of that name; without one that which the header `accept` (RFC 9110) likes best, JSON
/// when it likes none. InvalidArgument: no form has the name.
absl::StatusOr<AnswerForm> AnswerFormOf(const std::optional<std::string>& name,
                                        std::string_view accept);

}  // namespace tenantry::roles
