"""Requests that reach for another tenant's data or the server's files: targets, headers, bodies.

OTHER is the other tenant's id, ID its data set's, UP its upload's, JOB its job's, DIR the server's
data folder. They are sent as they stand, with the credential of a scientist of the tenant acme;
each must be refused and tell nothing.
"""

# GET unless a method stands before the target.
TARGETS = """
/api/v1/tenants/OTHER
/api/v1/tenants/OTHER/datasets
/api/v1/tenants/OTHER/datasets?name=theirs
/api/v1/tenants/OTHER/datasets/ID
/api/v1/tenants/OTHER/datasets/theirs
/api/v1/tenants/OTHER/datasets/uploads
/api/v1/tenants/OTHER/datasets/uploads/UP
/api/v1/tenants/acme/datasets/ID
/api/v1/tenants/acme/datasets/theirs
/api/v1/tenants/acme/datasets/uploads/UP
/api/v1/tenants/acme/../OTHER/datasets
/api/v1/tenants/acme/./../OTHER/datasets/ID
/api/v1/tenants/acme/%2e%2e/OTHER/datasets
/api/v1/tenants/acme/%2E%2E/OTHER/datasets/ID
/api/v1/tenants/acme%2f..%2fOTHER/datasets
/api/v1/tenants/acme%2f%2e%2e%2fOTHER/datasets
/api/v1/tenants/acme/datasets/..%2f..%2fOTHER%2fdatasets%2fID
/api/v1/tenants/acme/datasets/..%2fID
/api/v1/tenants/acme/datasets/%252e%252e%252fID
/api/v1/tenants/acme/datasets/..%5c..%5cOTHER%5cdatasets%5cID
/api/v1/tenants/acme/datasets/%c0%ae%c0%ae%c0%afID
/api/v1/tenants/acme/datasets/ID%00
/api/v1/tenants/acme/datasets/%00ID
/api/v1/tenants/acme/datasets/ID%20
/api/v1/tenants/acme/datasets/ID%0a
/api/v1/tenants/acme/datasets/ID%0d%0aX-Evil:%201
/api/v1/tenants/acme/datasets/ID;tenant=OTHER
/api/v1/tenants/acme/datasets/ID?tenant=OTHER
/api/v1/tenants/acme/datasets/ID?tenantID=OTHER
/api/v1/tenants/acme/datasets/ID/
/api/v1/tenants/acme/datasets//ID
/api/v1/tenants//OTHER/datasets
/api/v1/tenants/acme;OTHER/datasets
/api/v1/tenants/acme,OTHER/datasets
/api/v1/tenants/acme%2cOTHER/datasets
/api/v1/tenants/acme%00OTHER/datasets
/api/v1/tenants/OTHER%00acme/datasets
/api/v1/tenants/OTHER%00/datasets
/api/v1/tenants/OTHER%20/datasets
/api/v1/tenants/%6fther/datasets
/api/v1/tenants/%6Fther/datasets/ID
/api/v1/tenants/O%54HER/datasets
/api/v1/tenants/OTHER%E2%80%8B/datasets
/api/v1/tenants/*/datasets
/api/v1/tenants/%/datasets
/api/v1/tenants/%25/datasets
/api/v1/tenants/_____/datasets
/api/v1/tenants/acme'%20OR%20'1'='1/datasets
/api/v1/tenants/acme%22%20OR%20%221%22=%221/datasets
/api/v1/tenants/null/datasets
/api/v1/tenants/%00/datasets
/api/v1/tenants/%ff%fe/datasets
/api/v1/tenants/tenant=OTHER/datasets
/api/v1/tenants/OTHER/users
/api/v1/tenants/OTHER/keys
/api/v1/tenants/OTHER/query
/api/v1/jobs/JOB
/api/v1/jobs/JOB/logs
/api/v1/jobs/JOB/why
/api/v1/jobs/../jobs/JOB
/api/v1/jobs/%2e%2e/jobs/JOB
/api/v1/jobs/JOB%00
/api/v1/jobs/JOB%20
/api/v1/jobs/JOB?tenant=OTHER
/api/v1/jobs/JOB;tenant=OTHER
/api/v1/jobs?tenant=OTHER
/api/v1/jobs?tenant=acme&tenant=OTHER
/api/v1/jobs?tenantID=OTHER
/api/v1/jobs/%25
/api/v1/jobs/*
/api/v1/jobs/_
/api/v1/companies/OTHER
/api/v1/companies/OTHER/history
/api/v1/companies/acme/../OTHER
/api/v1/companies/acme%2f..%2fOTHER
/api/v1/questions/3?tenant=OTHER
/api/v1/questions/1?tenant=OTHER
/api/v1/questions/..%2fOTHER
/api/v1/streams/..%2f..%2fadmin_password
/api/v1/streams/DIR
/api/v1/streams/%2e%2e
/api/v1/models
/api/v1/../../etc/passwd
/../../../../etc/passwd
/..%2f..%2f..%2fetc%2fpasswd
/%2e%2e/%2e%2e/%2e%2e/etc/passwd
/%252e%252e/%252e%252e/etc/passwd
/..%5c..%5c..%5cetc%5cpasswd
/%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd
/assets/../../../etc/passwd
/assets/..%2f..%2f..%2fetc%2fpasswd
/assets/%2e%2e/%2e%2e/admin_password
/assets/%00
/assets/index.js%00.css
/assets//etc/passwd
/DIR/admin_password
//DIR/admin_password
/file:///etc/passwd
/.git/config
/admin_password
/blob_master_key
/metastore.db
/blobs/tenant=OTHER/
DELETE /api/v1/tenants/OTHER
DELETE /api/v1/tenants/acme
DELETE /api/v1/tenants/OTHER/datasets/ID
DELETE /api/v1/tenants/acme/datasets/ID
DELETE /api/v1/tenants/acme/datasets/..%2fID
DELETE /api/v1/tenants/OTHER/datasets/uploads/UP
DELETE /api/v1/tenants/acme/datasets/uploads/UP
PUT /api/v1/tenants/OTHER/datasets/uploads/UP?offset=0
PUT /api/v1/tenants/acme/datasets/uploads/UP?offset=0
PUT /api/v1/tenants/acme/datasets/uploads/..%2fUP?offset=0
POST /api/v1/tenants/OTHER/datasets/uploads/UP/commit
POST /api/v1/tenants/acme/datasets/uploads/UP/commit
POST /api/v1/jobs/JOB/cancel
POST /api/v1/jobs/JOB/resume
POST /api/v1/jobs/JOB%00/cancel
PATCH /api/v1/tenants/OTHER
PATCH /api/v1/tenants/acme
TRACE /api/v1/tenants/OTHER/datasets
PROPFIND /api/v1/tenants/OTHER/datasets
GET http://127.0.0.1/api/v1/tenants/OTHER/datasets
GET http://OTHER/api/v1/tenants/OTHER/datasets
""".strip().splitlines()

