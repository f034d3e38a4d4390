"""End-to-end tests start the real binary and speak to it as its users do."""

import os
import pathlib
import subprocess
import sys

import pytest

import server

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def binary():
    path = pathlib.Path(os.environ.get("TENANTRY_BIN", ROOT / "build" / "tenantry"))
    if not path.exists():
        pytest.fail(f"{path} does not exist: run ./dev build")
    return path


@pytest.fixture(scope="session")
def test_data():
    """The folder of real data; without it the tests that need it are skipped, but never in CI."""
    path = pathlib.Path(os.environ.get("TENANTRY_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not path.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"TENANTRY_TEST_DATA: {path} does not exist")
        pytest.skip(f"needs the real data of TENANTRY_TEST_DATA ({path} does not exist)")
    return path


@pytest.fixture(scope="session")
def oracles(test_data):
    return test_data.parent / "oracles"


@pytest.fixture
def start_server(binary, tmp_path):
    """Starts servers on demand; whatever still runs at the end is stopped."""
    started = []

    def start(folder=None, *arguments, **environment):
        one = server.Server(binary, folder or tmp_path / "data", arguments, environment)
        started.append(one)
        one.start()
        return one

    yield start
    for one in started:
        one.kill()


@pytest.fixture
def running(start_server):
    return start_server()


@pytest.fixture
def tenantry(binary, tmp_path):
    """Runs the command line: tenantry(args..., input=, env=) -> CompletedProcess with text."""

    def run(*arguments, env=None, **options):
        return subprocess.run(
            [str(binary), *map(str, arguments)],
            text=True,
            capture_output=True,
            timeout=180,
            cwd=tmp_path,
            env={**os.environ, **(env or {})},
            **options,
        )

    return run


@pytest.fixture(scope="session")
def oracle(oracles):
    """The slow obvious program that says what is right: oracle(files..., flags...) -> lines."""
    import json

    def run(*arguments):
        done = subprocess.run(
            [sys.executable, str(oracles / "activity.py"), *map(str, arguments)],
            check=True,
            text=True,
            capture_output=True,
        )
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run
