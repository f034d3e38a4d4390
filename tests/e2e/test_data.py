"""Data sets: put, query, delete; whoever dies; whoever reaches for another's."""

import base64
import hashlib
import json
import os
import signal
import subprocess
from urllib.parse import quote

import pytest
import requests

from hostile import statements

SECRET = "only-the-others-may-read-this"


class Tenant:
    """A tenant's scientist at a server, over HTTP."""

    def __init__(self, server, name):
        self.server, self.name = server, name
        created = server.post("/api/v1/tenants", {"tenantID": name, "name": name})
        assert created.status_code == 201, created.text
        path = f"/api/v1/tenants/{name}/keys"
        key = server.post(path, {"kind": "bearer", "role": "scientist"}).json()
        self.token = key["secret"]

    def request(self, method, path, tenant=None, **options):
        headers = {"Authorization": "Bearer " + self.token, **options.pop("headers", {})}
        url = f"{self.server.url}/api/v1/tenants/{quote(tenant or self.name, safe='')}{path}"
        return requests.request(method, url, headers=headers, timeout=60, **options)

    def begin(self, name="t", **how):
        answer = self.request("POST", "/datasets", json={"name": name, **how})
        assert answer.status_code == 201, answer.text
        return answer.json()["uploadID"]

    def part(self, upload, offset, data, **options):
        return self.request(
            "PUT", f"/datasets/uploads/{upload}", params={"offset": offset}, data=data, **options
        )

    def commit(self, upload):
        return self.request("POST", f"/datasets/uploads/{upload}/commit")

    def ended(self, upload, seconds=60):
        look = lambda: self.request("GET", f"/datasets/uploads/{upload}").json()
        self.server.wait_for("an import", lambda: look()["state"] != "importing", seconds)
        return look()

    def put(self, data, name="t", **how):
        upload = self.begin(name, **how)
        sent = self.part(upload, 0, data)
        assert sent.status_code == 200, sent.text
        assert self.commit(upload).status_code in (200, 202)
        return self.ended(upload)

    def query(self, sql, form="json", tenant=None):
        return self.request("POST", "/query", tenant, json={"sql": sql, "format": form})


@pytest.fixture
def operator(running):
    return running.log_in()


@pytest.fixture
def acme(operator):
    return Tenant(operator, "acme")


@pytest.fixture
def run(tenantry, tmp_path):
    """The command line as a tenant's scientist."""

    def call(tenant, *arguments, **options):
        return tenantry(*arguments, env=environment(tenant, tmp_path), **options)

    return call


def environment(tenant, tmp_path):
    return {
        "TENANTRY_SERVER": tenant.server.url,
        "TENANTRY_TOKEN": tenant.token,
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_DATA_HOME": str(tmp_path / "share"),
    }


def table(rows, columns=4):
    """A CSV that compresses badly, so that sizes mean something."""
    lines = ["id," + ",".join(f"c{i}" for i in range(columns))]
    state = 1
    for row in range(rows):
        fields = [str(row)]
        for _ in range(columns):
            state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
            fields.append(str(state))
        lines.append(",".join(fields))
    return ("\n".join(lines) + "\n").encode()


