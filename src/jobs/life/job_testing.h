#pragma once

#include <gtest/gtest.h>

#include <string>

#include "jobs/life/job.h"
#include "jobs/spec/spec_parser.h"

namespace tenantry::jobs {

/// For tests: two steps and a third that persists.
inline constexpr char kTestSpec[] = R"json({"name": "test", "steps": [
  {"name": "a", "kind": "load", "sql": "SELECT 1 AS x"},
  {"name": "b", "kind": "process", "sql": "SELECT x + 1 AS x FROM a"},
  {"name": "c", "kind": "persist", "dataSet": "out", "after": ["b"]}]})json";

/// A specification that must be right.
inline JobSpec SpecOf(std::string_view json) {
  auto spec = ParseSpec(json, SpecFormat::kJson, {});
  EXPECT_TRUE(spec.ok()) << spec.status();
  return spec.ok() ? *spec : JobSpec{};
}

/// A job of ann's, not submitted yet.
inline Job JobToSubmit(const std::string& id, const std::string& tenant = "acme",
                       std::string_view spec = kTestSpec) {
  Job job;
  job.id = base::JobId(id);
  job.tenant = base::TenantId(tenant);
  job.user = base::UserId("ann");
  job.session = base::SessionId("s1");
  job.spec = SpecOf(spec);
  return job;
}

}  // namespace tenantry::jobs
