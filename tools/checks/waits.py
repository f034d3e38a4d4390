"""Timed waits that end by the clock that is set: one that is set back makes them last for hours."""
import re
import sys

from repository import Problem, run_alone

# Written in two parts, so that this file holds none of them.
_SET_CLOCK = re.compile(r"\b(?:%s)\b" % "|".join((
    "AwaitWith" "(?:Timeout|Deadline)", "WaitWith" "(?:Timeout|Deadline)",
    "(?:Reader)?LockWhenWith" "(?:Timeout|Deadline)",
    "WaitForNotificationWith" "(?:Timeout|Deadline)")))


def check(repository):
    problems = []
    for path in repository.files:
        if not path.endswith((".h", ".cc")):
            continue
        for number, line in enumerate(repository.lines(path), 1):
            found = _SET_CLOCK.search(line)
            if found:
                problems.append(Problem(
                    path, number, f"{found.group(0)} waits by the clock that is set; use "
                    "base::Monitor (base/monitor.h), which waits by the steady one"))
    return problems


if __name__ == "__main__":
    sys.exit(run_alone(check))
