"""A day of a Facebook cluster as real jobs of three tenants: sizes scaled down, time sped up.

How much of it is run: FACEBOOK_JOBS of the day's 5,894 jobs (40), spread over the day, in
FACEBOOK_SECONDS (10), which read, shuffle and write FACEBOOK_BYTES (8000000)
together.
"""

import datetime
import hashlib
import math
import os
import threading
import time

import pytest

from test_data import Tenant

JOBS = int(os.environ.get("FACEBOOK_JOBS", "40"))
SECONDS = float(os.environ.get("FACEBOOK_SECONDS", "10"))
BYTES = int(os.environ.get("FACEBOOK_BYTES", "8000000"))
DAY_SECONDS = 86_400
ROW_BYTES = 64  # an id of 8 bytes and 56 characters
TENANTS = {"news": 4, "ads": 2, "search": 1}  # and their parts of the jobs
RUNNERS, RUNNING_MAX, WAITING_MAX = 3, 2, 6
BUSY_SECONDS = 0.2
BLUR_SECONDS = 0.1


class TraceJob:
    """A line of the trace, scaled: when it comes, and rows read, shuffled and written."""

    def __init__(self, number, fields, factor):
        self.due = int(fields[1]) * SECONDS / DAY_SECONDS
        owners = [name for name, part in TENANTS.items() for _ in range(part)]
        self.tenant = owners[int(hashlib.sha256(fields[0].encode()).hexdigest(), 16) % len(owners)]
        self.name = f"{self.tenant}_{number}"
        rows = [math.ceil(int(size) / factor / ROW_BYTES) for size in fields[3:6]]
        # Nothing is made of nothing: who reads no data reads one row.
        self.read, self.shuffled, self.written = max(rows[0], 1), rows[1], rows[2]
        self.id = None

    def steps(self):
        """Each reads what the one before it wrote; none when the trace has no shuffle."""
        steps = [step("load", "load", f"SELECT id, v FROM source WHERE id < {self.read}")]
        before, there = "load", self.read
        if self.shuffled:
            steps.append(step("shuffle", "transform", spread(before, there, self.shuffled)))
            before, there = "shuffle", self.shuffled
        keep = step("keep", "persist", spread(before, there, self.written))
        return [*steps, {**keep, "dataSet": self.name}]

    def rows(self):
        return [self.read, *([self.shuffled] if self.shuffled else []), self.written]

    def right_rows(self):
        """SQL that counts the rows of the result that are what they have to be."""
        if self.shuffled:
            between = f"(r.id % {self.shuffled})"
            row, text = f"{between} % {self.read}", mixed(mixed("s.v", between), "r.id")
        else:
            row, text = f"r.id % {self.read}", mixed("s.v", "r.id")
        return (
            f"SELECT '{self.name}' AS name, count(*) AS n FROM {self.name} r JOIN source s"
            f" ON s.id = {row} WHERE r.v = {text}"
        )


def step(name, kind, sql):
    return {"name": name, "kind": kind, "sql": sql}


def mixed(text, number):
    """A text that no other row has, so that files are as large as their rows are many."""
    return f"left(sha256({text} || {number}), 56)"


def spread(table, there, wanted):
    return (
        f"SELECT r.range AS id, {mixed('t.v', 'r.range')} AS v FROM range({wanted}) r"
        f" JOIN {table} t ON t.id = r.range % {there}"
    )


@pytest.fixture(scope="module")
def trace(test_data):
    lines = (test_data / "facebook_jobs" / "FB-2009_samples_24_times_1hr_0.tsv").read_text()
    day = [line.split("\t") for line in lines.splitlines()]
    assert len(day) == 5894
    chosen = [day[number * len(day) // JOBS] for number in range(JOBS)]
    factor = sum(int(size) for fields in chosen for size in fields[3:6]) / BYTES
    return [TraceJob(number, fields, factor) for number, fields in enumerate(chosen)]


def source_of(tenant, rows):
    lines = ["id,v"]
    for row in range(rows):
        lines.append(f"{row},{hashlib.sha256(f'{tenant} {row}'.encode()).hexdigest()[:56]}")
    return ("\n".join(lines) + "\n").encode()


def as_tenant(tenant, method, path, **options):
    headers = {"Authorization": "Bearer " + tenant.token}
    return tenant.server.request(method, "/api/v1" + path, headers=headers, **options)


def submit(tenant, job):
    """Submits when the queue has room for it; how often it had none."""
    busy = threading.Event()
    for refused in range(1000):
        body = {"name": job.name, "steps": job.steps()}
        answer = as_tenant(tenant, "POST", "/jobs", json=body)
        if answer.status_code == 201:
            job.id = answer.json()["jobID"]
            return refused
        assert answer.status_code == 429, answer.text
        assert "jobs.waiting_per_tenant_max" in answer.json()["detail"], answer.text
        busy.wait(BUSY_SECONDS)
    raise AssertionError(f"{job.name} found no room")


def replay(tenants, jobs):
    """Each tenant submits its jobs in their order, at their time if the queue lets it."""
    begun, failures = time.monotonic(), []

    def play(name):
        waiting = threading.Event()
        try:
            for job in (job for job in jobs if job.tenant == name):
                waiting.wait(max(0.0, begun + job.due - time.monotonic()))
                submit(tenants[name], job)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=play, args=(name,)) for name in tenants]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def check_job(job, ended):
    assert ended["status"] == "succeeded", ended["error"]
    use = [one["use"] for one in ended["steps"]]
    assert [one["rows"] for one in use] == job.rows(), job.name
    for one, rows in zip(use, job.rows()):
        least, most = rows * ROW_BYTES * 0.4, rows * ROW_BYTES * 1.1 + 4096
        assert least <= one["bytesWritten"] <= most, (job.name, rows, one)
    for earlier, later in zip(use, use[1:]):
        assert later["bytesRead"] == earlier["bytesWritten"], job.name
    assert ended["steps"][-1]["dataSetVersion"] == 1


