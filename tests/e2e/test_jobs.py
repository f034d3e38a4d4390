# Larger than 500 lines: all that users see of jobs, with one way of submitting and waiting.
"""Batch jobs as their users see them: right results, through kills, cancels and hostile SQL."""

import concurrent.futures
import datetime
import json
import threading
import time

import pytest
import requests

ENDLESS = "SELECT sum(a.range + b.range + c.range) AS s FROM " + ", ".join(
    f"range(10000) {name}" for name in "abc"
)


def spec(*steps, name="test"):
    return {"name": name, "steps": list(steps)}


def step(name, sql=None, kind="load", **fields):
    return {"name": name, "kind": kind, **({"sql": sql} if sql else {}), **fields}


def four_steps(data_set="sums"):
    return spec(
        step("numbers", "SELECT range AS n FROM range(100000)"),
        step("odd", "SELECT n, n * n AS square FROM numbers WHERE n % 2 = 1", "transform"),
        step("sums", "SELECT sum(n) AS n, sum(square) AS square FROM odd", "process"),
        step("keep", None, "persist", dataSet=data_set, after=["sums"]),
    )


ODD = range(1, 100000, 2)
FOUR_STEPS_GIVE = {"n": sum(ODD), "square": sum(n * n for n in ODD)}


class Person:
    """Somebody with a key: speaks to whatever address the server has now."""

    def __init__(self, server, token):
        self.server, self.token = server, token

    def request(self, method, path, body=None, **options):
        headers = {"Authorization": "Bearer " + self.token, **options.pop("headers", {})}
        return requests.request(
            method, self.server.url + path, json=body, headers=headers, timeout=60, **options
        )

    def get(self, path, **params):
        return self.request("GET", path, params=params)

    def submit(self, body, **options):
        answer = self.request("POST", "/api/v1/jobs", body, **options)
        assert answer.status_code == 201, answer.text
        return answer.json()["jobID"]

    def job(self, job_id):
        answer = self.get("/api/v1/jobs/" + job_id)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def wait(self, job_id, true=lambda job: job["finished"] is not None):
        deadline, waiting = time.monotonic() + 60, threading.Event()
        while not true(job := self.job(job_id)):
            assert time.monotonic() < deadline, job
            waiting.wait(0.005)
        return job

    def ended(self, body):
        return self.wait(self.submit(body))

    def rows(self, sql):
        """The one value that `sql` answers, as text: told by the error of a job that fails."""
        told = self.ended(spec(step("a", f"SELECT error('<' || ({sql}) || '>') AS x")))["error"]
        return told[told.index("<") + 1 : told.rindex(">")]


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def add_tenant(server, tenant):
    answer = server.post("/api/v1/tenants", {"tenantID": tenant, "name": tenant})
    assert answer.status_code in (201, 409), answer.text
    key = server.post(f"/api/v1/tenants/{tenant}/keys", {"kind": "bearer", "role": "scientist"})
    assert key.status_code == 201, key.text
    return Person(server, key.json()["secret"])


@pytest.fixture
def running(start_server):
    return start_server().log_in()


@pytest.fixture
def ann(running):
    return add_tenant(running, "acme")


def check_four_steps(person, job, data_set="sums", version=1):
    assert job["status"] == "succeeded", job["error"]
    assert job["steps"][3]["dataSetVersion"] == version
    found = person.rows(f"SELECT n || ' ' || square FROM {data_set}")
    assert found == "{n} {square}".format(**FOUR_STEPS_GIVE)


def events_of(server, job_id):
    """A job's events on the stream, in order; one that a crash let be sent twice is one event."""
    url = server.url + "/api/v1/streams/bigdatajobs?from=oldest"
    found = {}
    with requests.get(url, headers=server.session.headers, stream=True, timeout=10) as stream:
        for line in stream.iter_lines(decode_unicode=True):
            if not line or not line.startswith("data:"):
                continue
            event = json.loads(line[5:])
            if event.get("data", {}).get("jobID") == job_id and ".job." in event["type"]:
                found.setdefault(event["id"], event)
                if event["type"].endswith(("succeeded", "failed", "cancelled")):
                    return list(found.values())
    raise AssertionError(f"no end among {found}")


