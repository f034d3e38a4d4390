"""Reads the results of a test run and says what passed, failed and was skipped.

    summarize_tests.py FOLDER PART...

Parts: `unit` (GoogleTest's XML, one file a binary, in FOLDER/unit, and ctest's own in
FOLDER/unit_binaries.xml), `tools`, `e2e` and `browser` (pytest's FOLDER/<part>.xml), `openapi`
(FOLDER/openapi.ok exists after success). Exit code 1 when a test failed, when a part left no
result, and, with CI=true, when a test was skipped.
"""
import os
import pathlib
import sys
import xml.etree.ElementTree as xml
from dataclasses import dataclass, field

TITLES = {"unit": "unit", "tools": "checks", "e2e": "end to end", "browser": "browser",
          "openapi": "API contract"}


@dataclass
class Part:
    """Counts of one kind of tests; failed and skipped ones by name."""
    passed: int = 0
    seconds: float = 0.0
    failed: list = field(default_factory=list)
    skipped: list = field(default_factory=list)

    def add_case(self, name, case):
        if case.find("failure") is not None or case.find("error") is not None:
            self.failed.append(name)
        elif case.find("skipped") is not None or case.get("status") == "notrun":
            self.skipped.append(name)
        else:
            self.passed += 1


def read_junit(path, part):
    """Adds the cases of one JUnit or GoogleTest file."""
    root = xml.parse(path).getroot()
    for suite in root.iter("testsuite"):
        part.seconds += float(suite.get("time") or 0)
        for case in suite.findall("testcase"):
            part.add_case(f"{case.get('classname')}.{case.get('name')}", case)


def read_unit(folder):
    """GoogleTest's results; a binary that ended without any has crashed or timed out: failed."""
    part = Part()
    with_results = set()
    for path in sorted((folder / "unit").glob("*.xml")):
        with_results.add(path.stem.removesuffix("_test"))
        read_junit(path, part)
    for case in xml.parse(folder / "unit_binaries.xml").getroot().iter("testcase"):
        room = case.get("name")
        if room not in with_results:
            part.failed.append(f"{room}: its tests crashed, timed out or did not run")
    return part


def read_part(folder, name):
    """The counts of one part; a part without results has failed."""
    part = Part()
    try:
        if name == "unit":
            part = read_unit(folder)
        elif name == "openapi":
            if (folder / "openapi.ok").exists():
                part.passed = 1
            else:
                part.failed.append("api/openapi.yaml has problems")
        else:
            read_junit(folder / f"{name}.xml", part)
    except (OSError, xml.ParseError) as error:
        part.failed.append(f"no results: {error}")
    if not (part.passed or part.failed or part.skipped):
        part.failed.append("no test ran")
    return part


def summarize(folder, names, in_ci, out):
    """Prints the summary; True when all is well."""
    parts = {name: read_part(folder, name) for name in names}
    print("\n== summary", file=out)
    for name, part in parts.items():
        print(f"{TITLES[name]:<14}{part.passed:>6} passed {len(part.failed):>4} failed "
              f"{len(part.skipped):>4} skipped {part.seconds:>8.1f} s", file=out)
    for name, part in parts.items():
        for test in part.failed:
            print(f"failed: {TITLES[name]}: {test}", file=out)
        for test in part.skipped:
            print(f"skipped: {TITLES[name]}: {test}", file=out)
    passed, failed, skipped = (sum(counts) for counts in zip(
        *((part.passed, len(part.failed), len(part.skipped)) for part in parts.values())))
    if in_ci and skipped:
        print("With CI=true a skipped test is a failure: is TENANTRY_TEST_DATA set?", file=out)
    print(f"\n{passed} passed, {failed} failed, {skipped} skipped", file=out)
    return failed == 0 and not (in_ci and skipped)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    sys.exit(not summarize(folder, sys.argv[2:], os.environ.get("CI") == "true", sys.stdout))


if __name__ == "__main__":
    main()
