#include "metastore/migrations.h"

namespace tenantry::metastore {
namespace {

constexpr std::string_view kFirst = R"sql(
CREATE TABLE tenants (
  tenant_id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  industry TEXT,
  revenue DOUBLE PRECISION,
  employees BIGINT,
  plan TEXT NOT NULL,
  pattern TEXT NOT NULL,
  monthly_fee DOUBLE PRECISION,
  total_fee DOUBLE PRECISION,
  sentiment DOUBLE PRECISION,
  status TEXT NOT NULL,
  created BIGINT NOT NULL,
  updated BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX tenants_by_status ON tenants (status, tenant_id);
CREATE INDEX tenants_by_industry ON tenants (industry, tenant_id);
CREATE TABLE tenant_steps (
  tenant_id TEXT NOT NULL,
  number BIGINT NOT NULL,
  status TEXT NOT NULL,
  step TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, number)
);
CREATE TABLE users (
  tenant_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  role TEXT NOT NULL,
  password_hash TEXT,
  created BIGINT NOT NULL,
  last_login BIGINT,
  PRIMARY KEY (tenant_id, user_id)
);
CREATE TABLE sessions (
  token_hash TEXT PRIMARY KEY,
  session_id TEXT NOT NULL UNIQUE,
  tenant_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  created BIGINT NOT NULL,
  last_seen BIGINT NOT NULL,
  expires BIGINT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (tenant_id, user_id);
CREATE INDEX sessions_by_last_seen ON sessions (last_seen);
CREATE TABLE keys (
  key_id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  role TEXT NOT NULL,
  secret_hash TEXT NOT NULL UNIQUE,
  sealed_secret TEXT,
  created BIGINT NOT NULL
);
CREATE INDEX keys_by_tenant ON keys (tenant_id, key_id);
CREATE TABLE outbox (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  stream TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  event TEXT NOT NULL
);
CREATE TABLE audit (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  at BIGINT NOT NULL,
  actor TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  action TEXT NOT NULL,
  thing TEXT NOT NULL,
  request_id TEXT NOT NULL,
  before_json TEXT,
  after_json TEXT
);
CREATE TABLE idempotency (
  caller TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  created BIGINT NOT NULL,
  answer TEXT,
  PRIMARY KEY (caller, idempotency_key)
);
CREATE INDEX idempotency_by_created ON idempotency (created);
CREATE TABLE notifications (
  notification_id TEXT PRIMARY KEY,
  rule TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  detail TEXT NOT NULL,
  raised BIGINT NOT NULL,
  cleared BIGINT,
  acknowledged BIGINT,
  acknowledged_by TEXT
);
CREATE INDEX notifications_by_raised ON notifications (raised, notification_id);
CREATE INDEX notifications_by_rule ON notifications (tenant_id, rule);
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN
  SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit BEGIN
  SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
)sql";

constexpr std::string_view kSecond = R"sql(
ALTER TABLE outbox ADD COLUMN created BIGINT;
ALTER TABLE keys ADD COLUMN created_by TEXT;
ALTER TABLE keys ADD COLUMN last_used BIGINT;
CREATE INDEX sessions_by_expires ON sessions (expires);
CREATE INDEX tenants_by_plan ON tenants (plan, tenant_id);
CREATE INDEX tenants_by_pattern ON tenants (pattern, tenant_id);
)sql";

constexpr std::string_view kThird = R"sql(
ALTER TABLE idempotency ADD COLUMN request_id TEXT;
CREATE INDEX audit_by_request ON audit (request_id);
)sql";

constexpr std::string_view kDataSets = R"sql(
CREATE TABLE data_sets (
  tenant_id TEXT NOT NULL,
  data_set_id TEXT NOT NULL,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  schema_json TEXT NOT NULL,
  row_count BIGINT NOT NULL,
  bytes BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created BIGINT NOT NULL,
  updated BIGINT NOT NULL,
  created_by TEXT NOT NULL,
  updated_by TEXT NOT NULL,
  PRIMARY KEY (tenant_id, data_set_id)
);
CREATE UNIQUE INDEX data_sets_by_name ON data_sets (tenant_id, name_key);
CREATE TABLE data_set_versions (
  tenant_id TEXT NOT NULL,
  data_set_id TEXT NOT NULL,
  version BIGINT NOT NULL,
  state TEXT NOT NULL,
  since BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, data_set_id, version)
);
CREATE INDEX data_set_versions_by_state ON data_set_versions (state, since);
CREATE TABLE uploads (
  tenant_id TEXT NOT NULL,
  upload_id TEXT NOT NULL,
  request_json TEXT NOT NULL,
  state TEXT NOT NULL,
  bytes BIGINT NOT NULL,
  parts BIGINT NOT NULL,
  answer_json TEXT NOT NULL,
  actor TEXT NOT NULL,
  request_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  session_id TEXT NOT NULL,
  created BIGINT NOT NULL,
  updated BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, upload_id)
);
CREATE INDEX uploads_by_state ON uploads (state, updated);
CREATE TABLE upload_parts (
  tenant_id TEXT NOT NULL,
  upload_id TEXT NOT NULL,
  number BIGINT NOT NULL,
  first_byte BIGINT NOT NULL,
  bytes BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, upload_id, number)
);
)sql";

