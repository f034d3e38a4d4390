"""The guides: every command that they show is typed, and what it prints is as they say."""

import os
import pathlib
import re
import subprocess

import pytest

import server

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
    def __init__(self, binary, one, folder):
        self.folder = folder
        self.environment = {
            **os.environ,
            "PATH": f"{binary.parent}:{os.environ['PATH']}",
            "TENANTRY_SERVER": one.url,
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_STATE_HOME": str(folder / "state"),
            "HOME": str(folder),
        }

    def type(self, command):
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=self.environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=120,
        )
        assert done.returncode == 0, f"{command}: {done.stdout}"
        return done.stdout.splitlines()


def test_the_guide_for_data_scientists_says_what_is_printed(binary, start_server, tmp_path):
    one = start_server()
    (tmp_path / "ann_password").write_text("correct horse 7\n")
    terminal = Terminal(binary, one, tmp_path)
    typed = 0
    for kind, name, text in blocks("data_scientist.md"):
        if name:
            (tmp_path / name).write_text(text)
        for command, said in commands(text) if kind == "console" else []:
            printed = [plain(line) for line in terminal.type(command)]
            assert printed == [plain(line) for line in said], command
            typed += 1
    assert typed > 8


@pytest.fixture(scope="module")
def told(binary, tmp_path_factory):
    folder = tmp_path_factory.mktemp("guide") / "data"
    flags = ["--tenants", "14", "--days", "70", "--listen", "127.0.0.1:0"]
    done = subprocess.run(
        [binary, "demo", "--exit", "--keep", folder, *flags],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    one = server.Server(binary, folder).start().log_in()
    one.wait_counted()
    yield one
    one.kill()


def headings(lines):
    """What every demonstration prints: the question and the names of the columns."""
    found = [re.sub(r"\s*\(as of.*", "", line) for line in lines]
    found = [re.sub(r"  +", "  ", line).strip() for line in found]
    return [line for line in found if re.match(r"\d\. |[A-Z]{2,}", line)]


def test_the_guide_for_analysts_says_what_is_printed(binary, told, tmp_path):
    (tmp_path / "bea_password").write_text("correct horse 7\n")
    (tmp_path / "data").symlink_to(told.folder)
    terminal = Terminal(binary, told, tmp_path)
    typed = [pair for kind, _, text in blocks("analyst.md") for pair in commands(text)]
    assert len(typed) == 11
    for command, said in typed:
        printed = terminal.type(command)
        if command.startswith(("tenantry login", "tenantry users")):
            assert [plain(line) for line in printed] == [plain(line) for line in said], command
        assert headings(printed) == headings(said), command
        if said[-1] == "...":
            assert len(printed) >= len(said) - 1, command
