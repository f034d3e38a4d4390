"""C++ as clang-format 19 writes it, by .clang-format.

    formatting.py [--write [FILE...]]      checks, or formats (these files, else all)
"""
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys

from repository import CPP, Problem, Repository, run_alone

TOOL = "clang-format-19"
FOLDERS = ("src", "tests", "bench")
_WARNING = re.compile(r"^(.*?):(\d+):\d+: (?:error|warning): ")


def in_parts(files, count):
    """The files in about `count` equal parts."""
    return [part for part in (files[start::count] for start in range(count)) if part]


def run_tool(repository, arguments, files):
    """Runs clang-format on parts of the files at once; the standard errors, joined."""
    if shutil.which(TOOL) is None:
        sys.exit(f"{TOOL} is missing: run ./dev setup")
    parts = in_parts(files, os.cpu_count() or 1)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        runs = pool.map(lambda part: subprocess.run(
            [TOOL, *arguments, *part], cwd=repository.root, capture_output=True, text=True), parts)
    return "".join(run.stderr for run in runs)


def check(repository):
    files = repository.under(*FOLDERS, endings=CPP)
    first = {}
    for line in run_tool(repository, ["--dry-run", "-Werror"], files).splitlines():
        match = _WARNING.match(line)
        if match:
            first.setdefault(match.group(1), int(match.group(2)))
    return [Problem(path, line, "is not formatted; run ./dev fmt") for path, line in first.items()]


def main():
    if sys.argv[1:2] != ["--write"]:
        sys.exit(run_alone(check))
    repository = Repository(pathlib.Path(__file__).resolve().parents[2])
    files = [os.path.abspath(path) for path in sys.argv[2:]]
    for path in files:
        if not path.endswith(CPP):
            sys.exit(f"{path} is no C++ source")
    files = files or repository.under(*FOLDERS, endings=CPP)
    errors = run_tool(repository, ["-i"], files)
    print(errors or f"formatted: {len(files)} files looked at", end="" if errors else "\n")
    sys.exit(1 if errors else 0)


if __name__ == "__main__":
    main()
