#!/usr/bin/env python3
"""How long each request of the page takes with many tenants.

    page_queries_bench.py [--rounds N] [--tenants N] [--days N]

Sends a server the simulated life of the tenants up to today and then asks what each room of the
page asks, and the five questions, one event being counted before each, so that nothing which that
changes is answered from before; the records of a month ago it does not change, and they are kept.
Then the server is started again: what reads the archive is timed while it is not brought up to date
yet.
"""
import argparse
import datetime
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
from server import Server  # noqa: E402

TARGET_SECONDS = 0.20
SEED = 7
BRIEF = "/api/v1/companies?view=brief&"
HISTORY_SECONDS = 120
KEPT_SECONDS = 4.0  # an answer is kept for twenty times what it took


def requests_of(company, month_ago):
    """A request's name to its address, by room."""
    return {
        **{f"question_{n}": f"/api/v1/questions/{n}" for n in range(1, 6)},
        "today_summary": "/api/v1/summary",
        "today_at_risk": "/api/v1/companies?risk=high&sort=-monthlyFee&view=full&limit=5",
        "today_failing": BRIEF + "sort=-failed30&limit=50",
        "today_idle": BRIEF + "sort=-idleSessions30&limit=200",
        "today_notifications": "/api/v1/notifications?status=open&limit=200",
        "customers_by_fee": BRIEF + "sort=-monthlyFee&limit=8",
        "customers_rows": BRIEF + "sort=-monthlyFee&limit=100&offset=5000",
        "customers_search": BRIEF + "sort=name&q=ba&limit=20",
        "customer": f"/api/v1/companies/{company}",
        "jobs_most": BRIEF + "sort=-job90&limit=12",
        "jobs_least": BRIEF + "sort=job90&limit=3",
        "jobs_list": "/api/v1/jobs?limit=25",
        **of_the_past(company, month_ago),
    }


def of_the_past(company, month_ago):
    return {
        "customer_history": f"/api/v1/companies/{company}/history",
        "today_history": "/api/v1/history",
        "today_month_ago": f"/api/v1/summary?asOf={month_ago}",
    }


def fill(server, folder, tenants, days):
    binary = str(ROOT / "build" / "tenantry")
    events = folder / "events.ndjson"
    start = datetime.datetime.now(datetime.timezone.utc).date() - datetime.timedelta(days=days - 1)
    size = {"seed": SEED, "tenants": tenants, "days": days, "start": start, "out": events}
    flags = [word for name, value in size.items() for word in (f"--{name}", str(value))]
    subprocess.run([binary, "simulate", "traffic", *flags], check=True)
    token = server.session.headers["Authorization"].split()[1]
    subprocess.run(
        [binary, "events", "send", str(events), "--server", server.url],
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "TENANTRY_TOKEN": token},
    )
    server.wait_for("all to be counted", lambda: lag(server) == 0, seconds=600)


def lag(server):
    return server.metric("tenantry_activity_lag_records")


def login_of(company, number):
    return json.dumps(
        {
            "specversion": "1.0",
            "id": f"bench{number}",
            "source": "/bench",
            "type": "io.tenantry.user.logged_in",
            "time": datetime.datetime.now(datetime.timezone.utc).isoformat(),
            "tenantid": company,
            "data": {"userID": "u", "sessionID": f"s{number}"},
        }
    )


def seconds_of(server, address):
    begin = time.monotonic()
    answer = server.get(address)
    assert answer.status_code == 200, f"{address}: {answer.text}"
    return time.monotonic() - begin


def first_seconds(server, address):
    """Until there is an answer: the page asks again, too; None when there is none in time."""
    begin = time.monotonic()
    while (took := time.monotonic() - begin) < HISTORY_SECONDS:
        answer = server.get(address)
        if answer.status_code == 200:
            return time.monotonic() - begin
        if answer.status_code != 503:
            return None
        time.sleep(min(1.0, HISTORY_SECONDS - took))
    return None


def measure(server, rounds):
    company = server.get("/api/v1/companies?sort=-job90&limit=1").json()["items"][0]["companyID"]
    today = datetime.datetime.now(datetime.timezone.utc).date()
    month_ago = today - datetime.timedelta(days=30)
    met, number = True, 0
    for name, address in requests_of(company, month_ago).items():
        seconds = []
        for _ in range(rounds):
            number += 1
            assert server.send_events([login_of(company, number)]).status_code == 202
            server.wait_counted()
            time.sleep(KEPT_SECONDS if name == "today_month_ago" else 0)
            seconds.append(seconds_of(server, address))
        median = statistics.median(seconds)
        met &= median <= TARGET_SECONDS
        word = "met" if median <= TARGET_SECONDS else "MISSED"
        print(
            f"seconds page_{name} {median:.3f} target <= {TARGET_SECONDS:.2f} {word} "
            f"({len(seconds)} rounds, {min(seconds):.3f} to {max(seconds):.3f})",
            flush=True,
        )
    server.stop()
    server.start().log_in()
    for name, address in of_the_past(company, month_ago).items():
        took = first_seconds(server, address)
        said = "none in time" if took is None else f"{took:.3f}"
        print(f"seconds page_{name}_after_start {said}", flush=True)
    return met


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rounds", type=int, default=9)
    arguments.add_argument("--tenants", type=int, default=10_000)
    arguments.add_argument("--days", type=int, default=7)
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        arguments = ("--analytics.answer_kept_min", "1ms")
        server = Server(ROOT / "build" / "tenantry", folder / "data", arguments).start().log_in()
        try:
            fill(server, folder, chosen.tenants, chosen.days)
            met = measure(server, chosen.rounds)
        finally:
            server.kill()
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
