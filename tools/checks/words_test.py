import planted
import pytest
import words

# Joined here, so that this file holds none of the words.
UNFINISHED = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK", "place" + "holder"]


@pytest.mark.parametrize("word", UNFINISHED)
def test_an_unfinished_word_is_found_wherever_it_stands(tmp_path, word):
    files = {"src/base/ids.cc": f"int a;\n// {word}: later\n", "README.md": f"A {word}.\n"}
    problems = planted.found(words.check, tmp_path, files)
    assert [problem.split(": ")[0] for problem in problems] == ["README.md:1", "src/base/ids.cc:2"]


@pytest.mark.parametrize("line", ["mktemp /tmp/XXXXXX", "todo list", "hackney", "kFixmeNot"])
def test_other_words_are_passed(tmp_path, line):
    assert planted.found(words.check, tmp_path, {"src/base/ids.cc": line + "\n"}) == []


@pytest.mark.parametrize("path, line", [
    ("src/base/ids_test.cc", "std::this_thread::sleep_for" + "(ms);"),
    ("src/base/ids_test.cc", "absl::SleepFor" + "(wait);"),
    ("src/base/base_testing.h", "usleep" + "(5);"),
    ("tests/e2e/test_api.py", "time.sleep" + "(1)"),
    ("tests/browser/scenarios/states.mjs", "await page.waitForTimeout" + "(5);"),
])
def test_a_test_that_sleeps_is_found(tmp_path, path, line):
    assert "a test sleeps" in planted.found(words.check, tmp_path, {path: line + "\n"})[0]


def test_code_that_is_no_test_may_sleep(tmp_path):
    assert planted.found(words.check, tmp_path, {
        "src/base/clock.cc": "absl::SleepFor" + "(wait);\n"}) == []


@pytest.mark.parametrize("path, line", [
    ("src/base/ids_test.cc", "TEST(Ids, DIS" + "ABLED_Compares) {}"),
    ("src/base/ids_test.cc", "GTEST_" + "SKIP();"),
    ("tests/e2e/test_api.py", "@pytest.mark." + "skip"),
    ("tests/e2e/test_api.py", "@pytest.mark." + "xfail(reason='flaky')"),
    ("tests/e2e/test_api.py", "pytest." + "skip()"),
])
def test_a_test_that_is_switched_off_is_found(tmp_path, path, line):
    assert "switched off" in planted.found(words.check, tmp_path, {path: line + "\n"})[0]


def test_a_test_may_say_what_it_lacks(tmp_path):
    assert planted.found(words.check, tmp_path, {
        "src/base/ids_test.cc": 'GTEST_' + 'SKIP() << "needs the folder " << folder;\n',
        "tests/e2e/test_api.py": 'pytest.' + 'skip(f"needs {path}")\n'}) == []
