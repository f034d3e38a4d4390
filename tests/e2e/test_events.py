"""Events in and out: every form, every refusal, and that none is lost or counted twice."""

import datetime
import json
import threading

import pytest

from test_api import add_user, as_user, new_tenant, problem


def event(id, type="job.submitted", tenant="acme", time="2026-01-05T10:00:00Z", **data):
    return {
        "specversion": "1.0",
        "id": id,
        "source": "/test",
        "type": "io.tenantry." + type,
        "time": time,
        "tenantid": tenant,
        "data": data,
    }


@pytest.fixture
def operator(running):
    return running.log_in()


def company(server, tenant="acme", **params):
    return server.get(f"/api/v1/companies/{tenant}", **params).json()


def test_every_form_of_an_event_is_taken(operator):
    kinds = {
        "application/cloudevents+json": json.dumps(event("s1")),
        "application/cloudevents-batch+json": json.dumps([event("b1"), event("b2"), event("b1")]),
        "application/x-ndjson": "\n".join(json.dumps(event(f"n{i}")) for i in range(3)),
    }
    for kind, body in kinds.items():
        answer = operator.request(
            "POST", "/api/v1/events", data=body, headers={"Content-Type": kind}
        )
        assert answer.status_code == 202, answer.text
        assert answer.json()["repeated"] == (1 if "batch" in kind else 0)
    binary = operator.request(
        "POST",
        "/api/v1/events",
        data=json.dumps({"nbJobs": 4}),
        headers={
            "Content-Type": "application/json",
            "ce-specversion": "1.0",
            "ce-id": "bin",
            "ce-source": "/test",
            "ce-type": "io.tenantry.job.submitted",
            "ce-time": "2026-01-05T11:00:00Z",
            "ce-tenantid": "acme",
        },
    )
    assert binary.status_code == 202 and binary.json()["accepted"] == 1, binary.text
    plain = operator.post(
        "/api/v1/events",
        {"companyID": "acme", "userID": "u1", "nbJobs": 2, "creationDate": "2026-01-05T12:00:00Z"},
    )
    assert plain.status_code == 202 and plain.json()["accepted"] == 1, plain.text
    operator.wait_counted()
    assert company(operator, asOf="2026-01-05T23:00:00Z")["job30"] == 1 + 2 + 3 + 4 + 2


def test_rejected_events_are_told_apart_from_accepted(operator):
    lines = [
        json.dumps(event("ok")),
        "{",
        json.dumps(event("x", nbJobs=-1)),
        json.dumps(event("y", time="yesterday")),
        json.dumps({**event("z"), "specversion": "0.3"}),
        json.dumps(event("ok2")),
    ]
    answer = operator.send_events(lines).json()
    assert (answer["accepted"], answer["repeated"], answer["rejected"]) == (2, 0, 4)
    assert [p["index"] for p in answer["problems"]] == [1, 2, 3, 4]
    assert "nbJobs" in answer["problems"][1]["detail"]


def test_a_tenant_writes_for_itself_alone(operator):
    new_tenant(operator, "acme")
    new_tenant(operator, "rival")
    add_user(operator, "acme", "ann")
    ann = as_user(operator, "acme", "ann")
    answer = operator.request(
        "POST",
        "/api/v1/events",
        json=event("e1", tenant="rival"),
        headers={**ann, "Content-Type": "application/cloudevents+json"},
    )
    assert answer.status_code == 202, answer.text
    operator.wait_counted()
    assert company(operator, "acme", asOf="2026-01-05T12:00:00Z").get("job30") == 1
    assert company(operator, "rival", asOf="2026-01-05T12:00:00Z").get("job30", 0) == 0


def test_repeats_across_requests_and_restarts_count_once(operator):
    for _ in range(3):
        operator.send_events([json.dumps(event("same"))])
        operator.wait_counted()
        operator.restart().log_in()
    operator.wait_counted()
    assert company(operator, asOf="2026-01-05T12:00:00Z")["job30"] == 1


def test_a_plain_form_under_an_idempotency_key_counts_once(operator):
    """A plain form has no id to know a repeat by."""
    body = {"companyID": "plainly", "userID": "u", "nbJobs": 3}
    body["creationDate"] = "2026-01-05T12:00:00Z"
    for key, count in (("k", 3), ("k", 3), ("other", 6)):
        headers = {"Idempotency-Key": key}
        answer = operator.post("/api/v1/events", body, headers=headers)
        assert (answer.status_code, answer.json()["accepted"]) == (202, 1), answer.text
        operator.wait_counted()
        record = company(operator, "plainly", asOf="2026-01-05T23:00:00Z")
        assert record["job30"] == count
    body["nbJobs"] = 4
    assert operator.post("/api/v1/events", body, headers=headers).status_code == 422


def test_tenants_nobody_registered_are_shown_as_such(operator):
    operator.send_events([json.dumps(event("e1", tenant="stranger"))])
    operator.wait_counted()
    assert company(operator, "stranger")["registeredHere"] is False


