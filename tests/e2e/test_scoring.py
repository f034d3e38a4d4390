"""Training, scoring and the facade on the first demonstration's companies."""

import csv
import json
import random

import pytest

import plain_model
import printed


# The published 10,000 companies: what a linear model reaches on rows that it has not learned from,
# and how far from it a good one may be.
PUBLISHED = {
    "auc": (0.968, 0.003),
    "averagePrecision": (0.979, 0.003),
    "logLoss": (0.225, 0.01),
    "brier": (0.0685, 0.003),
    "calibrationError": (0.040, 0.01),
    "lift10": (10000 / 5692, 0.002),  # all of the top tenth leave
}


@pytest.fixture(scope="module")
def companies(test_data):
    return test_data / "companies" / "companies.csv"


@pytest.fixture(scope="module")
def rows(companies):
    with open(companies) as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def outcomes(rows):
    return [int(row["Churn"]) for row in rows]


@pytest.fixture(scope="module")
def trained(run_program, companies, tmp_path_factory):
    """(what training said, the model's file)."""
    path = tmp_path_factory.mktemp("trained") / "model.json"
    columns = ("--target", "Churn", "--id", "Company")
    done = run_program("train", companies, *columns, "--out", path, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), path


@pytest.fixture(scope="module")
def scored(run_program, trained, companies):
    """What `score` says of every company."""
    done = run_program("score", trained[1], companies, "--json")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_training_reaches_the_published_quality(trained):
    told, path = trained
    assert (told["learner"], told["rows"], told["folds"]) == ("linear", 10000, 5)
    assert set(told["metrics"]) == set(PUBLISHED)
    for name, (value, within) in PUBLISHED.items():
        assert told["metrics"][name]["mean"] == pytest.approx(value, abs=within), name
        assert 0 < told["metrics"][name]["sd"] < within * 4, name
    assert told["features"] == [
        {"name": "industry", "type": "category"},
        *(
            {"name": name, "type": "number"}
            for name in "revenue employees job30 job90 monthlyFee totalFee".split()
        ),
    ]
    assert [column["name"] for column in told["dropped"]] == ["Company"]
    assert (told["leaks"], told["warnings"]) == ([], [])
    model = json.loads(path.read_text())
    assert model["quality"]["metrics"] == told["metrics"] and model["name"] == told["name"]


def test_training_finds_the_least_of_what_it_minimises(trained, rows, outcomes):
    model = json.loads(trained[1].read_text())
    assert plain_model.steepest_slope(model, rows, outcomes) < 1e-5
    model["weights"][-1] += 0.001
    assert plain_model.steepest_slope(model, rows, outcomes) > 0.1, "nothing is tested"


def test_every_company_is_scored_by_the_model_s_file_in_the_table_s_order(trained, scored, rows):
    model = json.loads(trained[1].read_text())
    assert [told["row"] for told in scored] == list(range(1, 10001))
    assert [told["id"] for told in scored] == [row["Company"] for row in rows]
    for told, row in zip(scored, rows):
        assert set(told) == {"row", "id", "score", "churn"}
        assert 0 <= told["score"] <= 1
        assert told["churn"] is (told["score"] >= 0.5)
        assert told["score"] == pytest.approx(plain_model.probability(model, row), abs=1e-12)


def test_scores_are_printed_as_they_are(run_program, trained, scored, companies):
    done = run_program("score", trained[1], companies)
    assert done.returncode == 0, done.stderr
    header, shown, rest = printed.table(done.stdout.splitlines())
    assert (header, rest) == (["ROW", "ID", "SCORE", "ANSWER"], [])
    assert shown == [
        [str(at), told["id"], f"{told['score']:.4f}", f"Churn = {int(told['churn'])}"]
        for at, told in enumerate(scored, start=1)
    ]


