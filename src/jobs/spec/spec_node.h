#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

namespace tenantry::jobs {

/// How a specification is written.
enum class SpecFormat { kToml, kJson };

/// A value of a specification's text with the line that it begins at, whichever of the two forms it
/// is written in.
struct SpecNode {
  /// What the value is; kOther is what no field of a specification takes: numbers, dates, null.
  enum class Kind { kObject, kList, kText, kOther };

  struct Member;

  Kind kind = Kind::kOther;
  int line = 1;                 ///< of the text, from 1
  std::string text;             ///< of kText, UTF-8
  std::vector<Member> members;  ///< of kObject, in the text's order
  std::vector<SpecNode> items;  ///< of kList

  /// The member of that name; null when there is none.
  const SpecNode* Find(std::string_view name) const;
};

/// A value of an object with its name.
struct SpecNode::Member {
  std::string name;
  SpecNode node;
};

/// Reads a whole text, whose top is an object. InvalidArgument, with the line: it is not of that
/// format, no UTF-8, no object at its top, nests deeper than 16, or gives a name twice.
absl::StatusOr<SpecNode> ReadSpecText(std::string_view text, SpecFormat format);

}  // namespace tenantry::jobs