def check_data(tenant, jobs):
    """Every result is there once, with the rows that it has to hold."""
    kept = {one["name"]: one for one in tenant_list(tenant)}
    assert set(kept) == {job.name for job in jobs} | {"source"}
    for job in jobs:
        assert (kept[job.name]["rows"], kept[job.name]["version"]) == (job.written, 1), job.name
    counted = tenant.query(" UNION ALL ".join(job.right_rows() for job in jobs)).json()["rows"]
    assert {one["name"]: one["n"] for one in counted} == {job.name: job.written for job in jobs}


def tenant_list(tenant):
    return tenant.request("GET", "/datasets", params={"limit": 1000}).json()["items"]


def at_once(spans, moment):
    return sum(begin <= moment < end for begin, end in spans)


def check_limits_and_fairness(ended):
    """Nobody has more than it may, and nobody begins one more while another with fewer waits."""
    runs, waits = {}, {}
    for job in ended:
        created, started, finished = (seconds(job[at]) for at in ("created", "started", "finished"))
        runs.setdefault(job["tenantID"], []).append((started, finished))
        waits.setdefault(job["tenantID"], []).append((created, started))
    everything = [span for spans in runs.values() for span in spans]
    for tenant, spans in runs.items():
        for begin, _ in spans:
            assert at_once(spans, begin) <= RUNNING_MAX, tenant
            assert at_once(everything, begin) <= RUNNERS
        for created, _ in waits[tenant]:
            assert at_once(waits[tenant], created) <= WAITING_MAX, tenant
    for tenant, spans in runs.items():
        for begin, _ in spans:
            for other in set(runs) - {tenant}:
                check_turn(begin, spans, runs[other], waits[other])


def check_turn(begin, ours, theirs, waits):
    """A start told at `begin` was chosen a little earlier: what comes and ends around it may have
    been seen or not, so only what is steady counts against it."""
    before, after = begin - BLUR_SECONDS, begin + BLUR_SECONDS
    if any(created < before and started > after for created, started in waits):
        least_of_ours = sum(start < before and end > after for start, end in ours)
        most_of_theirs = sum(start < after and end > before for start, end in theirs)
        assert most_of_theirs >= least_of_ours, (begin, ours, theirs)


def test_the_day_runs_as_jobs_whose_data_is_right(start_server, trace):
    server = start_server(
        None,
        *("--jobs.runners", str(RUNNERS)),
        *("--jobs.running_per_tenant_max", str(RUNNING_MAX)),
        *("--jobs.waiting_per_tenant_max", str(WAITING_MAX)),
    ).log_in()
    tenants = {name: Tenant(server, name) for name in TENANTS}
    for name, tenant in tenants.items():
        rows = max(job.read for job in trace if job.tenant == name)
        assert tenant.put(source_of(name, rows), "source")["state"] == "done"
    replay(tenants, trace)
    path = lambda job: as_tenant(tenants[job.tenant], "GET", f"/jobs/{job.id}").json()
    ended = []
    for job in trace:
        server.wait_for(job.name, lambda: path(job)["finished"], 60 + JOBS)
        ended.append(path(job))
        check_job(job, ended[-1])
    for name, tenant in tenants.items():
        check_data(tenant, [job for job in trace if job.tenant == name])
    check_limits_and_fairness(ended)
    server.wait_counted()
    for name in tenants:
        record = server.get(f"/api/v1/companies/{name}").json()
        own = [job for job in trace if job.tenant == name]
        assert (record["job30"], record["ran30"], record["failed30"]) == (len(own), len(own), 0)
