"""Words of unfinished work, tests that sleep, tests that are switched off."""
import re
import sys

from repository import Problem, is_test, run_alone

# Written in two parts, so that this file holds none of them; an attribute of HTML is none.
_UNFINISHED = re.compile(r"\b(%s)\b|\b(?i:%s)\b" % (
    "|".join(("TO" "DO", "FIX" "ME", "XX" "X", "HA" "CK")), "place" "holder(?!=)"))
_SLEEP = re.compile(
    r"\b(?:sleep_for|sleep_until|usleep|nanosleep|SleepFor|time\.sleep|asyncio\.sleep|"
    r"waitForTimeout)\s*\(")
_OFF = re.compile(
    r"\bDISABLED_\w|\bmark\.(?:skip|skipif|xfail)\b|\bunittest\.skip|\.skip\(|\bGTEST_SKIP\b")
# A test may be skipped where it names what it lacks; with CI=true the test run fails all the same.
_NAMES_WHAT_IT_LACKS = re.compile(r"(?:GTEST_SKIP\(\)\s*<<|pytest\.skip\()\s*[^\s)]")

_UNREAD = ("package-lock.json", "LICENSE", ".lock", ".png", ".ico", ".woff2", ".gz", ".parquet")


def check_line(path, number, line):
    word = _UNFINISHED.search(line)
    if word:
        yield Problem(path, number,
                      f"'{word.group(0)}': finish it, or file an issue and say what holds today")
    if is_test(path):
        if _SLEEP.search(line):
            yield Problem(path, number,
                          "a test sleeps; wait for the event itself with a deadline, or move a "
                          "manual clock")
        if _OFF.search(line) and not _NAMES_WHAT_IT_LACKS.search(line):
            yield Problem(path, number,
                          "a test is switched off; mend it or remove it (a test that lacks "
                          "something may skip itself with a message that names it)")


def check(repository):
    problems = []
    for path in repository.files:
        if not path.endswith(_UNREAD):
            for number, line in enumerate(repository.lines(path), 1):
                problems += check_line(path, number, line)
    return problems


if __name__ == "__main__":
    sys.exit(run_alone(check))
