"""Runs the checks and prints what they found, as `file:line: what is wrong; what to do`.

    check.py [--all] [--no-tidy] [--only CHECK] [PATH...]
"""
import argparse
import os
import pathlib
import sys
import time

import comments
import formatting
import layers
import page
import rooms_table
import sizes
import tidy
import waits
import words
from repository import Repository

CHECKS = {
    "layers": layers.check,
    "sizes": sizes.check,
    "comments": comments.check,
    "words": words.check,
    "waits": waits.check,
    "rooms": rooms_table.check,
    "formatting": formatting.check,
    "page": page.check,
    "tidy": tidy.check,
}
ROOT = pathlib.Path(__file__).resolve().parents[2]


def parse_arguments():
    parser = argparse.ArgumentParser(prog="./dev check", add_help=False)
    parser.add_argument("--all", action="store_true", default=os.environ.get("CI") == "true")
    parser.add_argument("--no-tidy", action="store_true")
    parser.add_argument("--only", choices=CHECKS)
    parser.add_argument("paths", nargs="*")
    return parser.parse_args()


def show_progress(count, total):
    """One line that is overwritten where somebody watches, else a line every 25 sources."""
    if sys.stderr.isatty():
        end = "\n" if count == total else ""
        print(f"\r  clang-tidy {count}/{total}", end=end, file=sys.stderr, flush=True)
    elif count % 25 == 0 or count == total:
        print(f"  clang-tidy {count}/{total}", file=sys.stderr, flush=True)


def run_check(name, repository, arguments):
    """The problems that one check finds, its seconds, and what there is to say of it."""
    start, said = time.monotonic(), []
    if name == "tidy":
        found = tidy.check(repository, everything=arguments.all, progress=show_progress,
                           say=said.append)
    else:
        found = CHECKS[name](repository)
    return sorted(found), time.monotonic() - start, "".join(f"   {text}" for text in said)


def concerns(problem, paths):
    """Whether a problem lies in one of the paths; without paths, always."""
    return not paths or any(f"{problem.path}/".startswith(f"{path}/") for path in paths)


def main():
    arguments = parse_arguments()
    paths = [os.path.relpath(os.path.abspath(path), ROOT) for path in arguments.paths]
    names = [arguments.only] if arguments.only else list(CHECKS)
    if arguments.no_tidy and "tidy" in names:
        names.remove("tidy")
    repository, summary, failed = Repository(ROOT), [], 0
    for name in names:
        found, seconds, said = run_check(name, repository, arguments)
        found = [problem for problem in found if concerns(problem, paths)]
        for problem in found:
            print(f"{problem} [{name}]")
        failed += len(found)
        outcome = f"{len(found)} problems" if found else "ok"
        summary.append(f"  {name:<12}{outcome:<14}{seconds:>6.1f} s{said}")
    print(*summary, sep="\n")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
