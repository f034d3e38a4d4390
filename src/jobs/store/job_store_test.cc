#include "contract/job_store_contract.h"

#include <nlohmann/json.hpp>

#include "jobs/store/sql/sql_job_store.h"
#include "jobs/store/twins/in_memory_job_store.h"
#include "metastore/store_test_env.h"

namespace tenantry::jobs {
namespace {

using testing::ElementsAre;

absl::Status AddTenant(metastore::TestStore& store, const std::string& id,
                       const std::string& status) {
  return store.Do(
      "INSERT INTO tenants (tenant_id, name, plan, pattern, status, created, updated, version) "
      "VALUES (:p0, :p0, 'free', 'pool', :p1, 1, 1, 1)",
      {id, status});
}

// A store in the metastore of a fresh folder.
class OwnSqlJobStore final : public JobStore {
 public:
  OwnSqlJobStore(const base::Clock& clock, const StoreLimits& limits)
      : store_(metastore_.store(), clock, random_, limits) {
    for (const char* tenant : {"acme", "beta", "gamma"}) {
      EXPECT_TRUE(AddTenant(metastore_, tenant, "active").ok());
    }
  }

  absl::StatusOr<Job> Create(const Job& job, const metastore::Actor& actor) override {
    return store_.Create(job, actor);
  }
  absl::StatusOr<Job> Get(const base::JobId& id) override { return store_.Get(id); }
  absl::StatusOr<std::vector<Job>> List(const JobFilter& filter, const base::JobId& before,
                                        int64_t limit) override {
    return store_.List(filter, before, limit);
  }
  absl::StatusOr<Job> Update(const base::JobId& id, const metastore::Actor& actor,
                             const Change& change) override {
    return store_.Update(id, actor, change);
  }
  absl::StatusOr<std::vector<LogLine>> ReadLog(const base::JobId& id, int64_t after,
                                               int64_t limit) override {
    return store_.ReadLog(id, after, limit);
  }
  absl::StatusOr<std::vector<TenantQueue>> Queues() override { return store_.Queues(); }
  absl::StatusOr<int64_t> WaitingBefore(const base::TenantId& tenant,
                                        const base::JobId& id) override {
    return store_.WaitingBefore(tenant, id);
  }
  absl::StatusOr<std::vector<base::JobId>> Abandoned(absl::Time now, int64_t limit) override {
    return store_.Abandoned(now, limit);
  }
  absl::Status EndLeases(const std::string& owner) override { return store_.EndLeases(owner); }
  absl::StatusOr<std::optional<absl::Duration>> MeanRunTime(int64_t count) override {
    return store_.MeanRunTime(count);
  }
  absl::StatusOr<std::vector<Job>> Ended(absl::Time before, bool with_snapshots,
                                         int64_t limit) override {
    return store_.Ended(before, with_snapshots, limit);
  }
  absl::Status Remove(const base::JobId& id) override { return store_.Remove(id); }

