"""Includes under src/ against src/layers.txt: every room on its floor, every edge declared."""
import re
import sys
from dataclasses import dataclass

from repository import CPP, Problem, is_test, run_alone

LAYERS = "src/layers.txt"
_LINE = re.compile(r"^(\d+)\s+([a-z_]+)\s*:([^|]*)\|(.*)$")
_INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')

# Which vendor library, by its name in src/layers.txt, a header belongs to.
VENDOR_HEADERS = (
    ("absl/", "absl"), ("fmt/", "fmt"), ("spdlog/", "spdlog"), ("toml++/", "tomlplusplus"),
    ("prometheus/", "prometheus"), ("boost/", "boost"), ("openssl/", "openssl"), ("zlib.h", "zlib"),
    ("nlohmann/", "json"), ("simdjson", "simdjson"), ("rocksdb/", "rocksdb"), ("soci/", "soci"),
    ("sqlite3.h", "sqlite"), ("sodium", "sodium"), ("xxhash.h", "xxhash"), ("xxh3.h", "xxhash"),
    ("Eigen/", "eigen"), ("CLI/", "cli11"), ("duckdb", "duckdb"), ("zstd", "zstd"),
    ("curl/", "curl"),
)
EVERY_ROOM_HAS = {"absl", "fmt"}


@dataclass(frozen=True)
class Room:
    """A line of src/layers.txt."""
    name: str
    floor: int
    rooms: tuple
    vendors: tuple
    line: int


def read_rooms(text):
    """The rooms in the order of the file, and the problems of its lines."""
    rooms, problems = {}, []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.match(line)
        if not match:
            problems.append(
                Problem(LAYERS, number, "not `floor room : rooms | vendors`; write it so"))
            continue
        floor, name, below, vendors = match.groups()
        if name in rooms:
            problems.append(Problem(LAYERS, number, f"{name} stands here twice; keep one line"))
        rooms[name] = Room(name, int(floor), tuple(below.split()), tuple(vendors.split()), number)
    return rooms, problems


def check_floors(rooms):
    """Every edge must lead to a known room on a lower floor, so that there is no cycle."""
    for room in rooms.values():
        for below in room.rooms:
            if below not in rooms:
                yield Problem(LAYERS, room.line,
                              f"{room.name} names an unknown room {below}; mend its name")
            elif rooms[below].floor >= room.floor:
                yield Problem(LAYERS, room.line,
                              f"{room.name} (floor {room.floor}) may not include {below} (floor "
                              f"{rooms[below].floor}): edges lead downward; move what both need "
                              "below")
    for cycle in cycles({name: set(room.rooms) for name, room in rooms.items()}):
        yield Problem(LAYERS, rooms[cycle[0]].line, f"a cycle: {' -> '.join(cycle)}; cut one edge")


def cycles(edges):
    """One cycle, as a path that ends where it began, for each strongly tied group of nodes."""
    done, found = set(), []

    def visit(node, path):
        if node in path:
            found.append(path[path.index(node):] + [node])
        elif node not in done:
            for target in sorted(edges.get(node, ())):
                visit(target, path + [node])
            done.add(node)

    for node in sorted(edges):
        visit(node, [])
    return found


def includes(repository, path):
    """(line, "<" or '"', header) of every include of a file."""
    for number, line in enumerate(repository.lines(path), 1):
        match = _INCLUDE.match(line)
        if match:
            yield number, match.group(1), match.group(2)


class IncludeCheck:
    """Holds the includes of all files under src/ against the rooms."""

    def __init__(self, repository, rooms):
        self.repository, self.rooms = repository, rooms
        self.known = set(repository.files)
        self.edges = {}

    def problems(self):
        for path in self.repository.under("src", endings=CPP):
            parts = path.split("/")
            room = self.rooms.get(parts[1]) if len(parts) > 2 else None
            if room is None:
                yield Problem(path, 0,
                              f"{parts[1]} is no room of {LAYERS}; add its line, or move the file")
                continue
            for line, kind, header in includes(self.repository, path):
                message = (self.vendor_fault(room, header) if kind == "<"
                           else self.own_fault(room, header, path))
                if message:
                    yield Problem(path, line, message)
        for cycle in cycles(self.edges):
            yield Problem(LAYERS, 0,
                          f"rooms include each other: {' -> '.join(cycle)}; cut one edge")

    def vendor_fault(self, room, header):
        vendor = next((name for start, name in VENDOR_HEADERS if header.startswith(start)), None)
        if vendor is None or vendor in EVERY_ROOM_HAS or vendor in room.vendors:
            return None
        return (f"<{header}> belongs to {vendor}, which {room.name}'s line in {LAYERS} doesn't "
                "list; add it there, or use the room that wraps it")

    def own_fault(self, room, header, path):
        target = header.split("/")[0]
        if target in self.rooms and "/" in header:
            self.edges.setdefault(room.name, set()).add(target)
            if target == room.name:
                self.edges[room.name].discard(target)
                known = f"src/{header}" in self.known
                return None if known else f'"{header}" does not exist; mend the path'
            if target not in room.rooms:
                return (f"{room.name} may not include {target}: no such edge in {LAYERS}; move "
                        "what is needed to a lower floor, or declare the edge if it leads "
                        "downward")
            return None
        if is_test(path) and f"tests/{header}" in self.known:
            return self.fixture_fault(room, header)
        if f"src/{header}" in self.known or f"tests/{header}" in self.known:
            return f'"{header}" is for tests only; include it from tests'
        return f'"{header}" names no room; write the path from src/, beginning with the room'

    def fixture_fault(self, room, header):
        """What tests/ shares with a room's tests may include only what that room may."""
        for _, kind, inner in includes(self.repository, f"tests/{header}"):
            target = inner.split("/")[0]
            allowed = target == room.name or target in room.rooms or target not in self.rooms
            if kind == '"' and not allowed:
                return (f'"{header}" includes {target}, which {room.name} may not; test it from a '
                        "higher floor")
        return None


def check(repository):
    rooms, problems = read_rooms(repository.text(LAYERS))
    problems += check_floors(rooms)
    problems += IncludeCheck(repository, rooms).problems()
    return problems


if __name__ == "__main__":
    sys.exit(run_alone(check))
