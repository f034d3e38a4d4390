"""What the page asks: the cookie, the summary, tables and histories, against the plain answers."""

import datetime

import pytest
import requests

import test_live_oracle as lives

DAYS = 100
TENANTS = 8


@pytest.fixture(scope="module")
def today():
    return datetime.datetime.now(datetime.timezone.utc).date()


@pytest.fixture
def told(start_server, oracles, tmp_path, today):
    """A server that knows the life of some tenants up to today."""
    path = tmp_path / "events.ndjson"
    start = today - datetime.timedelta(days=DAYS - 1)
    lives.make_events(oracles, path, 5, TENANTS, DAYS, start)
    server = start_server().log_in()
    for at in range(0, len(lines := lives.lines_of(path)), 2000):
        assert server.send_events(lines[at : at + 2000]).status_code == 202
    server.wait_counted()
    return server


def answer(server, path, **parameters):
    """What is answered at last: 503 says that it is being worked out."""
    given = []

    def there():
        given[:] = [server.get(path, **parameters)]
        return given[0].status_code != 503

    server.wait_for(path, there)
    assert given[0].status_code == 200, given[0].text
    return given[0].json()


def test_the_summary_is_what_the_records_and_questions_say(told):
    summary = answer(told, "/api/v1/summary")
    living = [one for one in told.all("/api/v1/companies") if not one["deleted"]]
    assert summary["tenants"] == len(living) > 3
    for field in ("users", "job30", "job90", "ran30", "failed30", "dataBytes", "dataSets"):
        assert summary[field] == sum(one[field] for one in living), field
    assert summary["quietTenants"] == sum(one["job30"] == 0 for one in living)
    by_industry = {one["industry"]: one["tenants"] for one in summary["industries"]}
    assert sum(by_industry.values()) == len(living)
    first = answer(told, "/api/v1/questions/1")["answer"]
    assert summary["activity"]["sessions"] == first["sessions"]
    assert summary["activity"]["dataThenJob"] == first["dataThenJob"]
    days = {one["day"]: one for one in summary["days"]}
    for line in first["days"]:
        for field in ("registrations", "logins", "dataEvents", "jobs"):
            assert days[line["day"]][field] == line[field], (line["day"], field)


def test_a_history_says_what_each_day_would_have_said(told, today):
    company = max(told.all("/api/v1/companies"), key=lambda one: one["job90"])
    path = "/api/v1/companies/" + requests.utils.quote(company["tenantID"], safe="")
    history = answer(told, path + "/history")
    days = {one["day"]: one for one in history["days"]}
    assert len(days) == 90
    assert {day: one["jobs"] for day, one in days.items() if one["jobs"]} == company["jobsByDay"]
    assert {day: one["ran"] for day, one in days.items() if one["ran"]} == company["ranByDay"]
    for back in (0, 1, 17, 45, 89):
        day = str(today - datetime.timedelta(days=back))
        assert days[day]["dataBytes"] == answer(told, path, asOf=day)["dataBytes"], day
    together = {one["day"]: one for one in answer(told, "/api/v1/history")["days"]}
    day = str(today - datetime.timedelta(days=30))
    living = [one for one in told.all("/api/v1/companies", asOf=day) if not one["deleted"]]
    assert together[day]["dataBytes"] == sum(one["dataBytes"] for one in living)
    assert answer(told, "/api/v1/summary", asOf=day)["dataBytes"] == together[day]["dataBytes"]


def test_a_table_is_sorted_filtered_and_cut_anywhere(told):
    living = [one for one in told.all("/api/v1/companies") if not one["deleted"]]
    whole = told.all("/api/v1/companies", sort="-job90", view="brief")
    assert [one["job90"] for one in whole] == sorted((one["job90"] for one in living), reverse=True)
    part = told.get("/api/v1/companies", sort="-job90", offset=2, limit=2).json()
    assert [one["tenantID"] for one in part["items"]] == [one["tenantID"] for one in whole[2:4]]
    assert part["total"] == len(living)
    pages = [told.get("/api/v1/companies", sort="-job90", limit=3).json()]
    while cursor := pages[-1].get("next"):
        pages.append(told.get("/api/v1/companies", sort="-job90", limit=3, cursor=cursor).json())
    assert [one["tenantID"] for page in pages for one in page["items"]] == [
        one["tenantID"] for one in whole
    ]
    industry = living[0]["industry"]
    found = told.all("/api/v1/companies", industry=industry, view="brief")
    assert {one["tenantID"] for one in found} == {
        one["tenantID"] for one in living if one["industry"] == industry
    }