def test_a_scientist_puts_queries_and_deletes(acme, run, tmp_path):
    file = tmp_path / "my orders.csv"
    file.write_text("id;city;amount\n1;Berlin;2.5\n2;Rome;7\n3;Rome;\n")
    put = run(acme, "data", "put", file, "--json")
    assert put.returncode == 0, put.stderr
    shown = json.loads(put.stdout)
    assert (shown["name"], shown["rows"], shown["version"]) == ("my_orders", 3, 1)
    assert [c["type"] for c in shown["schema"]] == ["BIGINT", "VARCHAR", "DOUBLE"]
    asked = "SELECT city, sum(amount) s FROM My_Orders GROUP BY 1 ORDER BY 1"
    answer = run(acme, "data", "query", asked)
    assert answer.stdout.split() == ["CITY", "S", "Berlin", "2.5", "Rome", "7.0"] or (
        answer.stdout.split()[2:] == ["Berlin", "2.5", "Rome", "7.0"]
    ), answer.stdout + answer.stderr
    wide = "123456789012345.678901::DECIMAL(21,6), sum(9007199254740993), 1.10::DECIMAL(3,2)"
    exact = run(acme, "data", "query", f"SELECT {wide}, [9007199254740993]").stdout.splitlines()
    digits = ["123456789012345.678901", "9007199254740993", "1.10", "[9007199254740993]"]
    assert exact[1].split() == digits
    csv = run(acme, "data", "query", asked, "--format", "csv")
    assert csv.stdout == "city,s\nBerlin,2.5\nRome,7.0\n"
    parquet = run(acme, "data", "query", asked, "--format", "parquet", "--out", "o.parquet")
    assert parquet.returncode == 0, parquet.stderr
    again = run(acme, "data", "put", tmp_path / "o.parquet", "--name", "sums", "--json")
    assert json.loads(again.stdout)["rows"] == 2
    arrow = run(acme, "data", "query", asked, "--format", "arrow", "--out", "o.arrow")
    assert arrow.returncode == 0, arrow.stderr
    stream = (tmp_path / "o.arrow").read_bytes()
    assert stream[:4] == b"\xff" * 4 and stream.endswith(b"\xff" * 4 + b"\0" * 4)
    assert b"BerlinRome" in stream and b"city" in stream
    listed = [json.loads(line) for line in run(acme, "data", "list", "--json").stdout.splitlines()]
    assert {one["name"] for one in listed} == {"my_orders", "sums"}
    assert "Berlin" not in run(acme, "data", "list").stdout
    assert run(acme, "data", "delete", "sums").returncode == 2  # there is nobody to ask
    assert run(acme, "data", "delete", "sums", "--yes").returncode == 0
    assert run(acme, "data", "show", "sums").returncode == 5
    assert run(acme, "data", "query", "FROM sums").returncode == 2


def test_events_tell_of_every_change(acme):
    acme.put(b"a\n1\n")
    acme.put(b"a\n2\n")
    one = acme.request("GET", "/datasets", params={"name": "T"}).json()["items"][0]
    assert acme.request("DELETE", "/datasets/" + one["dataSetID"]).status_code == 204
    acme.server.wait_counted()

    def counted():
        record = acme.server.get("/api/v1/companies/acme")
        return record.status_code == 200 and record.json().get("dataEvents30") == 3

    acme.server.wait_for("three data events", counted)
    assert acme.server.get("/api/v1/companies/acme").json()["dataBytes"] == 0


def test_bad_files_are_told_where_they_are_wrong(acme, run, tmp_path):
    late = table(25_000) + b"25000,x,1,1,1\n"
    ragged = b"a,b\n1,2\n3\n4,5,6\n"
    for name, data, words, how in [
        ("late", late, ["line 25002, column 2 (c0): 'x' is no"], []),
        ("ragged", ragged, ["line 3: '3' the line has 1 field, the others 2", "line 4"], []),
        ("open", b'a,b\n1,"x\n', ["line 2, column 2", "quote"], []),
        ("empty", b"", ["the file is empty"], []),
        ("latin", b"a,b\n1,\xe9t\xe9\n", ["not UTF-8", "latin-1"], []),
        ("cut", b"PAR1" + b"\0" * 50, ["no Parquet, cut short"], ["--format", "parquet"]),
        ("lines", b'{"a":1}\n{"a":\n{"a":2}\n', ["line 2", "no JSON"], ["--format", "ndjson"]),
    ]:
        file = tmp_path / f"{name}.csv"
        file.write_bytes(data)
        put = run(acme, "data", "put", file, *how)
        assert put.returncode == 2, (name, put.stderr)
        for word in words:
            assert word in put.stderr, (name, put.stderr)
        assert str(acme.server.folder) not in put.stderr
        assert run(acme, "data", "show", name).returncode == 5
    assert run(acme, "data", "put", tmp_path / "none.csv").returncode == 5
    assert run(acme, "data", "put", file, "--name", "a b").returncode == 2
    latin = run(acme, "data", "put", tmp_path / "latin.csv", "--encoding", "latin-1")
    assert latin.returncode == 0, latin.stderr
    assert acme.query("FROM latin", "csv").text == "a,b\n1,été\n"


