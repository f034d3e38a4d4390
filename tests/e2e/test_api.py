"""The API as its users meet it: tenants, people, roles, idempotency, and refusals that say why."""

import concurrent.futures
import http.client
import json
import urllib.parse

import pytest


@pytest.fixture
def operator(running):
    return running.log_in()


def new_tenant(server, tenant, **fields):
    answer = server.post(
        "/api/v1/tenants", {"tenantID": tenant, "name": f"Company {tenant}", **fields}
    )
    assert answer.status_code == 201, answer.text
    return answer


def add_user(server, tenant, user, role="scientist", password="correct horse"):
    answer = server.post(
        f"/api/v1/tenants/{tenant}/users", {"userID": user, "role": role, "password": password}
    )
    assert answer.status_code == 201, answer.text


def as_user(server, tenant, user, password="correct horse"):
    """A bearer header of a tenant's user."""
    answer = server.request(
        "POST",
        "/api/v1/sessions",
        json={"tenantID": tenant, "userID": user, "password": password},
        headers={"Authorization": ""},
    )
    assert answer.status_code == 201, answer.text
    return {"Authorization": "Bearer " + answer.json()["token"]}


def problem(answer, status):
    assert answer.status_code == status, f"{answer.status_code}: {answer.text}"
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    body = answer.json()
    assert body["status"] == status and body["title"] and body["detail"]
    return body


def test_a_tenant_lives_from_registration_to_deletion(operator):
    created = new_tenant(operator, "acme", industry="space mining", revenue=12.5, employees=7)
    assert created.headers["Location"] == "/api/v1/tenants/acme"
    assert created.json()["status"] == "active" and created.json()["pattern"] == "bridge"
    path, etag = "/api/v1/tenants/acme", created.headers["ETag"]
    changed = operator.request("PATCH", path, json={"employees": 8}, headers={"If-Match": etag})
    assert (
        changed.status_code == 200
        and changed.json()["employees"] == 8
        and changed.headers["ETag"] != etag
    )
    problem(operator.request("PATCH", path, json={"employees": 9}, headers={"If-Match": etag}), 412)
    assert operator.get(path).json()["employees"] == 8
    replaced = operator.request("PUT", path, json={"name": "Acme"})
    assert replaced.status_code == 200 and replaced.json()["name"] == "Acme"
    assert operator.request("DELETE", path).status_code == 204
    problem(operator.get(path), 404)
    problem(operator.post("/api/v1/tenants", {"tenantID": "acme", "name": "again"}), 409)


def test_lists_page_search_and_count(operator):
    for i in range(25):
        new_tenant(operator, f"t{i:03d}", industry="IT" if i % 5 else "gov")
    pages, cursor = [], None
    while True:
        answer = operator.get("/api/v1/tenants", limit=10, **({"cursor": cursor} if cursor else {}))
        pages.append([t["tenantID"] for t in answer.json()["items"]])
        cursor = answer.json().get("next")
        assert ('rel="next"' in answer.headers.get("Link", "")) == bool(cursor)
        if not cursor:
            break
    assert pages == [[f"t{i:03d}" for i in range(k, min(k + 10, 25))] for k in (0, 10, 20)]
    assert operator.get("/api/v1/tenants/count").json() == {"count": 25}
    assert operator.get("/api/v1/tenants/count", industry="gov").json() == {"count": 5}
    assert [t["tenantID"] for t in operator.get("/api/v1/tenants", q="T007").json()["items"]] == [
        "t007"
    ]
    problem(operator.get("/api/v1/tenants", cursor="made-up"), 400)
    problem(operator.get("/api/v1/tenants", limit=1001), 400)


@pytest.mark.parametrize(
    "body,word",
    [
        ({"name": 7}, "name"),
        ({"name": "x", "employees": -1}, "employees"),
        ({"name": "x", "employees": 1.5}, "employees"),
        ({"name": "x", "revenue": 1e300}, "revenue"),
        ({"name": "x", "plan": "gold"}, "plan"),
        ({"name": "x", "colour": "red"}, "colour"),
        ({"name": "x", "tenantID": "y" * 129}, "tenantID"),
        ({}, "name"),
        ([], "object"),
    ],
)
def test_a_wrong_tenant_is_refused_naming_the_field(operator, body, word):
    assert word in problem(operator.post("/api/v1/tenants", body), 400)["detail"]


