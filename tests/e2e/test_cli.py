"""The command line as people and scripts use it: exit codes, messages, JSON."""

import gzip
import json
import os
import pathlib
import socket
import stat
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]

@pytest.fixture
def operator(running):
    return running.log_in()


@pytest.fixture
def run(tenantry, operator, tmp_path):
    """tenantry as the logged-in operator."""
    env = {
        "TENANTRY_SERVER": operator.url,
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "TENANTRY_TOKEN": operator.session.headers["Authorization"].split()[1],
    }
    return lambda *arguments, **options: tenantry(*arguments, env=env, **options)


def test_help_is_everywhere(tenantry):
    for command in (
        (),
        ("serve",),
        ("demo",),
        ("tenants",),
        ("tenants", "create"),
        ("users",),
        ("keys",),
        ("events",),
        ("events", "send"),
        ("ask",),
        ("churn",),
        ("companies",),
        ("train",),
        ("evaluate",),
        ("score",),
        ("models",),
        ("replay",),
        ("simulate",),
        ("simulate", "traffic"),
        ("config",),
        ("notifications",),
    ):
        done = tenantry(*command, "--help")
        assert done.returncode == 0 and len(done.stdout) > 60, command


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("ask",),
        ("ask", "6"),
        ("tenants", "list", "--colour"),
        ("replay",),
        ("train",),
        ("serve", "--listen", "nowhere"),
    ],
)
def test_wrong_use_is_exit_code_2(tenantry, arguments):
    done = tenantry(*arguments)
    assert done.returncode == 2, (done.returncode, done.stderr)
    assert done.stderr.strip() and not done.stdout


def test_no_server_is_exit_code_3(tenantry):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    done = tenantry(
        "tenants", "list", "--server", f"http://127.0.0.1:{port}", env={"TENANTRY_TOKEN": "x"}
    )
    assert done.returncode == 3 and "tenantry serve" in done.stderr


def test_a_tenant_s_story_in_the_terminal(run):
    made = run("tenants", "create", "--id", "acme", "Acme", "--industry", "gov", "--json")
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["tenantID"] == "acme"
    assert "acme" in run("tenants", "list").stdout
    assert run("tenants", "show", "nobody").returncode == 5
    key = json.loads(
        run("keys", "create", "--tenant", "acme", "--role", "scientist", "--json").stdout
    )
    assert key["secret"]
    listed = run("keys", "list", "--tenant", "acme", "--json")
    assert key["keyID"] in listed.stdout and key["secret"] not in listed.stdout
    gone = run("tenants", "delete", "acme", "--yes")
    assert gone.returncode == 0, gone.stderr
    assert run("tenants", "show", "acme").returncode == 5


def test_events_go_in_and_are_answered(run, operator):
    events = [
        {
            "specversion": "1.0",
            "id": f"e{i}",
            "source": "/t",
            "type": "io.tenantry.job.submitted",
            "time": "2026-01-05T10:00:00Z",
            "tenantid": f"t{i % 3}",
            "data": {},
        }
        for i in range(30)
    ]
    lines = [*map(json.dumps, events), "broken", json.dumps(events[7])]
    sent = run("events", "send", "-", input="\n".join(lines) + "\n")
    assert sent.returncode == 1
    assert sent.stdout == "accepted 30 · repeated 1 · rejected 1\n"
    where, *_, last = sent.stderr.splitlines()
    assert where.startswith("-:31: ") and last == "tenantry: 1 event was rejected"
    operator.wait_counted()
    told = json.loads(run("ask", "4", "--to", "2026-01-05", "--json").stdout)
    day = {"2026-01-05": 10}
    assert [{k: v for k, v in row.items() if k != "risk"} for row in told["answer"]] == [
        {"tenantID": f"t{i}", "jobs": 10, "jobsByDay": day, "ranByDay": {}} for i in range(3)
    ]
    again = run("events", "send", "-", "--json", input="\n".join(lines[:3]))
    assert again.returncode == 0
    assert json.loads(again.stdout) == {
        "accepted": 3, "repeated": 0, "rejected": 0, "problems": []
    }
    operator.wait_counted()
    assert json.loads(run("ask", "4", "--to", "2026-01-05", "--json").stdout) == told