@pytest.mark.parametrize(
    "parameters, about",
    [
        ({"sort": "jobs"}, "job30"),
        ({"risk": "great"}, "unknown, low, watch, high"),
        ({"view": "tiny"}, "brief or full"),
        ({"offset": "-1"}, "0 to"),
        ({"offset": "1", "cursor": "ab"}, "cursor"),
    ],
)
def test_a_wrong_table_is_refused_with_what_is_right(running, parameters, about):
    answer = running.log_in().get("/api/v1/companies", **parameters)
    assert answer.status_code == 400
    assert about in answer.json()["detail"]


def test_a_tenants_people_see_their_own_sums_alone(told):
    company = told.all("/api/v1/companies", sort="-job90", view="brief")[0]["tenantID"]
    told.post("/api/v1/tenants", {"tenantID": company, "name": "x"})
    keys = f"/api/v1/tenants/{requests.utils.quote(company, safe='')}/keys"
    key = told.post(keys, {"kind": "bearer", "role": "scientist"}).json()["secret"]
    told.session.headers["Authorization"] = "Bearer " + key
    assert answer(told, "/api/v1/summary")["tenants"] == 1
    assert answer(told, "/api/v1/summary", asOf="2001-01-01")["tenants"] == 0
    assert told.get("/api/v1/companies", sort="name").json()["total"] == 1
    own = answer(told, "/api/v1/companies/" + requests.utils.quote(company, safe="") + "/history")
    assert [one["dataBytes"] for one in answer(told, "/api/v1/history")["days"]] == [
        one["dataBytes"] for one in own["days"]
    ]
    assert told.get("/api/v1/companies/another/history").status_code == 404


def test_a_browser_signs_in_and_off_with_a_cookie(running):
    page = requests.Session()
    body = {"userID": "admin", "password": running.admin_password(), "cookie": True}
    sessions = running.url + "/api/v1/sessions"
    here = {"Origin": running.url}
    for headers in ({}, {"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert page.post(sessions, json=body, headers=headers).status_code == 403
    given = page.post(sessions, json=body, headers=here)
    assert given.status_code == 201
    assert "token" not in given.json()
    cookie = given.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Secure" not in cookie
    assert page.get(sessions + "/current").json()["userID"] == "admin"
    assert page.get(running.url + "/api/v1/streams/companies", stream=True).status_code == 200
    new = {"tenantID": "acme", "name": "Acme"}
    assert page.post(running.url + "/api/v1/tenants", json=new).status_code == 403
    assert page.post(running.url + "/api/v1/tenants", json=new, headers=here).status_code == 201
    token = page.cookies["tenantry_session"]
    assert page.delete(sessions + "/current").status_code == 403
    gone = page.delete(sessions + "/current", headers=here)
    assert gone.status_code == 204 and "Max-Age=0" in gone.headers["Set-Cookie"]
    page.cookies.set("tenantry_session", token)
    assert page.get(sessions + "/current").status_code == 401
    assert page.post(sessions, json=body | {"cookie": 1}, headers=here).status_code == 400


def test_the_page_is_served_to_anybody_and_kept_by_its_hash(running):
    page = requests.get(running.url + "/customers/any%20body", timeout=10)
    assert page.headers["Content-Type"] == "text/html;charset=utf-8"
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    asset = page.text.split('src="/assets/')[1].split('"')[0]
    script = requests.get(running.url + "/assets/" + asset, timeout=10)
    assert "immutable" in script.headers["Cache-Control"]
    assert script.headers["Content-Encoding"] == "gzip"
    same = {"If-None-Match": script.headers["ETag"]}
    assert requests.get(script.url, headers=same, timeout=10).status_code == 304
    assert requests.get(running.url + "/assets/old.js", timeout=10).status_code == 404
    assert requests.get(running.url + "/nowhere", timeout=10).status_code == 404
