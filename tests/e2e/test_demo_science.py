"""What the demonstration's data scientists brought and found, computed here once more.

Their data is read back over the API, and the jobs' results are held against it: what was planted in
the data must be what the jobs found and what the terminal told.
"""

import csv
import dataclasses
import datetime
import io
import re
import statistics

import pytest
import requests

import printed
import server

TENANTS, DAYS, SEED = 10, 40, 3
ROWS = 20_000
TIMES = ("started", "finished")


@dataclasses.dataclass
class Story:
    results: list  # the paragraphs of the data scientists
    ending: list  # the paragraphs of the end
    told: str  # what was said beside


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("science") / "kept data"  # a name that a shell would split


@pytest.fixture(scope="module")
def story(run_program, folder):
    size = ("--tenants", TENANTS, "--days", DAYS, "--seed", SEED)
    done = run_program("demo", "--exit", "--keep", folder, *size)
    assert done.returncode == 0, done.stderr
    paragraphs = re.split(r"\n\n+", done.stdout.strip("\n"))
    first = next(i for i, text in enumerate(paragraphs) if text.startswith("1. "))
    return Story(paragraphs[:first], paragraphs[-4:], done.stderr)


@pytest.fixture(scope="module")
def kept(story, binary, folder):
    one = server.Server(binary, folder)
    one.start().log_in()
    yield one
    one.kill()