def test_a_job_of_four_steps_gives_the_right_result_and_tells_what_it_used(running, ann):
    job = ann.ended(four_steps())
    check_four_steps(ann, job)
    assert [s["use"]["rows"] for s in job["steps"]] == [100000, 50000, 1, 1]
    assert job["use"]["cpuSeconds"] > 0 and job["use"]["peakMemoryBytes"] > 1 << 20
    assert job["use"]["bytesRead"] > 0 and job["use"]["bytesWritten"] > 0
    events = events_of(running, job["jobID"])
    assert [event["type"].rsplit(".", 1)[1] for event in events] == [
        "submitted",
        "started",
        "succeeded",
    ]
    assert events[0]["data"]["nbJobs"] == 1
    assert events[2]["data"]["steps"] == 4 and events[2]["data"]["rows"] == 1
    assert events[2]["data"]["cpuSeconds"] == job["use"]["cpuSeconds"]
    again = ann.ended(four_steps())
    check_four_steps(ann, again, version=2)
    log = ann.get(f"/api/v1/jobs/{job['jobID']}/logs").json()
    assert log["ended"] and [line["number"] for line in log["items"]] == list(
        range(1, log["last"] + 1)
    )
    assert log["items"][-1]["text"] == "succeeded"


def test_a_job_goes_on_where_it_was_whenever_the_server_is_killed(running, ann):
    """Killed once in every step and once behind each; and once before it began."""
    slow = "(SELECT count(*) FROM range(30000000) WHERE hash(range) % 7 = 0)"
    steps = [
        step("a", f"SELECT 1 AS n, {slow} AS c"),
        step("b", f"SELECT n + 1 AS n, {slow} AS c FROM a", "transform"),
        step("c", f"SELECT n + 1 AS n, {slow} AS c FROM b", "process"),
        step("d", f"SELECT n + 1 AS n, {slow} AS c FROM c", "persist", dataSet="out"),
    ]
    job_id = ann.submit(spec(*steps))
    running.restart().log_in()
    for number in range(4):
        ann.wait(job_id, lambda job: job["steps"][number]["status"] in ("running", "succeeded"))
        running.restart().log_in()
        ann.wait(job_id, lambda job: job["steps"][number]["status"] == "succeeded")
        running.restart().log_in()
    job = ann.wait(job_id)
    assert job["status"] == "succeeded", job["error"]
    assert job["steps"][3]["dataSetVersion"] == 1
    assert ann.rows("SELECT n FROM out") == "4"
    # A step that had succeeded before a kill was not run again after it.
    assert all(s["attempts"] <= 3 for s in job["steps"]), job["steps"]
    events = [event["type"].rsplit(".", 1)[1] for event in events_of(running, job_id)]
    assert events == ["submitted", "started", "succeeded"]


def test_what_was_published_is_published_once_though_the_server_was_killed_at_that_moment(
    running, ann
):
    """Killed at moments all over a short job's life; each job publishes one version."""
    seen = 0
    for attempt in range(12):
        job_id = ann.submit(spec(step("a", "SELECT 7 AS n", "persist", dataSet="once")))
        threading.Event().wait(0.02 * attempt)
        running.restart().log_in()
        job = ann.wait(job_id)
        assert job["status"] == "succeeded", job["error"]
        seen += 1
        assert job["steps"][0]["dataSetVersion"] == seen


def test_an_orderly_stop_leaves_a_job_that_goes_on(running, ann):
    job_id = ann.submit(spec(step("a", "SELECT 1 AS n"), step("b", ENDLESS, after=["a"])))
    ann.wait(job_id, lambda job: job["steps"][1]["status"] == "running")
    assert running.stop() == 0
    running.start().log_in()
    job = ann.wait(job_id, lambda job: job["steps"][1]["attempts"] == 2)
    assert job["steps"][0]["attempts"] == 1
    assert ann.request("POST", f"/api/v1/jobs/{job_id}/cancel").status_code == 200


def test_cancel_stops_a_job_within_a_second_or_so(running, ann):
    job_id = ann.submit(spec(step("a", ENDLESS)))
    ann.wait(job_id, lambda job: job["steps"][0]["status"] == "running")
    begun = time.monotonic()
    assert ann.request("POST", f"/api/v1/jobs/{job_id}/cancel").json()["cancelRequested"]
    assert ann.wait(job_id)["status"] == "cancelled"
    assert time.monotonic() - begun < 3
    again = ann.request("POST", f"/api/v1/jobs/{job_id}/cancel")
    assert again.status_code == 409 and "was cancelled" in again.json()["detail"]
    assert [event["type"].rsplit(".", 1)[1] for event in events_of(running, job_id)] == [
        "submitted",
        "started",
        "cancelled",
    ]


