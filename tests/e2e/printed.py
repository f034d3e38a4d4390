"""Answers as people see them in the terminal, read back; and what they must be for the JSON.

The figures are computed and written here once more, from the answer's JSON: what the program prints
is compared with this, cell by cell.
"""

import dataclasses
import datetime
import re

TITLE = re.compile(r"([1-5])\. (.+)  \(as of (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC\)")
BARS = "▁▂▃▄▅▆▇█"


@dataclasses.dataclass
class Printed:
    """One printed answer: its title line, a table, and the lines under it."""

    number: int
    title: str
    as_of: str
    header: list
    rows: list
    notes: list


def cells(line):
    """The cells of a table's line: two blanks or more lie between them, one within."""
    return re.split(r" {2,}", line.strip())


def table(lines):
    """The header, the rows and the lines after them."""
    if not lines:
        return [], [], []
    header = cells(lines[0])
    rows = []
    for line in lines[1:]:
        row = cells(line)
        if len(row) != len(header):
            break
        rows.append(row)
    return header, rows, lines[1 + len(rows) :]


def answer(text):
    """What `ask` printed."""
    first, *rest = text.strip("\n").split("\n")
    found = TITLE.fullmatch(first)
    assert found, first
    number, title, as_of = int(found[1]), found[2], found[3]
    if rest and len(cells(rest[0])) == 1:  # no row, no table
        return Printed(number, title, as_of, [], [], rest)
    return Printed(number, title, as_of, *table(rest))


def count(number):
    return f"{number:,}"


def share(part, whole):
    return f"{part / whole * 100:.0f} %"


def size(number):
    """Three digits and a unit of 1000: 999 B, 3.4 GB, 128 MB; no decimal that says nothing."""
    units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]
    while number >= (1000 if units[0] == "B" else 999.95) and len(units) > 1:
        number /= 1000
        units.pop(0)
    if units[0] == "B" or number >= 99.95:
        return f"{number:.0f} {units[0]}"
    return f"{number:.1f} {units[0]}".replace(".0 ", " ")


def risk(told):
    if told["score"] is None:
        return "unknown"
    word = "high" if told["churn"] else "watch" if told["score"] >= 0.3 else "low"
    return f"{told['score']:.2f} {word}" + (" (stale)" if told["status"] == "stale" else "")


def bars(values):
    """A bar a value, the largest full."""
    largest = max(values, default=0)
    return "".join(BARS[int(v / largest * 7 + 0.5) if largest else 0] for v in values)


def day(text):
    return datetime.date.fromisoformat(text)


def check(printed, number, answers, whole, since=None, tenant=None):
    """That a printed answer says what the API's does.

    `answers` is the API's answer to the same question, `whole` the same one without `from`, which
    is `since` here. A figure must be of the days that its heading names.
    """
    assert printed.number == number
    if number == 1:
        header, rows, notes = rhythm(answers)
    elif number == 4 and tenant:
        header, rows, notes = jobs_by_day(answers[0], whole[0], since, printed.notes)
    elif number == 4:
        header, rows, notes = jobs(printed, whole, since)
    else:
        header, rows, notes = {2: idle, 3: data, 5: minimum}[number](answers)
    if not rows:
        header = []
    assert (printed.header, printed.rows, printed.notes) == (header, rows, notes)


def rhythm(told):
    header = ["DAY", "REGISTRATIONS", "LOGINS", "DATA EVENTS", "JOBS"]
    names = ["registrations", "logins", "dataEvents", "jobs"]
    rows = [[each["day"], *(count(each[name]) for name in names)] for each in told["days"]]
    sessions = told["sessions"]

    def part(name):
        return count(told[name]) + (f" ({share(told[name], sessions)})" if sessions else "")

    note = (
        f"sessions {count(sessions)} · worked on data {part('withData')} · submitted jobs "
        f"{part('withJobs')} · data, then a job {part('dataThenJob')}"
    )
    return header, rows, [note]


def idle(told):
    rows = [
        [
            row["tenantID"],
            count(row["sessions"]),
            count(row["idle"]),
            share(row["idle"], row["sessions"]),
            risk(row["risk"]),
        ]
        for row in told
    ]
    return ["TENANT", "SESSIONS", "IDLE", "IDLE SHARE", "RISK"], rows, []


def data(told):
    rows = [
        [row["tenantID"], size(row["dataBytes"]), count(row["dataSets"]), risk(row["risk"])]
        for row in told
    ]
    return ["TENANT", "DATA", "DATA SETS", "RISK"], rows, []


def minimum(told):
    rows = [
        [
            row["tenantID"],
            count(row["job90"]),
            count(row["job30"]),
            count(row["logins30"]),
            size(row["dataBytes"]),
            risk(row["risk"]),
        ]
        for row in told
    ]
    header = ["TENANT", "JOBS, 90 DAYS", "JOBS, 30 DAYS", "LOGINS, 30 DAYS", "DATA", "RISK"]
    return header, rows, []


def headed_days(heading, figure, by_day, since):
    """The numbers of the days that a heading names: all 90, or those since the first one shown."""
    if heading == f"{figure}, 90 DAYS":
        return list(by_day.values())
    assert since and heading == f"{figure} SINCE {since}", heading
    return [number for when, number in by_day.items() if when >= since]


def jobs(printed, whole, since):
    last = day(printed.as_of[:10])
    shown = min(30, max(0, (last - day(since)).days + 1)) if since else 30
    run, busiest = printed.header[2:4] if printed.header else ["", ""]
    header = ["TENANT", "JOBS, 90 DAYS", run, busiest, f"SUBMITTED A DAY, {shown} DAYS", "RISK"]
    days = [str(last - datetime.timedelta(days=back)) for back in reversed(range(shown))]
    rows = []
    for row in whole:
        ran = headed_days(run, "RUN", row["ranByDay"], since)
        submitted = headed_days(busiest, "BUSIEST DAY", row["jobsByDay"], since)
        rows.append(
            [
                row["tenantID"],
                count(row["jobs"]),
                count(sum(ran)),
                count(max(submitted, default=0)),
                bars([row["jobsByDay"].get(each, 0) for each in days]),
                risk(row["risk"]),
            ]
        )
    return header, rows, []


def jobs_by_day(told, whole, since, notes):
    days = sorted(set(told["jobsByDay"]) | set(told["ranByDay"]))
    rows = [
        [each, count(told["jobsByDay"].get(each, 0)), count(told["ranByDay"].get(each, 0))]
        for each in days
    ]
    all_run = sum(whole["ranByDay"].values())
    run = f"{count(all_run)} run"
    if since and f" run since {since}," in notes[0]:
        run = f"{count(sum(told['ranByDay'].values()))} run since {since}"
    note = (
        f"{told['tenantID']}: {count(whole['jobs'])} jobs in 90 days, {run}, "
        f"risk {risk(told['risk'])}"
    )
    return ["DAY", "JOBS", "RUN"], rows, [note]
