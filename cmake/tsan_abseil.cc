// For the tsan preset alone. Debian's Abseil is not compiled for ThreadSanitizer, which therefore
// takes everything that an absl::Mutex guards for a race. The linker leads our calls of the lock
// through these (--wrap), and they tell the sanitizer who waits for whom.
#include <absl/synchronization/mutex.h>
#include <absl/time/time.h>
#include <sanitizer/tsan_interface.h>

// NOLINTBEGIN(bugprone-reserved-identifier, readability-identifier-naming): the linker's names

// What is left: a condition is asked by whichever thread unlocks, under the lock, after we have
// told that the lock is given up; and libraries that synchronise inside themselves (Abseil's graph
// of locks, the count of a Status' owners).
extern "C" const char* __tsan_default_suppressions() {
  return "race:CastAndCallMethod<\n"
         "race:^Condition<\n"
         "race:absl::debian3::Condition\n"
         "race:absl::debian3::synchronization_internal\n"
         "race:absl::debian3::Status::Unref\n"
         "called_from_lib:libabsl_synchronization\n"
         "called_from_lib:librocksdb\n"
         "race:librocksdb.so\n"
         "race:rocksdb::\n"
         "mutex:libabsl\n";
}

// A suppression needs the stack of the earlier access: the longest history there is.
extern "C" const char* __tsan_default_options() { return "history_size=7"; }

#define REAL(name) __real__ZN4absl7debian35Mutex##name
#define WRAP(name) __wrap__ZN4absl7debian35Mutex##name

extern "C" {

void REAL(4LockEv)(void* mutex);
void WRAP(4LockEv)(void* mutex) {
  REAL(4LockEv)(mutex);
  __tsan_acquire(mutex);
}

void REAL(6UnlockEv)(void* mutex);
void WRAP(6UnlockEv)(void* mutex) {
  __tsan_release(mutex);
  REAL(6UnlockEv)(mutex);
}

void REAL(10ReaderLockEv)(void* mutex);
void WRAP(10ReaderLockEv)(void* mutex) {
  REAL(10ReaderLockEv)(mutex);
  __tsan_acquire(mutex);
}

void REAL(12ReaderUnlockEv)(void* mutex);
void WRAP(12ReaderUnlockEv)(void* mutex) {
  __tsan_release(mutex);
  REAL(12ReaderUnlockEv)(mutex);
}

void REAL(8LockWhenERKNS0_9ConditionE)(void* mutex, const absl::Condition& condition);
void WRAP(8LockWhenERKNS0_9ConditionE)(void* mutex, const absl::Condition& condition) {
  REAL(8LockWhenERKNS0_9ConditionE)(mutex, condition);
  __tsan_acquire(mutex);
}

void REAL(5AwaitERKNS0_9ConditionE)(void* mutex, const absl::Condition& condition);
void WRAP(5AwaitERKNS0_9ConditionE)(void* mutex, const absl::Condition& condition) {
  __tsan_release(mutex);
  REAL(5AwaitERKNS0_9ConditionE)(mutex, condition);
  __tsan_acquire(mutex);
}

bool REAL(16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE)(void* mutex,
                                                              const absl::Condition& condition,
                                                              absl::Duration timeout);
bool WRAP(16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE)(void* mutex,
                                                              const absl::Condition& condition,
                                                              absl::Duration timeout) {
  __tsan_release(mutex);
  const bool holds =
      REAL(16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE)(mutex, condition, timeout);
  __tsan_acquire(mutex);
  return holds;
}

bool REAL(17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE)(void* mutex,
                                                           const absl::Condition& condition,
                                                           absl::Time deadline);
bool WRAP(17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE)(void* mutex,
                                                           const absl::Condition& condition,
                                                           absl::Time deadline) {
  __tsan_release(mutex);
  const bool holds =
      REAL(17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE)(mutex, condition, deadline);
  __tsan_acquire(mutex);
  return holds;
}

void __real__ZN4absl7debian312Notification6NotifyEv(void* notification);
void __wrap__ZN4absl7debian312Notification6NotifyEv(void* notification) {
  __tsan_release(notification);
  __real__ZN4absl7debian312Notification6NotifyEv(notification);
}

void __real__ZNK4absl7debian312Notification19WaitForNotificationEv(void* notification);
void __wrap__ZNK4absl7debian312Notification19WaitForNotificationEv(void* notification) {
  __real__ZNK4absl7debian312Notification19WaitForNotificationEv(notification);
  __tsan_acquire(notification);
}

}  // extern "C"

// NOLINTEND(bugprone-reserved-identifier, readability-identifier-naming)
