#pragma once

#include <cstdint>
#include <string>

#include "events/event.h"
#include "events/event_codec.h"
#include "simulator/tenant_life.h"

namespace tenantry::simulator {

/// The event that an action is in the catalogue.
events::EventType EventTypeOf(ActionKind kind);

/// The event of an action, as the services would emit it; source `/tenants/{tenantID}`. `id` must
/// be unique within the tenant.
events::Event ToEvent(const Action& action, std::string id);

/// An action as the analytics read events, without the way through JSON: the same view that the
/// event of ToEvent has. Views lie in this object and in the action.
class ActionView {
 public:
  /// `action` outlives this.
  explicit ActionView(const Action& action);

  /// The event; its id and source are empty, for there are no repeats within a life.
  const events::EventView& view() const { return view_; }

 private:
  std::string tokens_[events::kProfileFields];
  std::string tutorial_;
  events::EventView view_;
};

}  // namespace tenantry::simulator