def test_parts_are_checked_and_bounded(start_server, tmp_path):
    server = start_server(None, "--lake.upload_part_bytes_max", "1KiB", "--lake.uploads_max", "2")
    acme = Tenant(server.log_in(), "acme")
    upload = acme.begin()
    digest = base64.b64encode(hashlib.sha256(b"a\n").digest()).decode()
    wrong = {"Content-Digest": "sha-256=:" + base64.b64encode(b"x" * 32).decode() + ":"}
    assert acme.part(upload, 0, b"a\n", headers=wrong).status_code == 400
    broken = {"Content-Digest": "sha-256=:!:"}
    assert acme.part(upload, 0, b"a\n", headers=broken).status_code == 400
    right = {"Content-Digest": f"sha-256=:{digest}:"}
    assert acme.part(upload, 0, b"a\n", headers=right).json()["bytes"] == 2
    assert acme.part(upload, 0, b"a\n").json()["bytes"] == 2
    assert acme.part(upload, 1, b"1\n").status_code == 412
    assert acme.part(upload, "x", b"1\n").status_code == 400
    assert acme.part(upload, 2, b"1" * 1025).status_code == 413
    assert acme.part(upload, 2, b"").status_code == 400
    acme.begin()
    full = acme.request("POST", "/datasets", json={"name": "x"})
    assert full.status_code == 429 and int(full.headers["Retry-After"]) > 80_000, full.text
    assert "data uploads list" in full.json()["detail"]
    unfinished = acme.request("GET", "/datasets/uploads").json()["items"]
    assert upload in [one["uploadID"] for one in unfinished] and len(unfinished) == 2
    assert acme.request("DELETE", f"/datasets/uploads/{upload}").status_code == 204
    assert acme.part(upload, 2, b"1\n").status_code == 404


def test_an_upload_goes_on_when_the_server_is_killed(acme, run, tmp_path):
    upload = acme.begin()
    data = table(20_000)
    assert acme.part(upload, 0, data[:500_000]).status_code == 200
    acme.server.restart()
    assert acme.request("GET", f"/datasets/uploads/{upload}").json()["bytes"] == 500_000
    assert acme.part(upload, 500_000, data[500_000:]).status_code == 200
    acme.commit(upload)
    acme.server.restart()  # in the middle of the import, or just before or after it
    assert acme.ended(upload)["state"] == "done"
    assert acme.query("SELECT count(*) n FROM t", "csv").text == "n\n20000\n"
    listed = acme.request("GET", "/datasets").json()["items"]
    assert [one["version"] for one in listed] == [1]
    left = [path for path in (acme.server.folder / "staging").rglob("*") if path.is_file()]
    assert left == []


