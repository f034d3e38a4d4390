#include "jobs/spec/spec_parser.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <set>

#include "base/ids.h"
#include "base/status.h"
#include "jobs/spec/sql_words.h"
#include "jobs/spec/step_order.h"
#include "lake/datasets/data_set.h"
#include "lake/datasets/query/reserved_names.h"
#include "runtime/nearest_name.h"

namespace tenantry::jobs {
namespace {

constexpr size_t kFaultsMax = 10;
constexpr size_t kNameBytesMax = 63;
constexpr size_t kShownMax = 64;
const std::vector<std::string> kJobFields = {"name", "steps", "tenantID"};
const std::vector<std::string> kStepFields = {"name", "kind", "sql", "after", "dataSet"};
const std::vector<std::string> kKinds = {"load", "transform", "process", "persist"};

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// True for what SQL takes as a name without quotes.
bool IsPlainName(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (name.empty() || name.size() > kNameBytesMax) return false;
  if (!letter(name.front()) && name.front() != '_') return false;
  return std::ranges::all_of(
      name, [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '_'; });
}

// Reads a document into a specification and gathers what is wrong with it.
class Reader {
 public:
  explicit Reader(const SpecLimits& limits) : limits_(limits) {}

  absl::StatusOr<JobSpec> Read(const SpecNode& document) {
    CheckFields(document, kJobFields, "");
    ReadJobName(document);
    if (const SpecNode* tenant = TextMember(document, "tenantID", "")) {
      const auto id = base::TenantId::Parse(tenant->text);
      if (!id.ok()) Fault(tenant->line, "", base::Message(id.status()));
      spec_.tenant = tenant->text;
    }
    ReadSteps(document);
    if (faults_.empty()) LinkSteps();
    if (faults_.empty()) Order();
    if (!faults_.empty())
      return absl::InvalidArgumentError(fmt::format("{}", fmt::join(faults_, "\n")));
    return std::move(spec_);
  }

 private:
  void Fault(int line, const std::string& where, std::string_view what) {
    if (faults_.size() == kFaultsMax) {
      faults_.emplace_back("and more");
    } else if (faults_.size() < kFaultsMax) {
      faults_.push_back(fmt::format("line {}: {}{}", line, where, what));
    }
  }

  void CheckFields(const SpecNode& object, const std::vector<std::string>& known,
                   const std::string& where) {
    for (const auto& [name, value] : object.members) {
      if (std::ranges::find(known, name) != known.end()) continue;
      Fault(value.line, where,
            fmt::format("there is no field '{}'{}", name.substr(0, kShownMax),
                        runtime::NameHint(name, known, '\'')));
    }
  }

  // The text of a field; null, with a fault when it is something else, where there is none.
  const SpecNode* TextMember(const SpecNode& object, const char* name, const std::string& where) {
    const SpecNode* value = object.Find(name);
    if (value == nullptr) return nullptr;
    if (value->kind == SpecNode::Kind::kText) return value;
    Fault(value->line, where, fmt::format("{} is no text: put it in quotes", name));
    return nullptr;
  }

  const SpecNode* NeededText(const SpecNode& object, const char* name, const std::string& where,
                             std::string_view advice) {
    if (object.Find(name) == nullptr) {
      Fault(object.line, where, fmt::format("{} is missing: {}", name, advice));
    }
    return TextMember(object, name, where);
  }

  void ReadJobName(const SpecNode& document) {
    const SpecNode* name = NeededText(document, "name", "", "say what the job does");
    if (name == nullptr) return;
    if (name->text.empty() || name->text.size() > base::kIdBytesMax ||
        std::ranges::any_of(name->text, IsControl)) {
      Fault(name->line, "",
            fmt::format("name has 1 to {} bytes and no control characters", base::kIdBytesMax));
    }
    spec_.name = name->text;
  }

  void ReadSteps(const SpecNode& document) {
    const SpecNode* steps = document.Find("steps");
    if (steps == nullptr || steps->kind != SpecNode::Kind::kList || steps->items.empty()) {
      Fault(steps == nullptr ? document.line : steps->line, "",
            "there are no steps: give a list of them, [[steps]] in TOML");
      return;
    }
    if (static_cast<int64_t>(steps->items.size()) > limits_.steps_max) {
      Fault(steps->line, "",
            fmt::format("there are {} steps: at most {} may be in one job (jobs.steps_max)",
                        steps->items.size(), limits_.steps_max));
      return;
    }
    for (const SpecNode& item : steps->items) ReadStep(item);
  }

  void ReadStep(const SpecNode& item) {
    if (item.kind != SpecNode::Kind::kObject) {
      return Fault(item.line, "", "a step is an object with name, kind and sql");
    }
    StepSpec step;
    std::string where = fmt::format("step {}: ", spec_.steps.size() + 1);
    const SpecNode* name =
        NeededText(item, "name", where, "later steps read its result under that name");
    if (name != nullptr) {
      step.name = name->text;
      where = fmt::format("step '{}': ", step.name.substr(0, kShownMax));
      CheckStepName(*name, where);
    }
    CheckFields(item, kStepFields, where);
    ReadKind(item, where, step);
    ReadSql(item, where, step);
    ReadAfter(item, where, step);
    spec_.steps.push_back(std::move(step));
    lines_.push_back(item.line);
  }

  void CheckStepName(const SpecNode& name, const std::string& where) {
    if (!IsPlainName(name.text)) {
      return Fault(name.line, where,
                   fmt::format("its name is a table in SQL: give 1 to {} letters, digits or _, "
                               "beginning with a letter",
                               kNameBytesMax));
    }
    if (FindStep(spec_.steps, name.text)) {
      Fault(name.line, where, "another step has that name already: give each its own");
    }
  }