# Headers that other servers take for who is asking or for what, on requests for the other's data.
HEADERS = [
    {"X-Tenant-ID": "OTHER"},
    {"X-TenantID": "OTHER"},
    {"tenantID": "OTHER"},
    {"ce-tenantid": "OTHER"},
    {"X-Forwarded-User": "admin"},
    {"X-Remote-User": "admin"},
    {"Remote-User": "admin"},
    {"X-User-Role": "operator_admin"},
    {"X-Forwarded-For": "127.0.0.1"},
    {"X-Real-IP": "127.0.0.1"},
    {"Forwarded": "for=127.0.0.1;host=OTHER"},
    {"X-Forwarded-Host": "OTHER"},
    {"X-HTTP-Method-Override": "DELETE"},
    {"X-Method-Override": "DELETE"},
    {"Cookie": "tenantry_session=admin; tenant=OTHER"},
    {"Referer": "http://127.0.0.1/api/v1/tenants/OTHER"},
    {"Range": "bytes=0-100"},
    {"If-Match": "*"},
    {"traceparent": "00-" + "0" * 32 + "-" + "0" * 16 + "-01"},
    {"Idempotency-Key": "../OTHER"},
]

# Bodies that a scientist posts, by path.
BODIES = [
    ("tenants/acme/datasets", {"name": "../theirs"}),
    ("tenants/acme/datasets", {"name": "/etc/passwd"}),
    ("tenants/acme/datasets", {"name": "tenant=OTHER/theirs"}),
    ("tenants/acme/datasets", {"name": "a/../../OTHER/ID"}),
    ("tenants/acme/datasets", {"name": "theirs\u0000"}),
    ("tenants/acme/datasets", {"name": "\u202etheirs"}),
    ("tenants/acme/datasets", {"name": ["theirs"]}),
    ("tenants/acme/datasets", {"name": {"$ne": ""}}),
    ("tenants/acme/datasets", {"name": "t", "tenantID": "OTHER"}),
    ("tenants/acme/datasets", {"name": "t", "dataSetID": "ID"}),
    ("tenants/acme/datasets", {"name": "t", "path": "/etc/passwd"}),
    ("tenants/acme/datasets", {"name": "t", "url": "file:///etc/passwd"}),
    ("tenants/acme/datasets", {"name": "t", "format": "csv', '/etc/passwd"}),
    ("tenants/acme/datasets", {"name": "t", "delimiter": "', header = true) --"}),
    ("tenants/acme/datasets", {"name": "t", "types": {"a": "INTEGER}), (SELECT 1"}}),
    ("tenants/acme/datasets", {"name": "t", "types": {"a": "ENUM(SELECT secret FROM theirs)"}}),
    ("tenants/acme/datasets", {"name": "t", "encoding": "../../etc/passwd"}),
    ("tenants/OTHER/datasets", {"name": "theirs"}),
    ("tenants/OTHER/query", {"sql": "FROM theirs"}),
    ("tenants/acme/query", {"sql": "FROM theirs", "tenantID": "OTHER"}),
    ("tenants/acme/query", {"sql": "SELECT 1", "format": "csv, PARTITION_BY (a)"}),
    ("tenants/acme/query", {"sql": "SELECT 1", "out": "/tmp/x"}),
    ("jobs", {"name": "n", "tenantID": "OTHER", "steps": "LOAD"}),
    ("jobs?tenant=OTHER", {"name": "n", "steps": "LOAD"}),
    ("jobs/dry-run?tenant=OTHER", {"name": "n", "steps": "LOAD"}),
    ("jobs/dry-run", {"name": "n", "tenantID": "OTHER", "steps": "LOAD"}),
    ("jobs", {"name": "n", "userID": "admin", "steps": "LOAD"}),
    ("jobs", {"name": "n", "owner": "OTHER", "steps": "LOAD"}),
    ("jobs", {"name": "n", "steps": [{"name": "../a", "kind": "load", "sql": "SELECT 1"}]}),
    ("jobs", {"name": "n", "steps": [{"name": "a/b", "kind": "load", "sql": "SELECT 1"}]}),
    ("jobs", {"name": "n", "steps": [{"name": "a", "kind": "shell", "sql": "ls"}]}),
    ("jobs", {"name": "n", "steps": [{"name": "a", "kind": "load", "file": "/etc/passwd"}]}),
    ("jobs", {"name": "n", "steps": "PERSIST ../theirs"}),
    ("jobs", {"name": "n", "steps": "PERSIST /etc/passwd"}),
    ("jobs", {"name": "n", "steps": "PERSIST OTHER.theirs"}),
    ("jobs", {"name": "n", "steps": "PERSIST a b"}),
    ("sessions", {"userID": "admin", "password": "", "tenantID": "OTHER"}),
    ("sessions", {"userID": "admin' --", "password": "x"}),
    ("keys", {"kind": "bearer", "role": "operator_admin"}),
    ("keys", {"kind": "bearer", "role": "scientist", "tenantID": "OTHER"}),
    ("tenants", {"tenantID": "mine-too", "name": "x"}),
    ("tenants/OTHER/keys", {"kind": "bearer", "role": "scientist"}),
    ("tenants/acme/keys", {"kind": "bearer", "role": "tenant_admin"}),
    ("tenants/OTHER/users", {"userID": "me", "password": "x" * 20, "role": "tenant_admin"}),
    ("tenants/acme/users", {"userID": "me", "password": "x" * 20, "role": "tenant_admin"}),
]
