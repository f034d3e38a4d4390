"""A server that was sent event files, shuffled and killed on the way, answers as the oracle."""

import json
import random
import subprocess
import sys

import pytest

LIVE_ONLY = {"companyID", "revision", "risk", "asOf", "registeredHere"}
KILLS = 3


def make_events(oracles, path, seed, tenants=40, days=110, start="2025-01-01"):
    with open(path, "w") as out:
        subprocess.run(
            [
                sys.executable,
                str(oracles / "make_events.py"),
                "--seed",
                str(seed),
                "--tenants",
                str(tenants),
                "--days",
                str(days),
                "--start",
                str(start),
                "--repeat",
                "0.2",
                "--late",
                "0.1",
                "--bad",
                "0.01",
            ],
            check=True,
            stdout=out,
        )


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


def send_with_kills(server, lines, seed):
    """Sends batches; a batch whose answer was lost with the process is sent again."""
    rng = random.Random(seed)
    batches = [lines[i : i + 500] for i in range(0, len(lines), 500)]
    kills = set(rng.sample(range(len(batches)), min(KILLS, len(batches))))
    for number, batch in enumerate(batches):
        assert server.send_events(batch).status_code == 202
        if number in kills:
            server.restart().log_in()
            assert server.send_events(batch).status_code == 202


@pytest.mark.parametrize("kind", ["sparkify", "seed_jobs", "seed7", "swf"])
def test_a_killed_and_restarted_server_equals_the_oracle(
    kind, start_server, test_data, oracles, oracle, tmp_path, tenantry
):
    path = events_of(kind, test_data, oracles, tmp_path / "events.ndjson")
    seed = 11
    print("seed", seed)
    lines = shuffled([x for x in path.read_text().splitlines() if x.strip()], seed)
    server = start_server().log_in()
    send_with_kills(server, lines, seed)
    server.wait_counted()

    expected = oracle(path)
    summary = subprocess.run(
        [sys.executable, str(oracles / "activity.py"), str(path)],
        check=True,
        text=True,
        capture_output=True,
    ).stderr
    as_of = greatest_time(summary)
    found = server.all("/api/v1/companies", asOf=as_of)
    assert [{k: v for k, v in r.items() if k not in LIVE_ONLY} for r in found] == expected

    questions = oracle("--questions", path)[0]
    for number in "12345":
        answer = server.get(f"/api/v1/questions/{number}", to=as_of).json()["answer"]
        assert without_risk(answer) == questions[number], f"question {number}"
        told = tenantry(
            "ask",
            number,
            "--to",
            as_of,
            "--json",
            "--server",
            server.url,
            env={"TENANTRY_TOKEN": server.session.headers["Authorization"].split()[1]},
        )
        assert told.returncode == 0, told.stderr
        assert without_risk(json.loads(told.stdout)["answer"]) == questions[number], f"ask {number}"

    past = past_day(expected, as_of)
    earlier = oracle("--as-of", past, path)
    found = server.all("/api/v1/companies", asOf=past)
    assert [{k: v for k, v in r.items() if k not in LIVE_ONLY} for r in found] == earlier


def without_risk(answer):
    if isinstance(answer, dict):
        return answer
    return [{k: v for k, v in row.items() if k != "risk"} for row in answer]


def past_day(expected, as_of):
    """A day in the middle of what happened: only the archive can tell of it."""
    days = sorted(day for row in expected for day in row["jobsByDay"])
    return days[len(days) // 2] + "T12:00:00Z"
