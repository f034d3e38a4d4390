# The tsan preset: our calls of Abseil's locks go through cmake/tsan_abseil.cc, which says why.
if(TENANTRY_SANITIZE STREQUAL "thread")
  add_compile_options(-Wno-tsan)  # Asio's fences, which go with its own locks
  add_library(tsan_abseil STATIC ${CMAKE_SOURCE_DIR}/cmake/tsan_abseil.cc)
  foreach(call
      _ZN4absl7debian35Mutex4LockEv
      _ZN4absl7debian35Mutex6UnlockEv
      _ZN4absl7debian35Mutex10ReaderLockEv
      _ZN4absl7debian35Mutex12ReaderUnlockEv
      _ZN4absl7debian35Mutex8LockWhenERKNS0_9ConditionE
      _ZN4absl7debian35Mutex5AwaitERKNS0_9ConditionE
      _ZN4absl7debian35Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE
      _ZN4absl7debian35Mutex17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE
      _ZN4absl7debian312Notification6NotifyEv
      _ZNK4absl7debian312Notification19WaitForNotificationEv)
    add_link_options(-Wl,--wrap=${call})
  endforeach()
  link_libraries(tsan_abseil)
endif()
