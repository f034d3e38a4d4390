"""What every check works on: the repository's files, and the problems found in them."""
import functools
import os
import pathlib
import subprocess
from dataclasses import dataclass

CPP = (".cc", ".h")
CODE = CPP + (".py", ".sh", ".mjs", ".cmake", ".ts")


@dataclass(frozen=True, order=True)
class Problem:
    """Something wrong at a line (0: the file or folder as a whole), and what to do about it."""
    path: str
    line: int
    message: str

    def __str__(self):
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.message}"


class Repository:
    """The files under a root folder: what git tracks or would add; all where there is no git."""

    def __init__(self, root):
        self.root = pathlib.Path(root)

    @functools.cached_property
    def files(self):
        """Paths relative to the root, sorted."""
        if (self.root / ".git").exists():
            listed = subprocess.run(
                ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=self.root,
                check=True, capture_output=True, text=True).stdout.split("\0")
            found = {path for path in listed if path and (self.root / path).is_file()}
        else:
            found = {str(path.relative_to(self.root)) for path in self.root.rglob("*")
                     if path.is_file()}
        return sorted(found)

    def under(self, *folders, endings=()):
        """The files in these folders, with one of these endings; none given means any."""
        return [path for path in self.files
                if (not folders or any(path.startswith(folder + "/") for folder in folders))
                and (not endings or path.endswith(tuple(endings)))]

    @functools.lru_cache(maxsize=None)
    def text(self, path):
        """The file's text; bytes that are not UTF-8 become U+FFFD."""
        return (self.root / path).read_text(encoding="utf-8", errors="replace")

    def lines(self, path):
        return self.text(path).splitlines()


def is_test(path):
    """True for code that only tests run."""
    name = os.path.basename(path)
    return (path.startswith("tests/") or name.endswith(("_test.cc", "_test.py",
            "_testing.h", "_test_env.h")) or name.startswith("test_"))


def run_alone(check):
    """The main program of a check that is started by itself; 1 when it finds something."""
    repository = Repository(pathlib.Path(__file__).resolve().parents[2])
    problems = sorted(check(repository))
    for problem in problems:
        print(problem)
    return 1 if problems else 0
