"""Events made to be read wrongly, one a line, from a seed. Many are refused, the others just pass.

Left out is what the oracle cannot say: literals that are no JSON (Python's parser takes NaN and
Infinity, we refuse them), a list or object as the tutorial (the oracle stops), years before 1000
(it prints fewer digits) and times past 9999 (it stops).
"""

import json
import random

TYPES = """tenant.created tenant.updated tenant.deleted user.added user.removed user.logged_in
user.logged_off user.timed_out user.completed_tutorial dataset.created dataset.updated
dataset.deleted job.submitted job.started job.succeeded job.failed job.cancelled company.enriched
notification.raised""".split()

# Tokens that are JSON, a line each.
STRANGE = (
    r"""
null
true
false
0
-0
1
-1
1.0
1e3
0.0
-0.0
1E2
3
9007199254740992
9007199254740993
18446744073709551616
1e400
-1e400
1e-400
0.1e1
""
"x"
"\ud800"
"\ud83d\ude00"
"\udc00\ud800"
"\ud800\u0041"
"\u0000"
"a\u0000b"
"\"\\\/\b\f\n\r\t"
[]
{}
[1,[2,{"a":[]}]]
{"a":1,"a":2}
{ "b" : [ 1 , "x y" ] }
"𝄞"
"\u00e9"
" "
"1"
""".strip().split("\n")
    + ["1" * 400]
    + [json.dumps(c * n, ensure_ascii=False) for c in "xé" for n in (64, 65, 128, 129)]
)

# Tokens that are none.
NO_JSON = r"""
01
1.
.5
+1
1e
1e+
0x1
tru
nulll
True
'x'
"\x41"
"\u12g4"
"\u123"
"\ud83d\u"
-
--1
1 2
"a" "b"
"a"b
12"a"
[1,]
[,1]
[1 2]
{"a":1,}
{"a" 1}
{"a"::1}
{a:1}
{1:1}
[1}
{"a":1]
[
{
"
\
1,2
[[]
[]]
""".strip().split("\n") + ["", '"\t"', '"\x01"', "\ufeff1", "\x00", "\x0c1", "\u00a01"]

# Tutorials: which of them are one is for Python's equality to say.
SCALARS = r"""
null
true
false
0
-0
-0.0
1
1.0
1e0
10e-1
2
"1"
"a"
"\u0061"
"b"
"\ud800"
"\udc00"
1e400
-1e400
123456789012345678901234567890
1.5
15e-1
1e22
10000000000000000000000
9007199254740993
9007199254740992.0
""
100000000000000000000000.0
1e23
""".strip().split("\n")

TIMES = r"""
2025-02-30T00:00:00Z
2025-02-29T00:00:00Z
2024-02-29T00:00:00Z
2025-13-01T00:00:00Z
2025-00-01T00:00:00Z
2025-01-00T00:00:00Z
0000-01-01T00:00:00Z
2025-01-01T24:00:00Z
2025-01-01T00:60:00Z
2025-01-01T00:00:61Z
2025-01-01T00:00:60Z
2024-12-31T23:59:60Z
2025-01-01t00:00:00z
2025-01-01 00:00:00Z
2025-01-01T00:00:00
2025-01-01T00:00:00.Z
2025-01-01T00:00:00,5Z
2025-01-01T00:00:00+24:00
2025-01-01T00:00:00+23:60
2025-01-01T00:00:00+23:59
2025-01-01T00:00:00-23:59
2025-01-01T00:00:00-00:00
2025-01-01T00:00:00+0100
2025-1-1T00:00:00Z
25-01-01T00:00:00Z
 2025-01-01T00:00:00Z
2025-01-01T00:00:00Z\n
2025-01-01T00:00:00Z\n\n
2025-01-01T00:00:00Z\r
2025-01-01T00:00:00+01:00\n
2025-01-01T00:00:00.123456789999Z
2025-01-01T00:00:00.1234567890000000000000001Z
\u0032025-01-01T00:00:00Z
２025-01-01T00:00:00Z
2025-01-01
1000-01-01T00:00:00Z
20250-01-01T00:00:00Z
2025-01-01T00:00:00ZZ
2025-01-01T00:00:00+1:00
2025-01-01T-1:00:00Z
1969-12-31T23:59:59.999999999Z
1970-01-01T00:00:00+00:01
""".strip("\n").split("\n") + ["", "2025-01-01T00:00:00Z "]

