#pragma once

#include <string>
#include <string_view>

#include "lake/datasets/imports/value_losses.h"

namespace tenantry::lake::datasets {

/// What is told of a value that its column's type can't hold, and what to do about it: true for
/// the API, the terminal and the page. A day or moment that does not begin with the year is told
/// how to be read.
std::string NotOfType(std::string_view type, std::string_view value);

/// What is told of a value that its column's type would change.
std::string LossText(LossKind kind, std::string_view type);

}  // namespace tenantry::lake::datasets
