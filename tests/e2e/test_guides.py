"""The guides: every command that they show is typed, and what it prints is as they say."""

import os
import pathlib
import queue
import re
import signal
import socket
import subprocess
import threading
import time

import pytest

GUIDES = pathlib.Path(__file__).resolve().parents[2] / "docs" / "guide"
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.M | re.S)
# What differs from one time to the next.
VARIES = [
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "TIME"),
    (r"http://127\.0\.0\.1:\d+", "SERVER"),
    (r"\b(ds_|j)[0-9a-f]{20,}\b", "ID"),
    (r"\b\d+\.\d+ s\b", "SECONDS"),
    (r"\b[\d.]+ (B|kB|MB|bytes)\b", "BYTES"),
    (r"  +", "  "),
]


def blocks(guide):
    return [match.groups() for match in BLOCK.finditer((GUIDES / guide).read_text())]


def commands(text):
    """(command, what it prints) of a console block."""
    found = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return found


def plain(line):
    for pattern, word in VARIES:
        line = re.sub(pattern, word, line)
    return line.strip()


class Terminal:
    """A shell that stays: it begins in the repository's folder, with what a newcomer has."""

    END = "--- typed"

    def __init__(self, repository, environment):
        self.shell = subprocess.Popen(
            ["bash", "--norc", "--noprofile"],
            cwd=repository,
            env=environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.shell.stdout:
            self.lines.put(line.rstrip("\n"))
        self.lines.put(f"{self.END} ended")

    def enter(self, command):
        """Types a command without waiting for its end."""
        end = f"printf '\\n%s %s\\n' '{self.END}' $?"
        self.shell.stdin.write(f"{{ {command}\n}} </dev/null; {end}\n")
        self.shell.stdin.flush()

    def read(self, last, seconds=300):
        """What is printed up to the first line that `last` takes."""
        printed, deadline = [], time.monotonic() + seconds
        while True:
            try:
                line = self.lines.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"nothing more in {seconds} s after {printed}")
            printed.append(line)
            if last(line):
                return printed
            assert not line.startswith(self.END), printed

    def type(self, command):
        self.enter(command)
        printed = self.read(lambda line: line.startswith(self.END))
        assert printed.pop() == f"{self.END} 0", f"{command}: {printed}"
        return printed[:-1] if printed[-1:] == [""] else printed

    def close(self):
        """Ctrl-C for all that runs in it."""
        os.killpg(self.shell.pid, signal.SIGINT)
        self.shell.stdin.close()
        try:
            self.shell.wait(timeout=30)
        finally:
            if self.shell.poll() is None:
                os.killpg(self.shell.pid, signal.SIGKILL)


@pytest.fixture
def open_terminal(binary, tmp_path):
    """Opens terminals of one newcomer, who has built the repository and nothing else."""
    repository, home = tmp_path / "repository", tmp_path / "home"
    (repository / "build").mkdir(parents=True)
    home.mkdir()
    (repository / "build" / "tenantry").symlink_to(binary)
    own = ("TENANTRY_", "XDG_")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(own)}
    environment["HOME"] = str(home)
    with socket.socket() as free:  # another server may have the port that the guides name
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    environment |= {"TENANTRY_NET_LISTEN": address, "TENANTRY_SERVER": f"http://{address}"}
    opened = []

    def one():
        opened.append(Terminal(repository, environment))
        return opened[-1]

    yield one
    for terminal in reversed(opened):
        terminal.close()


def walk(guide, open_terminal):
    """Types a guide's commands: (command, what it is to print, what it printed)."""
    terminal = open_terminal()
    for kind, name, text in blocks(guide):
        if kind != "console":
            folder = pathlib.Path(terminal.type("pwd")[0])
            (folder / name).write_text(text)
            continue
        typed = commands(text)
        if name == "server":
            first, (serve, said) = open_terminal(), typed.pop()
            for command, _ in typed:
                first.type(command)
            first.enter(serve)
            yield serve, said, first.read(lambda line: "ready" in line)
            continue
        for command, said in typed:
            yield command, said, terminal.type(command)


def test_the_guide_for_data_scientists_says_what_is_printed(open_terminal, tmp_path):
    typed = 0
    for command, said, printed in walk("data_scientist.md", open_terminal):
        assert [plain(line) for line in printed] == [plain(line) for line in said], command
        typed += 1
    assert typed > 12
    password = tmp_path / "home" / "tenantry" / "ann_password"
    assert password.stat().st_mode & 0o777 == 0o600


def headings(lines):
    """What every demonstration prints: the question and the names of the columns."""
    found = [re.sub(r"\s*\(as of.*", "", line) for line in lines]
    found = [re.sub(r"  +", "  ", line).strip() for line in found]
    return [line for line in found if re.match(r"\d\. |[A-Z]{2,}", line)]


def test_the_guide_for_analysts_says_what_is_printed(open_terminal):
    typed = 0
    for command, said, printed in walk("analyst.md", open_terminal):
        if command.startswith(("tenantry login", "tenantry users", "tenantry serve")):
            assert [plain(line) for line in printed] == [plain(line) for line in said], command
        assert headings(printed) == headings(said), command
        if said[-1:] == ["..."]:
            assert len(printed) >= len(said) - 1, command
        typed += 1
    assert typed == 15