def test_evaluation_measures_what_was_scored(run_program, trained, scored, companies, outcomes):
    done = run_program("evaluate", trained[1], companies, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    right = plain_model.quality([each["score"] for each in scored], outcomes)
    assert told == pytest.approx(right, abs=1e-9)
    for name, (value, within) in PUBLISHED.items():
        assert told[name] == pytest.approx(value, abs=within), name
    assert told["accuracy"] == pytest.approx(0.905, abs=0.01)
    shown = run_program("evaluate", trained[1], companies).stdout
    fields = dict(printed.cells(line) for line in shown.splitlines())
    assert fields.pop("model") == json.loads(trained[1].read_text())["name"]
    assert fields.pop("rows") == "10,000"
    assert fields == {name: f"{told[name]:.4f}" for name in told if name != "rows"}


def test_rows_never_seen_are_foretold_as_well(tenantry, companies, tmp_path, rows, outcomes):
    header, *lines = companies.read_text().splitlines(True)
    seen, unseen, model = tmp_path / "seen.csv", tmp_path / "unseen.csv", tmp_path / "model.json"
    seen.write_text(header + "".join(lines[:8000]))
    unseen.write_text(header + "".join(lines[8000:]))
    columns = ("--target", "Churn", "--id", "Company")
    assert tenantry("train", seen, *columns, "--out", model).returncode == 0
    told = json.loads(tenantry("evaluate", model, unseen, "--json").stdout)
    file = json.loads(model.read_text())
    scores = [plain_model.probability(file, row) for row in rows[8000:]]
    assert told == pytest.approx(plain_model.quality(scores, outcomes[8000:]), abs=1e-9)
    assert told["auc"] == pytest.approx(0.968, abs=0.01)


def test_quality_is_of_rows_that_were_not_learned_by_heart(tenantry, tmp_path):
    """Outcomes of a coin beside 60 columns of noise: there is nothing to learn."""
    table, model = tmp_path / "noise.csv", tmp_path / "model.json"
    rng = random.Random(5)
    lines = [",".join(["Churn", *(f"x{i}" for i in range(60))])]
    for at in range(600):
        lines.append(",".join([str(rng.randrange(2)), *(str(rng.random()) for _ in range(60))]))
    table.write_text("\n".join(lines) + "\n")
    done = tenantry("train", table, "--target", "Churn", "--out", model, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["metrics"]["auc"]["mean"] == pytest.approx(0.5, abs=0.1)
    told = json.loads(tenantry("evaluate", model, table, "--json").stdout)
    assert told["auc"] > 0.65, "what was learned by heart is known by heart"


def test_training_on_a_table_never_seen(tenantry, test_data, tmp_path):
    table = test_data / "ibm_telco" / "Telco-Customer-Churn.csv"
    done = tenantry(
        "train", table, "--target", "Churn", "--id", "customerID", "--json", "--out", tmp_path / "m"
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["rows"] == 7043 and len(told["features"]) == 19
    assert told["metrics"]["auc"]["mean"] == pytest.approx(0.845, abs=0.013)
    scored = tenantry("score", tmp_path / "m", table, "--json").stdout.splitlines()
    scores = [json.loads(line)["score"] for line in scored]
    with open(table) as file:
        outcomes = [int(row["Churn"] == "Yes") for row in csv.DictReader(file)]
    measured = json.loads(tenantry("evaluate", tmp_path / "m", table, "--json").stdout)
    assert measured == pytest.approx(plain_model.quality(scores, outcomes), abs=1e-9)


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
def scoring_server(running, trained):
    one = running.log_in()
    added = one.request(
        "POST",
        "/api/v1/models",
        data=trained[1].read_bytes(),
        headers={"Content-Type": "application/json"},
    )
    assert added.status_code == 201, added.text
    promoted = one.post(f"/api/v1/models/{added.json()['name']}/promote")
    assert promoted.status_code == 200, promoted.text
    return one


NAMES = {
    "companyID": "Company",
    "industry": "Industry",
    "revenue": "Revenue",
    "employees": "Employees",
    "job30": "#job30",
    "job90": "#job90",
    "monthlyFee": "MonthlyCharge",
    "totalFee": "TotalCharge",
}


def assess_request(row):
    """A row of the table as the facade's clients send it."""
    words = ("companyID", "industry")
    return {
        name: row[column] if name in words else int(row[column]) for name, column in NAMES.items()
    }


def test_the_facade_answers_as_the_table_is_scored(scoring_server, trained, scored, rows):
    model = json.loads(trained[1].read_text())
    for told, row in list(zip(scored, rows))[::400]:
        answer = scoring_server.post("/assessChurn", assess_request(row))
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert (body["score"], body["churn"]) == (told["score"], told["churn"]), row
        assert (body["status"], body["model"]) == ("fresh", model["name"])
        right = plain_model.effects(model, row)
        strongest = sorted(right, key=lambda name: -abs(right[name]))[:5]
        assert [reason["feature"] for reason in body["reasons"]] == strongest, row
        for reason in body["reasons"]:
            assert reason["effect"] == pytest.approx(right[reason["feature"]], abs=1e-9)
            value = assess_request(row)[reason["feature"]]
            assert reason["value"] == str(value), reason


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
    "request_body,word",
    [
        ({"revenu": "much"}, "revenu"),
        ({"industry": 7}, "industry"),
        ({"revenu": 1, "revenue": 2}, "revenue"),
        ([], "object"),
        ({"job3O": 1}, "job30"),
    ],
)
def test_the_facade_refuses_what_it_cannot_read(scoring_server, request_body, word):
    answer = scoring_server.post("/assessChurn", request_body)
    assert answer.status_code == 400 and answer.headers["Content-Type"].startswith(
        "application/problem+json"
    )
    assert word in answer.json()["detail"], answer.text


def test_without_a_model_the_risk_is_unknown(running, test_data):
    server = running.log_in()
    request = json.loads((test_data / "seed_dashboard" / "assess-request.json").read_text())
    body = server.post("/assessChurn", request).json()
    assert body["churn"] is None and body["score"] is None and body["status"] == "unknown"


def test_companies_are_scored_as_events_come(scoring_server, trained, rows):
    model = json.loads(trained[1].read_text())
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
                    "monthlyFee": int(row["MonthlyCharge"]),
                    "totalFee": int(row["TotalCharge"]),
                },
            }
        )
        for i, row in enumerate(rows[:20])
    ]
    assert scoring_server.send_events(lines).json()["accepted"] == 20
    scoring_server.wait_for(
        "every company to be scored",
        lambda: [r["risk"]["status"] for r in scoring_server.all("/api/v1/companies")]
        == ["fresh"] * 20,
    )
    for row in rows[:20]:
        risk = scoring_server.get("/api/v1/companies/" + row["Company"]).json()["risk"]
        counted = {**row, "#job30": "0", "#job90": "0"}  # the profile is imported, jobs are counted
        right = plain_model.probability(model, counted)
        assert risk["score"] == pytest.approx(right, abs=1e-12), row
        assert risk["churn"] is (right >= 0.5) and risk["model"] == model["name"]
        assert risk["reasons"][0]["feature"] in plain_model.effects(model, counted)


