"""A disk that is really full while data comes in: a small file system of the server's own."""

import json
import os
import pathlib
import random
import threading

import pytest

import server
from test_data import Tenant
from test_jobs import Person, spec, step

DISK_BYTES = 160 << 20
PART_BYTES = 8 << 20
# Keeps nothing free, so that writes find the end of the disk in their middle.
NO_RESERVES = (
    "--lake.disk_free_min",
    "0",
    "--eventlog.memory_bytes_max",
    "1MiB",
    "--eventlog.free_bytes_min",
    "1MiB",
    "--activity.free_bytes_min",
    "1MiB",
    "--lake.sweep_interval",
    "100ms",
    "--lake.superseded_kept",
    "0s",
)


@pytest.fixture
def start_on_disk(binary, tmp_path):
    """Starts a server whose data folder is a file system of DISK_BYTES, which goes with it."""
    folder = tmp_path / "data"
    folder.mkdir()
    wrapper = tmp_path / "on_small_disk"
    rights = "" if os.geteuid() == 0 else "-Ur"
    mount = f'mount -t tmpfs -o size={DISK_BYTES},mode=0700 tmpfs "$0" && exec "$@"'
    wrapper.write_text(
        f"#!/bin/sh\nexec unshare {rights} -m sh -c '{mount}' '{folder}' '{binary}' \"$@\"\n"
    )
    wrapper.chmod(0o700)
    started = []

    def start(*arguments):
        one = server.Server(wrapper, folder, arguments)
        started.append(one)
        one.start()
        one.folder = pathlib.Path(f"/proc/{one.process.pid}/root{folder}")
        assert os.statvfs(one.folder).f_blocks * os.statvfs(one.folder).f_frsize == DISK_BYTES
        return Tenant(one.log_in(), "acme")

    yield start
    for one in started:
        one.kill()


def free_bytes(tenant):
    disk = os.statvfs(tenant.server.folder)
    return disk.f_bavail * disk.f_frsize


def csv_of(size):
    """A table that no compression makes much smaller."""
    source, rows, bytes_made = random.Random(7), ["id,text"], 0
    while bytes_made < size:
        rows.append(f"{len(rows)},{source.randbytes(256).hex()}")
        bytes_made += len(rows[-1]) + 1
    return ("\n".join(rows) + "\n").encode()


def send(tenant, upload, data):
    """Sends parts; the first answer that is no success, or None."""
    for at in range(0, len(data), PART_BYTES):
        answer = tenant.part(upload, at, data[at : at + PART_BYTES])
        if answer.status_code != 200:
            return answer
    return None


def check_nothing_happened(acme):
    """The data set is as it was, and only what it needs is on the disk."""
    assert acme.query("FROM t", "csv").text == "a\n1\n"
    listed = acme.request("GET", "/datasets").json()["items"]
    assert [(one["name"], one["version"]) for one in listed] == [("t", 1)]
    assert not [path for path in (acme.server.folder / "staging").rglob("*") if path.is_file()]


def check_it_works_again(acme):
    assert acme.put(b"a\n2\n")["state"] == "done"
    assert acme.query("FROM t", "csv").text == "a\n2\n"
    assert acme.server.get("/readyz").status_code == 200


