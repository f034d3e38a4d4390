"""clang-tidy 19 with the set of .clang-tidy: on changed sources, or on all. Tests are left out.

Works on compile commands of its own in build/tidy (no precompiled headers, which GCC wrote and
clang can't read). What a source gave is kept in the user's cache folder under a hash of all that
decides it: itself, every header of ours that it includes, its flags, the checks, the packages. So
a second run costs little, in a fresh clone too.
"""
import concurrent.futures
import contextlib
import functools
import hashlib
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import time

from repository import Problem, Repository, is_test

TOOL = "clang-tidy-19"
FOLDERS = ("src", "bench")
DAYS_KEPT = 30
DECIDING = (".clang-tidy", "tools/setup/debian_packages.txt", "tools/checks/tidy.py")
_DIAGNOSTIC = re.compile(r"^(/.*?):(\d+):\d+: (?:warning|error): (.*)$")
_QUOTED = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
# The main branch's names, nearest first: what a change is compared with.
_MAIN = ("origin/main", "main", "origin/master", "master")


def digest(*pieces):
    total = hashlib.sha256()
    for piece in pieces:
        total.update(hashlib.sha256(piece.encode()).digest())
    return total.hexdigest()


class Tidy:
    """Runs clang-tidy on sources of a repository and remembers what it said."""

    def __init__(self, repository):
        self.repository = repository
        self.folder = repository.root / "build" / "tidy"
        cache = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
        self.memory = pathlib.Path(cache) / "tenantry" / "tidy"
        self.known = set(repository.files)
        self.deciding = digest(*(repository.text(path) for path in DECIDING if path in self.known))

    def configure(self):
        """Lets CMake write the compile commands, when sources or build files have changed."""
        inputs = (self.repository.under("src", "bench", endings=(".cc",))
                  + self.repository.under("cmake") + ["CMakeLists.txt", "src/layers.txt"])
        mark = digest(*inputs, *(self.repository.text(path) for path in inputs
                                 if not path.endswith(".cc")))
        stamp = self.folder / "configured"
        if stamp.exists() and stamp.read_text() == mark:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            ["cmake", "--preset", "release", "-B", str(self.folder / "cmake"), "-DTENANTRY_CCACHE=",
             "-DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON"],
            cwd=self.repository.root, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"tidy: CMake failed:\n{done.stdout}{done.stderr}")
        stamp.write_text(mark)

    @functools.cached_property
    def commands(self):
        """The compile command of each source, by its path in the repository."""
        entries = json.loads((self.folder / "cmake" / "compile_commands.json").read_text())
        return {os.path.relpath(entry["file"], self.repository.root): entry["command"]
                for entry in entries}

    @functools.lru_cache(maxsize=None)
    def closure(self, path):
        """The source and every file of ours that it includes, directly or not."""
        found, waiting = set(), [path]
        while waiting:
            current = waiting.pop()
            if current in found:
                continue
            found.add(current)
            for header in _QUOTED.findall(self.repository.text(current)):
                places = (f"{folder}/{header}" for folder in ("src", "tests", "bench"))
                waiting += [place for place in places if place in self.known]
        return frozenset(found)

    def key(self, path):
        texts = [piece for name in sorted(self.closure(path))
                 for piece in (name, self.repository.text(name))]
        flags = re.sub(r"-o \S+", "", self.commands[path]).replace(str(self.repository.root), ".")
        return digest(self.deciding, flags, *texts)

    def look_at(self, path):
        """What clang-tidy says of a source: from memory, or by running it."""
        memory = self.memory / self.key(path)
        if memory.exists():
            os.utime(memory)
            return json.loads(memory.read_text())
        flags = shlex.split(self.commands[path])[1:]
        run = subprocess.run(
            [TOOL, "--quiet", str(self.repository.root / path), "--", *flags, "-Wno-error",
             "-Wno-unknown-warning-option"],
            cwd=self.folder / "cmake", capture_output=True, text=True)
        said = self.read(run.stdout)
        if run.returncode and not said:
            return [[path, 0, f"clang-tidy failed: {run.stderr.strip().splitlines()[-1:]}"]]
        self.remember(memory, said)
        return said

    def remember(self, memory, said):
        """Written aside and renamed, so that two runs at once never see half of it."""
        aside = memory.with_suffix(f".{os.getpid()}")
        memory.parent.mkdir(parents=True, exist_ok=True)
        aside.write_text(json.dumps(said))
        aside.replace(memory)

    def forget(self):
        """Drops what nobody asked for in a month."""
        oldest = time.time() - DAYS_KEPT * 86400
        for memory in self.memory.glob("*"):
            with contextlib.suppress(FileNotFoundError):  # another run was first
                if memory.stat().st_mtime < oldest:
                    memory.unlink()

    def read(self, output):
        """[path, line, message] of each diagnostic in clang-tidy's output."""
        said = []
        for line in output.splitlines():
            match = _DIAGNOSTIC.match(line)
            if match:
                place = os.path.relpath(match.group(1), self.repository.root)
                said.append([place, int(match.group(2)), match.group(3)])
        return said

    def problems(self, paths, progress):
        """The problems of these sources, looked at on all cores."""
        found = set()
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            try:
                for count, said in enumerate(pool.map(self.look_at, paths), 1):
                    progress(count, len(paths))
                    found.update(Problem(*diagnostic) for diagnostic in said)
            except KeyboardInterrupt:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return sorted(found)


def changes(root):
    """What differs from where this branch left the main one, committed or not, and what that is
    compared with, in words; None without git."""
    def git(*arguments):
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True)
        return done.stdout if done.returncode == 0 else None

    if git("rev-parse", "HEAD") is None:
        return None
    name, base = next(((name, base) for name in _MAIN if (base := git("merge-base", "HEAD", name))),
                      ("HEAD", "HEAD"))
    changed = git("diff", "--name-only", base.strip()).splitlines()
    files = set(changed + git("ls-files", "--others", "--exclude-standard").splitlines())
    if base.strip() not in ("HEAD", git("rev-parse", "HEAD").strip()):
        return files, f"since the branch left {name}"
    return files, f"since the last commit ({name} is where this branch stands)"


def told(count, total, since):
    """How many sources were looked at, and why not all."""
    if since is None:
        return f"looked at all {total} sources"
    if count == 0:
        return f"looked at no source: none has changes {since}; --all looks at all {total}"
    return f"looked at {count} of {total} sources, those with changes {since}"


def check(repository, everything=False, progress=lambda count, total: None,
          say=lambda text: None):
    """The problems of the changed sources, or of all. `say` is told how many were looked at."""
    if shutil.which(TOOL) is None:
        sys.exit(f"{TOOL} is missing: run ./dev setup")
    tidy = Tidy(repository)
    tidy.configure()
    tidy.forget()
    paths = [path for path in repository.under(*FOLDERS, endings=(".cc",))
             if path in tidy.commands and not is_test(path)]
    changed = None if everything else changes(repository.root)
    total, since = len(paths), None
    if changed is not None:
        files, since = changed
        paths = [path for path in paths if tidy.closure(path) & files]
    say(told(len(paths), total, since))
    return tidy.problems(paths, progress)


def main():
    repository = Repository(pathlib.Path(__file__).resolve().parents[2])
    problems = check(repository, everything="--all" in sys.argv[1:])
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
