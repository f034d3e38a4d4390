"""Events of days to come are counted exactly, kept out of memory, and survive kills."""

import datetime
import json
import subprocess

EVENTS, BATCH, PADDING = 12_000, 400, "x" * 1000


def lines():
    """One tenant's jobs, spread over the next hundred days, each of about 1 KB."""
    today = datetime.datetime.now(datetime.timezone.utc).date()
    for i in range(EVENTS):
        day = today + datetime.timedelta(days=1 + i * 37 % 100)
        yield json.dumps(
            {
                "specversion": "1.0",
                "id": str(i),
                "source": "/s",
                "type": "io.tenantry.job.submitted",
                "time": f"{day}T12:00:00Z",
                "tenantid": "eager",
                "data": {"jobID": f"j{i}", "userID": f"u{i % 50}", "note": PADDING},
            }
        )


def test_they_are_counted_for_an_instant_to_come_whenever_the_server_dies(
    start_server, binary, tmp_path
):
    one = start_server(tmp_path / "data", "--activity.checkpoint_interval", "1h").log_in()
    sent = list(lines())
    for number, first in enumerate(range(0, EVENTS, BATCH)):
        assert one.send_events(sent[first : first + BATCH]).status_code == 202
        if number % 7 == 3:
            one.restart()
    one.wait_counted()
    # Full memory alone has had checkpoints written: the interval never came.
    text = one.get("/metrics").text
    waiting = {
        line.split('"')[1]: float(line.rsplit(" ", 1)[1])
        for line in text.splitlines()
        if line.startswith("tenantry_activity_waiting_bytes{")
    }
    assert waiting["memory"] < 5e6 and waiting["store"] > 1e5, waiting
    one.restart()

    (tmp_path / "events").write_text("\n".join(sent) + "\n")
    today = datetime.datetime.now(datetime.timezone.utc).date()
    for days in (1, 37, 99, 101, 150):
        as_of = f"{today + datetime.timedelta(days=days)}T00:00:00Z"
        replayed = subprocess.run(
            [binary, "replay", str(tmp_path / "events"), "--as-of", as_of],
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        expected = json.loads(replayed.stdout)
        answer = one.get("/api/v1/companies/eager", asOf=as_of)
        assert answer.status_code == 200, answer.text
        found = {name: answer.json().get(name) for name in expected}
        assert found == expected
    assert one.get("/api/v1/companies/eager").status_code == 404