OTHER_TYPES = (
    "io.tenantry.",
    "io.tenantry",
    "io.tenantry.job.exploded",
    "com.anycompany.bdcp.user",
    "io.tenantry.Job.submitted",
    "io.tenantry.job.submitted ",
    "",
)
PROFILE = ("name", "industry", "revenue", "employees", "plan", "monthlyFee", "totalFee")
DAYS = (0, 0, 1, 29, 30, 31, 59, 60, 61, 88, 89, 90, 91, 119, 120)
FRACTIONS = ("", "", ".0", ".5", ".50", ".999", ".9999", ".000000001", ".0000000009", ".1234567891")
ZONES = ("Z",) * 6 + ("z", "+00:00", "-00:00", "+05:30", "-08:00", "+23:59", "-23:59")


class NastyEvents:
    """The lines of one seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.made = 0

    def chance(self, share):
        return self.random.random() < share

    def any(self, choices):
        return self.random.choice(choices)

    def time(self):
        if self.chance(0.04):
            return self.any(TIMES)
        day = self.any(DAYS)
        date = f"2025-{1 + day // 28:02d}-{1 + day % 28:02d}"
        hour, minute, second = self.any((0, 0, 12, 23)), self.any((0, 59)), self.any((0, 59, 60))
        clock = f"{hour:02d}:{minute:02d}:{second:02d}"
        return f"{date}T{clock}{self.any(FRACTIONS)}{self.any(ZONES)}"

    def string(self, text):
        """A JSON string, sometimes with escapes where none are needed."""
        if self.chance(0.85):
            return json.dumps(text, ensure_ascii=self.chance(0.5))
        return '"' + "".join(self.character(c) for c in text) + '"'

    def character(self, c):
        if ord(c) < 0x10000 and self.chance(0.5):
            return f"\\u{ord(c):04x}"
        return json.dumps(c, ensure_ascii=False)[1:-1]

    def data(self, kind):
        fields = {}
        if kind.startswith("tenant"):
            tokens = ['"Ä & Ö"', '"x"', "7", "12.50", *STRANGE]
            fields.update((name, self.any(tokens)) for name in PROFILE if self.chance(0.8))
        if kind.startswith(("user", "dataset")) or kind == "job.submitted":
            fields["userID"] = self.string(self.any(("u1", "u2", "ü", "u\n")))
            fields["sessionID"] = self.string(f"s{self.random.randrange(8)}")
            if self.chance(0.1):
                fields.pop(self.any(("userID", "sessionID")))
        if kind.startswith("dataset"):
            fields["dataSetID"] = self.string(self.any(("d1", "d2", "d3")))
            if kind != "dataset.deleted" or self.chance(0.1):
                fields["bytes"] = self.any(("0", "-0", "5", "100000000000", "9007199254740992"))
        if kind.startswith("job"):
            fields["jobID"] = self.string(f"j{self.random.randrange(99)}")
            if self.chance(0.3):
                fields["nbJobs"] = self.any(("0", "-0", "2", "9007199254740992"))
        if kind == "user.completed_tutorial" and self.chance(0.9):
            fields["tutorial"] = self.any(SCALARS)
        return fields

    def spoil(self, event, data):
        """One small change to the fields."""
        what = self.random.random()
        if what < 0.2:
            event.pop(self.any(list(event)), None)
        elif what < 0.4:
            names = [*event, "extra", "subject", "data_base64", "traceparent"]
            event[self.any(names)] = self.any(STRANGE)
        elif what < 0.6:
            names = ("userID", "sessionID", "dataSetID", "jobID", "nbJobs", "bytes", "name", "x")
            data[self.any(names)] = self.any(STRANGE)
        elif what < 0.7 and data:
            data.pop(self.any(list(data)))
        elif what < 0.8:
            self.any((event, data))[self.any(("x", "y", "id2", "data2"))] = self.any(NO_JSON)
        elif what < 0.9:
            event["data"] = self.any(STRANGE)
        else:
            event["type"] = self.string(self.any(OTHER_TYPES))

    def object(self, fields):
        """A JSON object; names may come twice, in any order, and in great number."""
        spaces = ("", "", " ", "\t", " \r ") if self.chance(0.1) else ("",)
        pairs = list(fields.items())
        if self.chance(0.3):
            self.random.shuffle(pairs)
        if pairs and self.chance(0.03):
            name, value = self.any(pairs)
            again = (name, self.any((value, "1", "null", '"x"')))
            pairs.insert(self.random.randrange(len(pairs) + 1), again)
        if self.chance(0.03):
            pairs += [(f"n{i}", "0") for i in range(self.any((3, 20, 200)))]
            if self.chance(0.3):
                pairs.append(self.any(pairs))
        parts = [(self.string(name), ":", value, "") for name, value in pairs]
        inside = ",".join("".join(self.any(spaces) + text for text in part) for part in parts)
        return "{" + inside + "}"

    def event(self):
        kind = self.any(TYPES)
        self.made += 1
        number = self.made if self.chance(0.9) else self.random.randrange(1, self.made + 1)
        data = self.data(kind)
        event = {
            "specversion": '"1.0"',
            "id": self.string(f"{number % 997}"),
            "source": self.string(self.any(("/x", "/x", "/y"))),
            "type": self.string("io.tenantry." + kind),
            "time": f'"{self.time()}"',
            "tenantid": self.string(self.any(("t1", "t2", "t3", "tü", "T1", "𝄞", "\ue000"))),
        }
        for _ in range(3):
            if event and self.chance(0.1):
                self.spoil(event, data)
        if "data" not in event and (data or self.chance(0.9)):
            event["data"] = self.object(data)
        return self.object(event)

    def deep(self):
        """An event with values nested about as deep as may be."""
        opening, closing = self.any((("[", "]"), ('{"a":', "}")))
        depth = self.any((10, 400, 985, 988, 989, 990, 991, 992, 993, 1100, 20000))
        nested = opening * depth + self.any(("1", "null", '"x"')) + closing * depth
        if self.chance(0.25):
            nested = nested[:-1]
        self.made += 1
        fields = {"specversion": '"1.0"', "id": f'"deep{self.made}"', "source": '"/x"'}
        fields |= {"type": '"x"', "time": '"2025-01-01T00:00:00Z"', "tenantid": '"t1"'}
        return self.object({**fields, "x": nested})

    def framed(self, text):
        """The event with something wrong around it, or something else altogether."""
        around = (text + " x", text + text, text + ",", "\ufeff" + text, "[" + text + "]")
        around += (text[:-1], text + "}", " \t" + text + "\r", text + "\x00", "\x0c" + text)
        other = ("null", "[]", "1", '"x"', "", " ", "\t\r", "\x0b ")
        return self.any((*around, text + "\x0b", *other))

    def broken(self, text):
        """The event with a few bytes changed, dropped or put in."""
        raw = bytearray(text.encode())
        for _ in range(self.any((1, 1, 2, 5))):
            at = self.random.randrange(len(raw))
            if self.chance(0.4):
                raw[at] = self.random.randrange(256)
            elif self.chance(0.5):
                del raw[at]
            else:
                raw.insert(at, self.any(b'"\\{}[]:,0e-.\x80\xff\xed\xa0 tn'))
        return bytes(raw)

    def line(self):
        text, what = self.event(), self.random.random()
        if what < 0.01:
            return self.framed(text).encode()
        if what < 0.02:
            return self.deep().encode()
        return self.broken(text) if what < 0.06 else text.encode()

    def lines(self, count):
        """So many lines, as bytes without line ends."""
        made = []
        while len(made) < count:
            line = self.line().replace(b"\n", b" ")
            if b"NaN" not in line and b"Infinity" not in line:
                made.append(line)
        return made
