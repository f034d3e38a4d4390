"""Ways out of a tenant, tried one by one: SQL in queries and jobs, requests, headers, bodies."""

import concurrent.futures
import http.client
import json
import re
from urllib.parse import urlsplit

import pytest

from hostile import statements, targets
from test_data import SECRET, Tenant

STEPS_A_SPEC = 50
QUERIES_AT_ONCE = 2  # as many as one tenant may have (lake.queries_per_tenant_max)


class Target:
    """What is reached for: the tenant "other", its data, and the server's files."""

    def __init__(self, operator):
        self.mine, self.theirs = Tenant(operator, "acme"), Tenant(operator, "other")
        self.operator = operator
        assert self.mine.put(b"id,v\n1,a\n", "mine")["state"] == "done"
        assert self.theirs.put(f"secret\n{SECRET}\n".encode(), "theirs")["state"] == "done"
        self.id = self.theirs.request("GET", "/datasets").json()["items"][0]["dataSetID"]
        self.upload = self.theirs.begin("next")
        body = {"name": SECRET, "steps": [{"name": "a", "kind": "load", "sql": "FROM theirs"}]}
        self.job = self.ended(self.theirs, body)["jobID"]
        self.folder = str(operator.folder)
        names = {"THEIRS": "theirs", "OTHER": "other", "ID": self.id}
        names |= {"DIR": self.folder, "JOB": self.job, "UP": self.upload}
        self.names = names
        self.word = re.compile("|".join(rf"(?<![A-Za-z]){name}(?![A-Za-z])" for name in names))

    def fill(self, text):
        return self.word.sub(lambda found: self.names[found[0]], text)

    def ask(self, method, target, headers=None, body=None):
        """One request whose target is sent as it stands; status and answer."""
        where = urlsplit(self.operator.url)
        connection = http.client.HTTPConnection(where.hostname, where.port, timeout=60)
        headers = {"Authorization": "Bearer " + self.mine.token, **(headers or {})}
        connection._validate_path = lambda path: None  # also what no client should send
        connection.request(method, target, body=body, headers=headers)
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        connection.close()
        return answer.status, text

    def post(self, path, body):
        headers = {"Content-Type": "application/json"}
        return self.ask("POST", "/api/v1/" + path, headers, json.dumps(body))

    def ended(self, tenant, body):
        headers = {"Authorization": "Bearer " + tenant.token}
        made = tenant.server.request("POST", "/api/v1/jobs", json=body, headers=headers)
        assert made.status_code == 201, made.text
        path = "/api/v1/jobs/" + made.json()["jobID"]
        look = lambda: tenant.server.request("GET", path, headers=headers).json()
        tenant.server.wait_for("a job", lambda: look()["finished"])
        return look()

    def check_quiet(self, what, text):
        assert SECRET not in text and "root:" not in text, (what, text[:300])
        if self.folder not in what:
            assert self.folder not in text, (what, text[:300])

    def check_unharmed(self):
        assert self.mine.query("FROM mine", "csv").text == "id,v\n1,a\n"
        assert self.theirs.query("FROM theirs", "csv").text == f"secret\n{SECRET}\n"
        assert self.theirs.request("GET", f"/datasets/uploads/{self.upload}").json()["bytes"] == 0
        tenants = self.operator.get("/api/v1/tenants").json()["items"]
        assert sorted(one["tenantID"] for one in tenants) == ["acme", "other"]
        for tenant in ("acme", "other"):
            keys = self.operator.get(f"/api/v1/tenants/{tenant}/keys").json()["items"]
            assert len(keys) == 1, keys


@pytest.fixture
def target(running):
    return Target(running.log_in())


def test_there_are_300_ways_and_more():
    assert len(set(statements.STATEMENTS)) >= 400
    assert len(set(targets.TARGETS)) >= 100


def test_no_sql_reaches_for_more_than_the_tenants_own(target):
    def ask(line):
        return target.fill(line), target.mine.query(target.fill(line))

    with concurrent.futures.ThreadPoolExecutor(QUERIES_AT_ONCE) as pool:
        asked = [line for at, line in enumerate(statements.STATEMENTS) if at % 3]
        for sql, answer in pool.map(ask, asked):
            assert answer.status_code in (400, 403), (sql, answer.status_code, answer.text[:300])
            assert len(answer.json()["detail"]) > 10, (sql, answer.text)
            target.check_quiet(sql, answer.text)
    target.check_unharmed()