def test_a_failed_job_is_resumed_behind_the_steps_that_succeeded(running, ann):
    job = ann.ended(spec(step("a", "SELECT 1 AS n"), step("b", "SELECT n, m FROM a, missing")))
    assert job["status"] == "failed" and "step 'b'" in job["error"] and "missing" in job["error"]
    assert ann.ended(spec(step("a", "SELECT 2 AS m", "persist", dataSet="missing")))["finished"]
    assert ann.request("POST", f"/api/v1/jobs/{job['jobID']}/resume").status_code == 200
    job = ann.wait(job["jobID"])
    assert job["status"] == "succeeded", job["error"]
    assert [s["attempts"] for s in job["steps"]] == [1, 2]
    log = ann.get(f"/api/v1/jobs/{job['jobID']}/logs").json()["items"]
    moments = {line["text"]: moment(line["time"]) for line in log}
    between = moments["resumed"] - max(t for text, t in moments.items() if "failed:" in text)
    assert 0 < job["durationSeconds"] <= moment(job["finished"]) - moment(job["started"]) - between


def test_a_value_in_a_job_s_error_stands_in_no_event(running, ann):
    job = ann.ended(spec(step("a", "SELECT error('boom ' || 'treas' || 'ure') AS x")))
    assert "boom treasure" in job["error"], "the job itself tells it"
    failed = events_of(running, job["jobID"])[-1]
    assert failed["type"] == "io.tenantry.job.failed" and "treasure" not in json.dumps(failed)


def test_waiting_jobs_say_why_and_a_tenant_does_not_keep_others_from_running(start_server):
    running = start_server(None, "--jobs.running_per_tenant_max", "1").log_in()
    ann, bob = add_tenant(running, "acme"), add_tenant(running, "beta")
    first = ann.submit(spec(step("a", ENDLESS)))
    second = ann.submit(spec(step("a", "SELECT 1 AS n")))
    ann.wait(first, lambda job: job["status"] == "running")
    why = ann.get(f"/api/v1/jobs/{second}/why").json()
    assert why["status"] == "queued" and "as many as may" in why["why"], why
    assert bob.ended(spec(step("a", "SELECT 1 AS n")))["status"] == "succeeded"
    assert ann.job(second)["status"] == "queued"
    ann.request("POST", f"/api/v1/jobs/{first}/cancel")
    assert ann.wait(second)["status"] == "succeeded"


def test_jobs_of_a_suspended_tenant_wait_until_it_is_active_again(start_server, tenantry):
    running = start_server(None, "--jobs.running_per_tenant_max", "1").log_in()
    ann, bob = add_tenant(running, "acme"), add_tenant(running, "beta")
    runs = ann.submit(spec(step("a", ENDLESS)))
    waits, resumed = (ann.submit(spec(step("a", "SELECT 1 AS n"))) for _ in range(2))
    ann.wait(runs, lambda job: job["status"] == "running")
    ann.request("POST", f"/api/v1/jobs/{resumed}/cancel")
    tenant = "/api/v1/tenants/acme"
    assert running.request("PATCH", tenant, json={"status": "suspended"}).status_code == 200
    assert running.post(f"/api/v1/jobs/{resumed}/resume").status_code == 200
    running.kill()
    running.restart()
    assert bob.ended(spec(step("a", "SELECT 1 AS n")))["status"] == "succeeded", "behind all"
    for job_id, word in ((runs, "goes on"), (waits, "starts"), (resumed, "starts")):
        why = running.get(f"/api/v1/jobs/{job_id}/why").json()
        assert "its tenant is suspended: it " + word in why["why"] and not why["expectedStart"]
    token = running.session.headers["Authorization"].split()[1]
    env = {"TENANTRY_SERVER": running.url, "TENANTRY_TOKEN": token}
    told = tenantry("jobs", "why", waits, env=env).stdout
    assert "its tenant is suspended: it starts once the tenant is active again" in told
    cancelled = running.post(f"/api/v1/jobs/{runs}/cancel").json()
    assert cancelled["status"] == "cancelled", "nobody runs it"
    assert running.request("PATCH", tenant, json={"status": "active"}).status_code == 200
    for job_id in (waits, resumed):
        assert ann.wait(job_id)["status"] == "succeeded"
    assert running.request("PATCH", tenant, json={"status": "suspended"}).status_code == 200
    assert running.request("DELETE", tenant).status_code == 204