def damage(folder, how):
    """Damages what the active model is read from; what brings it back, where that can be."""
    model = next((folder / "models").glob("*.model.json"))
    whole = model.read_bytes()
    if how == "absent":
        model.unlink()
    elif how == "cut":
        model.write_bytes(whole[:300])
    else:
        (folder / "models" / "active.json").write_text("{")
        return None
    return lambda: model.write_bytes(whole)


@pytest.mark.parametrize("how", ["absent", "cut", "pointer"])
def test_a_damaged_model_keeps_nothing_else_from_running(start_server, trained, how):
    server = start_server().log_in()
    body = trained[1].read_bytes()

    def promote():
        added = server.post("/api/v1/models", data=body)
        assert added.status_code == 201, added.text
        answer = server.post(f"/api/v1/models/{added.json()['name']}/promote")
        assert answer.status_code == 200, answer.text

    def risk():
        return server.get("/api/v1/companies/acme").json()["risk"]

    promote()
    assert server.post("/api/v1/tenants", {"tenantID": "acme", "name": "A"}).status_code == 201
    server.wait_for("the first score", lambda: risk()["status"] == "fresh")
    score = risk()["score"]
    server.stop()
    mend = damage(server.folder, how) or promote
    server.start()
    ready = server.get("/readyz")
    assert ready.status_code == 200 and ready.json()["dependencies"]["scorer"] != "ok"
    line = {"specversion": "1.0", "id": "1", "source": "/s", "type": "io.tenantry.job.submitted"}
    line |= {"time": "2026-01-05T10:00:00Z", "tenantid": "acme", "data": {"nbJobs": 3}}
    assert server.send_events([json.dumps(line)]).status_code == 202
    server.wait_counted()
    server.wait_for("the last score to be stale", lambda: risk()["status"] == "stale")
    assert risk()["score"] == score
    mend()
    server.wait_for("a new score", lambda: risk()["status"] == "fresh")
    assert server.get("/readyz").json()["dependencies"]["scorer"] == "ok"
