#include "runtime/options.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/status.h"
#include "runtime/disk/files.h"
#include "runtime/nearest_name.h"
#include "runtime/option_values.h"

namespace tenantry::runtime {
namespace {

constexpr int64_t kSecretBytesMax = 64 * 1024;
constexpr std::string_view kVariablePrefix = "TENANTRY_";
constexpr std::string_view kFileSuffix = "_file";
constexpr std::string_view kHidden = "***";

/// Kubernetes gives every pod such variables for a service named tenantry, asked or not.
bool IsServiceLink(std::string_view variable) {
  variable.remove_prefix(kVariablePrefix.size());
  if (variable == "SERVICE_HOST" || variable == "PORT") return true;
  if (variable == "SERVICE_PORT" || variable.starts_with("SERVICE_PORT_")) return true;
  return variable.starts_with("PORT_") && variable.size() > 5 && variable[5] >= '0' &&
         variable[5] <= '9';
}

}  // namespace

std::string_view SourceName(OptionSource source) {
  switch (source) {
    case OptionSource::kDefault:
      return "default";
    case OptionSource::kFile:
      return "file";
    case OptionSource::kEnvironment:
      return "environment";
    case OptionSource::kFlag:
      return "flag";
  }
  return "";
}

std::string VariableOf(std::string_view option) {
  std::string variable(kVariablePrefix);
  for (const char letter : option) {
    if (letter == '.' || letter == '-') {
      variable += '_';
    } else {
      variable += letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
    }
  }
  return variable;
}

struct OptionSet::Option {
  std::string name;
  OptionKind kind;
  std::string help;
  std::string bounds;
  /// Reads and checks a value, and puts it into the target when `keep`. Empty for kSecretFile.
  std::function<absl::Status(std::string_view text, bool keep)> take;
  std::function<std::string()> show;
  std::string path;  ///< of a kSecretFile
  std::string default_value;
  OptionSource source = OptionSource::kDefault;
  std::string origin;
};

OptionSet::OptionSet() = default;
OptionSet::~OptionSet() = default;

void OptionSet::Add(Option option) {
  if (option.show) option.default_value = option.show();
  TENANTRY_CHECK(!options_.contains(option.name));
  const bool variable_is_new =
      names_by_variable_.emplace(VariableOf(option.name), option.name).second;
  TENANTRY_CHECK(variable_is_new);
  std::string name = option.name;
  options_.emplace(std::move(name), std::move(option));
}

template <typename T>
void OptionSet::AddBounded(std::string name, OptionKind kind, T* target, T lowest, T highest,
                           std::string help, absl::StatusOr<T> (*parse)(std::string_view),
                           std::string (*format)(T)) {
  TENANTRY_CHECK(*target >= lowest && *target <= highest);
  std::string bounds = fmt::format("{} to {}", format(lowest), format(highest));
  auto take = [=](std::string_view text, bool keep) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(const T value, parse(text));
    if (!(value >= lowest && value <= highest)) {
      return base::InvalidArgument("{} is outside {}", text, bounds);
    }
    if (keep) *target = value;
    return absl::OkStatus();
  };
  auto show = [target, format] { return format(*target); };
  Add({std::move(name), kind, std::move(help), bounds, take, show});
}

void OptionSet::AddInt(std::string name, int64_t* target, int64_t lowest, int64_t highest,
                       std::string help) {
  AddBounded<int64_t>(std::move(name), OptionKind::kInteger, target, lowest, highest,
                      std::move(help), ParseInt,
                      [](int64_t value) { return fmt::to_string(value); });
}

void OptionSet::AddDouble(std::string name, double* target, double lowest, double highest,
                          std::string help) {
  AddBounded<double>(std::move(name), OptionKind::kNumber, target, lowest, highest, std::move(help),
                     ParseDouble, [](double value) { return fmt::to_string(value); });
}

void OptionSet::AddBytes(std::string name, int64_t* target, int64_t lowest, int64_t highest,
                         std::string help) {
  AddBounded<int64_t>(std::move(name), OptionKind::kBytes, target, lowest, highest, std::move(help),
                      ParseBytes, FormatBytes);
}

void OptionSet::AddDuration(std::string name, absl::Duration* target, absl::Duration lowest,
                            absl::Duration highest, std::string help) {
  AddBounded<absl::Duration>(std::move(name), OptionKind::kDuration, target, lowest, highest,
                             std::move(help), ParseDuration,
                             [](absl::Duration value) { return absl::FormatDuration(value); });
}

void OptionSet::AddBool(std::string name, bool* target, std::string help) {
  auto take = [target](std::string_view text, bool keep) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(const bool value, ParseBool(text));
    if (keep) *target = value;
    return absl::OkStatus();
  };
  auto show = [target] { return std::string(*target ? "true" : "false"); };
  Add({std::move(name), OptionKind::kBool, std::move(help), "true or false", take, show});
}

void OptionSet::AddString(std::string name, std::string* target, std::string help,
                          std::function<absl::Status(std::string_view)> check) {
  auto take = [target, check = std::move(check)](std::string_view text, bool keep) -> absl::Status {
    if (check) TENANTRY_RETURN_IF_ERROR(check(text));
    if (keep) target->assign(text);
    return absl::OkStatus();
  };
  Add({std::move(name), OptionKind::kText, std::move(help), "", take,
       [target] { return *target; }});
}

