#pragma once

#include <memory>
#include <utility>

#include "net/wire/asio.h"

namespace tenantry::net::wire {

/// Where one coroutine waits until something happens. Used on one I/O thread only.
class Gate {
 public:
  /// Returns once Fire was called since the last return; at once if it was already. One waiter at
  /// most.
  Task<void> Wait() {
    if (!std::exchange(fired_, false)) {
      co_await asio::async_initiate<const asio::use_awaitable_t<Executor>, void()>(
          [this](auto handler) {
            waiter_ = std::make_unique<Holder<decltype(handler)>>(std::move(handler));
          },
          kAwait);
    }
  }

  /// Lets the waiter go on, within this call; or the next one, if there is none.
  void Fire() {
    if (const std::unique_ptr<Waiter> waiter = std::move(waiter_)) {
      waiter->Resume();
    } else {
      fired_ = true;
    }
  }

 private:
  struct Waiter {
    virtual ~Waiter() = default;
    virtual void Resume() = 0;
  };
  template <typename Handler>
  struct Holder final : Waiter {
    explicit Holder(Handler h) : handler(std::move(h)) {}
    void Resume() override { std::move(handler)(); }
    Handler handler;
  };

  bool fired_ = false;
  std::unique_ptr<Waiter> waiter_;
};

}  // namespace tenantry::net::wire
