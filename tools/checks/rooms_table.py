"""Every room has a README; ARCHITECTURE.md's table of rooms is what they and layers.txt say.

    rooms_table.py [--write]      checks the table, or writes it
"""
import pathlib
import re
import sys

from layers import LAYERS, read_rooms
from repository import Problem, Repository, run_alone

DOCUMENT = "ARCHITECTURE.md"
BEGIN = "<!-- rooms: written by ./dev fmt from src/layers.txt and the rooms' READMEs -->"
END = "<!-- end of rooms -->"


def first_sentence(readme):
    """The first sentence of the first paragraph behind the title."""
    paragraphs = re.split(r"\n\s*\n", readme.strip())
    body = [paragraph for paragraph in paragraphs if not paragraph.startswith("#")]
    if not body:
        return ""
    text = " ".join(body[0].split())
    return re.split(r"(?<=[.!?])\s+(?=[A-Z`*])", text)[0]


def expected_table(repository, rooms):
    """The lines of the table, floors from the lowest up."""
    lines = ["| floor | room | what it is | may include |", "|---|---|---|---|"]
    for room in sorted(rooms.values(), key=lambda room: room.floor):
        path = f"src/{room.name}/README.md"
        sentence = first_sentence(repository.text(path)) if path in repository.files else ""
        below = " ".join(room.rooms) or "–"
        sentence = sentence.replace("|", "\\|")
        lines.append(
            f"| {room.floor} | [`{room.name}`](src/{room.name}/README.md) | {sentence} | {below} |")
    return lines


def split_document(text):
    """What stands before, within and behind the markers; None without them."""
    if BEGIN not in text or END not in text:
        return None
    before, rest = text.split(BEGIN, 1)
    table, after = rest.split(END, 1)
    return before + BEGIN, table, END + after


def check(repository):
    rooms, _ = read_rooms(repository.text(LAYERS))
    problems = []
    for name in rooms:
        path = f"src/{name}/README.md"
        if path not in repository.files or not first_sentence(repository.text(path)):
            problems.append(Problem(path, 0, "the room has no README; say in one paragraph what "
                                    "it is, its port, its threads, its files"))
    if DOCUMENT not in repository.files:
        return problems + [Problem(DOCUMENT, 0, "is absent; it holds the table of rooms")]
    parts = split_document(repository.text(DOCUMENT))
    if parts is None:
        return problems + \
            [Problem(DOCUMENT, 0, f"has no table of rooms; put `{BEGIN}` and `{END}` there")]
    table = [line for line in parts[1].splitlines() if line.strip()]
    if table != expected_table(repository, rooms):
        line = parts[0].count("\n") + 1
        problems.append(Problem(DOCUMENT, line, "the table of rooms is out of date; run ./dev fmt"))
    return problems


def write(repository):
    """Puts the table between the markers; True when that changed the document."""
    rooms, _ = read_rooms(repository.text(LAYERS))
    text = repository.text(DOCUMENT)
    parts = split_document(text)
    if parts is None:
        sys.exit(f"{DOCUMENT}: put the lines `{BEGIN}` and `{END}` where the table belongs")
    new = "\n\n".join([parts[0], "\n".join(expected_table(repository, rooms)), parts[2]])
    if new != text:
        (repository.root / DOCUMENT).write_text(new, encoding="utf-8")
    return new != text


def main():
    if sys.argv[1:] != ["--write"]:
        sys.exit(run_alone(check))
    if write(Repository(pathlib.Path(__file__).resolve().parents[2])):
        print(f"{DOCUMENT}: the table of rooms is new")


if __name__ == "__main__":
    main()