  void ReadKind(const SpecNode& item, const std::string& where, StepSpec& step) {
    const SpecNode* kind =
        NeededText(item, "kind", where, "give load, transform, process or persist");
    if (kind == nullptr) return;
    const auto found = std::ranges::find(kKinds, kind->text);
    if (found == kKinds.end()) {
      return Fault(kind->line, where,
                   fmt::format("there is no kind '{}'{}", kind->text.substr(0, kShownMax),
                               runtime::NameHint(kind->text, kKinds, '\'')));
    }
    step.kind = static_cast<StepKind>(found - kKinds.begin());
    const SpecNode* data_set = TextMember(item, "dataSet", where);
    if (step.kind != StepKind::kPersist) {
      if (item.Find("dataSet") == nullptr) return;
      return Fault(item.Find("dataSet")->line, where, "dataSet is for persist steps alone");
    }
    if (data_set == nullptr) {
      if (item.Find("dataSet") != nullptr) return;
      return Fault(item.line, where,
                   "dataSet is missing: name the data set that its result becomes");
    }
    step.data_set = data_set->text;
    absl::Status name = lake::datasets::CheckDataSetName(step.data_set);
    if (name.ok()) name = lake::datasets::CheckNotReserved(step.data_set);
    if (!name.ok()) Fault(data_set->line, where, std::string(base::Message(name)));
  }

  void ReadSql(const SpecNode& item, const std::string& where, StepSpec& step) {
    const SpecNode* sql = TextMember(item, "sql", where);
    if (sql == nullptr) {
      const bool may_lack = step.kind == StepKind::kPersist && item.Find("sql") == nullptr;
      if (!may_lack && item.Find("sql") == nullptr) {
        Fault(item.line, where, "sql is missing: give the query whose rows are its result");
      }
      return;
    }
    if (static_cast<int64_t>(sql->text.size()) > limits_.sql_bytes_max) {
      return Fault(sql->line, where,
                   fmt::format("its SQL has {} bytes: at most {} are taken (jobs.sql_bytes_max)",
                               sql->text.size(), limits_.sql_bytes_max));
    }
    const auto one = OneStatement(sql->text);
    if (!one.ok())
      return Fault(sql->line, where, fmt::format("sql, {}", base::Message(one.status())));
    step.sql = *one;
  }

  void ReadAfter(const SpecNode& item, const std::string& where, StepSpec& step) {
    const SpecNode* after = item.Find("after");
    if (after == nullptr) return;
    const bool texts = after->kind == SpecNode::Kind::kList &&
                       std::ranges::all_of(after->items, [](const auto& each) {
                         return each.kind == SpecNode::Kind::kText;
                       });
    if (!texts) {
      return Fault(after->line, where, "after is a list of names of steps, as [\"paid\"]");
    }
    for (const SpecNode& each : after->items) step.after.push_back(each.text);
  }

  // Turns the names in `after` into those of steps, and adds the steps that SQL reads.
  void LinkSteps() {
    std::vector<std::string> names;
    for (const StepSpec& step : spec_.steps) names.push_back(step.name);
    for (size_t i = 0; i < spec_.steps.size(); ++i) {
      StepSpec& step = spec_.steps[i];
      const std::string where = fmt::format("step '{}': ", step.name);
      std::set<size_t> before;
      for (const std::string& name : step.after) {
        if (const auto found = FindStep(spec_.steps, name)) {
          before.insert(*found);
        } else {
          Fault(lines_[i], where,
                fmt::format("it comes after '{}', which is no step{}", name.substr(0, kShownMax),
                            runtime::NameHint(name, names, '\'')));
        }
      }
      if (step.sql.empty()) TakeOnlyInput(before, lines_[i], where, step);
      for (const std::string& word : TableWords(step.sql)) {
        const auto found = FindStep(spec_.steps, word);
        if (found && *found < i) before.insert(*found);
      }
      step.after.clear();
      for (const size_t each : before) step.after.push_back(spec_.steps[each].name);
    }
  }

  void TakeOnlyInput(const std::set<size_t>& before, int line, const std::string& where,
                     StepSpec& step) {
    if (before.size() == 1) {
      step.sql = "SELECT * FROM " + spec_.steps[*before.begin()].name;
    } else {
      Fault(line, where, "give sql, or the one step to persist in after");
    }
  }

  void Order() {
    const auto order = StepOrder(spec_.steps);
    if (!order.ok()) return Fault(lines_.front(), "", base::Message(order.status()));
    std::vector<StepSpec> ordered;
    for (const size_t index : *order) ordered.push_back(spec_.steps[index]);
    spec_.steps = std::move(ordered);
  }

  const SpecLimits& limits_;
  JobSpec spec_;
  std::vector<int> lines_;  // of each step
  std::vector<std::string> faults_;
};

}  // namespace

absl::StatusOr<JobSpec> ParseSpec(std::string_view text, SpecFormat format,
                                  const SpecLimits& limits) {
  if (static_cast<int64_t>(text.size()) > limits.spec_bytes_max) {
    return base::InvalidArgument(
        "the specification has {} bytes: at most {} are taken (jobs.spec_bytes_max)", text.size(),
        limits.spec_bytes_max);
  }
  TENANTRY_ASSIGN_OR_RETURN(const SpecNode document, ReadSpecText(text, format));
  return Reader(limits).Read(document);
}

}  // namespace tenantry::jobs
