"""The page in a browser: each scenario is a script of its own, run over a server's data."""

import contextlib
import datetime
import json
import sqlite3

import pytest

import server
import work

HOSTILE = [
    ("script", "<script>globalThis.hacked = 1; alert(1)</script>"),
    ("image", '<img src="x" onerror="globalThis.hacked = 1">'),
    ("rtl", "\u202eشركة\u202c reversed"),
    ("quotes", "'\"&amp; {{7*7}} ${7*7} \\u0041"),
    ("x" * 128, "n" * 200),
    ("emoji", "👩‍👩‍👧‍👦 🏳️‍🌈 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 Z͑ͫ̓ͪ̂ͫ̽a͙̗̙l̷͚g̡o"),
    ("blank", "   "),
    ("ü/..;?#%2F", "=1+1"),
]

WINDOWS = [(1440, 900), (1024, 768), (390, 844)]


def event(tenant, kind, data, number):
    return json.dumps(
        {
            "specversion": "1.0",
            "id": str(number),
            "source": "/test",
            "type": "io.tenantry." + kind,
            "time": datetime.datetime.now(datetime.timezone.utc).isoformat(),
            "tenantid": tenant,
            "data": data,
        }
    )


@pytest.fixture
def companies(told):
    return [one for one in told.all("/api/v1/companies") if not one["deleted"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width, height", WINDOWS)
def test_every_room_at_every_width_light_and_dark(play, told, companies, width, height, scheme):
    busy = max(companies, key=lambda one: one["job90"])
    risky = max(companies, key=lambda one: one["risk"]["score"])
    place = {"width": width, "height": height, "scheme": scheme}
    play("rooms", told, company=busy["tenantID"], risky=risky["tenantID"], **place)


def test_the_numbers_on_the_page_are_those_of_the_api(play, told, companies):
    busy = max(companies, key=lambda one: one["job90"])
    play("numbers", told, company=busy["tenantID"])


def test_who_is_deleted_counts_in_question_one_alone(play, told):
    play("deleted", told)


def test_the_table_of_customers(play, told):
    play("table", told)


def test_the_first_view_is_small_and_how_soon_it_is_there(play, told, capsys):
    said = play("paint", told, rounds=5)
    with capsys.disabled():
        print("", said.strip())


def test_states_of_the_page(play, told):
    play("states", told)


def test_an_empty_server_teaches_and_then_moves(play, fresh):
    play("empty", fresh, tenant="acme")


def test_hostile_names_are_text(play, fresh):
    user = "<svg onload=alert(1)>"
    lines = []
    for tenant, name in HOSTILE:
        profile = {"tenantID": tenant, "name": name, "industry": name, "monthlyFee": 1}
        session = {"userID": user, "sessionID": "s"}
        lines.append(event(tenant, "tenant.created", profile, f"{len(lines)}"))
        lines.append(event(tenant, "user.logged_in", session, f"{len(lines)}"))
    sent = fresh.send_events(lines)
    assert sent.json()["accepted"] == len(lines), sent.text
    fresh.wait_counted()
    play("hostile", fresh, user=user, companies=[{"id": t, "name": n} for t, n in HOSTILE])


def test_people_are_managed_and_see_their_own(play, fresh):
    for tenant in ("acme", "other"):
        made = fresh.post("/api/v1/tenants", {"tenantID": tenant, "name": tenant})
        assert made.status_code == 201, made.text
    fresh.wait_for(
        "both to be known", lambda: len(fresh.all("/api/v1/companies")) == 2
    )
    play("users", fresh, tenant="acme", other="other")


def test_what_was_somebody_s_is_not_the_next_one_s(play, fresh):
    people = {"ann": "acme", "zoe": "beta"}
    for user, tenant in people.items():
        made = fresh.post("/api/v1/tenants", {"tenantID": tenant, "name": tenant})
        assert made.status_code == 201, made.text
        person = {"userID": user, "role": "scientist", "password": work.PASSWORD}
        assert fresh.post(f"/api/v1/tenants/{tenant}/users", person).status_code == 201
    ann = work.Scientist(fresh, "acme", "ann", work.PASSWORD)
    ann.put("orders", "n\n1\n2\n3\n")
    # Earlier versions took a word that SQL reserves.
    with contextlib.closing(sqlite3.connect(fresh.folder / "metastore.db", timeout=10)) as store:
        store.execute("UPDATE data_sets SET name = 'order', name_key = 'order'")
        store.commit()
    given = {
        user: {"tenant": tenant, "user": user, "password": work.PASSWORD}
        for user, tenant in people.items()
    }
    play("persons", fresh, **given)


@contextlib.contextmanager
def small_server(binary, folder, *options):
    """A server of narrow limits, with a scientist of a tenant."""
    one = server.Server(binary, folder, list(options)).start().log_in()
    try:
        made = one.post("/api/v1/tenants", {"tenantID": "acme", "name": "Acme"})
        assert made.status_code == 201, made.text
        person = {"userID": "ann", "role": "scientist", "password": work.PASSWORD}
        assert one.post("/api/v1/tenants/acme/users", person).status_code == 201
        yield one
    finally:
        one.kill()


ANN = {"tenant": "acme", "user": "ann", "secret": work.PASSWORD}


def test_a_page_too_many_says_so_and_stays_fresh(play, binary, tmp_path):
    options = ["--ingest.streams_per_tenant_max", "1", "--net.streams_max", "1"]
    with small_server(binary, tmp_path / "data", *options) as one:
        play("crowded", one, **ANN)


def test_a_file_is_brought_over_a_connection_that_breaks(play, binary, tmp_path):
    options = ["--lake.upload_part_bytes_max", "65536", "--lake.uploads_max", "1"]
    with small_server(binary, tmp_path / "data", *options) as one:
        # An application elsewhere tells of its data.
        data = {"dataSetID": "elsewhere", "bytes": 34_700_000_000, "userID": "ann"}
        sent = one.send_events([event("acme", "dataset.created", data, 1)])
        assert sent.json()["accepted"] == 1, sent.text
        one.wait_counted()
        play("upload", one, **ANN)


def work_of(workshop):
    return {
        "tenant": work.TENANT,
        "scientist": work.SCIENTIST,
        "secret": work.PASSWORD,
        "hostile": work.HOSTILE,
        "jobs": workshop.jobs,
        "file": "day,visits\n2026-11-01,12\n2026-11-02,30\n",
    }


def test_a_scientist_watches_cancels_writes_and_asks(play, workshop):
    play("scientist", workshop, **work_of(workshop))


@pytest.mark.parametrize("width, height", WINDOWS)
def test_jobs_and_data_at_every_width_light_and_dark(play, workshop, width, height):
    play("workshop", workshop, width=width, height=height, **work_of(workshop))


def test_a_data_set_of_very_many_columns(play, workshop):
    workshop.ann.cancel("running")
    play("wide", workshop, columns=5000, **work_of(workshop))


def test_by_keyboard_alone(play, workshop):
    sent = workshop.send_events(
        event(work.TENANT, "user.logged_in", {"userID": "ann", "sessionID": f"k{at}"}, f"k{at}")
        for at in range(8)
    )
    assert sent.json()["accepted"] == 8, sent.text
    workshop.wait_for("it to be raised", lambda: workshop.all("/api/v1/notifications"))
    workshop.ann.cancel("running")
    play("keyboard", workshop, endless=work.ENDLESS, **work_of(workshop))


def test_addresses_that_lead_nowhere(play, told):
    play("nowhere", told)


def test_what_is_not_known_is_no_zero_and_one_is_no_plural(play, fresh):
    made = fresh.post("/api/v1/tenants", {"tenantID": "acme", "name": "Acme"})
    assert made.status_code == 201, made.text
    session = {"userID": "ann", "sessionID": "s1"}
    data = {"dataSetID": "d", "bytes": 1, **session}
    lines = [
        event("acme", "user.added", {"userID": "ann"}, 1),
        event("acme", "user.logged_in", session, 2),
        event("acme", "dataset.created", data, 3),
        event("acme", "job.submitted", {"jobID": "j", **session}, 4),
        event("acme", "job.succeeded", {"jobID": "j"}, 5),
    ]
    assert fresh.send_events(lines).json()["accepted"] == len(lines)
    fresh.wait_counted()
    fresh.wait_for("it to be known", lambda: len(fresh.all("/api/v1/companies")) == 1)
    play("nofees", fresh, tenant="acme")


def test_what_needs_somebody_is_chosen_from_all(play, fresh):
    lines = []

    def add(tenant, kind, data):
        lines.append(event(tenant, kind, data, len(lines)))

    def sessions(tenant, count, idle):
        for at in range(count):
            session = {"userID": "ann", "sessionID": f"s{at}"}
            add(tenant, "user.logged_in", session)
            if at >= idle:
                add(tenant, "job.submitted", {**session, "jobID": f"j{at}"})

    def jobs(tenant, count, failed):
        for at in range(count):
            data = {"jobID": f"b{at}"}
            add(tenant, "job.submitted", data)
            add(tenant, "job.failed" if at < failed else "job.succeeded", data)

    for at in range(260):
        sessions(f"mid{at:03}", 10, 6)
    for at in range(10):
        sessions(f"pure{at}", 4, 4)
    for at in range(60):  # more failures, of very many jobs
        jobs(f"busy{at:02}", 100, 10)
    jobs("broken", 8, 7)
    for first in range(0, len(lines), 2000):
        batch = lines[first : first + 2000]
        assert fresh.send_events(batch).json()["accepted"] == len(batch)
    fresh.wait_counted()
    fresh.wait_for("it to be raised", lambda: len(fresh.all("/api/v1/notifications")) == 270)
    play(
        "needs",
        fresh,
        idle=[f"pure{at}" for at in range(5)],
        idleTotal=270,
        failing=[["broken", "88 %"]],
    )


def test_charts_and_choices_of_many(play, fresh):
    for at in range(24):
        profile = {"tenantID": f"c{at}", "name": f"Company {at}", "employees": at + 1}
        if at > 1:
            profile["industry"] = "retail" if at < 6 else f"ind{at % 19}"
        made = fresh.post("/api/v1/tenants", profile)
        assert made.status_code == 201, made.text
    fresh.wait_for("all to be known", lambda: len(fresh.all("/api/v1/companies")) == 24)
    play("charts", fresh)


def log_ins(tenant, first, count, with_job):
    for at in range(first, first + count):
        session = {"userID": "zoe", "sessionID": f"s{at}"}
        yield event(tenant, "user.logged_in", session, f"{tenant}-{at}")
        if with_job:
            yield event(tenant, "job.submitted", {**session, "jobID": f"j{at}"}, f"{tenant}-j{at}")


def test_what_no_longer_holds_is_taken_on_by_nobody(play, fresh):
    for tenant in ("acme", "beta"):
        made = fresh.post("/api/v1/tenants", {"tenantID": tenant, "name": tenant})
        assert made.status_code == 201, made.text
    person = {"userID": "zoe", "role": "scientist", "password": work.PASSWORD}
    assert fresh.post("/api/v1/tenants/beta/users", person).status_code == 201
    sent = [*log_ins("acme", 0, 4, False), *log_ins("beta", 0, 1, False)]
    assert fresh.send_events(sent).json()["accepted"] == len(sent)

    def status():
        return [one["status"] for one in fresh.all("/api/v1/notifications")]

    fresh.wait_for("it to be raised", lambda: status() == ["open"])
    sent = list(log_ins("acme", 4, 6, True))
    assert fresh.send_events(sent).json()["accepted"] == len(sent)
    fresh.wait_for("it to be cleared", lambda: status() == ["cleared"])
    # The page's own login is the second session of beta.
    play("cleared", fresh, tenant="acme", few="beta", secret=work.PASSWORD)


def test_a_long_table_is_reached_everywhere(play, fresh):
    count = 12_000
    for first in range(0, count, 4000):
        lines = [
            event(f"c{at:06}", "tenant.created", {"tenantID": f"c{at:06}", "monthlyFee": at}, at)
            for at in range(first, first + 4000)
        ]
        assert fresh.send_events(lines).json()["accepted"] == len(lines)
    fresh.wait_counted()
    play("large", fresh, count=count)
