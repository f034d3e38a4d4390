"""The contract and the server know the same operations, at the same paths, under the same names."""

import re

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
