"""`tenantry replay` against the slow and obvious program, field by field, number by number."""

import gzip
import json
import os
import random
import subprocess
import sys

import pytest

from nasty_events import NastyEvents

SEEDS = range(1, 21)
FUZZ_SEED = int(os.environ.get("TENANTRY_FUZZ_SEED", random.SystemRandom().randrange(10**9)))


def strict(lines):
    """Each line read and written again: 1, 1.0 and true stay apart, the order of names goes."""
    return [json.dumps(json.loads(line), sort_keys=True) for line in lines.splitlines()]


@pytest.fixture
def same(binary, oracles):
    """Runs both with the same arguments; what they print, and their summaries, must be the same."""

    def run(*arguments, **options):
        arguments = [str(argument) for argument in arguments]
        right = subprocess.run(
            [sys.executable, str(oracles / "activity.py"), *arguments],
            capture_output=True, check=True, **options)
        ours = subprocess.run([str(binary), "replay", *arguments], capture_output=True, **options)
        assert ours.returncode == 0, ours.stderr.decode()
        assert ours.stderr.decode().strip() == right.stderr.decode().strip()
        assert strict(ours.stdout.decode()) == strict(right.stdout.decode())
        return right.stderr.decode()

    return run


@pytest.fixture
def made(oracles, tmp_path):
    """A file of events from one of the generators."""

    def run(generator, *arguments):
        path = tmp_path / "events.ndjson"
        with path.open("wb") as file:
            subprocess.run([sys.executable, str(oracles / generator), *map(str, arguments)],
                           stdout=file, check=True)
        return path

    return run


def compare_everything(same, path, days):
    same(path)
    same("--questions", path)
    for day in days:
        same("--as-of", day, path)
    same("--as-of", days[0], "--questions", "--limit", 3, path)


def test_songs_as_jobs(same, made, test_data):
    log = test_data / "sparkify_events/log_data_2018-11.jsonl.gz"
    path = made("events_from.py", "sparkify", log)
    days = ["2018-11-05T00:00:00Z", "2018-11-15T23:30:00-08:00", "2018-11-29T12:00:00.5Z"]
    compare_everything(same, path, days)


def test_a_cluster_of_1993(same, made, test_data):
    path = made("events_from.py", "swf", test_data / "nasa_jobs/NASA-iPSC-1993-3.1-cln.swf.gz")
    days = ["1993-10-15T00:00:00Z", "1993-11-20T00:00:00Z", "1993-12-24T00:00:00Z"]
    compare_everything(same, path, days)


def test_the_first_demonstrations_jobs(same, made, test_data):
    path = made("events_from.py", "seed_jobs", test_data / "seed_dashboard/jobs.csv")
    with path.open() as file:
        days = sorted({json.loads(line)["time"] for line in file})
    compare_everything(same, path, [days[0], days[len(days) // 2], days[-1]])


@pytest.mark.parametrize("seed", SEEDS)
def test_generated_lives(same, made, seed):
    path = made("make_events.py", "--seed", seed, "--tenants", 12, "--days", 120, "--repeat", 0.2,
                "--late", 0.1, "--bad", 0.01)
    days = ["2025-01-20T00:00:00Z", "2025-02-28T23:59:59.999Z", "2025-04-10T00:00:00+14:00"]
    compare_everything(same, path, days)


def test_nasty_events(same, tmp_path):
    for seed in range(FUZZ_SEED, FUZZ_SEED + 5):
        print(f"TENANTRY_FUZZ_SEED={seed}")
        path = tmp_path / "nasty.ndjson"
        path.write_bytes(b"\n".join(NastyEvents(seed).lines(5000)))
        same(path)
        same("--as-of", "2025-03-05T00:00:00Z", "--questions", path)


def test_several_files_compressed_and_from_standard_input(same, made, tmp_path):
    lines = made("make_events.py", "--seed", 99, "--tenants", 8).read_bytes().splitlines(True)
    random.Random(99).shuffle(lines)
    third = len(lines) // 3
    first, second = tmp_path / "first.ndjson", tmp_path / "second.ndjson.gz"
    first.write_bytes(b"".join(lines[:third]))
    second.write_bytes(gzip.compress(b"".join(lines[third:-third])) +
                       gzip.compress(b"".join(lines[-third:])))
    same(first, second)
    same("-", second, input=first.read_bytes())


def test_a_day_as_of_is_its_end(tenantry, made):
    path = made("make_events.py", "--seed", 4, "--tenants", 4, "--days", 40)
    day, end, begin = (
        tenantry("replay", path, "--as-of", t).stdout
        for t in ("2025-01-20", "2025-01-20T23:59:59.999999999Z", "2025-01-19")
    )
    assert day == end and day != begin
    refused = tenantry("replay", path, "--as-of", "2025-02-30")
    assert refused.returncode == 2 and "neither a day" in refused.stderr


def test_no_events_at_all(same, tmp_path):
    path = tmp_path / "empty.ndjson"
    path.write_bytes(b"\n \n{}\n")
    assert "as of 1970-01-01T00:00:00.000Z: 0 events" in same(path)
    same("--questions", path)


def test_a_kept_state_goes_on(binary, oracle, made, tmp_path):
    path = made("make_events.py", "--seed", 5, "--tenants", 10, "--repeat", 0.2, "--late", 0.1)
    lines = path.read_bytes().splitlines(True)
    part = tmp_path / "part.ndjson"
    for i in range(3):
        part.write_bytes(b"".join(lines[len(lines) * i // 3:len(lines) * (i + 1) // 3]))
        command = [str(binary), "replay", "--state", str(tmp_path / "state"), str(part)]
        done = subprocess.run(command, capture_output=True, check=True)
    assert strict(done.stdout.decode()) == [json.dumps(r, sort_keys=True) for r in oracle(path)]


def test_what_is_no_json_literal_is_refused(tenantry, tmp_path):
    # The one thing that we refuse and the oracle takes: Python reads literals that JSON has not.
    event = {"specversion": "1.0", "id": "1", "source": "/x", "type": "x", "tenantid": "t",
             "time": "2025-01-01T00:00:00Z"}
    path = tmp_path / "literals.ndjson"
    path.write_text("\n".join(json.dumps({**event, "x": float(x)}) for x in ("nan", "inf", "-inf")))
    done = tenantry("replay", path)
    assert done.returncode == 0 and "0 events, 0 repeated, 3 rejected" in done.stderr


def test_wrong_use_says_what_is_wrong(tenantry, tmp_path):
    for arguments, code, word in (
        (["--as-of", "yesterday", "x"], 2, "yesterday"),
        ([tmp_path / "none.ndjson"], 5, "none.ndjson"),
        ([tmp_path], 2, "folder"),
        ([], 2, "EVENTS"),
    ):
        done = tenantry("replay", *arguments)
        assert done.returncode == code and word in done.stderr, done.stderr
        assert not done.stdout