def step(number, sql):
    return {"name": f"s{number}", "kind": "load", "sql": sql}


def check_dry_run(target, sqls):
    """Each is refused by itself; a fault of the whole specification is found by halves."""
    steps = [step(number, sql) for number, sql in enumerate(sqls)]
    status, text = target.post("jobs/dry-run", {"name": "n", "steps": steps})
    assert status == 200, text
    target.check_quiet(" ".join(sqls), text)
    dry = json.loads(text)
    assert dry["valid"] is False, sqls
    if not dry["steps"] and len(sqls) > 1:
        middle = len(sqls) // 2
        check_dry_run(target, sqls[:middle])
        check_dry_run(target, sqls[middle:])
    elif dry["steps"]:
        wrong = {problem["step"] for problem in dry["problems"]}
        assert wrong == {one["name"] for one in steps}, [sqls, dry["problems"]]


def test_a_dry_run_of_a_job_refuses_the_rest(target):
    sqls = [target.fill(line) for line in statements.STATEMENTS[::3]]
    for at in range(0, len(sqls), STEPS_A_SPEC):
        check_dry_run(target, sqls[at : at + STEPS_A_SPEC])
    assert len(target.operator.get("/api/v1/jobs").json()["items"]) == 1


def test_a_job_that_runs_reaches_no_further(target):
    for line in statements.STATEMENTS[1::9]:
        sql = target.fill(line)
        body = {"name": "n", "steps": [step(0, sql)]}
        status, text = target.post("jobs", body)
        if status == 400:
            target.check_quiet(sql, text)
            continue
        assert status == 201, (sql, text)
        path = "/api/v1/jobs/" + json.loads(text)["jobID"]
        look = lambda: json.loads(target.ask("GET", path)[1])
        target.operator.wait_for("a job", lambda: look()["finished"])
        assert look()["status"] == "failed", sql
        target.check_quiet(sql, look()["error"] + target.ask("GET", path + "/logs")[1])
    target.check_unharmed()


def test_no_request_reaches_for_anothers_data_or_a_file(target):
    for line in targets.TARGETS:
        method, _, rest = line.rpartition(" ")
        asked = target.fill(rest)
        status, text = target.ask(method or "GET", asked, body="x" if method == "PUT" else None)
        assert 400 <= status < 500 or (status == 501 and method not in ("", "GET")), (
            line,
            status,
            text[:300],
        )
        target.check_quiet(asked, text)
    target.check_unharmed()


def test_no_header_makes_somebody_else_of_the_caller(target):
    for headers in targets.HEADERS:
        filled = {name: target.fill(value) for name, value in headers.items()}
        for path in (f"datasets/{target.id}", "datasets", f"datasets/uploads/{target.upload}"):
            asked = f"/api/v1/tenants/other/{path}"
            status, text = target.ask("GET", asked, filled)
            assert status == 404, (headers, path, status, text[:300])
            target.check_quiet(asked, text)
        status, text = target.ask("GET", "/api/v1/tenants/acme/datasets", filled)
        assert status == 200 and target.id not in text, (headers, text[:300])
    target.check_unharmed()


def test_no_body_reaches_further(target):
    load = [step(0, "SELECT 1")]
    for path, body in targets.BODIES:
        body = json.loads(target.fill(json.dumps(body)))
        steps = body.get("steps")
        if steps == "LOAD":
            body["steps"] = load
        elif isinstance(steps, str):
            name = steps.removeprefix("PERSIST ")
            body["steps"] = [{**load[0], "kind": "persist", "dataSet": name}]
        status, text = target.post(target.fill(path), body)
        told_in_the_answer = status == 200 and json.loads(text).get("valid") is False
        assert 400 <= status < 500 or told_in_the_answer, (path, body, status, text[:300])
        target.check_quiet(path, text)
    target.check_unharmed()
