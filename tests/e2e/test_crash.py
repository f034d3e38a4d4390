"""A server killed again and again while it ingests and counts ends where the oracle does."""

import contextlib
import datetime
import json
import os
import pathlib
import random
import shutil
import sqlite3
import subprocess
import sys
import threading

import pytest
import requests

import server
import test_live_oracle as oracle_of_files
from test_events import company, event

KILLS = 20
KILLS_AFTER = 4  # of them when all is sent
BATCH = 40
SENDERS = 2
NEW_TENANT = {"tenantID": "acme", "name": "Acme"}


class Sender(threading.Thread):
    """Sends its batches in order until each is acknowledged: one whose answer did not come is sent
    again, and one in five is sent again though it was acknowledged."""

    def __init__(self, server, batches, seed, stopped):
        super().__init__(daemon=True)
        self.server, self.batches, self.stopped = server, batches, stopped
        self.random = random.Random(seed)
        self.acknowledged = 0
        self.refused = []

    def run(self):
        for batch in self.batches:
            for _ in range(2 if self.random.random() < 0.2 else 1):
                self.send(batch)
            self.acknowledged += 1

    def send(self, batch):
        while not self.stopped.is_set():
            try:
                answer = requests.post(
                    self.server.url + "/api/v1/events",
                    data="\n".join(batch).encode() + b"\n",
                    headers={
                        "Content-Type": "application/x-ndjson",
                        "Authorization": self.server.session.headers["Authorization"],
                    },
                    timeout=10,
                )
            except (requests.RequestException, TypeError):  # killed, or not started again yet
                self.stopped.wait(0.01)
                continue
            if answer.status_code == 202:
                return
            if answer.status_code not in (401, 503):
                self.refused.append(answer.text)
                return


def acknowledged(senders):
    return sum(sender.acknowledged for sender in senders)


def test_nothing_is_lost_or_counted_twice_over_kills(
    start_server, oracles, oracle, tmp_path, monkeypatch
):
    seed = int(os.environ.get("TENANTRY_TEST_SEED", "20251123"))
    print("TENANTRY_TEST_SEED", seed)
    monkeypatch.delenv("TENANTRY_TEST_SEED", raising=False)  # no option of the server's
    rng = random.Random(seed)
    path = tmp_path / "events.ndjson"
    oracle_of_files.make_events(oracles, path, seed % 1000, tenants=50, days=90)
    lines = [line for line in path.read_text().splitlines() if line.strip()]
    batches = [lines[i : i + BATCH] for i in range(0, len(lines), BATCH)]
    stopped = threading.Event()
    crashing = start_server().log_in()
    senders = [
        Sender(crashing, batches[i::SENDERS], rng.random(), stopped) for i in range(SENDERS)
    ]
    try:
        for sender in senders:
            sender.start()
        for enough in sorted(rng.sample(range(len(batches)), KILLS - KILLS_AFTER)):
            crashing.wait_for("batches", lambda: acknowledged(senders) >= enough)
            stopped.wait(rng.uniform(0, 0.05))
            crashing.restart().log_in()
        for sender in senders:
            sender.join(timeout=60)
            assert not sender.is_alive() and sender.refused == []
        for _ in range(KILLS_AFTER):  # while the analytics still count
            crashing.restart().log_in()
            stopped.wait(rng.uniform(0, 0.2))
    finally:
        stopped.set()
    crashing.wait_counted()
    check_equals_the_oracle(crashing, path, oracles, oracle)
    crashing.restart().log_in()
    crashing.wait_counted()
    check_equals_the_oracle(crashing, path, oracles, oracle)


def check_equals_the_oracle(server, path, oracles, oracle):
    summary = subprocess.run(
        [sys.executable, str(oracles / "activity.py"), str(path)],
        check=True,
        text=True,
        capture_output=True,
    ).stderr
    as_of = oracle_of_files.greatest_time(summary)
    found = server.all("/api/v1/companies", asOf=as_of)
    live_only = oracle_of_files.LIVE_ONLY
    assert [{k: v for k, v in r.items() if k not in live_only} for r in found] == oracle(path)


def test_a_place_of_another_log_is_refused_and_the_server_lives(start_server):
    running = start_server().log_in()
    for place in ["0:5", "0:" + "9" * 60]:
        answer = running.request(
            "GET", "/api/v1/streams/companies", headers={"Last-Event-ID": place}
        )
        assert answer.status_code == 400, answer.text
        assert "past the end" in answer.json()["detail"]
    assert running.get("/readyz").status_code == 200


class BusyMetastore:
    """Holds the metastore's lock from between the claim of a key and its answer on."""

    def __init__(self, running):
        self.store = sqlite3.connect(
            running.folder / "metastore.db", isolation_level=None, timeout=10
        )

    def is_open(self, key):
        asked = "SELECT answer FROM idempotency WHERE idempotency_key = ?"
        return self.store.execute(asked, (key,)).fetchall() == [(None,)]

    def lock_when_claimed(self, key, first):
        """True when the claim is still without its answer."""
        while first.is_alive() and not self.is_open(key):
            pass
        self.store.execute("BEGIN IMMEDIATE")
        return self.is_open(key)

    def unlock(self):
        self.store.execute("ROLLBACK")


