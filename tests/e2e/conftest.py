"""End-to-end tests start the real binary and speak to it as its users do."""

import functools
import importlib.util
import json
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


@pytest.fixture(scope="session")
def run_program(binary):
    """Runs the command line: run_program(args..., input=, env=) -> CompletedProcess with text."""

    def run(*arguments, env=None, **options):
        return subprocess.run(
            [str(binary), *map(str, arguments)],
            text=True,
            capture_output=True,
            timeout=180,
            env={**os.environ, **(env or {})},
            **options,
        )

    return run


@pytest.fixture
def tenantry(run_program, tmp_path):
    """The same, in a folder of the test's own."""
    return functools.partial(run_program, cwd=tmp_path)


@pytest.fixture(scope="session")
def activity(oracles):
    """The slow obvious program that says what is right, as a module."""
    spec = importlib.util.spec_from_file_location("activity", oracles / "activity.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def oracle(oracles):
    """The same as a program: oracle(files..., flags...) -> lines."""

    def run(*arguments):
        done = subprocess.run(
            [sys.executable, str(oracles / "activity.py"), *map(str, arguments)],
            check=True,
            text=True,
            capture_output=True,
        )
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run
