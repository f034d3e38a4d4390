#pragma once

#include <absl/time/time.h>

#include <string>
#include <string_view>
#include <vector>

#include "events/event_codec.h"
#include "lake/archive/archive_row.h"
#include "lake/archive/archive_writer.h"
#include "lake/archive/excerpts/excerpt.h"

namespace tenantry::lake::archive {

/// Makes an excerpt of records: reads each as the analytics do; what they reject is left out. Not
/// thread-safe.
class RowExcerpter {
 public:
  /// Adds a record of the log, by its place and when it was appended, to the microsecond.
  void Add(const eventlog::PartitionId& from, const eventlog::LogOffset& offset,
           absl::Time appended, std::string_view content_type, std::string_view event);

  /// Adds a row of the archive.
  void Add(const ArchiveRow& row);

  /// How many bytes it has so far.
  size_t size() const { return writer_.size(); }

  /// As ExcerptWriter.
  std::string Finish(std::string_view seal) { return writer_.Finish(seal); }

 private:
  events::EventParser parser_;
  ExcerptWriter writer_;
};

/// The excerpt of a flush that is about to be written, its `groups` as GroupRows gives them: the
/// same bytes as its files give.
std::string ExcerptOfGroups(const std::vector<ArchiveGroup>& groups, std::string_view seal);

}  // namespace tenantry::lake::archive