def test_more_jobs_than_may_wait_are_refused(start_server):
    running = start_server(
        None, "--jobs.waiting_per_tenant_max", "2", "--jobs.running_per_tenant_max", "1"
    ).log_in()
    ann = add_tenant(running, "acme")
    blocking = ann.submit(spec(step("a", ENDLESS)))
    ann.wait(blocking, lambda job: job["status"] == "running")
    for _ in range(2):
        ann.submit(spec(step("a", "SELECT 1 AS n")))
    answer = ann.request("POST", "/api/v1/jobs", spec(step("a", "SELECT 1 AS n")))
    assert answer.status_code == 429 and "jobs.waiting_per_tenant_max" in answer.json()["detail"]
    assert int(answer.headers["Retry-After"]) > 0


def test_racing_submits_with_one_key_make_one_job(running, ann):
    def submit(_):
        return ann.request(
            "POST",
            "/api/v1/jobs",
            spec(step("a", "SELECT 1 AS n")),
            headers={"Idempotency-Key": "k1"},
        )

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(submit, range(16)))
    assert {a.status_code for a in answers} <= {201, 409}, [a.text for a in answers]
    assert len({a.json()["jobID"] for a in answers if a.status_code == 201}) == 1
    assert len(ann.get("/api/v1/jobs").json()["items"]) == 1
    other = ann.request(
        "POST",
        "/api/v1/jobs",
        spec(step("a", "SELECT 2 AS n")),
        headers={"Idempotency-Key": "k1"},
    )
    assert other.status_code == 422


def test_tenants_see_their_own_jobs_alone(running, ann):
    bob = add_tenant(running, "beta")
    job_id = ann.submit(spec(step("a", "SELECT 1 AS n", "persist", dataSet="secret")))
    ann.wait(job_id)
    for path in ("", "/logs", "/why"):
        theirs = bob.get(f"/api/v1/jobs/{job_id}{path}")
        absent = bob.get(f"/api/v1/jobs/{job_id[:-1]}x{path}")
        assert theirs.status_code == absent.status_code == 404
    for verb in ("cancel", "resume"):
        assert bob.request("POST", f"/api/v1/jobs/{job_id}/{verb}").status_code == 404
    assert bob.get("/api/v1/jobs").json()["items"] == []
    assert bob.get("/api/v1/jobs", tenant="acme").status_code == 404
    body = {**spec(step("a", "SELECT 1")), "tenantID": "acme"}
    stolen = bob.request("POST", "/api/v1/jobs", body)
    assert stolen.status_code == 404
    job = bob.ended(spec(step("a", "SELECT * FROM secret")))
    assert job["status"] == "failed" and "neither a data set nor" in job["error"]
    assert running.get("/api/v1/jobs", tenant="acme").json()["items"][0]["jobID"] == job_id
    assert running.get("/api/v1/jobs", status="failed").json()["items"][0]["tenantID"] == "beta"
    nobody = requests.get(running.url + "/api/v1/jobs", timeout=10)
    assert nobody.status_code == 401


def test_the_operator_sees_jobs_but_reads_no_data_through_one(running, ann):
    ann.wait(ann.submit(spec(step("a", "SELECT 'treasure' AS t", "persist", dataSet="secret"))))
    told = spec(step("a", "SELECT error(t) AS x FROM secret"))
    for path in ("/api/v1/jobs", "/api/v1/jobs/dry-run"):
        for body, where in (({**told, "tenantID": "acme"}, ""), (told, "?tenant=acme"), (told, "")):
            answer = running.post(path + where, body)
            assert answer.status_code == 403 and "treasure" not in answer.text
            assert "may not see or change the data of a tenant" in answer.json()["detail"]
    assert len(running.get("/api/v1/jobs", tenant="acme").json()["items"]) == 1
    endless = ann.submit(spec(step("a", ENDLESS)))
    assert running.post(f"/api/v1/jobs/{endless}/cancel").status_code == 200
    assert ann.wait(endless)["status"] == "cancelled"


