"""A server that was sent event files, shuffled and killed on the way, answers as the oracle."""

import datetime
import functools
import json
import random
import re
import subprocess
import sys

import pytest

LIVE_ONLY = {"companyID", "revision", "risk", "asOf", "registeredHere"}
SEEDS = range(1, 21)
TENANTS, DAYS = 2, 120  # of each seed
KILLS = 3
DAY = 86400 * 10**9
# A past day is asked for by any of its instants, also as clocks elsewhere show them.
INSTANTS = ["T00:00:00Z", "T23:59:59.999Z", "T01:30:00-14:00", "T12:00:00.5Z"]


def make_events(oracles, path, seed, tenants=40, days=110, start="2025-01-01"):
    size = {"seed": seed, "tenants": tenants, "days": days, "start": start}
    shares = {"repeat": 0.2, "late": 0.1, "bad": 0.01}
    flags = [word for name, value in (size | shares).items() for word in (f"--{name}", str(value))]
    with open(path, "w") as out:
        make = [sys.executable, str(oracles / "make_events.py"), *flags]
        subprocess.run(make, check=True, stdout=out)


def convert(oracles, kind, source, path):
    with open(path, "w") as out:
        subprocess.run(
            [sys.executable, str(oracles / "events_from.py"), kind, str(source)],
            check=True,
            stdout=out,
        )


def events_of(kind, test_data, oracles, path):
    if kind == "sparkify":
        convert(oracles, kind, test_data / "sparkify_events" / "log_data_2018-11.jsonl.gz", path)
    elif kind == "swf":
        convert(oracles, kind, test_data / "nasa_jobs" / "NASA-iPSC-1993-3.1-cln.swf.gz", path)
    elif kind == "seed_jobs":
        convert(oracles, kind, test_data / "seed_dashboard" / "jobs.csv", path)
    else:
        make_events(oracles, path, int(kind.removeprefix("seed")))
    return path


def shuffled(lines, seed):
    """The lines in another order, the same for a seed."""
    order = list(range(len(lines)))
    random.Random(seed).shuffle(order)
    return [lines[i] for i in order]


def greatest_time(summary):
    return summary.split("as of ")[1].split(":  ")[0].split(": ")[0]


def send_with_kills(server, lines, seed, kills=KILLS):
    """Sends batches; a batch whose answer was lost with the process is sent again."""
    rng = random.Random(seed)
    batches = [lines[i : i + 500] for i in range(0, len(lines), 500)]
    killed_at = set(rng.sample(range(len(batches)), min(kills, len(batches))))
    for number, batch in enumerate(batches):
        assert server.send_events(batch).status_code == 202
        if number in killed_at:
            server.restart().log_in()
            assert server.send_events(batch).status_code == 202


def lines_of(path):
    return [line for line in path.read_text().splitlines() if line.strip()]


def right_records(activity, events, as_of):
    return json.loads(json.dumps(list(activity.tenants(events, activity.nanoseconds(as_of)))))


def records(server, as_of):
    found = server.all("/api/v1/companies", asOf=as_of)
    return [{k: v for k, v in record.items() if k not in LIVE_ONLY} for record in found]