@pytest.mark.parametrize(
    "data", [b"{", b"", b"\xff", b'{"name":"a","name":"b"}', b'{"name":"x"} x', b"null"]
)
def test_broken_json_is_refused(operator, data):
    problem(
        operator.request(
            "POST", "/api/v1/tenants", data=data, headers={"Content-Type": "application/json"}
        ),
        400,
    )


def test_strange_ids_survive_the_path(operator):
    for tenant in ("a/b", "ä ö", "%2F", "x?y#z", "漢字" * 20):
        new_tenant(operator, tenant)
        path = "/api/v1/tenants/" + urllib.parse.quote(tenant, safe="")
        assert operator.get(path).json()["tenantID"] == tenant


@pytest.mark.parametrize("segment", ["..", "%2E%2E", "%2e."])
def test_dots_in_a_path_are_an_id_like_any_other(operator, segment):
    """Most clients fold such a path before they send it: nobody new is called so. Of tenants that
    events tell of the server asks no such thing, and it takes the path as it came."""
    refused = operator.post("/api/v1/tenants", {"tenantID": "..", "name": "x"})
    assert ".." in problem(refused, 400)["detail"]
    event = json.dumps(
        {
            "specversion": "1.0",
            "id": "1",
            "source": "/dots",
            "type": "io.tenantry.job.submitted",
            "time": "2026-01-01T00:00:00Z",
            "tenantid": "..",
            "data": {},
        }
    )
    assert operator.send_events([event]).json()["accepted"] == 1
    operator.wait_counted()
    connection = http.client.HTTPConnection(operator.url.split("//")[1], timeout=10)
    headers = {"Authorization": operator.session.headers["Authorization"]}
    connection.request("GET", "/api/v1/companies/" + segment, headers=headers)
    answer = connection.getresponse()
    assert (answer.status, json.load(answer)["companyID"]) == (200, "..")
    connection.close()


def test_days_that_run_backwards_are_refused(operator):
    for number in range(1, 6):
        days = {"from": "2026-03-02", "to": "2026-03-01"}
        answer = operator.get(f"/api/v1/questions/{number}", **days)
        assert "from lies after to" in problem(answer, 400)["detail"]


def test_a_repeated_creation_has_one_effect(operator):
    key = {"Idempotency-Key": "k1"}

    def create(_):
        return operator.request("POST", "/api/v1/tenants", json={"name": "Once"}, headers=key)

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(create, range(16)))
    assert {a.status_code for a in answers} <= {201, 409}
    first = next(a for a in answers if a.status_code == 201)
    assert create(0).content == first.content
    assert operator.get("/api/v1/tenants/count").json() == {"count": 1}
    problem(operator.request("POST", "/api/v1/tenants", json={"name": "Other"}, headers=key), 422)


def test_a_key_s_secret_is_shown_once(operator):
    new_tenant(operator, "acme")
    headers = {"Idempotency-Key": "k2"}
    path, body = "/api/v1/tenants/acme/keys", {"kind": "bearer", "role": "scientist"}
    created = operator.request("POST", path, json=body, headers=headers)
    assert created.status_code == 201
    secret = created.json()["secret"]
    assert secret not in operator.request("POST", path, json=body, headers=headers).text
    assert secret not in operator.get(path).text
    bearer = {"Authorization": "Bearer " + secret}
    assert operator.request("GET", "/api/v1/tenants/acme", headers=bearer).status_code == 200
    key = created.json()["keyID"]
    assert operator.request("DELETE", f"{path}/{key}").status_code == 204
    problem(operator.request("GET", "/api/v1/tenants/acme", headers=bearer), 401)