HOSTILE = [
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_csv('/etc/hosts')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM read_blob('../../../metastore.db')",
    "SELECT * FROM read_parquet('http://127.0.0.1:1/x')",
    "SELECT * FROM read_csv('https://example.com/x')",
    "SELECT * FROM read_parquet('s3://bucket/x')",
    "SELECT getenv('HOME')",
    "SET memory_limit = '1TB'",
    "PRAGMA enable_external_access",
    "INSTALL httpfs",
    "LOAD httpfs",
    "ATTACH '/tmp/x.db' AS x",
    "COPY (SELECT 1) TO '/tmp/x.csv'",
    "CREATE TABLE x AS SELECT 1",
    "CALL enable_logging(storage = 'file')",
    "EXPORT DATABASE '/tmp/x'",
    "CREATE SECRET s (TYPE s3)",
]


def test_hostile_sql_fails_and_harms_nobody(running, ann):
    ids = [ann.submit(spec(step("a", sql), name=sql[:40])) for sql in HOSTILE]
    for sql, job_id in zip(HOSTILE, ids):
        job = ann.wait(job_id)
        assert job["status"] == "failed", sql
        assert "root:" not in job["error"] and str(running.folder) not in job["error"], job["error"]
    for sql in ("SELECT 1; SELECT 2", "SELECT 1) TO '/tmp/x' (FORMAT csv); SELECT (1"):
        answer = ann.request("POST", "/api/v1/jobs", spec(step("a", sql)))
        assert answer.status_code == 400 and "more than one statement" in answer.json()["detail"]
    check_four_steps(ann, ann.ended(four_steps()))


def test_endless_and_enormous_sql_is_ended(start_server):
    running = start_server(
        None,
        "--jobs.step_time_max",
        "1s",
        "--jobs.step_memory_max",
        "128MiB",
        "--jobs.step_spill_max",
        "1MiB",
        "--jobs.step_result_bytes_max",
        "64KiB",
    ).log_in()
    ann = add_tenant(running, "acme")
    enormous = {
        ENDLESS: "longer than 1s",
        "SELECT length(repeat('x', 3000000000))": "",
        "SELECT DISTINCT range, md5(range::TEXT) FROM range(20000000)": "",
        "SELECT random() AS x FROM range(500000)": "",
    }
    ids = {sql: ann.submit(spec(step("a", sql), name="big")) for sql in enormous}
    for sql, told in enormous.items():
        job = ann.wait(ids[sql])
        assert job["status"] == "failed" and told in job["error"], (sql, job["error"])
        assert str(running.folder) not in job["error"], job["error"]
    assert ann.ended(spec(step("a", "SELECT 1 AS n")))["status"] == "succeeded"
    assert running.get("/readyz").status_code == 200


WRONG_SPECS = [
    ({"steps": []}, "name is missing"),
    (spec(), "there are no steps"),
    (spec(step("a", "SELECT 1", "laod")), "did you mean 'load'"),
    (spec(step("a", "SELECT 1", stepz=1)), "there is no field 'stepz'"),
    (spec(step("a", "SELECT 1"), step("A", "SELECT 1")), "another step has that name"),
    (spec(step("a", "SELECT 1", after=["b"])), "'b', which is no step"),
    (
        spec(step("a", "SELECT 1", after=["b"]), step("b", "SELECT 1", after=["a"])),
        "the steps wait for each other",
    ),
    (spec(step("a", "SELECT 1", "persist")), "dataSet is missing"),
    (spec(*[step(f"s{i}", "SELECT 1") for i in range(65)]), "at most 64"),
    (spec(step("a", "SELECT '" + "x" * 70000 + "'")), "jobs.sql_bytes_max"),
]


def test_wrong_specifications_are_told_what_is_wrong(running, ann):
    for body, told in WRONG_SPECS:
        answer = ann.request("POST", "/api/v1/jobs", body)
        assert answer.status_code == 400 and told in answer.json()["detail"], answer.text
        assert "line " in answer.json()["detail"] or "jobs." in answer.json()["detail"]
        dry = ann.request("POST", "/api/v1/jobs/dry-run", body).json()
        assert dry["valid"] is False and any(told in p["detail"] for p in dry["problems"]), dry
    wrong = requests.post(
        running.url + "/api/v1/jobs",
        data="x",
        headers={"Authorization": "Bearer " + ann.token, "Content-Type": "text/plain"},
        timeout=10,
    )
    assert wrong.status_code == 415
    assert ann.get("/api/v1/jobs").json()["items"] == []