 private:
  metastore::TestStore metastore_;
  base::SeededRandom random_{1};
  SqlJobStore store_;
};

INSTANTIATE_TEST_SUITE_P(
    Stores, JobStoreContract,
    testing::Values(JobStoreCase{"Sql",
                                 [](base::ManualClock& clock, const StoreLimits& limits) {
                                   return std::make_unique<OwnSqlJobStore>(clock, limits);
                                 }},
                    JobStoreCase{"InMemory",
                                 [](base::ManualClock& clock, const StoreLimits& limits) {
                                   return std::make_unique<InMemoryJobStore>(clock, limits);
                                 }}),
    [](const auto& info) { return info.param.name; });

struct SqlBench {
  metastore::TestStore metastore;
  base::ManualClock clock{absl::FromUnixSeconds(1'700'000'000)};
  base::SeededRandom random{1};
  SqlJobStore store{metastore.store(), clock, random, {}};
  const metastore::Actor actor{"user ann of acme", {"request-1", ""}};
};

TEST(SqlJobStore, CommitsAChangeWithItsAuditLineAndItsEvent) {
  SqlBench bench;
  ASSERT_TRUE(AddTenant(bench.metastore, "acme", "active").ok());
  ASSERT_TRUE(bench.store.Create(JobToSubmit("j1"), bench.actor).ok());
  ASSERT_TRUE(bench.store
                  .Update(base::JobId("j1"), bench.actor,
                          [&](Job& job, JobNote& note) {
                            return RequestCancel(job, bench.clock.Now(), note);
                          })
                  .ok());
  EXPECT_THAT(bench.metastore.Column("SELECT action || ' ' || thing || ' by ' || actor || ' in ' "
                                     "|| request_id FROM audit ORDER BY number"),
              ElementsAre("job.submit j1 by user ann of acme in request-1",
                          "job.cancel j1 by user ann of acme in request-1"));
  const auto events = bench.metastore.Column("SELECT event FROM outbox ORDER BY number");
  ASSERT_EQ(events.size(), 2u);
  const auto submitted = nlohmann::json::parse(events[0]);
  EXPECT_EQ(submitted.at("type"), "io.tenantry.job.submitted");
  EXPECT_EQ(submitted.at("source"), "/tenants/acme");
  EXPECT_EQ(submitted.at("subject"), "j1");
  EXPECT_EQ(
      submitted.at("data"),
      nlohmann::json({{"jobID", "j1"}, {"userID", "ann"}, {"sessionID", "s1"}, {"nbJobs", 1}}));
  EXPECT_EQ(nlohmann::json::parse(events[1]).at("type"), "io.tenantry.job.cancelled");
  EXPECT_THAT(bench.metastore.Column("SELECT DISTINCT stream FROM outbox"),
              ElementsAre("bigdatajobs"));
}

TEST(CheckRoom, CountsOneJobAsOne) {
  const base::TenantId acme("acme");
  StoreLimits limits;
  limits.waiting_per_tenant_max = limits.waiting_max = 1;
  EXPECT_THAT(CheckRoom(limits, acme, 1, 1).ToString(),
              testing::HasSubstr("the tenant 'acme' has 1 job that waits already"));
  EXPECT_THAT(CheckRoom(limits, acme, 0, 1).ToString(), testing::HasSubstr("1 job waits already"));
}

TEST(SqlJobStore, WritesTheErrorOfAFailedJobIntoTheJobAlone) {
  SqlBench bench;
  ASSERT_TRUE(AddTenant(bench.metastore, "acme", "active").ok());
  ASSERT_TRUE(bench.store.Create(JobToSubmit("j1"), bench.actor).ok());
  const auto failed = bench.store.Update(
      base::JobId("j1"), bench.actor, [&](Job& job, JobNote& note) -> absl::Status {
        const absl::Time now = bench.clock.Now();
        if (absl::Status status = Claim(job, "p", now, now, note); !status.ok()) return status;
        const JobLease lease{job.id, "p", job.epoch};
        if (absl::Status status = BeginStep(job, lease, 0, now, note); !status.ok()) return status;
        return FailStep(job, lease, 0, {}, "a treasure", now, note);
      });
  ASSERT_TRUE(failed.ok()) << failed.status();
  EXPECT_EQ(bench.store.Get(base::JobId("j1"))->error, "step 'a': a treasure");
  for (const char* kept :
       {"SELECT COALESCE(after_json, '') FROM audit", "SELECT event FROM outbox"}) {
    EXPECT_THAT(bench.metastore.Column(kept),
                testing::Each(testing::Not(testing::HasSubstr("treasure"))))
        << kept;
  }
  EXPECT_THAT(bench.metastore.Column("SELECT event FROM outbox"),
              testing::Contains(testing::HasSubstr("io.tenantry.job.failed")));
}

TEST(SqlJobStore, LetsJobsOfASuspendedTenantWaitAndThoseThatWereInterrupted) {
  SqlBench bench;
  for (const char* tenant : {"acme", "beta"}) {
    ASSERT_TRUE(AddTenant(bench.metastore, tenant, "active").ok());
    for (const std::string job : {"j1", "j2", "j3"}) {
      ASSERT_TRUE(bench.store.Create(JobToSubmit(job + tenant, tenant), bench.actor).ok());
    }
    // The owner of the first died, that of the second lives.
    for (const auto& [job, lease] : {std::pair("j1", -1), std::pair("j2", 30)}) {
      const absl::Time now = bench.clock.Now();
      const auto claim = [&](Job& each, JobNote& note) {
        return Claim(each, "p", now, now + absl::Seconds(lease), note);
      };
      ASSERT_TRUE(
          bench.store.Update(base::JobId(job + std::string(tenant)), bench.actor, claim).ok());
    }
  }
  const auto set_status = [&](const std::string& status) {
    ASSERT_TRUE(
        bench.metastore.Do("UPDATE tenants SET status = :p0 WHERE tenant_id = 'acme'", {status})
            .ok());
  };
  const base::TenantId acme("acme"), beta("beta");
  set_status("suspended");
  EXPECT_THAT(*bench.store.Abandoned(bench.clock.Now(), 10), ElementsAre(base::JobId("j1beta")));
  EXPECT_THAT(*bench.store.Queues(),
              ElementsAre(TenantQueue{acme, base::JobId("j3acme"), 1, 1, true},
                          TenantQueue{beta, base::JobId("j3beta"), 1, 2, false}));
  set_status("active");
  EXPECT_EQ(bench.store.Abandoned(bench.clock.Now(), 10)->size(), 2u);
  EXPECT_THAT(*bench.store.Queues(),
              testing::Contains(TenantQueue{acme, base::JobId("j3acme"), 1, 2, false}));
}

TEST(SqlJobStore, TakesNoJobForTenantsThatAreAbsentOrSuspended) {
  SqlBench bench;
  ASSERT_TRUE(AddTenant(bench.metastore, "acme", "suspended").ok());
  EXPECT_TRUE(absl::IsNotFound(bench.store.Create(JobToSubmit("j1", "x"), bench.actor).status()));
  EXPECT_TRUE(
      absl::IsPermissionDenied(bench.store.Create(JobToSubmit("j1"), bench.actor).status()));
  EXPECT_EQ(bench.metastore.Scalar("SELECT COUNT(*) FROM jobs"), "0");
  EXPECT_EQ(bench.metastore.Scalar("SELECT COUNT(*) FROM outbox"), "0");
}

}  // namespace
}  // namespace tenantry::jobs
