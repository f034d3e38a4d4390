#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tenantry::runtime {

/// How many letters must be put in, left out, replaced or swapped with their neighbour to make `a`
/// into `b` (optimal string alignment). Time and space are the product of the lengths.
size_t EditDistance(std::string_view a, std::string_view b);

/// The one of `known` that `name` most likely means: the least edit distance, the first of equals;
/// empty when half the letters of every one differ. Case does not count.
std::string NearestName(std::string_view name, const std::vector<std::string>& known);

/// What to put behind "there is no NAME": "; did you mean `nearest`?" with `quote` around it, or,
/// where nothing is near, "; known are a, b, c", the first twenty of them. Empty when `known` is.
std::string NameHint(std::string_view name, const std::vector<std::string>& known,
                     char quote = '`');

}  // namespace tenantry::runtime
