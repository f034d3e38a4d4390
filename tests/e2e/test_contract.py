"""The contract and the server know the same operations, at the same paths, under the same names."""

import re

import jsonschema
import pytest
import yaml

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture
def operator(running):
    return running.log_in()


def declared(contract):
    """{operationId: (method, path)} of an OpenAPI file that is written in blocks."""
    operations, path, method = {}, None, None
    for line in contract[contract.index("\npaths:\n") :].splitlines()[2:]:
        if re.match(r"\S", line):
            break
        if found := re.match(r"  (/\S*):$", line):
            path = found[1]
        elif (found := re.match(r"    (\w+):$", line)) and found[1] in METHODS:
            method = found[1].upper()
        elif found := re.match(r"      operationId: (\w+)$", line):
            assert found[1] not in operations, f"{found[1]} is declared twice"
            operations[found[1]] = (method, path)
    return operations


def served(metrics):
    """Every route counts its requests under its operation, from the start."""
    return set(re.findall(r'operation="(\w+)"', metrics)) - {"none"}


def test_the_contract_and_the_server_name_the_same_operations(operator):
    operations = declared(operator.get("/api/v1/openapi.yaml").text)
    assert len(operations) > 40
    assert set(operations) == served(operator.get("/metrics").text)


def test_every_declared_operation_is_at_its_path_under_its_name(operator):
    operations = declared(operator.get("/api/v1/openapi.yaml").text)
    for operation, (method, path) in operations.items():
        counter = 'tenantry_net_request_seconds_count{operation="%s"}' % operation
        before = operator.metric(counter)
        answer = operator.request(method, re.sub(r"\{\w+\}", "bigdatajobs", path), stream=True)
        answer.close()
        assert answer.status_code != 405, (operation, method, path)
        operator.wait_for(
            f"{method} {path} to be counted as {operation}",
            lambda: operator.metric(counter) > before,
            seconds=10,
        )
        if operation == "logOff":
            operator.session.headers.pop("Authorization")
            operator.log_in()


def query_parameters(contract):
    """{operationId: (method, path, {names of query parameters})}, references resolved."""
    document = yaml.safe_load(contract)
    shared = document["components"]["parameters"]
    found = {}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method not in METHODS:
                continue
            parameters = [
                shared[each["$ref"].rsplit("/", 1)[1]] for each in operation.get("parameters", [])
            ]
            names = {each["name"] for each in parameters if each["in"] == "query"}
            found[operation["operationId"]] = (method.upper(), path, names)
    return found


def test_every_operation_takes_the_query_parameters_that_are_declared_and_no_other(operator):
    operations = query_parameters(operator.get("/api/v1/openapi.yaml").text)
    assert sum(len(names) for _, _, names in operations.values()) > 20
    for operation, (method, path, names) in operations.items():
        answer = operator.request(
            method, re.sub(r"\{\w+\}", "bigdatajobs", path), params={"noSuchName": "1"}
        )
        assert answer.status_code == 400, (operation, answer.text)
        told = answer.json()["detail"]
        if not names:
            assert told.endswith("this takes none."), (operation, told)
            continue
        taken = re.search(r"; known are (.*)$", told)[1]
        assert set(taken.split(", ")) == names, (operation, told)


def validator(contract, path, method, status):
    """Of the JSON that an operation answers with, as the contract describes it."""
    answer = contract["paths"][path][method]["responses"][str(status)]
    if "$ref" in answer:
        answer = contract["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
    schema = answer["content"]["application/json"]["schema"]
    return jsonschema.Draft202012Validator(
        {"allOf": [schema], "components": contract["components"]},
        format_checker=jsonschema.FormatChecker(),
    )


def test_answers_are_what_the_contract_says(operator):
    """Of things with every field, and of those with as few as can be."""
    contract = yaml.safe_load(operator.get("/api/v1/openapi.yaml").text)
    whole = {"industry": "IT", "revenue": 1.5, "employees": 7, "plan": "team", "sentiment": 0.5}
    answers = [
        ("/api/v1/tenants", operator.post("/api/v1/tenants", {"name": "bare"})),
        (
            "/api/v1/tenants",
            operator.post(
                "/api/v1/tenants",
                {"tenantID": "acme", "name": "Acme", "monthlyFee": 9, "totalFee": 99.5, **whole},
            ),
        ),
        (
            "/api/v1/tenants/{tenantID}/users",
            operator.post(
                "/api/v1/tenants/acme/users",
                {"userID": "ann", "role": "scientist", "password": "correct horse battery"},
            ),
        ),
        ("/api/v1/keys", operator.post("/api/v1/keys", {"kind": "bearer", "role": "analyst"})),
    ]
    bare = answers[0][1].json()["tenantID"]
    ann = {"userID": "ann", "tenantID": "acme", "password": "correct horse battery"}
    answers.append(("/api/v1/sessions", operator.post("/api/v1/sessions", ann)))
    token = answers[-1][1].json()["token"]
    mine = {"Authorization": "Bearer " + token}
    job = operator.post(
        "/api/v1/jobs",
        {"name": "n", "steps": [{"name": "a", "kind": "load", "sql": "SELECT 1 AS n"}]},
        headers=mine,
    )
    answers.append(("/api/v1/jobs", job))
    one = "/api/v1/jobs/" + job.json()["jobID"]
    operator.wait_for("the job", lambda: operator.get(one).json()["status"] == "succeeded")
    operator.wait_counted()
    for path, at in {
        "/api/v1/version": None,
        "/api/v1/tenants": None,
        "/api/v1/tenants/count": None,
        "/api/v1/tenants/{tenantID}": ["/api/v1/tenants/acme", "/api/v1/tenants/" + bare],
        "/api/v1/tenants/{tenantID}/users": ["/api/v1/tenants/acme/users"],
        "/api/v1/tenants/{tenantID}/users/{userID}": ["/api/v1/tenants/acme/users/ann"],
        "/api/v1/tenants/{tenantID}/keys": ["/api/v1/tenants/acme/keys"],
        "/api/v1/tenants/{tenantID}/datasets": ["/api/v1/tenants/acme/datasets"],
        "/api/v1/users": None,
        "/api/v1/keys": None,
        "/api/v1/sessions/current": None,
        "/api/v1/jobs": None,
        "/api/v1/jobs/{jobID}": [one],
        "/api/v1/jobs/{jobID}/logs": [one + "/logs"],
        "/api/v1/jobs/{jobID}/why": [one + "/why"],
        "/api/v1/questions/{number}": [f"/api/v1/questions/{number}" for number in range(1, 6)],
        "/api/v1/companies": None,
        "/api/v1/companies/{companyID}": ["/api/v1/companies/acme", "/api/v1/companies/" + bare],
        "/api/v1/companies/{companyID}/history": ["/api/v1/companies/acme/history"],
        "/api/v1/history": None,
        "/api/v1/summary": None,
        "/api/v1/notifications": None,
        "/api/v1/models": None,
    }.items():
        answers += [(path, operator.get(address)) for address in at or [path]]
    wrong = []
    for path, answer in answers:
        assert answer.status_code < 300, (path, answer.text)
        method = answer.request.method.lower()
        checked = validator(contract, path, method, answer.status_code)
        for error in checked.iter_errors(answer.json()):
            wrong.append(f"{method} {path} at {error.json_path}: {error.message[:200]}")
    assert not wrong, "\n".join(wrong)