def test_a_line_that_is_too_long_is_refused_and_the_rest_sent(run, tmp_path):
    event = '{"specversion":"1.0","id":"%s","source":"/t","type":"io.tenantry.job.submitted",' \
            '"time":"2026-01-05T10:00:00Z","tenantid":"acme","data":{}}\n'
    lines = [(event % "a").encode(), b"x" * 68_000_000 + b"\n", (event % "b").encode()]
    (tmp_path / "events.ndjson.gz").write_bytes(gzip.compress(b"".join(lines), 1))
    sent = run("events", "send", "events.ndjson.gz")
    assert sent.returncode == 1, sent.stderr
    assert sent.stdout == "accepted 2 · repeated 0 · rejected 1\n"
    assert sent.stderr.startswith("events.ndjson.gz:2: the line has more than 67108864 bytes\n")
    (tmp_path / "one.ndjson").write_text(event % "a")
    resumed = run("events", "send", "--resume", "r1:99", "one.ndjson")
    assert resumed.returncode == 2 and "has 1 line" in resumed.stderr and not resumed.stdout


def test_texts_that_are_not_utf8_become_no_others(run, operator, tmp_path):
    for name, first in (("one", 0x80), ("two", 0xF0)):
        (tmp_path / name).write_bytes(bytes(range(first, first + 10)) + b"\n")
    added = run("users", "add", "mallory", "--role", "analyst", "--password-file", "one")
    assert added.returncode == 2 and "not UTF-8" in added.stderr
    assert run("login", "mallory", "--password-file", "two").returncode == 2
    made = run("tenants", "create", "Y", "--id", os.fsdecode(b"a\x80b"))
    assert made.returncode == 2 and "argument 5 is not UTF-8" in made.stderr
    assert operator.get("/api/v1/tenants/count").json() == {"count": 0}
    assert [user["userID"] for user in operator.get("/api/v1/users").json()["items"]] == ["admin"]


def test_an_empty_tenant_is_not_the_operator(run):
    assert run("users", "add", "eve", "--role", "analyst").returncode == 0
    for empty in (("--tenant", ""), ("--tenant=",)):
        done = run("users", "remove", "eve", *empty, "--yes")
        assert done.returncode == 2 and "--tenant: the value is empty" in done.stderr
    assert "eve" in run("users", "list").stdout


def test_files_cannot_steer_the_terminal(binary, tenantry, tmp_path):
    (tmp_path / "e.csv").write_text("a,b\n\x1b[2J1,yes\n1,no\n\x1b[2Jx,2,3\n")
    done = tenantry("train", "e.csv", "--target", "b")
    assert done.returncode == 2 and "\x1b" not in done.stderr
    with open("/dev/full", "w") as full:
        assert subprocess.run([binary, "--help"], stdout=full).returncode == 1
        for what in ("companies", "traffic"):
            done = subprocess.run(
                [binary, "simulate", what], stdout=full, stderr=subprocess.PIPE, text=True
            )
            assert done.returncode == 1, done
            assert "No space left on device" in done.stderr, done.stderr


def test_log_in_keeps_a_profile_and_log_out_forgets_it(tenantry, operator, tmp_path):
    password = tmp_path / "password"
    password.write_text(operator.admin_password() + "\n")
    env = {
        "TENANTRY_SERVER": operator.url,
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "TENANTRY_TOKEN": "",
    }
    env_without = {k: v for k, v in env.items() if v}
    done = tenantry("login", "admin", "--password-file", password, env=env_without)
    assert done.returncode == 0, done.stderr
    for folder, _, files in os.walk(tmp_path / "config"):
        for name in files:
            assert stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode) == 0o600
    assert "admin" in tenantry("whoami", env=env_without).stdout
    assert tenantry("logout", env=env_without).returncode == 0
    assert tenantry("whoami", env=env_without).returncode == 4


def test_options_are_shown_with_their_source(tenantry, tmp_path):
    config = tmp_path / "c.toml"
    config.write_text("[eventlog]\npartitions = 7\n")
    shown = tenantry(
        "config", "show", "--config", config, "--json", env={"TENANTRY_ACTIVITY_SHARDS": "3"}
    )
    assert shown.returncode == 0, shown.stderr
    text = shown.stdout
    assert (
        "eventlog.partitions" in text
        and "activity.shards" in text
        and "environment" in text.lower()
    )
    config.write_text("[eventlog]\npartitons = 7\n")
    wrong = tenantry("config", "check", config)
    assert wrong.returncode != 0 and "eventlog.partitions" in wrong.stderr
    config.write_text("[eventlog]\npartitions = 0\n")
    assert tenantry("config", "check", config).returncode != 0


