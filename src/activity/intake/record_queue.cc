#include "activity/intake/record_queue.h"

#include <iterator>
#include <utility>

namespace tenantry::activity {

bool RecordQueue::Push(RecordSlice slice) {
  base::MonitorLock lock(&mutex_);
  auto has_room = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return closed_ || slices_.size() < slices_max_;
  };
  mutex_.Await(absl::Condition(&has_room));
  if (closed_) return false;
  slices_.push_back(std::move(slice));
  return true;
}

std::vector<RecordSlice> RecordQueue::PopAll(absl::Duration wait) {
  base::MonitorLock lock(&mutex_);
  auto has_some = [this]()
                      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return closed_ || !slices_.empty(); };
  mutex_.AwaitFor(absl::Condition(&has_some), wait);
  std::vector<RecordSlice> taken(std::make_move_iterator(slices_.begin()),
                                 std::make_move_iterator(slices_.end()));
  slices_.clear();
  return taken;
}

void RecordQueue::Close() {
  base::MonitorLock lock(&mutex_);
  closed_ = true;
}

bool RecordQueue::WaitClosed(absl::Duration wait) const {
  base::MonitorLock lock(&mutex_);
  return mutex_.AwaitFor(absl::Condition(&closed_), wait);
}

bool RecordQueue::Finished() const {
  base::MonitorLock lock(&mutex_);
  return closed_ && slices_.empty();
}

size_t RecordQueue::depth() const {
  base::MonitorLock lock(&mutex_);
  return slices_.size();
}

}  // namespace tenantry::activity
