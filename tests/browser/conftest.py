"""Browser tests open the page of a real server in Debian's Chromium and look at it as people do."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

import server  # noqa: E402
import work  # noqa: E402

SCENARIO_SECONDS = 240


@pytest.fixture(scope="session")
def binary():
    path = pathlib.Path(os.environ.get("TENANTRY_BIN", ROOT / "build" / "tenantry"))
    if not path.exists():
        pytest.fail(f"{path} does not exist: run ./dev build")
    return path


@pytest.fixture(scope="session")
def story(binary, tmp_path_factory):
    """The data of a small demonstration: companies, people, jobs, a model that scores them."""
    folder = tmp_path_factory.mktemp("story") / "data"
    told = subprocess.run(
        [binary, "demo", "--exit", "--keep", folder, "--tenants", "14", "--days", "70"]
        + ["--listen", "127.0.0.1:0"],
        capture_output=True,
        text=True,
        timeout=SCENARIO_SECONDS,
    )
    assert told.returncode == 0, told.stderr
    return folder


@pytest.fixture(scope="session")
def told(binary, story):
    """A server over that data; what changes it belongs to a server of its own."""
    one = server.Server(binary, story).start().log_in()
    one.wait_counted()
    yield one
    one.kill()


@pytest.fixture
def fresh(binary, tmp_path):
    """A server that knows nothing yet."""
    one = server.Server(binary, tmp_path / "data").start().log_in()
    yield one
    one.kill()


@pytest.fixture
def workshop(binary, tmp_path):
    """A tenant at work: a scientist, data sets, jobs that ended, run and wait."""
    one = server.Server(binary, tmp_path / "data", ["--jobs.runners", "1"]).start().log_in()
    yield work.begin(one)
    one.kill()


@pytest.fixture(scope="session")
def pictures():
    folder = ROOT / "build" / "screenshots"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def play(pictures):
    """play(scenario, server, **more): runs scenarios/<scenario>.mjs; its assertions are ours,
    and what it prints is the answer."""

    def run(scenario, one, **more):
        given = {
            "url": one.url,
            "password": one.admin_password(),
            "pictures": str(pictures),
            **more,
        }
        done = subprocess.run(
            ["node", str(ROOT / "tests" / "browser" / "play.mjs"), scenario, json.dumps(given)],
            capture_output=True,
            text=True,
            timeout=SCENARIO_SECONDS,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        print(done.stdout)
        return done.stdout

    return run
