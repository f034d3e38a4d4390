// The TOML side of OptionSet.
#include <toml++/toml.h>

#include <algorithm>
#include <optional>

#include "base/status.h"
#include "runtime/disk/files.h"
#include "runtime/options.h"
#include "runtime/toml_keys.h"

namespace tenantry::runtime {
namespace {

constexpr int64_t kFileBytesMax = 1024 * 1024;

/// A value of a file under its option's name.
struct FileEntry {
  std::string name;
  const toml::node* node;
  uint32_t line;
};

/// Walks tables down to their values, in the order of lines.
void Collect(const toml::table& table, const std::string& prefix, std::vector<FileEntry>& entries) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + std::string(key.str());
    if (const toml::table* inner = node.as_table()) {
      if (inner->empty()) entries.push_back({name, &node, node.source().begin.line});
      Collect(*inner, name + ".", entries);
    } else {
      entries.push_back({name, &node, key.source().begin.line});
    }
  }
}

std::string_view KindName(OptionKind kind) {
  switch (kind) {
    case OptionKind::kInteger:
      return "an integer";
    case OptionKind::kNumber:
      return "a number";
    case OptionKind::kBytes:
      return "bytes as an integer, or a text as \"64MiB\"";
    case OptionKind::kBool:
      return "true or false";
    case OptionKind::kDuration:
      return "a duration in quotes, as \"30s\"";
    case OptionKind::kText:
    case OptionKind::kSecret:
    case OptionKind::kSecretFile:
      return "a text in quotes";
  }
  return "";
}

std::string_view NodeName(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::string:
      return "a text";
    case toml::node_type::integer:
      return "an integer";
    case toml::node_type::floating_point:
      return "a number with decimals";
    case toml::node_type::boolean:
      return "a truth value";
    default:
      return "a date or time";
  }
}

/// The node's value as OptionSet::Set reads it; InvalidArgument when its kind does not suit the
/// option's. An unknown option's value is empty: setting it says that it is unknown.
absl::StatusOr<std::string> TextOf(const toml::node& node, std::optional<OptionKind> kind) {
  if (!kind.has_value()) return std::string();
  const bool counts =
      *kind == OptionKind::kInteger || *kind == OptionKind::kNumber || *kind == OptionKind::kBytes;
  const bool is_text =
      *kind != OptionKind::kInteger && *kind != OptionKind::kNumber && *kind != OptionKind::kBool;
  if (counts && node.is_integer()) return fmt::to_string(node.as_integer()->get());
  if (*kind == OptionKind::kNumber && node.is_floating_point()) {
    return fmt::to_string(node.as_floating_point()->get());
  }
  if (*kind == OptionKind::kBool && node.is_boolean()) {
    return std::string(node.as_boolean()->get() ? "true" : "false");
  }
  if (is_text && node.is_string()) return node.as_string()->get();
  return base::InvalidArgument("expected {}, found {}", KindName(*kind), NodeName(node));
}

absl::StatusOr<toml::table> ParseToml(const std::string& bytes, const std::string& path) {
  TENANTRY_RETURN_IF_ERROR(base::Annotate(CheckTomlKeys(bytes), path));
  try {
    return toml::parse(std::string_view(bytes), std::string_view(path));
  } catch (const toml::parse_error& error) {
    const toml::source_position at = error.source().begin;
    return base::InvalidArgument("{}:{}: not TOML, column {}: {}", path, at.line, at.column,
                                 error.description());
  }
}

}  // namespace

absl::Status OptionSet::LoadFile(const std::string& path) {
  TENANTRY_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path, kFileBytesMax));
  TENANTRY_ASSIGN_OR_RETURN(const toml::table table, ParseToml(bytes, path));
  std::vector<FileEntry> entries;
  Collect(table, "", entries);
  std::ranges::stable_sort(entries, {}, &FileEntry::line);
  std::vector<std::string> faults;
  for (const FileEntry& entry : entries) {
    if (entry.node->is_table() && IsSection(entry.name)) continue;  // with all in it left out
    const std::string origin = fmt::format("{}:{}", path, entry.line);
    const absl::StatusOr<std::string> text = TextOf(*entry.node, KindOf(entry.name));
    const absl::Status status =
        text.ok() ? Set(entry.name, *text, OptionSource::kFile, origin)
                  : base::Annotate(base::Annotate(text.status(), entry.name), origin);
    if (!status.ok()) faults.emplace_back(base::Message(status));
  }
  if (faults.empty()) return absl::OkStatus();
  return base::InvalidArgument("{}", fmt::join(faults, "\n"));
}

}  // namespace tenantry::runtime
