"""Every public declaration of a header has a comment: types, functions, constants of a namespace.

A comment above a declaration counts for those that follow it without a blank line; so does one
behind the declaration. No comment is asked of what says nothing new: overrides, destructors,
operators, what is defaulted or deleted, forward declarations, data members, enumerators.
"""
import re
import sys

from cpp_source import CppSource, flatten, strip_template
from repository import Problem, run_alone

FOLDERS = ("src", "tests", "bench")
_NEEDS_NONE = re.compile(
    r"^(friend\b|static_assert\b|using namespace\b|using [\w:]+$|namespace \w+ =|extern template\b"
    r"|(class|struct|union|enum( class| struct)?) [\w:]+( : [\w:]+)?$)"
    r"|^[A-Z][A-Z0-9_]+ ?\(|\b(\w+) ?\( ?(const )?\5 ?&"
    r"|= ?(default|delete)$|\boverride\b|\bfinal$|~\w+\s*\(|\boperator\b")
_DEFINED_ELSEWHERE = re.compile(r"\w::~?\w+ ?\(")
_MACRO = re.compile(r"^\s*#\s*define\s+(\w+)(?<!_)\(")


def needs_comment(declaration):
    """Whether such a declaration has to say what it means."""
    text = strip_template(declaration.text)
    if not declaration.public or "<" in declaration.in_class or _NEEDS_NONE.search(text):
        return False
    if re.match(r"template ?<>", declaration.text):
        return False
    if re.match(r"(class|struct|union|enum)\b", text):
        return True
    if re.match(r"(using|concept)\b", text):
        return not declaration.in_class
    head = re.split(r"(?<![=!<>])=(?!=)", without_angles(flatten(text)))[0]
    if "(" in head:
        return not _DEFINED_ELSEWHERE.search(head)
    return not declaration.in_class


def without_angles(text):
    """Without template arguments, in which a parenthesis is no function's."""
    text = text.replace("->", "  ")
    while True:
        shorter = re.sub(r"<[^<>]*>", "", text)
        if shorter == text:
            return text
        text = shorter


def name_of(declaration):
    """How a message calls it."""
    text = strip_template(declaration.text).split(" = ")[0]
    kind = re.match(r"(class|struct|union|enum class|enum|using)\s+([\w:]+)", text)
    found = kind.group(2) if kind else None
    if not found:
        call = re.search(r"(\w+)\s*\(", text)
        found = call.group(1) if call else (re.findall(r"\w+", text) or [text])[-1]
    return f"{declaration.in_class}::{found}" if declaration.in_class else found


def check_macros(path, lines):
    """Macros that look like functions are public wherever they stand."""
    for number, line in enumerate(lines, 1):
        macro = _MACRO.match(line)
        if not macro:
            continue
        above = number - 1
        while above and re.match(
            r"\s*(// clang-format|#\s*(define|if|ifdef|ifndef))", lines[above - 1]):
            above -= 1
        undefined = any(re.match(rf"\s*#\s*undef\s+{macro.group(1)}\b", other) for other in lines)
        if not undefined and not (above and lines[above - 1].lstrip().startswith("//")):
            yield Problem(path, number, f"macro {macro.group(1)} has no comment; say what it does")


def check_header(path, text):
    for declaration in CppSource(text).declarations:
        if needs_comment(declaration) and not declaration.commented:
            yield Problem(path, declaration.first,
                          f"{name_of(declaration)} has no comment above it; say what it means, its "
                          "units, who owns what, thread safety, every error")
    yield from check_macros(path, text.splitlines())


def check(repository):
    problems = []
    for path in repository.under(*FOLDERS, endings=(".h",)):
        problems += check_header(path, repository.text(path))
    return problems


if __name__ == "__main__":
    sys.exit(run_alone(check))