def test_the_configuration_to_start_from_says_the_defaults(tenantry):
    file = ROOT / "config" / "all_in_one.toml"
    assert tenantry("config", "check", file).returncode == 0
    shown = tenantry("config", "show", "--config", file, "--json").stdout.splitlines()
    from_file = [o for o in map(json.loads, shown) if o["source"] != "default"]
    assert len(from_file) > 10
    for option in from_file:
        assert option["value"] == option["default"], option


def serve(binary, *arguments, **options):
    return subprocess.run(
        [str(binary), "serve", *map(str, arguments)],
        text=True,
        capture_output=True,
        timeout=60,
        **options,
    )


def test_serve_says_what_stands_in_its_way(binary, running, tmp_path):
    port = running.url.rsplit(":", 1)[1]
    cases = {
        "port": serve(binary, "--data", tmp_path / "other", "--listen", f"127.0.0.1:{port}"),
        "in use": serve(binary, "--data", running.folder, "--listen", "127.0.0.1:0"),
        "TLS": serve(binary, "--data", tmp_path / "third", "--listen", "0.0.0.0:0"),
    }
    (tmp_path / "newer").mkdir()
    (tmp_path / "newer" / "format").write_text("999\n")
    cases["newer"] = serve(binary, "--data", tmp_path / "newer", "--listen", "127.0.0.1:0")
    (tmp_path / "file").write_text("x")
    cases["folder"] = serve(binary, "--data", tmp_path / "file", "--listen", "127.0.0.1:0")
    for what, done in cases.items():
        assert done.returncode in (1, 2), (what, done)
        assert done.stderr.startswith("tenantry: "), (what, done.stderr)
        assert done.stderr.count("\n") == 1, (what, done.stderr)
    assert f"127.0.0.1:{port}" in cases["port"].stderr
    assert not (tmp_path / "other").exists() and not (tmp_path / "third").exists()


def test_serve_takes_no_lost_metastore_for_a_new_one(binary, start_server):
    server = start_server()
    assert server.stop() == 0
    for name in ("metastore.db-wal", "metastore.db-shm"):
        (server.folder / name).unlink(missing_ok=True)
    password = (server.folder / "admin_password").read_text()
    for lose in (lambda file: file.write_bytes(b""), lambda file: file.unlink()):
        lose(server.folder / "metastore.db")
        done = serve(binary, "--data", server.folder, "--listen", "127.0.0.1:0")
        assert done.returncode == 1 and "metastore.db" in done.stderr, done
        assert (server.folder / "admin_password").read_text() == password


def test_serve_ends_well_on_sigterm(start_server):
    assert start_server().log_in().stop() == 0


def test_the_demonstration_wants_a_folder_of_its_own(tenantry, tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    refused = tenantry("demo", "--exit", "--keep", str(tmp_path))
    assert refused.returncode == 2 and "letter.txt" in refused.stderr, refused.stderr
    (tmp_path / "metastore.db").write_text("")
    refused = tenantry("demo", "--exit", "--keep", str(tmp_path))
    assert refused.returncode == 2, refused.stderr
    assert f"tenantry serve --data {tmp_path}" in refused.stderr, refused.stderr


@pytest.mark.parametrize(
    "given, kept",
    [
        (None, ["glibc.malloc.hugetlb=1"]),
        ("glibc.malloc.arena_max=2", ["glibc.malloc.hugetlb=1", "glibc.malloc.arena_max=2"]),
        ("glibc.malloc.hugetlb=0", ["glibc.malloc.hugetlb=0"]),
    ],
)
def test_the_server_asks_for_huge_pages_but_follows_what_is_set(start_server, given, kept):
    running = start_server(None, **({"GLIBC_TUNABLES": given} if given else {}))
    environment = pathlib.Path(f"/proc/{running.process.pid}/environ").read_text()
    # glibc ends each of them with a zero where it reads them.
    words = environment.replace("=glibc", "\0glibc").replace(":", "\0").split("\0")
    assert [word for word in words if word.startswith("glibc.")] == kept
