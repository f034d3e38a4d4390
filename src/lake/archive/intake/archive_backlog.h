#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "lake/archive/archive_row.h"

namespace tenantry::lake::archive {

/// Records that were read from the log and wait to be archived, in the order in which they were
/// appended. They are archived piece by piece, so that what is written is kept whatever becomes of
/// the rest. Not thread-safe.
class ArchiveBacklog {
 public:
  /// Adds consecutive records of one partition, at least one, appended after all that wait.
  void Add(ArchiveSlice slice);

  /// The longest waiting records that fall into `files_max` files at most, one for each tenant, day
  /// and partition; as slices of different partitions. The same ones until they are dropped; empty
  /// when nothing waits.
  const std::vector<ArchiveSlice>& Front(size_t files_max);

  /// Forgets what Front gave: it is archived.
  void DropFront();

  /// What waits, Front included.
  bool empty() const { return rows_ == 0; }
  int64_t rows() const { return rows_; }
  int64_t bytes() const { return bytes_; }

 private:
  // A place in waiting_: the first row that is not of the piece.
  struct Place {
    size_t slice = 0;
    size_t row = 0;
  };

  Place EndOf(size_t files_max) const;
  void MoveToFront(ArchiveSlice slice);

  std::deque<ArchiveSlice> waiting_;  // not those of front_
  std::vector<ArchiveSlice> front_;
  int64_t rows_ = 0;
  int64_t bytes_ = 0;
};

}  // namespace tenantry::lake::archive
