#!/usr/bin/env python3
"""How long `tenantry serve` takes to be ready with many tenants, each with events of its own.

    server_start_bench.py [--rounds N] [--tenants N] [--checkpoints N] [--busy N]

Registers the tenants over the API, sends each its events, and then starts the server again and
again, in turn after an orderly stop and after a kill -9. Ready is what /readyz says with 200. Then
the same for a server of few tenants that wrote a checkpoint after each of their events.
"""
import argparse
import concurrent.futures
import json
import pathlib
import statistics
import sys
import tempfile
import time

import requests

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
from server import Server  # noqa: E402

TARGET_SECONDS = 1.0
EVENTS_PER_TENANT = 20
BATCH = 500
CHECKPOINT_SECONDS = 0.01


def register(server, numbers):
    session = requests.Session()
    session.headers.update(server.session.headers)
    for number in numbers:
        body = {"tenantID": f"tenant{number:06}", "name": f"Tenant {number}", "industry": "retail"}
        answer = session.post(server.url + "/api/v1/tenants", json=body, timeout=60)
        assert answer.status_code == 201, answer.text


def events(tenants):
    for number in range(tenants):
        for i in range(EVENTS_PER_TENANT):
            yield json.dumps(
                {
                    "specversion": "1.0",
                    "id": str(i),
                    "source": "/bench",
                    "type": "io.tenantry.job.submitted",
                    "time": f"2026-01-{1 + i:02}T10:00:00Z",
                    "tenantid": f"tenant{number:06}",
                    "data": {"userID": "u", "sessionID": f"s{i}", "jobID": f"j{i}"},
                }
            )


def fill(server, tenants):
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda first: register(server, range(first, tenants, 4)), range(4)))
    lines = list(events(tenants))
    for first in range(0, len(lines), BATCH):
        assert server.send_events(lines[first : first + BATCH]).status_code == 202
    server.wait_counted()


def fill_by_checkpoints(server, tenants, checkpoints):
    """One event of every tenant at a time, each counted and checkpointed before the next."""
    for number in range(checkpoints):
        lines = [
            json.dumps(
                {
                    "specversion": "1.0",
                    "id": str(number),
                    "source": "/bench",
                    "type": "io.tenantry.job.started",
                    "time": "2026-01-01T10:00:00Z",
                    "tenantid": f"tenant{tenant:06}",
                    "data": {"jobID": f"j{number}"},
                }
            )
            for tenant in range(tenants)
        ]
        for first in range(0, tenants, BATCH):
            assert server.send_events(lines[first : first + BATCH]).status_code == 202
        server.wait_counted()


def seconds_until_ready(server):
    begin = time.monotonic()
    server.start()
    while requests.get(server.url + "/readyz", timeout=10).status_code != 200:
        assert time.monotonic() - begin < 60, "never ready"
    return time.monotonic() - begin


def measure(name, rounds, arguments, fill_server):
    """Fills a server, starts it again and again, prints how long that took; true if in time."""
    taken = {"stop": [], "kill": []}
    with tempfile.TemporaryDirectory() as folder:
        server = Server(ROOT / "build" / "tenantry", pathlib.Path(folder) / "data", arguments)
        server.start().log_in()
        try:
            fill_server(server)
            for _ in range(rounds):
                for end in taken:
                    getattr(server, end)()
                    taken[end].append(seconds_until_ready(server))
        finally:
            server.kill()
    met = True
    for end, seconds in taken.items():
        median = statistics.median(seconds)
        met &= median <= TARGET_SECONDS
        print(
            f"seconds server_start_{name}_after_{end} {median:.3f} "
            f"target <= {TARGET_SECONDS:.2f} {'met' if median <= TARGET_SECONDS else 'MISSED'} "
            f"spread {min(seconds):.3f} to {max(seconds):.3f} rounds {len(seconds)}"
        )
    return met


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rounds", type=int, default=9)
    arguments.add_argument("--tenants", type=int, default=10_000)
    arguments.add_argument("--checkpoints", type=int, default=1_000)
    arguments.add_argument("--busy", type=int, default=500, help="tenants with that many")
    chosen = arguments.parse_args()
    met = measure(
        f"{chosen.tenants}_tenants", chosen.rounds, (), lambda server: fill(server, chosen.tenants)
    )
    met &= measure(
        f"{chosen.busy}_tenants_of_{chosen.checkpoints}_checkpoints",
        chosen.rounds,
        ("--activity.checkpoint_interval", f"{int(CHECKPOINT_SECONDS * 1000)}ms"),
        lambda server: fill_by_checkpoints(server, chosen.busy, chosen.checkpoints),
    )
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
