#include <charconv>

#include "base/check.h"
#include "base/status.h"
#include "eventlog/event_log.h"

namespace tenantry::eventlog {
namespace {

constexpr size_t kDigitsMax = 80;

}  // namespace

absl::StatusOr<LogOffset> LogOffset::Parse(std::string_view text) {
  const bool digits = text.find_first_not_of("0123456789") == std::string_view::npos;
  if (text.empty() || text.size() > kDigitsMax || !digits || (text[0] == '0' && text.size() > 1)) {
    return base::InvalidArgument("'{}' is no log offset: a decimal number", text.substr(0, 100));
  }
  LogOffset offset;
  offset.digits_ = text;
  return offset;
}

LogOffset LogOffset::Plus(uint64_t records) const {
  if (digits_.size() < 19) return LogOffset(number() + records);
  LogOffset sum = *this;
  for (size_t i = sum.digits_.size(); i-- > 0 && records > 0; records /= 10) {
    const uint64_t digit = static_cast<uint64_t>(sum.digits_[i] - '0') + records % 10;
    sum.digits_[i] = static_cast<char>('0' + digit % 10);
    if (digit >= 10) records += 10;
  }
  if (records > 0) sum.digits_.insert(0, std::to_string(records));
  return sum;
}

uint64_t LogOffset::number() const {
  uint64_t number = 0;
  const auto [end, error] =
      std::from_chars(digits_.data(), digits_.data() + digits_.size(), number);
  TENANTRY_CHECK(error == std::errc() && end == digits_.data() + digits_.size());
  return number;
}

}  // namespace tenantry::eventlog