def test_plain_forms_count_once_though_a_crash_took_their_answer(start_server):
    """The forms are in the log, the answer is not kept: the metastore is busy when the plug is
    pulled."""
    running = start_server(None, "--idempotency.abandoned", "1s").log_in()
    forms = 5000

    def send(key):
        form = {"companyID": key, "userID": "u", "creationDate": "2026-01-05T12:00:00Z"}
        return running.request(
            "POST",
            "/api/v1/events",
            data="\n".join([json.dumps(form)] * forms),
            headers={"Content-Type": "application/x-ndjson", "Idempotency-Key": key},
        ).status_code

    def send_and_lose_the_answer(key):
        with contextlib.suppress(requests.RequestException):
            send(key)

    busy = BusyMetastore(running)
    for key in map(str, range(20)):
        appended = running.metric("tenantry_eventlog_records_total")
        first = threading.Thread(target=send_and_lose_the_answer, args=(key,))
        first.start()
        if busy.lock_when_claimed(key, first):
            break
        busy.unlock()
        first.join()
    else:
        pytest.fail("every answer was kept too fast: nothing is tested")
    all_taken = appended + forms
    running.wait_for(
        "the log", lambda: running.metric("tenantry_eventlog_records_total") >= all_taken
    )
    running.kill()
    first.join()
    busy.unlock()
    assert busy.is_open(key)
    running.start()
    running.log_in()
    running.wait_for("the claim to be abandoned", lambda: send(key) == 202)
    running.wait_counted()
    assert running.metric("tenantry_eventlog_records_total") >= forms, "appended again"
    assert company(running, key, asOf="2026-01-05T23:00:00Z")["job30"] == forms


MIB = 1 << 20
CAN_MOUNT = ["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]


class Disk:
    """Where a server's data lies: a disk of 200 MB of its own where this user may mount one, else
    the machine's, of which the log then keeps all but 256 MB free."""

    def __init__(self, binary, folder):
        self.folder, self.binary = folder / "disk", binary
        self.folder.mkdir()
        self.is_own = (
            os.geteuid() == 0
            and subprocess.run(CAN_MOUNT, check=False, capture_output=True).returncode == 0
        )
        if self.is_own:
            self.binary = folder / "on_a_small_disk"
            self.binary.write_text(
                "#!/bin/sh\n"
                f"exec unshare -m sh -c 'mount -t tmpfs -o size=200m tmpfs {self.folder} "
                f'&& exec {binary} "$@"\' tenantry "$@"\n'
            )
            self.binary.chmod(0o755)
        self.reserve = 32 * MIB if self.is_own else self.free() - 256 * MIB

    def free(self):
        disk = os.statvfs(self.folder)
        return disk.f_bavail * disk.f_frsize

    def start(self):
        options = {
            "TENANTRY_EVENTLOG_FREE_BYTES_MIN": str(self.reserve),
            "TENANTRY_ACTIVITY_FREE_BYTES_MIN": "16MiB",
        }
        one = server.Server(self.binary, self.folder / "data", environment=options).start()
        if self.is_own:  # seen from outside
            self.folder = pathlib.Path(f"/proc/{one.process.pid}/root{self.folder}")
            one.folder = self.folder / "data"
        return one.log_in()

    def fill_into_the_reserve(self):
        with open(self.folder / "filler", "wb") as filler:
            least = min(self.reserve, 64 * MIB) // 2
            os.posix_fallocate(filler.fileno(), 0, self.free() - self.reserve + least)

    def fill_to_the_brim(self):
        with open(self.folder / "filler", "ab", buffering=0) as filler, pytest.raises(OSError):
            while True:
                filler.write(b"x" * 4096)


def test_a_full_disk_is_answered_and_taken_up_again_by_itself(binary, tmp_path):
    disk = Disk(binary, tmp_path)
    one = disk.start()
    try:
        taken = [number for number in range(50) if sent(one, number)]
        assert len(taken) == 50
        disk.fill_into_the_reserve()
        answer = one.send_events([event_now(50)])
        assert answer.status_code == 503 and "free" in answer.json()["detail"], answer.text
        assert one.get("/readyz").status_code == 503
        if disk.is_own:
            disk.fill_to_the_brim()
            refused = one.post("/api/v1/tenants", NEW_TENANT)
            assert refused.status_code == 507, refused.text
            assert "full" in refused.json()["detail"]
        assert one.get("/api/v1/tenants").status_code == 200, "reading goes on"
        (disk.folder / "filler").unlink()
        taken += [number for number in range(50, 60) if sent(one, number)]
        assert len(taken) == 60
        assert one.post("/api/v1/tenants", NEW_TENANT).status_code == 201
        one.wait_for("readiness", lambda: one.get("/readyz").status_code == 200)
        one.wait_counted()
        assert company(one)["job30"] == 60
    finally:
        one.kill()


def event_now(number):
    now = datetime.datetime.now(datetime.timezone.utc)
    return json.dumps(event(f"e{number}", time=now.strftime("%Y-%m-%dT%H:%M:%SZ")))


def sent(one, number):
    return one.send_events([event_now(number)]).status_code == 202


def test_the_first_copy_counts_in_whatever_stream_also_after_the_state_is_lost(start_server):
    running = start_server().log_in()
    for i in range(24):
        job = event("one", "job.submitted", f"t{i}", jobID="j", nbJobs=5)
        user = event("one", "user.added", f"t{i}", userID="ann", role="scientist")
        for copy in (job, user) if i % 2 else (user, job):
            assert running.send_events([json.dumps(copy)]).json()["accepted"] == 1

    def counted():
        running.wait_counted()
        found = [company(running, f"t{i}", asOf="2026-01-06T00:00:00Z") for i in range(24)]
        return [(record["job30"], record["users"]) for record in found]

    first = [(5, 0) if i % 2 else (0, 1) for i in range(24)]
    assert counted() == first
    running.kill()
    shutil.rmtree(running.folder / "activity")
    running.start()
    running.log_in()
    assert counted() == first
    assert running.stop() == 0, "which archives what the log holds"
    shutil.rmtree(running.folder / "activity")
    running.start()
    running.log_in()
    assert counted() == first
