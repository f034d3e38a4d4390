#include "lake/archive/excerpts/excerpt.h"

#include <gmock/gmock.h>

#include <vector>

namespace tenantry::lake::archive {
namespace {

using events::EventType;
using events::EventView;
using testing::ElementsAre;

constexpr std::string_view kSeal = "0123456789abcdef";

EventView MakeEvent(EventType type, std::string_view id, std::string_view tenant = "acme") {
  EventView event;
  event.type = type;
  event.id = id;
  event.source = "/s";
  event.tenant = tenant;
  event.time = {-5, 999'999'999};
  return event;
}

Excerpt Written(const std::vector<EventView>& events) {
  ExcerptWriter writer;
  for (const EventView& event : events) writer.Add(event);
  return Excerpt::Parse(writer.Finish(kSeal), kSeal).value();
}

std::vector<EventView> EventsOf(const Excerpt& excerpt) {
  std::vector<EventView> events;
  EXPECT_TRUE(excerpt
                  .ForEach([&](const EventView& event) {
                    events.push_back(event);
                    return absl::OkStatus();
                  })
                  .ok());
  return events;
}

TEST(Excerpt, KeepsWhatIsCounted) {
  EventView job = MakeEvent(EventType::kJobSubmitted, "1");
  job.nb_jobs = uint64_t{1} << 53;
  EventView data = MakeEvent(EventType::kDataSetUpdated, "2", "other");
  data.bytes = 7;
  data.time = {1'700'000'000, 0};
  data.source = std::string_view("/other\0source", 13);
  EventView tenant = MakeEvent(EventType::kTenantUpdated, "", "other");
  tenant.profile = {"\"Other\"", "", "1.50", "null", "", "", "{}"};
  const Excerpt excerpt = Written({job, data, tenant, MakeEvent(EventType::kUnknown, "4")});
  const auto read = EventsOf(excerpt);
  ASSERT_EQ(read.size(), 4u);
  EXPECT_EQ(read[0].type, EventType::kJobSubmitted);
  EXPECT_EQ(read[0].type_name, "io.tenantry.job.submitted");
  EXPECT_EQ(read[0].nb_jobs, uint64_t{1} << 53);
  EXPECT_EQ(read[0].bytes, 0u);
  EXPECT_EQ(read[0].time, (base::Instant{-5, 999'999'999}));
  EXPECT_EQ(read[0].tenant, "acme");
  EXPECT_EQ(read[0].user, "");
  EXPECT_EQ(read[1].bytes, 7u);
  EXPECT_EQ(read[1].nb_jobs, 1u);
  EXPECT_EQ(read[1].source, data.source);
  EXPECT_EQ(read[1].time, (base::Instant{1'700'000'000, 0}));
  EXPECT_EQ(read[2].id, "");
  EXPECT_EQ(read[2].tenant, "other");
  EXPECT_EQ(read[2].source, "/s");
  EXPECT_EQ(read[2].profile, tenant.profile);
  EXPECT_EQ(read[3].type, EventType::kUnknown);
  EXPECT_EQ(read[3].tenant, "acme");
}

TEST(Excerpt, HoldsHashesInPlaceOfIds) {
  EventView first = MakeEvent(EventType::kUserCompletedTutorial, "1");
  first.user = "ann@acme.example";
  first.session = "session one";
  first.data_set = "secret plans";
  first.tutorial = "\"t\"";
  first.job = "job 17";
  EventView second = first;
  second.user = "bob@acme.example";
  ExcerptWriter writer;
  writer.Add(first);
  writer.Add(second);
  const std::string bytes = writer.Finish(kSeal);
  for (const std::string_view id :
       {first.user, second.user, first.session, first.data_set, first.job}) {
    EXPECT_EQ(bytes.find(id), std::string::npos) << id;
  }
  const Excerpt excerpt = Excerpt::Parse(bytes, kSeal).value();
  const auto read = EventsOf(excerpt);
  for (const std::string_view hash :
       {read[0].user, read[0].session, read[0].data_set, read[0].tutorial}) {
    EXPECT_EQ(hash.size(), 16u);
  }
  EXPECT_NE(read[0].user, read[1].user);
  EXPECT_EQ(read[0].session, read[1].session);
  EXPECT_EQ(read[0].data_set, read[1].data_set);
  EXPECT_EQ(read[0].job, "");
}

TEST(Excerpt, BelongsToOneFlushAndIsHeldAgainstItsChecksum) {
  ExcerptWriter writer;
  writer.Add(MakeEvent(EventType::kUserLoggedIn, "1"));
  const std::string good = writer.Finish(kSeal);
  EXPECT_EQ(EventsOf(Excerpt::Parse(good, kSeal).value()).size(), 1u);
  EXPECT_EQ(Excerpt::Parse(good, "0123456789abcdee").status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(IsExcerptOf(good, kSeal));
  EXPECT_FALSE(IsExcerptOf(good.substr(0, kExcerptTitleBytes - 1), kSeal));
  for (size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    EXPECT_FALSE(Excerpt::Parse(bad, kSeal).ok()) << at;
    EXPECT_FALSE(Excerpt::Parse(good.substr(0, at), kSeal).ok()) << at;
  }
  EXPECT_FALSE(Excerpt::Parse(good + "x", kSeal).ok());
  // A writer begins anew: nothing of before is meant.
  writer.Add(MakeEvent(EventType::kUserLoggedIn, "1"));
  EXPECT_EQ(writer.Finish(kSeal), good);
}

TEST(Excerpt, TheCallersErrorEndsTheReading) {
  const Excerpt excerpt =
      Written({MakeEvent(EventType::kUserLoggedIn, "1"), MakeEvent(EventType::kUserLoggedIn, "2")});
  std::vector<std::string> ids;
  const absl::Status status = excerpt.ForEach([&](const EventView& event) {
    ids.emplace_back(event.id);
    return absl::CancelledError("enough");
  });
  EXPECT_TRUE(absl::IsCancelled(status));
  EXPECT_THAT(ids, ElementsAre("1"));
}

}  // namespace
}  // namespace tenantry::lake::archive
