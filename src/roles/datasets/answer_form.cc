#include "roles/datasets/answer_form.h"

#include <absl/strings/ascii.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_split.h>

#include <vector>

#include "base/status.h"
#include "net/http.h"

namespace tenantry::roles {

using lake::datasets::AnswerFormat;

namespace {

constexpr AnswerForm kForms[] = {
    {"json", AnswerFormat::kJson, "application/json"},
    {"csv", AnswerFormat::kCsv, "text/csv; charset=utf-8; header=present"},
    {"parquet", AnswerFormat::kParquet, "application/vnd.apache.parquet"},
    {"arrow", AnswerFormat::kArrow, "application/vnd.apache.arrow.stream"},
};

std::string_view View(absl::string_view text) { return {text.data(), text.size()}; }

// The weight among the parameters of a media range: 1 without one, 0 for what is none.
double WeightOf(const std::vector<absl::string_view>& parts) {
  for (size_t i = 1; i < parts.size(); ++i) {
    const absl::string_view part = absl::StripAsciiWhitespace(parts[i]);
    if (part.size() < 2 || (part[0] != 'q' && part[0] != 'Q') || part[1] != '=') continue;
    double weight = 0;
    return absl::SimpleAtod(part.substr(2), &weight) ? weight : 0;
  }
  return 1;
}

}  // namespace

absl::StatusOr<AnswerForm> AnswerFormOf(const std::optional<std::string>& name,
                                        std::string_view accept) {
  if (name) {
    for (const AnswerForm& form : kForms) {
      if (*name == form.name) return form;
    }
    return base::InvalidArgument("format '{}' is none of json, csv, parquet, arrow",
                                 name->substr(0, 64));
  }
  AnswerForm best = kForms[0];
  double best_weight = 0;
  for (const absl::string_view range :
       absl::StrSplit(absl::string_view(accept.data(), accept.size()), ',')) {
    const std::vector<absl::string_view> parts = absl::StrSplit(range, ';');
    const std::string_view type = View(absl::StripAsciiWhitespace(parts[0]));
    for (const AnswerForm& form : kForms) {
      const double weight = WeightOf(parts);
      const std::string_view ours = form.content_type.substr(0, form.content_type.find(';'));
      if (!net::SameWord(type, ours) || weight <= best_weight) continue;
      best = form;
      best_weight = weight;
    }
  }
  return best;
}

}  // namespace tenantry::roles