def test_one_tenant_cannot_reach_another(operator):
    for tenant in ("acme", "rival"):
        new_tenant(operator, tenant)
        add_user(operator, tenant, "ann", role="tenant_admin")
    ann = as_user(operator, "acme", "ann")
    for method, path, body in (
        ("GET", "/api/v1/tenants/{}", None),
        ("PATCH", "/api/v1/tenants/{}", {"name": "x"}),
        ("DELETE", "/api/v1/tenants/{}", None),
        ("GET", "/api/v1/tenants/{}/users", None),
        ("POST", "/api/v1/tenants/{}/users", {"userID": "u", "role": "scientist"}),
        ("GET", "/api/v1/tenants/{}/keys", None),
        ("GET", "/api/v1/companies/{}", None),
    ):
        foreign = operator.request(method, path.format("rival"), json=body, headers=ann)
        absent = operator.request(method, path.format("nobody"), json=body, headers=ann)
        assert problem(foreign, 404)["title"] == problem(absent, 404)["title"], path
        assert foreign.json()["detail"].replace("rival", "nobody") == absent.json()["detail"]
    listed = operator.request("GET", "/api/v1/tenants", headers=ann).json()["items"]
    assert [t["tenantID"] for t in listed] == ["acme"]


def test_a_suspended_tenant_s_people_are_kept_out(operator):
    new_tenant(operator, "acme")
    add_user(operator, "acme", "ann")
    ann = as_user(operator, "acme", "ann")
    assert (
        operator.request("PATCH", "/api/v1/tenants/acme", json={"status": "suspended"}).json()[
            "status"
        ]
        == "suspended"
    )
    problem(operator.request("GET", "/api/v1/tenants/acme", headers=ann), 403)
    assert (
        operator.request("PATCH", "/api/v1/tenants/acme", json={"status": "active"}).status_code
        == 200
    )
    assert operator.request("GET", "/api/v1/tenants/acme", headers=ann).status_code == 200


def test_wrong_passwords_and_tokens_are_refused(operator):
    new_tenant(operator, "acme")
    add_user(operator, "acme", "ann")
    none = {"Authorization": ""}
    for body in (
        {"userID": "admin", "password": "wrong"},
        {"userID": "nobody", "password": "wrong"},
        {"tenantID": "acme", "userID": "ann", "password": "wrong"},
    ):
        problem(operator.request("POST", "/api/v1/sessions", json=body, headers=none), 401)
    problem(operator.request("GET", "/api/v1/tenants", headers=none), 401)
    problem(
        operator.request("GET", "/api/v1/tenants", headers={"Authorization": "Bearer nonsense"}),
        401,
    )


def test_logging_off_ends_the_session(operator):
    new_tenant(operator, "acme")
    add_user(operator, "acme", "ann")
    ann = as_user(operator, "acme", "ann")
    current = operator.request("GET", "/api/v1/sessions/current", headers=ann).json()
    assert (current["tenantID"], current["userID"], current["role"]) == ("acme", "ann", "scientist")
    assert operator.request("DELETE", "/api/v1/sessions/current", headers=ann).status_code == 204
    problem(operator.request("GET", "/api/v1/sessions/current", headers=ann), 401)


def test_what_people_do_becomes_events_that_are_counted(operator):
    new_tenant(operator, "acme", industry="gov")
    add_user(operator, "acme", "ann")
    ann = as_user(operator, "acme", "ann")
    operator.request("DELETE", "/api/v1/sessions/current", headers=ann)
    operator.wait_for(
        "the login to be counted",
        lambda: operator.get("/api/v1/companies/acme").json().get("logins30") == 1,
    )
    record = operator.get("/api/v1/companies/acme").json()
    assert (record["users"], record["sessions30"], record["idleSessions30"]) == (1, 1, 1)
    assert (
        record["industry"] == "gov"
        and record["risk"]["status"] == "unknown"
        and record["risk"]["churn"] is None
    )


def test_unknown_paths_and_methods_are_answered(operator):
    problem(operator.get("/api/v1/nothing"), 404)
    answer = operator.request("DELETE", "/api/v1/version")
    problem(answer, 405)
    assert "GET" in answer.headers["Allow"]


def test_health_metrics_and_contract_are_served(running):
    assert running.get("/healthz").json() == {"status": "ok"}
    assert running.get("/readyz").status_code == 200
    assert running.get("/metrics").headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert running.get("/api/v1/openapi.yaml").text.startswith("openapi: 3.1")
    assert running.get("/api/v1/version").json()["name"] == "tenantry"


def test_tenants_survive_a_kill(operator):
    for i in range(10):
        new_tenant(operator, f"t{i}")
    operator.restart().log_in()
    assert operator.get("/api/v1/tenants/count").json() == {"count": 10}
    operator.wait_for(
        "every registration to be counted",
        lambda: len(operator.get("/api/v1/companies").json()["items"]) == 10,
    )
