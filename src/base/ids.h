#pragma once

#include <absl/status/statusor.h>
#include <fmt/format.h>

#include <compare>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace tenantry::base {

/// The longest identifier, in bytes of UTF-8.
inline constexpr size_t kIdBytesMax = 128;

/// InvalidArgument unless `text` is 1 to 128 bytes of UTF-8; `what` names the thing in the message.
absl::Status CheckId(std::string_view text, std::string_view what);

/// An identifier that can't be mistaken for one of another kind. `Tag::kName` names the kind in
/// messages. A default-constructed id is empty and names nothing. Values are compared as bytes.
template <typename Tag>
class Id {
 public:
  Id() = default;

  /// Takes text that is known to be valid: from our own storage, or checked by Parse.
  explicit Id(std::string text) : text_(std::move(text)) {}

  /// An id from outside: InvalidArgument unless it is 1 to 128 bytes of UTF-8.
  static absl::StatusOr<Id> Parse(std::string_view text) {
    if (absl::Status status = CheckId(text, Tag::kName); !status.ok()) return status;
    return Id(std::string(text));
  }

  /// The id's bytes.
  const std::string& value() const { return text_; }

  /// True when this names nothing.
  bool empty() const { return text_.empty(); }

  auto operator<=>(const Id&) const = default;

  template <typename H>
  friend H AbslHashValue(H state, const Id& id) {
    return H::combine(std::move(state), id.text_);
  }

 private:
  std::string text_;
};

/// The kinds of ids, with their names in messages.
struct TenantTag {
  static constexpr std::string_view kName = "tenantID";
};
/// See TenantTag.
struct UserTag {
  static constexpr std::string_view kName = "userID";
};
/// See TenantTag.
struct SessionTag {
  static constexpr std::string_view kName = "sessionID";
};
/// See TenantTag.
struct KeyTag {
  static constexpr std::string_view kName = "keyID";
};
/// See TenantTag.
struct DataSetTag {
  static constexpr std::string_view kName = "dataSetID";
};
/// See TenantTag.
struct JobTag {
  static constexpr std::string_view kName = "jobID";
};

/// A tenant: called a company on the analytics side.
using TenantId = Id<TenantTag>;
/// A person; unique within a tenant, or among the operator's people.
using UserId = Id<UserTag>;
/// A login session.
using SessionId = Id<SessionTag>;
/// An API key; public, unlike its secret.
using KeyId = Id<KeyTag>;
/// A data set of a tenant's lake.
using DataSetId = Id<DataSetTag>;
/// A batch job.
using JobId = Id<JobTag>;

}  // namespace tenantry::base

/// Ids print as their text.
template <typename Tag>
struct fmt::formatter<tenantry::base::Id<Tag>> : fmt::formatter<std::string_view> {
  template <typename Context>
  auto format(const tenantry::base::Id<Tag>& id, Context& context) const {
    return fmt::formatter<std::string_view>::format(id.value(), context);
  }
};
