#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "events/company_record.h"

namespace tenantry::insights {

/// How many questions there are.
inline constexpr int kQuestions = 5;

/// How a question is asked.
struct AskOptions {
  size_t limit = 10;              ///< rows of questions 2 to 5
  std::optional<base::Day> from;  ///< the first day shown
  bool with_risk = false;         ///< rows of questions 2 to 5 carry the tenant's risk
};

/// The question in words, `number` from 1 to 5.
std::string_view QuestionTitle(int number);

/// The answer to one of the five questions ("What is counted", The five questions) as JSON:
/// question 1 an object, the others a list of rows. `records` are those of all tenants asked about,
/// as of one instant, in any order. `number` is from 1 to 5.
std::string Answer(int number, const std::vector<events::CompanyRecord>& records,
                   const AskOptions& options);

/// All five answers as one JSON object by number.
std::string AnswerAll(const std::vector<events::CompanyRecord>& records, const AskOptions& options);

}  // namespace tenantry::insights
