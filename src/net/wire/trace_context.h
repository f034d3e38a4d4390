#pragma once

#include <string>
#include <string_view>

#include "base/random.h"

namespace tenantry::net::wire {

/// `sent`, when it is 1 to 128 characters of letters, digits and `-_.:/+=@`; otherwise 32 random
/// hexadecimal digits.
std::string RequestIdFrom(std::string_view sent, base::Random& random);

/// The trace context to pass on (W3C Trace Context, level 1): the trace and the sampled flag of
/// `sent` with a new span, or a new sampled trace when `sent` is absent or invalid.
std::string NextTraceparent(std::string_view sent, base::Random& random);

}  // namespace tenantry::net::wire
