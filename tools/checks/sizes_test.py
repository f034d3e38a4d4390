import planted
import sizes

LONG_FUNCTION = "int Sum(int a,\n        int b) {\n" + "  a += b;\n" * 68 + "  return a;\n}\n"


def test_a_right_repository_has_no_problem(tmp_path):
    assert planted.found(sizes.check, tmp_path) == []


def test_a_long_function_is_found_by_its_name(tmp_path):
    problems = planted.found(sizes.check, tmp_path, {"src/base/sum.cc": "\n" + LONG_FUNCTION})
    assert len(problems) == 1
    assert problems[0].startswith("src/base/sum.cc:2: Sum has 72 lines")


def test_a_function_of_70_lines_is_not(tmp_path):
    shorter = LONG_FUNCTION.replace("  a += b;\n", "", 2)
    assert planted.found(sizes.check, tmp_path, {"src/base/sum.cc": shorter}) == []


def test_a_long_function_within_a_class_is_found(tmp_path):
    text = "namespace base {\nclass Adder {\n public:\n" + LONG_FUNCTION + "};\n}\n"
    assert "Sum has 72 lines" in planted.found(sizes.check, tmp_path, {"src/base/a.h": text})[0]


def test_a_long_python_function_is_found(tmp_path):
    text = "def long():\n" + "    x = 1\n" * 70
    problems = planted.found(sizes.check, tmp_path, {"tests/e2e/test_x.py": text})
    assert problems[0].startswith("tests/e2e/test_x.py:1: long has 71 lines")


def test_a_long_source_is_found_unless_its_top_line_says_why(tmp_path):
    text = "int x;\n" * 501
    assert "501 lines, more than 500" in planted.found(
        sizes.check, tmp_path, {"src/base/x.cc": text})[0]
    excused = "// Larger than 500 lines: generated tables.\n" + text
    assert planted.found(sizes.check, tmp_path, {"src/base/x.cc": excused}) == []
    unexcused = "// Larger than 500 lines.\n" + text
    assert planted.found(sizes.check, tmp_path, {"src/base/x.cc": unexcused}) != []


def test_a_long_header_is_found(tmp_path):
    problems = planted.found(sizes.check, tmp_path, {"src/base/x.h": "int x;\n" * 251})
    assert "251 lines, more than 250" in problems[0]


def test_a_long_line_is_found_and_columns_are_characters(tmp_path):
    problems = planted.found(sizes.check, tmp_path, {
        "src/base/x.cc": "// " + "é " * 48 + "\n" + "// " + "x " * 49 + "\n"})
    assert [problem.split(";")[0] for problem in problems] == [
        "src/base/x.cc:2: 101 columns, more than 100"]


def test_an_address_may_be_long(tmp_path):
    assert planted.found(sizes.check, tmp_path, {
        "src/base/x.cc": "// https://example.org/" + "x" * 100 + "\n"}) == []


def test_a_full_folder_is_found(tmp_path):
    files = {f"src/net/part{i}.cc": "" for i in range(25)}
    assert planted.found(sizes.check, tmp_path, files)[0].startswith(
        "src/net: 26 files, more than 25")
