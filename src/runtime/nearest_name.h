#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tenantry::runtime {

/// How many letters must be put in, left out, replaced or swapped with their neighbour to make `a`
/// into `b` (optimal string alignment). Time and space are the product of the lengths.
size_t EditDistance(std::string_view a, std::string_view b);

/// The one of `known` that `name` most likely means: the least edit distance, the first of equals;
/// empty when `known` is. Case does not count.
std::string NearestName(std::string_view name, const std::vector<std::string>& known);

}  // namespace tenantry::runtime