def instants(activity, events, rng):
    """The greatest time of the events; then three past days: one early, one amid, one late."""
    days = sorted({ns // DAY for ns, _ in events})
    thirds = [days[len(days) * i // 3 : len(days) * (i + 1) // 3] for i in range(3)]
    past = [activity.iso(rng.choice(third)) + rng.choice(INSTANTS) for third in thirds]
    return [activity.stamp(max(ns for ns, _ in events)), *past]


def check_questions(server, activity, events, as_of, tenantry):
    """API and command line answer the five questions as the oracle does."""
    token = server.session.headers["Authorization"].split()[1]
    instant = activity.nanoseconds(as_of)
    rows = list(activity.tenants(events, instant))
    right = json.loads(json.dumps(activity.questions(rows, events, instant, 10)))
    for number in "12345":
        answer = server.get(f"/api/v1/questions/{number}", to=as_of).json()["answer"]
        assert without_risk(answer) == right[number], f"question {number} as of {as_of}"
        asked = ("ask", number, "--to", as_of, "--json", "--server", server.url)
        told = tenantry(*asked, env={"TENANTRY_TOKEN": token})
        assert told.returncode == 0, told.stderr
        assert without_risk(json.loads(told.stdout)["answer"]) == right[number], f"ask {number}"


def without_risk(answer):
    if isinstance(answer, dict):
        return answer
    return [{k: v for k, v in row.items() if k != "risk"} for row in answer]


@pytest.mark.parametrize("kind", ["sparkify", "seed_jobs", "swf"])
def test_a_killed_and_restarted_server_equals_the_oracle(
    kind, start_server, test_data, oracles, activity, tmp_path, tenantry
):
    path = events_of(kind, test_data, oracles, tmp_path / "events.ndjson")
    seed = 11
    print("seed", seed)
    server = start_server().log_in()
    send_with_kills(server, shuffled(lines_of(path), seed), seed)
    server.wait_counted()
    events, _, _ = activity.read([str(path)])
    assert len(events) > (5 if kind == "seed_jobs" else 1000)
    asked = instants(activity, events, random.Random(seed))
    for as_of in asked:
        assert records(server, as_of) == right_records(activity, events, as_of), as_of
    for as_of in asked[:2]:
        check_questions(server, activity, events, as_of, tenantry)


def renamed(lines, seed):
    """The lines of a generated life, its tenants named after its seed."""
    return [re.sub(r'(?<=["/])t(?=\d{5}\b)', f"s{seed:02}-t", line) for line in lines]


@pytest.fixture
def life_files(oracles, tmp_path):
    """A file a seed. Odd ones lived long ago, which the archive alone can tell of; even ones until
    today."""
    today = datetime.datetime.now(datetime.timezone.utc).date()
    files = {seed: tmp_path / f"life{seed}.ndjson" for seed in SEEDS}
    for seed, path in files.items():
        start = "2025-01-01" if seed % 2 else today - datetime.timedelta(days=DAYS - 1)
        make_events(oracles, path, seed, TENANTS, DAYS, start)
        path.write_text("\n".join(renamed(lines_of(path), seed)) + "\n")
    return files


def test_generated_lives_of_twenty_seeds_equal_the_oracle(
    life_files, start_server, activity, tmp_path, tenantry
):
    """All in one server, each looked at as of its own end and of past days of its own."""
    order = 12
    print("order", order)
    server = start_server().log_in()
    everything = [line for path in life_files.values() for line in lines_of(path)]
    send_with_kills(server, shuffled(everything, order), order, 2 * KILLS)
    server.wait_counted()
    read = {seed: activity.read([str(path)]) for seed, path in life_files.items()}
    found = functools.cache(lambda as_of: records(server, as_of))
    told_of = 0
    for seed, (events, repeated, rejected) in read.items():
        assert len(events) > 200 and repeated > 20 and rejected > 0, seed
        # Lives of the same days share the past ones that are asked about, or this would take long.
        shared = random.Random(f"{seed % 2} {seed > 10}")
        past = instants(activity, read[2 - seed % 2][0], shared)[1:]
        end = activity.stamp(max(ns for ns, _ in events))
        for as_of in (end, *past):
            mine = [r for r in found(as_of) if r["tenantID"].startswith(f"s{seed:02}-")]
            assert mine == right_records(activity, events, as_of), (seed, as_of)
            told_of += len(mine)
    assert told_of > 100, "tenants that nobody had heard of yet"
    everyone = [each for events, _, _ in read.values() for each in events]
    for as_of in (end, past[1]):
        check_questions(server, activity, everyone, as_of, tenantry)
