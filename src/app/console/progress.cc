#include "app/console/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/console/format.h"

namespace tenantry::app::console {
namespace {

constexpr absl::Duration kBetweenDraws = absl::Milliseconds(100);
constexpr int kBarColumns = 24;

std::string Bar(double share) {
  const int full = static_cast<int>(std::clamp(share, 0.0, 1.0) * kBarColumns);
  std::string bar;
  for (int i = 0; i < kBarColumns; ++i) bar += i < full ? "█" : "░";
  return bar;
}

}  // namespace

Progress::Progress(Terminal& terminal, std::string what, std::string unit)
    : terminal_(terminal),
      what_(std::move(what)),
      unit_(std::move(unit)),
      began_(terminal.clock.Now()) {}

Progress::~Progress() { Clear(); }

void Progress::Update(double count, double share) {
  const absl::Time now = terminal_.clock.Now();
  if (!terminal_.err_is_terminal || now - drawn_ < kBetweenDraws) return;
  drawn_ = now;
  const double seconds = absl::ToDoubleSeconds(now - began_);
  std::string line = Printable(what_) + "  ";
  if (share >= 0) line += fmt::format("{} {:>5}  ", Bar(share), FormatShare(std::min(share, 1.0)));
  line += fmt::format("{} {}", FormatCount(count), unit_);
  if (seconds > 0.5) line += fmt::format("  {}/s", FormatCount(count / seconds));
  if (terminal_.columns > 0) line = CutToWidth(line, terminal_.columns - 1);
  terminal_.err << "\r\x1b[K" << line << std::flush;
  visible_ = true;
}

void Progress::Clear() {
  if (!visible_) return;
  terminal_.err << "\r\x1b[K" << std::flush;
  visible_ = false;
}

}  // namespace tenantry::app::console
