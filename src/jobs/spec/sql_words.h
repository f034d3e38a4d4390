#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

namespace tenantry::jobs {

/// A step's SQL as it is run: one query, without the semicolon at its end. InvalidArgument, with
/// the line within the SQL: more than one statement, a quote, comment or parenthesis that is not
/// closed or not opened, nothing but comments.
absl::StatusOr<std::string> OneStatement(std::string_view sql);

/// The words of `sql` that can name a table: names, quoted ones without their quotes, outside of
/// texts and comments; not those behind a dot, that of `main.` excepted, or before an opening
/// parenthesis. In the order of the text, repeats included; the case is as written.
std::vector<std::string> TableWords(std::string_view sql);

}  // namespace tenantry::jobs
