"""Functions, files, lines and folders that have grown too large to be read."""
import ast
import collections
import os
import re
import sys

from cpp_source import CppSource
from repository import CODE, CPP, Problem, run_alone

FUNCTION_LINES = 70
SOURCE_LINES = 500
HEADER_LINES = 250
COLUMNS = 100
FOLDER_FILES = 25

FOLDERS = ("src", "tests", "bench", "tools", "cmake", "dashboard/src")
_REASON = re.compile(r"^\W*Larger than [^:]+: \S")


def has_reason(lines):
    """Whether the file's top line says why it is larger: `// Larger than 500 lines: why`."""
    return bool(lines) and _REASON.match(lines[0]) is not None


def check_file(repository, path):
    lines = repository.lines(path)
    limit = HEADER_LINES if path.endswith(".h") else SOURCE_LINES
    if len(lines) > limit and not has_reason(lines):
        yield Problem(path, len(lines),
                      f"{len(lines)} lines, more than {limit}; split it by idea, or say why in its "
                      f"top line: `// Larger than {limit} lines: why`")
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS and not is_one_word(line):
            yield Problem(path, number, f"{len(line)} columns, more than {COLUMNS}; break the line")


def is_one_word(line):
    """A URL or an include can't be broken."""
    return len(line.split()) <= 2 and ("://" in line or line.startswith("#include"))


def check_functions(repository, path):
    for first, length, name in functions(repository.text(path), path):
        if length > FUNCTION_LINES:
            yield Problem(path, first,
                          f"{name} has {length} lines, more than {FUNCTION_LINES}; give its parts "
                          "names of their own")


def functions(text, path):
    """(first line, lines, name) of every function with a body."""
    if path.endswith(CPP):
        return [(one.first, one.length, one.name) for one in CppSource(text).functions]
    if path.endswith(".py"):
        return [(node.lineno, node.end_lineno - node.lineno + 1, node.name)
                for node in ast.walk(ast.parse(text))
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    return []


def check_folders(repository, files):
    """A folder may be larger when the top line of its README says why."""
    counts = collections.Counter(os.path.dirname(path) for path in files)
    for folder, count in sorted(counts.items()):
        readme = f"{folder}/README.md"
        reason = readme in repository.files and has_reason(repository.lines(readme))
        if count > FOLDER_FILES and not reason:
            yield Problem(folder, 0,
                          f"{count} files, more than {FOLDER_FILES}; make folders by idea")


def check(repository):
    problems = list(check_folders(repository, repository.under(*FOLDERS)))
    for path in repository.under(*FOLDERS, endings=CODE) + ["dev"] * ("dev" in repository.files):
        problems += check_file(repository, path)
        problems += check_functions(repository, path)
    return problems


if __name__ == "__main__":
    sys.exit(run_alone(check))