@dataclasses.dataclass
class Person:
    """Somebody who signed in with what the story printed."""

    url: str
    tenant: str
    user: str
    headers: dict

    def get(self, path, **params):
        answer = requests.get(self.url + path, params=params, headers=self.headers, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def rows(self, sql):
        path = f"{self.url}/api/v1/tenants/{self.tenant}/query"
        body = {"sql": sql, "format": "csv"}
        answer = requests.post(path, json=body, headers=self.headers, timeout=60)
        assert answer.status_code == 200, answer.text
        return list(csv.DictReader(io.StringIO(answer.text)))


def sign_in(url, tenant, user, password):
    body = {"userID": user, "password": password} | ({"tenantID": tenant} if tenant else {})
    answer = requests.post(url + "/api/v1/sessions", json=body, timeout=60)
    assert answer.status_code == 201, answer.text
    return Person(url, tenant, user, {"Authorization": "Bearer " + answer.json()["token"]})


def sign_ins(ending):
    """(who, tenant, user, password) of every line of the table."""
    title, *lines = ending[1].split("\n")
    header, rows, rest = printed.table(lines)
    assert title == "Sign in there as" and not rest
    assert header == ["WHO", "TENANT", "USER", "PASSWORD"]
    return rows


@pytest.fixture(scope="module")
def people(story, kept):
    """The data scientists by their names, signed in with the printed passwords."""
    rows = sign_ins(story.ending)
    assert [row[0] for row in rows] == ["operator"] + ["data scientist"] * 3
    return {user: sign_in(kept.url, tenant, user, word) for _, tenant, user, word in rows[1:]}


def last_midnight(rows, column):
    """The end of the day that the newest row lies in."""
    newest = max(row[column] for row in rows)[:10]
    return datetime.date.fromisoformat(newest) + datetime.timedelta(days=1)


def check_shown(paragraph, title, rows):
    first, *lines = paragraph.split("\n")
    assert first == title
    _, shown, rest = printed.table(lines)
    assert not rest and [[float_or_text(cell) for cell in row] for row in shown] == rows


def float_or_text(cell):
    return float(cell) if re.fullmatch(r"-?\d+(\.\d+)?", cell) else cell


def test_the_best_day_is_the_day_of_the_sale(story, people):
    nora = people["nora"]
    orders = nora.rows("FROM orders")
    assert len(orders) == ROWS
    days = {}
    for order in orders:
        day = days.setdefault(order["orderedAt"][:10], [0, set(), 0.0])
        day[0] += 1
        day[1].add(order["customer"])
        day[2] += float(order["quantity"]) * float(order["unitPrice"])
    found = {row["day"]: row for row in nora.rows("FROM orders_by_day")}
    assert found.keys() == days.keys() and len(days) == 28
    for day, (count, customers, revenue) in days.items():
        row = found[day]
        assert (int(row["orders"]), int(row["customers"])) == (count, len(customers)), day
        assert float(row["revenue"]) == pytest.approx(revenue, abs=0.011), day
    ranked = sorted(days.items(), key=lambda item: (-item[1][0], item[0]))[:5]
    sale = last_midnight(orders, "orderedAt") - datetime.timedelta(days=10)
    assert ranked[0][0] == sale.isoformat()
    assert ranked[0][1][0] > 1.5 * ranked[1][1][0]
    rows = [
        [day, count, len(customers), pytest.approx(revenue, abs=0.011)]
        for day, (count, customers, revenue) in ranked
    ]
    title = f"orders by day of {nora.tenant}, best day: {sale}"
    check_shown(story.results[0], title, rows)


def test_the_slowest_service_is_the_faulty_one(story, people):
    omar = people["omar"]
    requests_ = omar.rows("FROM requests")
    assert len(requests_) == ROWS
    services = {}
    for one in requests_:
        millis, failed = services.setdefault(one["service"], ([], []))
        millis.append(float(one["millis"]))
        failed.append(int(one["status"]) >= 500)
    found = {row["service"]: row for row in omar.rows("FROM service_health")}
    assert found.keys() == services.keys() and len(services) == 5
    for name, (millis, failed) in services.items():
        row = found[name]
        assert int(row["requests"]) == len(millis)
        assert float(row["median_millis"]) == pytest.approx(statistics.median(millis), abs=0.051)
        assert float(row["failed_percent"]) == pytest.approx(
            100 * sum(failed) / len(failed), abs=0.0051
        )
    slowest, second = sorted(services, key=lambda s: -statistics.median(services[s][0]))[:2]
    assert slowest == "checkout"
    assert statistics.median(services[slowest][0]) > 3 * statistics.median(services[second][0])
    assert float(found[slowest]["failed_percent"]) > 5 * float(found[second]["failed_percent"])
    title = f"health of services of {omar.tenant}, slowest service: checkout"
    rows = sorted(found.values(), key=lambda row: -float(row["median_millis"]))
    check_shown(story.results[1], title, [list(map(float_or_text, row.values())) for row in rows])


def test_the_hottest_sensor_is_the_one_that_runs_hot(story, people):
    pia = people["pia"]
    readings = pia.rows("FROM readings")
    assert len(readings) == ROWS
    known = [row for row in readings if row["temperature"]]
    assert 0 < ROWS - len(known) < ROWS / 50
    newest = max(datetime.datetime.fromisoformat(r["measuredAt"].rstrip("Z")) for r in known)
    since = newest - datetime.timedelta(days=3)
    sensors = {}
    for row in known:
        before, now = sensors.setdefault(row["sensor"], ([], []))
        recent = datetime.datetime.fromisoformat(row["measuredAt"].rstrip("Z")) >= since
        (now if recent else before).append(float(row["temperature"]))
    found = {row["sensor"]: row for row in pia.rows("FROM sensor_heat")}
    assert found.keys() == sensors.keys() and len(sensors) == 24
    for name, (before, now) in sensors.items():
        assert int(found[name]["readings"]) == len(before) + len(now)
        for column, values in (("celsius_before", before), ("celsius_now", now)):
            mean = pytest.approx(statistics.fmean(values), abs=0.051)
            assert float(found[name][column]) == mean, name
    hottest, second = sorted(sensors, key=lambda s: -statistics.fmean(sensors[s][1]))[:2]
    assert hottest == "press-07"
    assert statistics.fmean(sensors[hottest][1]) > statistics.fmean(sensors[second][1]) + 8
    title = f"heat of sensors of {pia.tenant}, hottest sensor: press-07"
    assert story.results[2].split("\n")[0] == title
    assert story.results[2].split("\n")[2].startswith("press-07 ")


def test_data_and_results_are_versions_by_their_scientist(people):
    for user, person in people.items():
        found = person.get(f"/api/v1/tenants/{person.tenant}/datasets")["items"]
        jobs = person.get("/api/v1/jobs", status="succeeded")["items"]
        assert len(found) == 2 and 1 <= len(jobs) <= 4
        makers = {f"user {user} of {person.tenant}", f"job {jobs[0]['jobID']} of {person.tenant}"}
        assert {data_set["updatedBy"] for data_set in found} == makers
        assert [data_set["version"] for data_set in found] == [len(jobs)] * 2


def test_jobs_took_real_time_on_days_of_the_story(kept):
    jobs = kept.all("/api/v1/jobs")
    days = set()
    for job in jobs:
        begun, ended = (datetime.datetime.fromisoformat(job[k].rstrip("Z")) for k in TIMES)
        assert datetime.timedelta() < ended - begun < datetime.timedelta(minutes=2)
        assert ended.date() < datetime.datetime.now(datetime.timezone.utc).date()
        days.add(begun.date())
    assert len(days) == 4 and max(days) - min(days) == datetime.timedelta(days=21)





def test_one_job_failed_for_its_column_and_the_next_was_right(story, kept, people):
    (failed,) = kept.all("/api/v1/jobs", status="failed")
    steps = [step["status"] for step in failed["steps"]]
    assert steps[:3] == ["succeeded", "succeeded", "failed"]
    assert steps[3] not in ("succeeded", "failed", "running")
    person = people[failed["userID"]]
    assert person.tenant == failed["tenantID"]
    assert "not found" in failed["error"] and failed["steps"][2]["name"] in failed["error"]
    assert f"{person.user} of {person.tenant} had misspelt a column at first: " in story.told
    assert failed["error"].split("\n")[0] in story.told
    newest = person.get("/api/v1/jobs")["items"][0]
    assert (newest["status"], newest["name"]) == ("succeeded", failed["name"])
    assert newest["created"] > failed["finished"]
    assert f"/jobs/{failed['jobID']}" in story.ending[2]


def test_the_end_leads_back_to_the_data(story, kept, folder):
    kept_line, _, looks, other = story.ending
    assert kept_line == (
        f"The data is kept. `tenantry serve --data '{folder}'` brings it back, "
        "the page at http://127.0.0.1:8080/."
    )
    (_, _, admin, password), *_ = sign_ins(story.ending)
    assert password == kept.admin_password()
    sign_in(kept.url, "", admin, password)
    assert f"--password-file '{folder}/admin_password'" in other
    risky = kept.get("/api/v1/companies", sort="-score", limit=1).json()["items"][0]
    assert f"above all {risky['name']}, risk {printed.risk(risky['risk'])}: " in looks
    for path in re.findall(r"http://127\.0\.0\.1:8080(/\S+)", looks):
        page = requests.get(kept.url + path, timeout=60)
        assert page.status_code == 200 and page.headers["Content-Type"].startswith("text/html")
    assert f"/customers/{risky['companyID']}\n" in looks
    wrong = {"userID": admin, "password": password[:-1]}
    assert kept.post("/api/v1/sessions", wrong).status_code == 401
