#include "simulator/tenant_story.h"

#include <absl/types/span.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/random.h"
#include "simulator/company_generator.h"
#include "simulator/seeds.h"

namespace tenantry::simulator {
namespace {

using base::SeededRandom;

constexpr size_t kWords = 24;

constexpr std::array<const char*, kWords> kFirstWords = {
    "Amber", "Blue",   "Bright", "Cedar",   "Copper", "Coral",  "Crystal", "Delta",
    "Ember", "Falcon", "Golden", "Granite", "Harbor", "Indigo", "Ivory",   "Juniper",
    "Lunar", "Maple",  "North",  "Onyx",    "Pine",   "Silver", "Summit",  "Willow"};
constexpr std::array<const char*, kWords> kSecondWords = {
    "Bay",   "Bridge", "Brook", "Canyon", "Cove",   "Crest", "Field", "Fjord",
    "Forge", "Gate",   "Glen",  "Hill",   "Hollow", "Lake",  "Mesa",  "Mill",
    "Peak",  "Point",  "Ridge", "River",  "Shore",  "Stone", "Vale",  "Wood"};

struct IndustryWord {
  std::string_view industry;
  std::string_view word;
};

constexpr IndustryWord kIndustryWords[] = {
    {"gov", "County"},    {"health", "Clinics"},      {"retail", "Stores"},
    {"travel", "Travel"}, {"energy", "Energy"},       {"IT", "Systems"},
    {"finance", "Bank"},  {"consulting", "Advisors"}, {"service", "Services"},
};

// Shares of the moods, in the order of the enumeration.
using MoodShares = std::array<double, 6>;
constexpr MoodShares kSafeIndustries = {0.30, 0.34, 0.09, 0.11, 0.08, 0.08};
constexpr MoodShares kRiskyIndustries = {0.14, 0.20, 0.10, 0.16, 0.19, 0.21};

// Draws an index with chances that are in proportion to `shares`.
size_t Pick(SeededRandom& random, absl::Span<const double> shares) {
  double left = random.Uniform();
  for (size_t i = 0; i < shares.size(); ++i) {
    if (left < shares[i]) return i;
    left -= shares[i];
  }
  return shares.size() - 1;
}

int Between(SeededRandom& random, int lowest, int highest) {
  return lowest + static_cast<int>(random.Below(static_cast<uint64_t>(highest - lowest + 1)));
}

void NameTenant(TenantStory& story, uint64_t index) {
  // A walk through all pairs of words: 91 has no factor in common with 576.
  const uint64_t pair = index * 91 % (kWords * kWords);
  const uint64_t round = index / (kWords * kWords);
  std::string_view word = "Works";
  for (const IndustryWord& known : kIndustryWords) {
    if (known.industry == story.industry) word = known.word;
  }
  story.name =
      fmt::format("{} {} {}", kFirstWords[pair / kWords], kSecondWords[pair % kWords], word);
  if (round > 0) story.name += fmt::format(" {}", round + 1);
  std::string id;
  for (const char c : story.name) {
    id += c == ' ' ? '-' : static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  }
  story.tenant = base::TenantId(id);
}

void ChoosePlan(SeededRandom& random, TenantStory& story) {
  story.revenue = 10 * Between(random, 1, 9'999);
  story.employees = std::max<int64_t>(1, story.revenue / Between(random, 2, 4));
  const size_t plan = Pick(random, {0.25, 0.50, 0.25});
  if (plan == 0) {
    story.plan = "free";
    story.pattern = "pool";
    story.users = Between(random, 1, 3);
  } else if (plan == 1) {
    story.plan = "team";
    story.pattern = "bridge";
    story.monthly_fee = Between(random, 100, 500);
    story.users = Between(random, 2, 6);
  } else {
    story.plan = "enterprise";
    story.pattern = random.Uniform() < 0.3 ? "silo" : "bridge";
    story.monthly_fee = Between(random, 500, 1'199);
    story.users = Between(random, 4, 10);
  }
  story.jobs_pace = 0.5 + random.Uniform() * 1.5;
}

// When the tenant goes, if it does, and how one could have seen it coming.
void ChooseEnd(SeededRandom& random, int days, TenantStory& story) {
  constexpr int kHoneymoon = 35;
  // The chance to go at all, by mood.
  constexpr std::array<double, 6> kGoes = {0.02, 0.06, 0.25, 0.35, 1, 1};
  const bool goes = random.Uniform() < kGoes[static_cast<size_t>(story.mood)];
  const int gone = story.born_day + kHoneymoon + Between(random, 0, std::max(30, days * 2 / 3));
  const bool sudden = random.Uniform() < 0.15;
  const int warning = sudden ? 0 : Between(random, 25, 50);
  const bool deletes = random.Uniform() < (story.mood == Mood::kLeave ? 0.7 : 0.2);
  if (!goes) return;
  story.gone_day = gone;
  story.decline_day = std::max(story.born_day + 10, gone - warning);
  story.deletes = deletes;
}

// How far a tenant that goes has come on its way out: 0 before the decline, 1 on the last day; fast
// at first.
double Decline(const TenantStory& story, int day) {
  if (!story.gone_day || day < story.decline_day) return 0;
  const double way = *story.gone_day - story.decline_day;
  return way <= 0 ? 0 : std::sqrt(std::min(1.0, (day - story.decline_day) / way));
}

}  // namespace

std::string_view MoodName(Mood mood) {
  constexpr std::array<std::string_view, 6> kNames = {"thrive", "steady", "minimum",
                                                      "idle",   "fade",   "leave"};
  return kNames[static_cast<size_t>(mood)];
}

TenantStory MakeStory(uint64_t seed, uint64_t index, int days) {
  SeededRandom random(MixSeed(seed, index));
  TenantStory story;
  const bool unknown = random.Uniform() < 0.02;  // an industry that nobody thought of
  const std::string& known = Industries()[random.Below(Industries().size())];
  story.industry = unknown ? "space mining" : known;
  NameTenant(story, index);
  ChoosePlan(random, story);
  const bool risky = known == "retail" || known == "consulting" || known == "IT";
  story.mood =
      static_cast<Mood>(Pick(random, risky && !unknown ? kRiskyIndustries : kSafeIndustries));
  // Half of them are there from the first week, the others come as time goes by.
  const bool early = random.Uniform() < 0.5;
  story.born_day = Between(random, 0, std::min(days - 1, early ? 6 : days * 7 / 10));
  ChooseEnd(random, days, story);
  return story;
}

double LoginChance(const TenantStory& story, int day) {
  const double age = day - story.born_day;
  switch (story.mood) {
    case Mood::kThrive:
      return 0.45 + 0.35 * std::min(1.0, age / 60);
    case Mood::kSteady:
      return 0.5 * (1 - 0.6 * Decline(story, day));
    case Mood::kMinimum:
      return age < 7 ? 0.4 : 0.06;
    case Mood::kIdle:
      return 0.5 * (1 - 0.5 * Decline(story, day));
    case Mood::kFade:
      return 0.6 * (1 - 0.92 * Decline(story, day));
    case Mood::kLeave:
      break;
  }
  return 0.55 * (1 - 0.75 * Decline(story, day));
}

double IdleChance(const TenantStory& story, int day) {
  switch (story.mood) {
    case Mood::kThrive:
      return 0.08;
    case Mood::kIdle:
      return 0.8 + 0.15 * Decline(story, day);
    case Mood::kMinimum:
      return 0.5;
    default:
      return 0.15 + 0.4 * Decline(story, day);
  }
}

double FailureChance(const TenantStory& story, int day) {
  return story.mood == Mood::kLeave ? 0.06 + 0.2 * Decline(story, day) : 0.06;
}

}  // namespace tenantry::simulator