def test_a_stream_is_followed_and_resumed(operator):
    operator.send_events([json.dumps(event(f"e{i}")) for i in range(4)])

    def read(count, **headers):
        found = []
        with operator.session.get(
            operator.url + "/api/v1/streams/bigdatajobs?from=oldest",
            stream=True,
            timeout=30,
            headers=headers,
        ) as answer:
            assert answer.headers["Content-Type"].startswith("text/event-stream")
            message = {}
            for line in answer.iter_lines(decode_unicode=True):
                if line.startswith(("id:", "data:")):
                    name, value = line.split(":", 1)
                    message[name] = value.strip()
                elif not line and "data" in message:
                    found.append((message["id"], json.loads(message["data"])["id"]))
                    message = {}
                    if len(found) == count:
                        return found
        return found

    first = read(2)
    rest = read(2, **{"Last-Event-ID": first[-1][0]})
    assert sorted(x for _, x in first + rest) == ["e0", "e1", "e2", "e3"]


def test_a_stream_without_an_event_yet_resumes_where_it_began(start_server):
    one = start_server().log_in()
    path = "/api/v1/streams/bigdatajobs"

    def first(prefix, **headers):
        with one.session.get(one.url + path, stream=True, timeout=30, headers=headers) as answer:
            for line in answer.iter_lines(decode_unicode=True):
                if line.startswith(prefix):
                    return line[len(prefix) :].strip()

    place = first("id:")
    one.restart()
    one.send_events([json.dumps(event("missed"))])
    resumed = first("data:", **{"Last-Event-ID": place})
    assert json.loads(resumed)["id"] == "missed"


def test_a_stream_begins_at_a_day(operator):
    operator.send_events([json.dumps(event("today"))])
    day = datetime.datetime.now(datetime.timezone.utc).date()
    path = f"/api/v1/streams/bigdatajobs?from={day - datetime.timedelta(days=1)}"
    with operator.session.get(operator.url + path, stream=True, timeout=30) as answer:
        lines = (x for x in answer.iter_lines(decode_unicode=True) if x.startswith("data:"))
        assert json.loads(next(lines)[len("data:") :])["id"] == "today"
    refused = operator.get("/api/v1/streams/bigdatajobs", **{"from": "yesterday"})
    assert "neither oldest nor newest" in problem(refused, 400)["detail"]


def test_the_trace_of_a_request_goes_into_its_events(operator):
    traces = {}

    def traced(what, method, path, body=None, token=None):
        trace = f"{len(traces) + 1:032x}"
        headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
        if token:
            headers["Authorization"] = "Bearer " + token
        answer = operator.request(method, path, json=body, headers=headers)
        assert answer.status_code < 300, answer.text
        traces["io.tenantry." + what] = trace
        return answer

    tenant = "/api/v1/tenants/acme"
    user = {"userID": "ann", "role": "scientist", "password": "a long password"}
    log_in = {"tenantID": "acme", "userID": "ann", "password": "a long password"}
    traced("tenant.created", "POST", "/api/v1/tenants", {"tenantID": "acme", "name": "A"})
    traced("tenant.updated", "PATCH", tenant, {"name": "B"})
    traced("user.added", "POST", tenant + "/users", user)
    token = traced("user.logged_in", "POST", "/api/v1/sessions", log_in).json()["token"]
    traced("user.logged_off", "DELETE", "/api/v1/sessions/current", token=token)
    traced("user.removed", "DELETE", tenant + "/users/ann")
    traced("tenant.deleted", "DELETE", tenant)
    found = {}

    def follow(stream, last):
        path = f"/api/v1/streams/{stream}?from=oldest"
        with operator.session.get(operator.url + path, stream=True, timeout=30) as answer:
            for line in answer.iter_lines(decode_unicode=True):
                if line.startswith("data:"):
                    one = json.loads(line[len("data:") :])
                    found[one["type"]] = one["traceparent"].split("-")[1]
                    if one["type"] == last:
                        return

    follow("bigdatajobs", "io.tenantry.user.logged_off")
    follow("companies", "io.tenantry.tenant.deleted")
    assert found == traces


def test_too_much_and_the_wrong_kind_are_refused(operator):
    problem(
        operator.request(
            "POST", "/api/v1/events", data="x", headers={"Content-Type": "text/plain"}
        ),
        415,
    )
    problem(
        operator.request(
            "POST",
            "/api/v1/events",
            data="[",
            headers={"Content-Type": "application/cloudevents-batch+json"},
        ),
        400,
    )
    assert (
        operator.request(
            "POST",
            "/api/v1/events",
            data="[]",
            headers={"Content-Type": "application/cloudevents-batch+json"},
        ).json()["accepted"]
        == 0
    )
    problem(
        operator.request(
            "POST",
            "/api/v1/events",
            data=b" " * (65 << 20),
            headers={"Content-Type": "application/x-ndjson"},
        ),
        413,
    )


def test_nothing_acknowledged_is_lost_when_killed_while_sending(operator):
    acknowledged, stop = [], threading.Event()

    def send():
        for i in range(100000):
            if stop.is_set():
                return
            try:
                if operator.send_events([json.dumps(event(f"k{i}"))]).status_code == 202:
                    acknowledged.append(i)
            except Exception:
                return

    sender = threading.Thread(target=send)
    sender.start()
    operator.wait_for("some events to be sent", lambda: len(acknowledged) > 50)
    operator.kill()
    stop.set()
    sender.join()
    operator.start().log_in()
    operator.wait_counted()
    counted = company(operator, asOf="2026-01-05T12:00:00Z")["job30"]
    assert len(acknowledged) <= counted <= len(acknowledged) + 1
