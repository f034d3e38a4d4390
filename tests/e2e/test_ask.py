"""The five questions in the terminal: the oracle's figures, and printed as they are."""

import datetime
import json

import pytest

import printed
import server
import test_live_oracle as lives

DAYS = 100
TENANTS = 12
LONG_AGO = "2001-01-01"
NOTHING = {1: "no events in these days\n"} | dict.fromkeys(range(2, 6), "no tenants\n")


@pytest.fixture(scope="module")
def today():
    return datetime.datetime.now(datetime.timezone.utc).date()


@pytest.fixture(scope="module")
def life(oracles, tmp_path_factory, today):
    """Events of the last 100 days up to today, of tenants of all moods; a few lines are broken."""
    path = tmp_path_factory.mktemp("life") / "events.ndjson"
    start = today - datetime.timedelta(days=DAYS - 1)
    lives.make_events(oracles, path, 3, TENANTS, DAYS, start)
    return path


@pytest.fixture(scope="module")
def events(activity, life):
    """(events, repeated, rejected) as the oracle reads them."""
    return activity.read([str(life)])


@pytest.fixture(scope="module")
def told(binary, life, run_program, tmp_path_factory):
    """A server that was sent the file by `events send`, and what that said: (server, said)."""
    one = server.Server(binary, tmp_path_factory.mktemp("server") / "data").start().log_in()
    said = run_program("events", "send", life, env=environment(one))
    one.wait_counted()
    yield one, said
    one.kill()


def environment(one):
    return {
        "TENANTRY_SERVER": one.url,
        "TENANTRY_TOKEN": one.session.headers["Authorization"].split()[1],
    }


@pytest.fixture
def ask(run_program, told):
    def run(*arguments):
        done = run_program("ask", *arguments, env=environment(told[0]))
        assert done.returncode == 0, (arguments, done.stderr)
        return done

    return run


def test_what_was_sent_is_told_to_the_last_event(told, events):
    one, said = told
    counted, repeated, rejected = events
    assert said.returncode == 1 and rejected > 10, "broken lines were refused"
    found = said.stdout.replace(",", "").strip().split(" · ")
    found = dict(each.split() for each in found)
    found = {name: int(number) for name, number in found.items()}
    assert found["rejected"] == rejected
    # The first copy may have come with an earlier request: such repeats vanish later.
    assert found["accepted"] + found["repeated"] == len(counted) + repeated
    assert found["accepted"] >= len(counted)
    assert said.stderr.strip().endswith(f"{rejected} events were rejected")


def day_of(today, back):
    return str(today - datetime.timedelta(days=back))


def ways(today):
    """Ways to ask: as-of day, first day shown, tenant, limit."""
    early, late = day_of(today, 20), day_of(today, 6)
    return [
        (None, None, None, 10),
        (early, None, None, 10),
        (None, late, None, 10),
        (early, day_of(today, 70), None, 10),
        (early, day_of(today, 27), None, 3),
        (None, None, None, 3),
        (None, None, "t00001", 10),
        (early, day_of(today, 45), "t00004", 10),
        (None, late, "t00002", 10),
        (LONG_AGO, None, None, 10),
    ]


def flags(to, since, tenant, limit):
    asked = {"--to": to, "--from": since, "--tenant": tenant, "--limit": limit}
    return [word for name, value in asked.items() if value is not None for word in (name, value)]


def right_answer(activity, events, number, as_of, way):
    """The oracle's answer; `--from` cuts the days shown, `--tenant` leaves the others out."""
    _, since, tenant, limit = way
    mine = [(ns, e) for ns, e in events if tenant in (None, e["tenantid"])]
    instant = activity.nanoseconds(as_of)
    rows = list(activity.tenants(mine, instant))
    answer = json.loads(json.dumps(activity.questions(rows, mine, instant, limit)[str(number)]))
    if since and number == 1:
        answer["days"] = [each for each in answer["days"] if each["day"] >= since]
    for row in answer if since and number == 4 else []:
        for name in ("jobsByDay", "ranByDay"):
            row[name] = {k: v for k, v in row[name].items() if k >= since}
    return answer


@pytest.mark.parametrize("number", range(1, 6))
def test_answers_are_the_oracle_s_and_printed_as_they_are(
    number, ask, told, activity, events, today
):
    one, _ = told
    for way in ways(today):
        to, since, tenant, limit = way
        document = json.loads(ask(number, *flags(*way), "--json").stdout)
        asked = {"from": since, "to": document["asOf"], "tenant": tenant, "limit": limit}
        asked = {name: value for name, value in asked.items() if value is not None}
        served = one.get(f"/api/v1/questions/{number}", **asked).json()
        assert served == document, way
        assert document["asOf"][:10] == (to or str(today))
        right = right_answer(activity, events[0], number, document["asOf"], way)
        assert lives.without_risk(document["answer"]) == right, way
        asked.pop("from", None)
        whole = one.get(f"/api/v1/questions/{number}", **asked).json()["answer"]
        shown = ask(number, *flags(document["asOf"], *way[1:]))
        rows = right["days"] if number == 1 else right
        if to == LONG_AGO:
            assert rows == [] and shown.stderr == NOTHING[number]
        elif tenant is None:
            assert len(rows) > 2, "nothing is tested"
        read = printed.answer(shown.stdout)
        assert read.title == document["title"]
        assert read.as_of == document["asOf"][:19].replace("T", " ")
        printed.check(read, number, document["answer"], whole, since, tenant)


def test_a_past_day_is_asked_by_its_name_as_by_its_end(ask, today):
    day = day_of(today, 20)
    for number in range(1, 6):
        by_name = json.loads(ask(number, "--to", day, "--json").stdout)
        assert by_name["asOf"] == f"{day}T23:59:59.999Z"
        by_instant = json.loads(ask(number, "--to", f"{day}T00:00:00Z", "--json").stdout)
        assert by_instant["answer"] == by_name["answer"], "an answer knows the whole of its day"


def test_figures_of_90_days_are_the_same_however_many_are_shown(ask, today):
    plain = printed.answer(ask(4).stdout)
    cut = printed.answer(ask(4, "--from", day_of(today, 3)).stdout)
    assert [row[0] for row in cut.rows] == [row[0] for row in plain.rows]
    for heading in plain.header:
        if heading not in cut.header or "90 DAYS" not in heading:
            continue
        at, before = cut.header.index(heading), plain.header.index(heading)
        assert [row[at] for row in cut.rows] == [row[before] for row in plain.rows], heading
