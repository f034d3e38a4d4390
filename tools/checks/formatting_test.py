import formatting
import planted

STYLE = "BasedOnStyle: Google\nColumnLimit: 100\n"


def test_code_as_the_tool_writes_it_passes(tmp_path):
    assert planted.found(formatting.check, tmp_path, {
        ".clang-format": STYLE, "src/base/sum.cc": "int Sum(int a, int b) { return a; }\n"}) == []


def test_code_written_otherwise_is_found_once_a_file(tmp_path):
    problems = planted.found(formatting.check, tmp_path, {
        ".clang-format": STYLE, "src/base/sum.cc": "int  a;\nint  b;\n"})
    assert problems == ["src/base/sum.cc:1: is not formatted; run ./dev fmt"]
