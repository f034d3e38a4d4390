#include "lake/archive/intake/archive_backlog.h"

#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/instant.h"

namespace tenantry::lake::archive {
namespace {

int64_t BytesOf(const ArchiveSlice& slice) {
  size_t bytes = 0;
  for (const ArchiveRow& row : slice.rows) {
    bytes += row.tenant.value().size() + row.event.size() + row.content_type.size();
  }
  return static_cast<int64_t>(bytes);
}

}  // namespace

void ArchiveBacklog::Add(ArchiveSlice slice) {
  rows_ += std::ssize(slice.rows);
  bytes_ += BytesOf(slice);
  waiting_.push_back(std::move(slice));
}

const std::vector<ArchiveSlice>& ArchiveBacklog::Front(size_t files_max) {
  if (!front_.empty()) return front_;
  const Place end = EndOf(files_max);
  for (size_t i = 0; i < end.slice; ++i) {
    MoveToFront(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  if (end.row == 0) return front_;
  ArchiveSlice& rest = waiting_.front();
  const auto cut = rest.rows.begin() + static_cast<std::ptrdiff_t>(end.row);
  ArchiveSlice head{rest.partition, rest.begin, cut->offset, {}};
  head.rows.assign(std::make_move_iterator(rest.rows.begin()), std::make_move_iterator(cut));
  rest.begin = cut->offset;
  rest.rows.erase(rest.rows.begin(), cut);
  MoveToFront(std::move(head));
  return front_;
}

void ArchiveBacklog::DropFront() {
  for (const ArchiveSlice& slice : front_) {
    rows_ -= std::ssize(slice.rows);
    bytes_ -= BytesOf(slice);
  }
  front_.clear();
}

// A piece has at least one file's rows.
ArchiveBacklog::Place ArchiveBacklog::EndOf(size_t files_max) const {
  using File = std::tuple<std::string_view, base::Day, std::string_view, std::string_view>;
  absl::flat_hash_set<File> files;
  for (size_t i = 0; i < waiting_.size(); ++i) {
    const ArchiveSlice& slice = waiting_[i];
    for (size_t j = 0; j < slice.rows.size(); ++j) {
      const ArchiveRow& row = slice.rows[j];
      const bool fresh = files
                             .emplace(row.tenant.value(), base::ToInstant(row.appended).day(),
                                      slice.partition.stream, slice.partition.partition)
                             .second;
      if (fresh && files.size() > std::max<size_t>(files_max, 1)) return {i, j};
    }
  }
  return {waiting_.size(), 0};
}

void ArchiveBacklog::MoveToFront(ArchiveSlice slice) {
  const auto same = std::ranges::find(front_, slice.partition, &ArchiveSlice::partition);
  if (same == front_.end()) {
    front_.push_back(std::move(slice));
    return;
  }
  same->next = std::move(slice.next);
  same->rows.insert(same->rows.end(), std::make_move_iterator(slice.rows.begin()),
                    std::make_move_iterator(slice.rows.end()));
}

}  // namespace tenantry::lake::archive