def test_a_dry_run_checks_against_the_data_sets_and_runs_nothing(running, ann):
    ann.ended(four_steps())
    dry = ann.request(
        "POST",
        "/api/v1/jobs/dry-run",
        spec(
            step("good", "SELECT n + 1 AS m, square::DOUBLE AS s FROM sums"),
            step("wrong", "SELECT nothing FROM good"),
            step("absent", "SELECT * FROM summs"),
        ),
    ).json()
    assert dry["valid"] is False
    assert [problem["step"] for problem in dry["problems"]] == ["wrong", "absent"]
    assert "did you mean 'sums'" in dry["problems"][1]["detail"], dry
    assert dry["steps"][0]["dataSets"] == ["sums"]
    assert [column["name"] for column in dry["steps"][0]["columns"]] == ["m", "s"]
    assert len(ann.get("/api/v1/jobs").json()["items"]) == 1
    good = ann.request("POST", "/api/v1/jobs/dry-run", four_steps()).json()
    assert good["valid"] is True and good["problems"] == []


def test_the_command_line_submits_follows_lists_and_explains(running, ann, tenantry, tmp_path):
    env = {"TENANTRY_SERVER": running.url, "TENANTRY_TOKEN": ann.token}
    (tmp_path / "good.toml").write_text(
        'name = "from a file"\n[[steps]]\nname = "a"\nkind = "load"\nsql = "SELECT 42 AS n"\n'
        '[[steps]]\nname = "keep"\nkind = "persist"\ndataSet = "answer"\nafter = ["a"]\n'
    )
    (tmp_path / "bad.json").write_text(json.dumps(spec(step("a", "SELECT x FROM nowhere"))))
    waited = tenantry("jobs", "submit", "good.toml", "--wait", "--json", env=env)
    assert waited.returncode == 0, waited.stderr
    job = json.loads(waited.stdout)
    assert job["status"] == "succeeded" and "keep: succeeded" in waited.stderr
    failed = tenantry("jobs", "submit", "bad.json", "--wait", env=env)
    assert failed.returncode == 1 and "neither a data set" in failed.stderr
    listed = tenantry("jobs", "list", "--json", env=env)
    assert [json.loads(line)["status"] for line in listed.stdout.splitlines()] == [
        "failed",
        "succeeded",
    ]
    assert "from a file" in tenantry("jobs", "list", env=env).stdout
    shown = tenantry("jobs", "show", job["jobID"], env=env)
    assert shown.returncode == 0 and "answer, version 1" in shown.stdout
    logs = tenantry("jobs", "logs", job["jobID"], "--follow", env=env)
    assert "submitted with 2 steps" in logs.stdout
    why = tenantry("jobs", "why", job["jobID"], env=env)
    assert why.returncode == 0 and "it succeeded" in why.stdout
    assert tenantry("jobs", "cancel", job["jobID"], env=env).returncode == 1
    assert tenantry("jobs", "show", "nothing", env=env).returncode == 5
    dry = tenantry("jobs", "dry-run", "bad.json", env=env)
    assert dry.returncode == 1 and "step 'a'" in dry.stderr
    assert tenantry("jobs", "dry-run", "good.toml", env=env).returncode == 0
    (tmp_path / "wrong.toml").write_text("name = ")
    wrong = tenantry("jobs", "submit", "wrong.toml", env=env)
    assert wrong.returncode == 2 and "line 1" in wrong.stderr


def test_a_deleted_tenant_leaves_no_job_behind(running, ann):
    job_id = ann.submit(spec(step("a", "SELECT 1 AS n")))
    ann.wait(job_id)
    runs = ann.submit(spec(step("a", ENDLESS)))
    ann.wait(runs, lambda job: job["status"] == "running")
    assert running.request("DELETE", "/api/v1/tenants/acme").status_code == 204
    for gone in (job_id, runs):
        assert running.get("/api/v1/jobs/" + gone).status_code == 404
