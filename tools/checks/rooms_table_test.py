import planted
import pytest
import rooms_table

EMPTY = f"# Architecture\n\n{rooms_table.BEGIN}\n\n{rooms_table.END}\n\nMore.\n"


def written(folder, files=None):
    repository = planted.repository(folder, {"ARCHITECTURE.md": EMPTY, **(files or {})})
    rooms_table.write(repository)
    return (folder / "ARCHITECTURE.md").read_text()


def test_what_was_written_passes(tmp_path):
    text = written(tmp_path)
    assert planted.found(rooms_table.check, tmp_path, {"ARCHITECTURE.md": text}) == []
    assert "| 2 | [`app`](src/app/README.md) | The program: it wires the rooms together. | " \
           "base store net |" in text
    assert text.startswith("# Architecture\n") and text.endswith("\nMore.\n")


def test_writing_twice_changes_nothing(tmp_path):
    text = written(tmp_path)
    repository = planted.repository(tmp_path, {"ARCHITECTURE.md": text})
    assert not rooms_table.write(repository)


@pytest.mark.parametrize("path, text", [
    ("src/net/README.md", "# net\n\nSpeaks HTTP and more.\n"),
    ("src/layers.txt", planted.LAYERS.replace("2  app", "3  app")),
])
def test_a_table_that_is_out_of_date_is_found(tmp_path, path, text):
    old = written(tmp_path)
    problems = planted.found(rooms_table.check, tmp_path, {"ARCHITECTURE.md": old, path: text})
    assert problems == ["ARCHITECTURE.md:3: the table of rooms is out of date; run ./dev fmt"]


def test_a_room_without_a_readme_is_found(tmp_path):
    text = written(tmp_path, {"src/layers.txt": planted.LAYERS + "3 tools : app | json\n"})
    problems = planted.found(rooms_table.check, tmp_path, {
        "ARCHITECTURE.md": text, "src/layers.txt": planted.LAYERS + "3 tools : app | json\n"})
    assert [problem.split(";")[0] for problem in problems] == [
        "src/tools/README.md: the room has no README"]


def test_a_document_without_a_table_is_found(tmp_path):
    problems = planted.found(rooms_table.check, tmp_path, {"ARCHITECTURE.md": "# Nothing\n"})
    assert "has no table of rooms" in problems[0]


@pytest.mark.parametrize("readme, sentence", [
    ("# net\n\nHTTP, as in RFC 9110. More.\n", "HTTP, as in RFC 9110."),
    ("# net\n\nOne\nsentence over lines.\nAnother.\n", "One sentence over lines."),
    ("# net\n\nUses e.g. small words. `Next` one.\n", "Uses e.g. small words."),
    ("# net\n", ""),
])
def test_the_first_sentence(readme, sentence):
    assert rooms_table.first_sentence(readme) == sentence