def test_an_upload_goes_on_when_the_client_is_killed(acme, binary, tmp_path, run):
    file = tmp_path / "big.csv"
    file.write_bytes(table(400_000))
    size = file.stat().st_size
    assert size > 3 * (8 << 20)
    arguments = [str(binary), "data", "put", str(file)]
    env = {**os.environ, **environment(acme, tmp_path)}
    client = subprocess.Popen(arguments, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    received = lambda: acme.server.metric("tenantry_lake_received_bytes_total")
    acme.server.wait_for("a first part", lambda: received() > 0)
    client.send_signal(signal.SIGKILL)
    client.wait()
    before = received()
    put = run(acme, "data", "put", file, "--json")
    assert put.returncode == 0, put.stderr
    assert before < size and "going on with an upload" in put.stderr
    assert json.loads(put.stdout)["rows"] == 400_000
    assert received() <= size + (8 << 20)


def test_the_disk_that_is_full_is_told(start_server, run, tmp_path):
    server = start_server(None, "--lake.disk_free_min", "512TiB")
    acme = Tenant(server.log_in(), "acme")
    file = tmp_path / "a.csv"
    file.write_text("a\n1\n")
    put = run(acme, "data", "put", file)
    assert put.returncode == 1 and "lake.disk_free_min" in put.stderr, put.stderr


@pytest.fixture
def two(operator):
    mine, theirs = Tenant(operator, "acme"), Tenant(operator, "other")
    assert mine.put(b"id,v\n1,a\n", "mine")["state"] == "done"
    assert theirs.put(f"secret\n{SECRET}\n".encode(), "theirs")["state"] == "done"
    theirs.id = theirs.request("GET", "/datasets").json()["items"][0]["dataSetID"]
    return mine, theirs


def test_no_name_or_path_reaches_anothers_data(two):
    mine, theirs = two
    own = f"/datasets/{theirs.id}"
    for method, path in [("GET", own), ("DELETE", own), ("GET", "/datasets")]:
        assert mine.request(method, path, tenant="other").status_code == 404
    assert mine.query("FROM theirs", tenant="other").status_code == 404
    assert mine.request("GET", own).status_code == 404
    assert mine.request("DELETE", own).status_code == 404
    assert mine.request("PATCH", own, json={"name": "x"}).status_code == 404
    upload = theirs.begin()
    for method, path in [
        ("GET", f"/datasets/uploads/{upload}"),
        ("PUT", f"/datasets/uploads/{upload}?offset=0"),
        ("POST", f"/datasets/uploads/{upload}/commit"),
        ("DELETE", f"/datasets/uploads/{upload}"),
    ]:
        for tenant in ("acme", "other"):
            data = b"x" if method == "PUT" else None
            answer = mine.request(method, path, tenant=tenant, data=data)
            assert answer.status_code == 404, (method, path, tenant, answer.text)
    for name in statements.NAMES:
        segment = quote(name, safe="")
        for method, path in [
            ("GET", f"/datasets/{segment}"),
            ("DELETE", f"/datasets/{segment}"),
            ("GET", f"/datasets/uploads/{segment}"),
            ("DELETE", f"/datasets/uploads/{segment}"),
        ]:
            if (method, path) == ("GET", "/datasets/uploads"):
                continue  # the list of those that are unfinished
            answer = mine.request(method, path)
            assert answer.status_code in (400, 404, 405), (method, path, answer.status_code)
            assert SECRET not in answer.text
        assert mine.request("GET", "/datasets", params={"name": name}).json()["items"] == []
        if name not in ("_", "m_ne", "x" * 128, "uploads", "null", "true"):
            made = mine.request("POST", "/datasets", json={"name": name})
            assert made.status_code == 400, (name, made.text)
    assert theirs.query("FROM theirs", "csv").text == f"secret\n{SECRET}\n"
    # At rest nothing is in the clear.
    for path in mine.server.folder.rglob("*"):
        if path.is_file() and "blobs" in path.parts:
            assert SECRET.encode() not in path.read_bytes(), path


def test_the_operators_people_see_what_there_is_and_no_data(two):
    mine, _ = two
    operator = mine.server
    listed = operator.get("/api/v1/tenants/acme/datasets").json()["items"]
    assert [one["name"] for one in listed] == ["mine"]
    asked = operator.post("/api/v1/tenants/acme/query", {"sql": "FROM mine"})
    assert asked.status_code == 403
    assert operator.post("/api/v1/tenants/acme/datasets", {"name": "x"}).status_code == 403
    assert operator.get("/api/v1/tenants/nobody/datasets").status_code == 404
    # With the tenant its data go.
    folder = operator.folder / "blobs" / "tenant=acme"
    assert folder.is_dir()
    assert operator.request("DELETE", "/api/v1/tenants/acme").status_code in (200, 204)
    assert not folder.exists()