def test_parts_that_find_no_room_answer_507(start_on_disk):
    acme = start_on_disk(*NO_RESERVES)
    assert acme.put(b"a\n1\n")["state"] == "done"
    upload = acme.begin()
    data = os.urandom(PART_BYTES) * (DISK_BYTES // PART_BYTES + 1)
    refused = send(acme, upload, data)
    assert refused.status_code == 507, refused.text
    problem = refused.json()
    assert problem["title"] == "Insufficient Storage" and "free some space" in problem["detail"]
    assert "Retry-After" not in refused.headers
    assert str(acme.server.folder) not in refused.text
    received = acme.request("GET", f"/datasets/uploads/{upload}").json()["bytes"]
    assert received % PART_BYTES == 0 and 0 < received < DISK_BYTES
    assert acme.request("DELETE", f"/datasets/uploads/{upload}").status_code == 204
    check_nothing_happened(acme)
    check_it_works_again(acme)


# How many copies of the upload find room: its parts and the file that the engine reads, but not
# the one that it writes; that too, but not its encrypted copy.
@pytest.mark.parametrize("copies", [2.4, 3.4])
def test_an_import_that_finds_no_room_leaves_everything_as_it_was(start_on_disk, copies):
    acme = start_on_disk(*NO_RESERVES)
    assert acme.put(b"a\n1\n")["state"] == "done"
    data = csv_of(int(free_bytes(acme) / copies))
    before = free_bytes(acme)
    upload = acme.begin()
    assert send(acme, upload, data) is None
    assert acme.commit(upload).status_code in (200, 202)
    ended = acme.ended(upload, 120)
    assert ended["state"] == "failed", ended
    assert ended["problem"]["code"] == "RESOURCE_EXHAUSTED", ended
    assert "No space left on device" in ended["problem"]["detail"] or (
        "free some space" in ended["problem"]["detail"]
    ), ended
    assert str(acme.server.folder) not in ended["problem"]["detail"]
    check_nothing_happened(acme)
    acme.server.wait_for("the room to come back", lambda: free_bytes(acme) > before - (4 << 20))
    check_it_works_again(acme)


def test_the_reserve_of_data_sets_leaves_room_for_everybody_else(start_on_disk):
    acme = start_on_disk(*NO_RESERVES[2:], "--lake.disk_free_min", "32MiB")
    assert acme.put(b"a\n1\n")["state"] == "done"
    upload = acme.begin()
    data = os.urandom(PART_BYTES) * (DISK_BYTES // PART_BYTES + 1)
    refused = send(acme, upload, data)
    assert refused.status_code == 507 and "lake.disk_free_min" in refused.json()["detail"]
    assert acme.query("FROM t", "csv").text == "a\n1\n"
    assert free_bytes(acme) > 24 << 20
    event = {
        "specversion": "1.0",
        "id": "1",
        "source": "test",
        "type": "io.tenantry.job.submitted",
        "time": "2026-01-01T00:00:00Z",
        "tenantid": "acme",
        "data": {"jobID": "1"},
    }
    accepted = acme.server.send_events([json.dumps(event)])
    assert (accepted.status_code, accepted.json()["accepted"]) == (202, 1), accepted.text
    assert acme.server.post("/api/v1/tenants", {"tenantID": "b", "name": "b"}).status_code == 201
    assert acme.server.get("/readyz").status_code == 200


class Lowest:
    """The least that was free while the `with` lasted."""

    def __init__(self, tenant):
        self.tenant, self.bytes = tenant, free_bytes(tenant)
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.look)

    def look(self):
        while not self.done.wait(0.002):
            self.bytes = min(self.bytes, free_bytes(self.tenant))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()


SORTED = (
    "SELECT range, md5(range::TEXT) AS m, md5((range + 1)::TEXT) AS n FROM range(20000000) "
    "ORDER BY m"
)
LONG = "SELECT md5(range::TEXT) AS m FROM range(20000000)"


# One that spills, one whose result is large.
@pytest.mark.parametrize("sql", [SORTED, LONG])
def test_sql_of_one_tenant_leaves_the_reserve_to_all(start_on_disk, sql):
    reserve = ("--lake.disk_free_min", "32MiB")
    memory = ("--lake.sql_memory_max", "192MiB", "--jobs.step_memory_max", "192MiB")
    acme = start_on_disk(
        *NO_RESERVES[2:], *reserve, *memory, "--lake.archive_bytes_max", "1MiB"
    )
    other = Tenant(acme.server, "other")
    scientist = Person(acme.server, acme.token)
    with Lowest(acme) as lowest:
        job = scientist.submit(spec(step("a", sql)))
        puts = 0
        while scientist.job(job)["finished"] is None:
            assert other.put(b"a\n1\n", f"t{puts}")["state"] == "done"
            puts += 1
        ended = scientist.job(job)
        refused = acme.query(sql, "csv")
    assert puts > 0 and lowest.bytes > 32 << 20
    assert ended["status"] == "failed" and "lake.disk_free_min" in ended["error"], ended
    assert "write less, or free some space" in ended["error"]
    assert refused.status_code == 507 and "lake.disk_free_min" in refused.text, refused.text
    assert acme.server.get("/readyz").status_code == 200
