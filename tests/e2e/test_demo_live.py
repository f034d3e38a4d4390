"""The demonstration as its watcher's process: it stays up, it is stopped, it leaves nothing."""

import os
import re
import signal
import subprocess
import threading

import pytest
import requests

SMALL = ("--tenants", "4", "--days", "10", "--seed", "2")
WAIT_SECONDS = 120


class Demo:
    """A running demonstration in a process group of its own."""

    def __init__(self, binary, folder, *arguments):
        self.folder = folder
        self.process = subprocess.Popen(
            [str(binary), "demo", "--listen", "127.0.0.1:0", *SMALL, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={**os.environ, "TMPDIR": str(folder)},
        )
        self.kill = threading.Timer(WAIT_SECONDS, self.process.kill)
        self.kill.start()

    def read_until(self, stream, word):
        """The lines of a stream up to the first with this word."""
        found = []
        for line in stream:
            found.append(line)
            if word in line:
                return found
        raise AssertionError(f"no {word!r} in {found}")

    def signal(self, number):
        """As a terminal does: to the process and its children."""
        os.killpg(self.process.pid, number)

    def end(self):
        """(exit code, the rest of standard output, of standard error)."""
        out, err = self.process.communicate(timeout=WAIT_SECONDS)
        self.kill.cancel()
        return self.process.returncode, out, err

    def children_are_gone(self):
        with pytest.raises(ProcessLookupError):
            os.killpg(self.process.pid, 0)
        return True


@pytest.fixture
def demo(binary, tmp_path):
    started = []

    def start(*arguments):
        started.append(Demo(binary, tmp_path, *arguments))
        return started[-1]

    yield start
    for one in started:
        one.kill.cancel()
        if one.process.poll() is None:
            os.killpg(one.process.pid, signal.SIGKILL)
            one.process.wait()


def sign_in(url, tenant, user, password):
    body = {"userID": user, "password": password} | ({} if tenant == "–" else {"tenantID": tenant})
    answer = requests.post(url + "/api/v1/sessions", json=body, timeout=30)
    assert answer.status_code == 201, answer.text


def test_it_stays_up_with_its_page_until_ctrl_c(demo, tmp_path):
    one = demo()
    told = "".join(one.read_until(one.process.stdout, "tenantry jobs list"))
    url = re.search(r"The page is at (http://\S+)/ until you press Ctrl-C\.", told)[1]
    page = requests.get(url + "/", timeout=30)
    assert page.status_code == 200 and page.headers["Content-Type"].startswith("text/html")
    rows = re.findall(r"^(?:operator|data scientist) +(\S+) +(\S+) +(\S+)$", told, re.MULTILINE)
    assert rows[0][1] == "admin" and len(rows) > 1
    for row in rows:
        sign_in(url, *row)
    failed = re.search(r"the one that failed: (\S+)", told)[1]
    assert failed.startswith(url) and requests.get(failed, timeout=30).status_code == 200
    assert any(tmp_path.iterdir())
    one.signal(signal.SIGINT)
    code, out, err = one.end()
    assert (code, out) == (0, "") and "kept" not in err
    assert one.children_are_gone() and not any(tmp_path.iterdir())


def test_kept_and_stopped_it_tells_the_way_back(demo, tmp_path):
    one = demo("--keep", tmp_path / "here")
    one.read_until(one.process.stdout, "tenantry jobs list")
    one.signal(signal.SIGTERM)
    code, _, err = one.end()
    assert code == 0
    command = f"tenantry serve --data {tmp_path}/here"
    assert err.endswith(f"The data is kept: `{command}` brings it back.\n")
    assert [path.name for path in tmp_path.iterdir()] == ["here"]


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("heard", ["A SaaS comes alive", "ran "])
def test_stopped_in_the_middle_it_leaves_nothing(demo, tmp_path, number, code, heard):
    one = demo()
    one.read_until(one.process.stderr, heard)
    one.signal(number)
    ended, _, err = one.end()
    assert (ended, err.splitlines()[-1]) == (
        code,
        "tenantry: the story was stopped before its end",
    )
    assert one.children_are_gone() and not any(tmp_path.iterdir())


def test_told_to_its_end_without_keeping_it_leads_to_nothing_that_is_gone(demo, tmp_path):
    code, out, _ = demo("--exit").end()
    assert code == 0 and "http://" not in out and "PASSWORD" not in out
    assert "The server has ended and its data is gone." in out
    assert not any(tmp_path.iterdir())