constexpr std::string_view kJobs = R"sql(
CREATE TABLE jobs (
  job_id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  session_id TEXT NOT NULL,
  name TEXT NOT NULL,
  spec TEXT NOT NULL,
  status TEXT NOT NULL,
  created BIGINT NOT NULL,
  queued BIGINT NOT NULL,
  started BIGINT,
  finished BIGINT,
  cancel_requested BIGINT NOT NULL,
  error TEXT NOT NULL,
  traceparent TEXT NOT NULL,
  owner TEXT NOT NULL,
  epoch BIGINT NOT NULL,
  lease_until BIGINT NOT NULL,
  has_snapshots BIGINT NOT NULL
);
CREATE INDEX jobs_by_tenant ON jobs (tenant_id, job_id);
CREATE INDEX jobs_by_tenant_and_status ON jobs (tenant_id, status, job_id);
CREATE INDEX jobs_by_status ON jobs (status, job_id);
CREATE INDEX jobs_by_finished ON jobs (finished);
CREATE TABLE job_steps (
  job_id TEXT NOT NULL,
  number BIGINT NOT NULL,
  tenant_id TEXT NOT NULL,
  name TEXT NOT NULL,
  status TEXT NOT NULL,
  started BIGINT,
  finished BIGINT,
  attempts BIGINT NOT NULL,
  has_snapshot BIGINT NOT NULL,
  data_set_version BIGINT NOT NULL,
  result_rows BIGINT NOT NULL,
  bytes_read BIGINT NOT NULL,
  bytes_written BIGINT NOT NULL,
  cpu_seconds DOUBLE PRECISION NOT NULL,
  memory_bytes_peak BIGINT NOT NULL,
  error TEXT NOT NULL,
  PRIMARY KEY (job_id, number)
);
CREATE TABLE job_logs (
  job_id TEXT NOT NULL,
  number BIGINT NOT NULL,
  tenant_id TEXT NOT NULL,
  at BIGINT NOT NULL,
  step TEXT NOT NULL,
  line TEXT NOT NULL,
  PRIMARY KEY (job_id, number)
);
)sql";

// A hash without a key let anybody who had the file guess the passwords within the requests.
constexpr std::string_view kForgetHashes = R"sql(
UPDATE idempotency SET request_hash = '';
)sql";

constexpr std::string_view kPeopleChanged = R"sql(
ALTER TABLE tenants ADD COLUMN people_changed BIGINT;
UPDATE tenants SET people_changed = told.newest FROM (SELECT tenant_id, MAX(at) AS newest FROM audit
  WHERE action IN ('user.add', 'user.remove') GROUP BY tenant_id) AS told
  WHERE told.tenant_id = tenants.tenant_id;
)sql";

// Of jobs that ran already: their only run is all that is known.
constexpr std::string_view kJobRuns = R"sql(
ALTER TABLE jobs ADD COLUMN begun BIGINT;
ALTER TABLE jobs ADD COLUMN ran_micros BIGINT NOT NULL DEFAULT 0;
ALTER TABLE job_steps ADD COLUMN unended BIGINT NOT NULL DEFAULT 0;
UPDATE jobs SET begun = started WHERE finished IS NULL;
UPDATE jobs SET ran_micros = finished - started WHERE finished IS NOT NULL AND started IS NOT NULL;
)sql";

}  // namespace

const std::vector<Migration>& Migrations() {
  static const std::vector<Migration> migrations = {
      {1, "first schema", kFirst},
      {2, "outbox times, owners and use of keys, indices of tenants", kSecond},
      {3, "the requests of idempotency keys, an index of the audit trail by request", kThird},
      {4, "data sets, their versions and uploads", kDataSets},
      {5, "jobs, their steps and logs", kJobs},
      {6, "no guessable hashes of requests", kForgetHashes},
      {7, "when people last came or went", kPeopleChanged},
      {8, "how long jobs ran in all, and how often steps were begun in vain", kJobRuns},
  };
  return migrations;
}

}  // namespace tenantry::metastore