void OptionSet::AddChoice(std::string name, std::string* target, std::vector<std::string> choices,
                          std::string help) {
  TENANTRY_CHECK(std::ranges::find(choices, *target) != choices.end());
  std::string bounds = fmt::format("{}", fmt::join(choices, ", "));
  auto take = [=](std::string_view text, bool keep) -> absl::Status {
    if (std::ranges::find(choices, text) == choices.end()) {
      return base::InvalidArgument("`{}` is none of {}", text, bounds);
    }
    if (keep) target->assign(text);
    return absl::OkStatus();
  };
  Add({std::move(name), OptionKind::kText, std::move(help), bounds, take,
       [target] { return *target; }});
}

void OptionSet::AddSecret(std::string name, std::string* target, std::string help) {
  std::string file_name = name + std::string(kFileSuffix);
  std::string file_help = fmt::format("file that holds {}", name);
  auto take = [target](std::string_view text, bool keep) {
    if (keep) target->assign(text);
    return absl::OkStatus();
  };
  auto show = [target] { return std::string(target->empty() ? "" : kHidden); };
  Add({std::move(name), OptionKind::kSecret, std::move(help), "", take, show});
  Add({std::move(file_name), OptionKind::kSecretFile, std::move(file_help), ""});
}

OptionSet::Option* OptionSet::Find(std::string_view name) {
  const auto found = options_.find(name);
  return found == options_.end() ? nullptr : &found->second;
}

std::optional<OptionKind> OptionSet::KindOf(std::string_view name) const {
  const auto found = options_.find(name);
  if (found == options_.end()) return std::nullopt;
  return found->second.kind;
}

absl::Status OptionSet::Unknown(std::string_view name) const {
  std::vector<std::string> known;
  for (const auto& [known_name, option] : options_) known.push_back(known_name);
  return base::InvalidArgument("unknown option `{}`{}", name, NameHint(name, known));
}

absl::Status OptionSet::SetSecretFile(Option& option, std::string_view path, OptionSource source,
                                      const std::string& origin) {
  const std::string_view secret_name =
      std::string_view(option.name).substr(0, option.name.size() - kFileSuffix.size());
  Option& secret = *Find(secret_name);
  absl::StatusOr<std::string> bytes = ReadFile(std::string(path), kSecretBytesMax);
  if (!bytes.ok()) return base::Annotate(bytes.status(), option.name);
  if (source < secret.source) return absl::OkStatus();
  option.path = std::string(path);
  option.source = source;
  option.origin = origin;
  secret.source = source;
  secret.origin = fmt::format("{}, {}", path, origin);
  return secret.take(WithoutLineEnd(*bytes), true);
}

absl::Status OptionSet::Set(std::string_view name, std::string_view value, OptionSource source,
                            std::string origin) {
  Option* option = Find(name);
  if (option == nullptr) return base::Annotate(Unknown(name), origin);
  if (option->kind == OptionKind::kSecretFile) {
    return base::Annotate(SetSecretFile(*option, value, source, origin), origin);
  }
  if (option->kind == OptionKind::kSecret && source != OptionSource::kEnvironment) {
    return base::InvalidArgument(
        "{}: {} is a secret: write it into a file and name that file with {}_file, or set {}",
        origin, name, name, VariableOf(name));
  }
  const bool keep = source >= option->source;
  const absl::Status status = option->take(value, keep);
  if (!status.ok()) return base::Annotate(base::Annotate(status, name), origin);
  if (!keep) return absl::OkStatus();
  option->source = source;
  option->origin = std::move(origin);
  return absl::OkStatus();
}

bool OptionSet::IsSection(const std::string& name) const {
  const auto first = options_.lower_bound(name + ".");
  return first != options_.end() && first->first.starts_with(name + ".");
}

absl::Status OptionSet::LoadEnvironment(const std::vector<std::string>& environment,
                                        const std::vector<std::string>& reserved) {
  for (const std::string& entry : environment) {
    const size_t equals = entry.find('=');
    if (equals == std::string::npos || !entry.starts_with(kVariablePrefix)) continue;
    const std::string variable = entry.substr(0, equals);
    if (std::ranges::find(reserved, variable) != reserved.end()) continue;
    const auto found = names_by_variable_.find(variable);
    if (found == names_by_variable_.end()) {
      if (IsServiceLink(variable)) continue;
      std::vector<std::string> known;
      for (const auto& [known_variable, name] : names_by_variable_) known.push_back(known_variable);
      return base::InvalidArgument("unknown environment variable {}{}", variable,
                                   NameHint(variable, known));
    }
    TENANTRY_RETURN_IF_ERROR(
        Set(found->second, entry.substr(equals + 1), OptionSource::kEnvironment, variable));
  }
  return absl::OkStatus();
}

std::vector<OptionView> OptionSet::All() const {
  std::vector<OptionView> views;
  for (const auto& [name, option] : options_) {
    const std::string value = option.show ? option.show() : option.path;
    views.push_back({name, value, option.default_value, option.bounds, option.help, option.source,
                     option.origin});
  }
  return views;
}

}  // namespace tenantry::runtime
