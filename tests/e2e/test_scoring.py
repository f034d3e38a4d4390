"""Training, scoring and the facade on the first demonstration's companies."""

import csv
import json

import pytest


@pytest.fixture(scope="module")
def companies(test_data):
    return test_data / "companies" / "companies.csv"


def test_training_reaches_the_published_quality(tenantry, companies, tmp_path):
    model = tmp_path / "model.json"
    done = tenantry(
        "train", companies, "--target", "Churn", "--id", "Company", "--out", model, "--json"
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["learner"] == "linear" and told["rows"] == 10000 and told["folds"] == 5
    assert told["metrics"]["auc"]["mean"] == pytest.approx(0.968, abs=0.003)
    scores = tenantry("score", model, companies)
    rows = tenantry("score", model, companies, "--json").stdout.splitlines()
    assert scores.returncode == 0 and len(rows) == 10000
    first = json.loads(rows[0])
    assert set(first) == {"row", "id", "score", "churn"} and first["id"] == "comp_0"
    quality = json.loads(tenantry("evaluate", model, companies, "--json").stdout)
    assert "auc" in json.dumps(quality)


def test_training_on_a_table_never_seen(tenantry, test_data, tmp_path):
    table = test_data / "ibm_telco" / "Telco-Customer-Churn.csv"
    done = tenantry(
        "train", table, "--target", "Churn", "--id", "customerID", "--json", "--out", tmp_path / "m"
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["metrics"]["auc"]["mean"] == pytest.approx(0.845, abs=0.013)


@pytest.mark.parametrize(
    "text,word",
    [
        ("", "header"),
        ("a,b\n1\n", "row"),
        ("a,b\n1,2\n", "Churn"),
        ("a,Churn\n1,maybe\n2,yes\n3,no\n", "Churn"),
        ('a,Churn\n"1,0\n', "quote"),
    ],
)
def test_a_broken_table_is_refused(tenantry, tmp_path, text, word):
    table = tmp_path / "t.csv"
    table.write_text(text)
    done = tenantry("train", table, "--target", "Churn", "--out", tmp_path / "m")
    assert done.returncode in (1, 2) and word.lower() in done.stderr.lower(), done.stderr
    assert not (tmp_path / "m").exists()


@pytest.fixture
def scoring_server(running, tenantry, companies, tmp_path):
    server = running.log_in()
    model = tmp_path / "model.json"
    assert (
        tenantry(
            "train", companies, "--target", "Churn", "--id", "Company", "--out", model
        ).returncode
        == 0
    )
    added = server.request(
        "POST",
        "/api/v1/models",
        data=model.read_bytes(),
        headers={"Content-Type": "application/json"},
    )
    assert added.status_code == 201, added.text
    promoted = server.post(f"/api/v1/models/{added.json()['name']}/promote")
    assert promoted.status_code == 200, promoted.text
    return server


def test_the_facade_answers_the_demonstration_s_request(scoring_server, test_data):
    request = json.loads((test_data / "seed_dashboard" / "assess-request.json").read_text())
    answer = scoring_server.post("/assessChurn", request)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["churn"] is True and 0.5 < body["score"] <= 1 and body["status"] == "fresh"
    assert body["reasons"][0]["feature"] == "industry" and body["reasons"][0]["effect"] > 0
    renamed = {
        ("revenue" if k == "revenu" else "employees" if k == "employee" else k): v
        for k, v in request.items()
    }
    assert scoring_server.post("/assessChurn", renamed).json()["score"] == body["score"]


@pytest.mark.parametrize(
    "request_body",
    [{"revenu": "much"}, {"industry": 7}, {"revenu": 1, "revenue": 2}, [], {"job3O": 1}],
)
def test_the_facade_refuses_what_it_cannot_read(scoring_server, request_body):
    answer = scoring_server.post("/assessChurn", request_body)
    assert answer.status_code == 400 and answer.headers["Content-Type"].startswith(
        "application/problem+json"
    )


def test_without_a_model_the_risk_is_unknown(running, test_data):
    server = running.log_in()
    request = json.loads((test_data / "seed_dashboard" / "assess-request.json").read_text())
    body = server.post("/assessChurn", request).json()
    assert body["churn"] is None and body["score"] is None and body["status"] == "unknown"


def test_companies_are_scored_as_events_come(scoring_server, companies):
    with open(companies) as file:
        rows = list(csv.DictReader(file))[:20]
    lines = [
        json.dumps(
            {
                "specversion": "1.0",
                "id": f"c{i}",
                "source": "/import",
                "type": "io.tenantry.tenant.created",
                "time": "2026-01-05T10:00:00Z",
                "tenantid": row["Company"],
                "data": {
                    "tenantID": row["Company"],
                    "industry": row["Industry"],
                    "revenue": int(row["Revenue"]),
                    "employees": int(row["Employees"]),
                },
            }
        )
        for i, row in enumerate(rows)
    ]
    assert scoring_server.send_events(lines).json()["accepted"] == 20
    scoring_server.wait_for(
        "every company to be scored",
        lambda: all(r["risk"]["status"] == "fresh" for r in scoring_server.all("/api/v1/companies"))
        and len(scoring_server.all("/api/v1/companies")) == 20,
    )
    risk = scoring_server.get("/api/v1/companies/comp_0").json()["risk"]
    assert 0 <= risk["score"] <= 1 and risk["model"] and risk["reasons"]
