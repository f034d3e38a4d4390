"""The sheets of the page show the figures of data that nobody here wrote: the first demonstration's
customers and jobs against figures added up from its files, a real log against the oracle."""

import collections
import csv
import datetime
import importlib.util
import json
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DAY = datetime.timedelta(days=1)
DAY_COLUMNS = ("registrations", "logins", "dataEvents", "jobs")
JOBS_END = 20 * DAY  # so long ago is the last job: the first ones lie before the last 30 days


@pytest.fixture(scope="module")
def data():
    path = pathlib.Path(os.environ.get("TENANTRY_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not path.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"TENANTRY_TEST_DATA: {path} does not exist")
        pytest.skip(f"needs the real data of TENANTRY_TEST_DATA ({path} does not exist)")
    return path


def rows(path):
    with open(path, newline="") as file:
        found = csv.DictReader(file, skipinitialspace=True)
        return [{name.strip(): value.strip() for name, value in row.items()} for row in found]


def exact(number):
    return f"{number:,}"


def register(one, customer):
    profile = {
        "tenantID": customer["company_id"],
        "name": customer["company_id"],
        "industry": customer["industry"],
        "revenue": int(customer["revenu"]),
        "employees": int(customer["employees"]),
        "monthlyFee": int(customer["monthlyFee"]),
        "totalFee": int(customer["totalFee"]),
    }
    made = one.post("/api/v1/tenants", profile)
    assert made.status_code == 201, made.text


def event(number, kind, time, tenant, **values):
    return json.dumps(
        {
            "specversion": "1.0",
            "id": f"{kind}-{number}",
            "source": "/first-demonstration",
            "type": "io.tenantry." + kind,
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "tenantid": tenant,
            "data": values,
        }
    )


def moved(jobs, today):
    """The jobs' own days, all moved by one number of days."""
    for job in jobs:
        job["time"] = datetime.datetime.strptime(job["date"], "%m/%d/%Y %H:%M:%S")
    shift = today - JOBS_END - max(job["time"] for job in jobs).date()
    return [{**job, "time": job["time"] + shift} for job in jobs]


def send_jobs(one, jobs):
    lines = []
    for number, job in enumerate(jobs):
        place = (number, job["time"], job["company_id"])
        user = {"userID": job["userid"]}
        size = {"dataSetID": "lake", "bytes": int(job["dataSize"])}
        count = {"jobID": f"job{number}", "nbJobs": int(job["jobSubmitted"])}
        lines.append(event(place[0], "dataset.updated", *place[1:], **user, **size))
        lines.append(event(place[0], "job.submitted", *place[1:], **user, **count))
    assert one.send_events(lines).json()["accepted"] == len(lines)
    one.wait_counted()


def largest(customers, field):
    ordered = sorted(customers, key=lambda one: (-int(one[field]), one["company_id"]))
    return [[one["company_id"], exact(int(one[field]))] for one in ordered[:8]]


def jobs_since(jobs, first):
    sums = collections.Counter()
    for job in jobs:
        if job["time"].date() >= first:
            sums[job["company_id"]] += int(job["jobSubmitted"])
    return sums


def jobs_and_data_by_day(jobs, today):
    sizes, found = {}, []
    for back in range(89, -1, -1):
        day = today - back * DAY
        count = 0
        for job in sorted(jobs, key=lambda job: job["time"]):
            if job["time"].date() == day:
                count += int(job["jobSubmitted"])
                sizes[job["company_id"]] = int(job["dataSize"])
        found.append([str(day), exact(count), exact(sum(sizes.values()))])
    return found


def figures(customers, jobs, today):
    """What the sheets are to show, added up from the files alone."""
    names = [one["company_id"] for one in customers]
    job90 = jobs_since(jobs, today - 89 * DAY)
    job30 = jobs_since(jobs, today - 29 * DAY)
    return {
        "industries": collections.Counter(one["industry"] for one in customers),
        "monthly": largest(customers, "monthlyFee"),
        "total": largest(customers, "totalFee"),
        "employees": largest(customers, "employees"),
        "byDay": jobs_and_data_by_day(jobs, today),
        "pairs": [
            [name, exact(job90[name]), exact(job30[name])]
            for name in sorted(names, key=lambda name: (-job90[name], name))
        ],
        "bottom90": [[n, exact(job90[n])] for n in sorted(names, key=lambda n: (job90[n], n))[:3]],
        "bottom30": [[n, exact(job30[n])] for n in sorted(names, key=lambda n: (job30[n], n))[:3]],
    }


def test_the_first_demonstration_s_figures(play, fresh, data):
    today = datetime.datetime.now(datetime.timezone.utc).date()
    customers = rows(data / "seed_dashboard" / "customers.csv")
    jobs = moved(rows(data / "seed_dashboard" / "jobs.csv"), today)
    for customer in customers:
        register(fresh, customer)
    send_jobs(fresh, jobs)
    expected = figures(customers, jobs, today)
    assert sum(int(pair[1]) for pair in expected["pairs"]) == 11  # as the file has it
    assert any(pair[1] != pair[2] for pair in expected["pairs"]), "30 and 90 days do not differ"
    fresh.wait_for(
        "all to be known", lambda: len(fresh.all("/api/v1/companies")) == len(customers)
    )
    play("sheets", fresh, expected=expected)


def oracle_of(data):
    path = data.parent / "oracles" / "activity.py"
    spec = importlib.util.spec_from_file_location("activity", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def sparkify_lines(data):
    """The log as events, its last day being yesterday."""
    log = data / "sparkify_events" / "log_data_2018-11.jsonl.gz"
    make = [sys.executable, str(data.parent / "oracles" / "events_from.py"), "sparkify", str(log)]
    told = subprocess.run(make, check=True, capture_output=True, text=True).stdout
    events = [json.loads(line) for line in told.splitlines()]
    yesterday = datetime.datetime.now(datetime.timezone.utc).date() - DAY
    last = max(one["time"] for one in events)[:10]
    shift = yesterday - datetime.date.fromisoformat(last)
    for one in events:
        day = datetime.date.fromisoformat(one["time"][:10]) + shift
        one["time"] = str(day) + one["time"][10:]
    return [json.dumps(one) for one in events]


def test_sparkify_s_figures_are_those_of_ask_and_of_the_oracle(
    play, fresh, data, binary, tmp_path
):
    lines = sparkify_lines(data)
    path = tmp_path / "events.ndjson"
    path.write_text("\n".join(lines) + "\n")
    for first in range(0, len(lines), 2000):
        assert fresh.send_events(lines[first : first + 2000]).status_code == 202
    fresh.wait_counted()
    activity = oracle_of(data)
    events, _, _ = activity.read([str(path)])
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    tenants = list(activity.tenants(events, activity.nanoseconds(now)))
    right = activity.questions(tenants, events, activity.nanoseconds(now), 10)
    token = fresh.session.headers["Authorization"].split()[1]
    for number in range(1, 6):
        asked = subprocess.run(
            [binary, "ask", str(number), "--json", "--server", fresh.url],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "TENANTRY_TOKEN": token},
        )
        answer = json.loads(asked.stdout)["answer"]
        for row in answer if number > 1 else []:
            row.pop("risk")
        assert answer == json.loads(json.dumps(right[str(number)])), number
    sums = collections.Counter()
    for one in tenants:
        for field in ("logins30", "ran30", "job30", "dataBytes", "sessions30", "idleSessions30"):
            sums[field] += one[field]
    assert sums["logins30"] > 0 and sums["job30"] > 0 and sums["dataBytes"] > 0
    days = {line["day"]: line for line in right["1"]["days"]}
    play(
        "sparkify",
        fresh,
        sums=sums,
        quiet=sum(1 for one in tenants if one["job30"] == 0),
        days={day: [exact(line[name]) for name in DAY_COLUMNS] for day, line in days.items()},
        tenant=right["4"][0]["tenantID"],
        jobsByDay={day: exact(count) for day, count in right["4"][0]["jobsByDay"].items()},
    )

