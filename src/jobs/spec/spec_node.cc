#include "jobs/spec/spec_node.h"

#include <toml++/toml.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/status.h"
#include "base/utf8.h"
#include "runtime/toml_keys.h"

namespace tenantry::jobs {
namespace {

using nlohmann::json;

constexpr size_t kDepthMax = 16;
constexpr size_t kShownMax = 64;

absl::Status TooDeep(int line) {
  return base::InvalidArgument("line {}: it nests deeper than {}", line, kDepthMax);
}

// The text as the JSON parser takes it, counting the lines that it has read.
class LineCounter {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  LineCounter(const char* at, int* lines) : at_(at), lines_(lines) {}

  reference operator*() const { return *at_; }
  LineCounter& operator++() {
    if (*at_ == '\n') ++*lines_;
    ++at_;
    return *this;
  }
  LineCounter operator++(int) {
    LineCounter before = *this;
    ++*this;
    return before;
  }
  bool operator==(const LineCounter& other) const { return at_ == other.at_; }
  bool operator!=(const LineCounter& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  int* lines_;
};

// Builds nodes from what the JSON parser meets; every call answers whether to go on.
class NodeBuilder {
 public:
  explicit NodeBuilder(const int& lines) : lines_(lines) {}

  // NOLINTBEGIN(readability-identifier-naming): the parser's names
  bool null() { return Put({}); }
  bool boolean(bool) { return Put({}); }
  bool number_integer(json::number_integer_t) { return Put({}); }
  bool number_unsigned(json::number_unsigned_t) { return Put({}); }
  bool number_float(json::number_float_t, const std::string&) { return Put({}); }
  bool binary(json::binary_t&) { return Put({}); }
  bool string(std::string& text) {
    SpecNode node;
    node.kind = SpecNode::Kind::kText;
    node.text = text;
    return Put(std::move(node));
  }
  bool start_object(size_t) { return Open(SpecNode::Kind::kObject); }
  bool start_array(size_t) { return Open(SpecNode::Kind::kList); }
  bool end_object() { return Close(); }
  bool end_array() { return Close(); }
  bool key(std::string& name) {
    Level& level = open_.back();
    if (level.node.Find(name) != nullptr) {
      status_ = base::InvalidArgument("line {}: the name '{}' is given twice", lines_,
                                      name.substr(0, kShownMax));
      return false;
    }
    level.key = name;
    level.key_line = lines_;
    return true;
  }
  bool parse_error(size_t, const std::string&, const json::exception& error) {
    std::string_view what = error.what();
    what = what.substr(0, what.find("; last read: "));
    const size_t colon = what.find(": ");
    if (colon != std::string_view::npos) what.remove_prefix(colon + 2);
    status_ = base::InvalidArgument("line {}: it is no JSON: {}", lines_, what);
    return false;
  }
  // NOLINTEND(readability-identifier-naming)

  absl::StatusOr<SpecNode> Take() {
    if (!status_.ok()) return status_;
    return std::move(top_);
  }

 private:
  struct Level {
    SpecNode node;
    std::string key;
    int key_line = 1;
  };

  bool Put(SpecNode node) {
    if (open_.empty()) {
      node.line = lines_;
      top_ = std::move(node);
      return true;
    }
    Level& level = open_.back();
    if (level.node.kind == SpecNode::Kind::kObject) {
      node.line = level.key_line;
      level.node.members.push_back({level.key, std::move(node)});
    } else {
      if (node.kind == SpecNode::Kind::kText || node.kind == SpecNode::Kind::kOther) {
        node.line = lines_;
      }
      level.node.items.push_back(std::move(node));
    }
    return true;
  }

  bool Open(SpecNode::Kind kind) {
    if (open_.size() >= kDepthMax) {
      status_ = TooDeep(lines_);
      return false;
    }
    Level level;
    level.node.kind = kind;
    level.node.line = lines_;
    open_.push_back(std::move(level));
    return true;
  }

  bool Close() {
    SpecNode node = std::move(open_.back().node);
    open_.pop_back();
    return Put(std::move(node));
  }

  const int& lines_;
  std::vector<Level> open_;
  SpecNode top_;
  absl::Status status_;
};

absl::StatusOr<SpecNode> ReadJson(std::string_view text) {
  int lines = 1;
  NodeBuilder builder(lines);
  json::sax_parse(LineCounter(text.data(), &lines), LineCounter(text.data() + text.size(), &lines),
                  &builder);
  return builder.Take();
}

absl::Status FromToml(const toml::node& from, size_t depth, SpecNode& node);

absl::Status MembersFromToml(const toml::table& table, size_t depth, SpecNode& node) {
  node.kind = SpecNode::Kind::kObject;
  for (const auto& [key, value] : table) {
    SpecNode member;
    TENANTRY_RETURN_IF_ERROR(FromToml(value, depth + 1, member));
    member.line = static_cast<int>(key.source().begin.line);
    node.members.push_back({std::string(key.str()), std::move(member)});
  }
  std::ranges::stable_sort(node.members, {}, [](const auto& member) { return member.node.line; });
  return absl::OkStatus();
}

absl::Status FromToml(const toml::node& from, size_t depth, SpecNode& node) {
  node.line = static_cast<int>(from.source().begin.line);
  if (depth > kDepthMax) return TooDeep(node.line);
  if (const toml::table* table = from.as_table()) return MembersFromToml(*table, depth, node);
  if (const toml::array* list = from.as_array()) {
    node.kind = SpecNode::Kind::kList;
    for (const toml::node& item : *list) {
      TENANTRY_RETURN_IF_ERROR(FromToml(item, depth + 1, node.items.emplace_back()));
    }
  } else if (const auto* text = from.as_string()) {
    node.kind = SpecNode::Kind::kText;
    node.text = text->get();
  }
  return absl::OkStatus();
}

absl::StatusOr<SpecNode> ReadToml(std::string_view text) {
  TENANTRY_RETURN_IF_ERROR(runtime::CheckTomlKeys(text));
  try {
    const toml::table table = toml::parse(text);
    SpecNode node;
    TENANTRY_RETURN_IF_ERROR(FromToml(table, 1, node));
    return node;
  } catch (const toml::parse_error& error) {
    return base::InvalidArgument("line {}: it is no TOML: {}", error.source().begin.line,
                                 error.description());
  }
}

}  // namespace

const SpecNode* SpecNode::Find(std::string_view name) const {
  const auto found = std::ranges::find(
      members, name, [](const auto& member) -> std::string_view { return member.name; });
  return found == members.end() ? nullptr : &found->node;
}

absl::StatusOr<SpecNode> ReadSpecText(std::string_view text, SpecFormat format) {
  if (!base::IsUtf8(text)) return base::InvalidArgument("the specification is not UTF-8");
  TENANTRY_ASSIGN_OR_RETURN(SpecNode node,
                            format == SpecFormat::kToml ? ReadToml(text) : ReadJson(text));
  if (node.kind != SpecNode::Kind::kObject) {
    return base::InvalidArgument("line {}: the specification is no object: begin with {{",
                                 node.line);
  }
  return node;
}

}  // namespace tenantry::jobs
