import subprocess

import planted
import pytest
from tidy import Tidy, changes, told


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


def test_a_source_is_looked_at_again_when_a_header_far_below_changes(tmp_path):
    files = {"src/base/ids.h": '#include "base/text.h"\n', "src/base/text.h": "int a;\n"}

    def key():
        tidy = Tidy(planted.repository(tmp_path, files))
        tidy.commands = {"src/app/main.cc": "c++ -c src/app/main.cc"}
        return tidy.key("src/app/main.cc")

    before = key()
    assert key() == before
    files["src/base/text.h"] = "int b;\n"
    assert key() != before


def test_another_clone_of_the_same_sources_needs_no_look(tmp_path):
    def key(folder):
        tidy = Tidy(planted.repository(folder, {}))
        tidy.commands = {"src/app/main.cc": f"c++ -I{folder}/src -c {folder}/src/app/main.cc"}
        return tidy.key("src/app/main.cc")

    assert key(tmp_path / "one") == key(tmp_path / "two")


def test_other_checks_mean_another_look(tmp_path):
    def key(checks):
        tidy = Tidy(planted.repository(tmp_path, {".clang-tidy": checks}))
        tidy.commands = {"src/app/main.cc": "c++ -c src/app/main.cc"}
        return tidy.key("src/app/main.cc")

    assert key("Checks: a\n") != key("Checks: b\n")


def test_diagnostics_are_read_with_place_and_name(tmp_path):
    tidy = Tidy(planted.repository(tmp_path, {}))
    output = f"{tmp_path}/src/app/main.cc:3:5: warning: 'x' used after move [bugprone-x]\n  note\n"
    assert tidy.read(output) == [["src/app/main.cc", 3, "'x' used after move [bugprone-x]"]]


def test_a_mistake_is_caught_by_the_tool_itself(tmp_path):
    checks = "Checks: '-*,bugprone-use-after-move'\n"
    source = ("#include <string>\n#include <utility>\nstd::string F(std::string a) {\n"
              "  std::string b = std::move(a);\n  return a + b;\n}\n")
    tidy = Tidy(planted.repository(tmp_path, {".clang-tidy": checks, "src/base/f.cc": source}))
    tidy.commands = {"src/base/f.cc": f"c++ -std=c++20 -c {tmp_path}/src/base/f.cc"}
    (tidy.folder / "cmake").mkdir(parents=True)
    first = tidy.problems(["src/base/f.cc"], lambda count, total: None)
    assert [(problem.path, problem.line) for problem in first] == [("src/base/f.cc", 5)]
    assert tidy.problems(["src/base/f.cc"], lambda count, total: None) == first


def test_changes_are_those_since_the_main_branch_and_those_not_committed(tmp_path):
    planted.repository(tmp_path, {})

    def git(*arguments):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments],
                       cwd=tmp_path, check=True, capture_output=True)

    git("init", "-b", "main")
    git("add", ".")
    git("commit", "-m", "First")
    files, since = changes(tmp_path)
    assert files == set()
    assert told(0, 9, since) == ("looked at no source: none has changes since the last commit "
                                 "(main is where this branch stands); --all looks at all 9")
    git("checkout", "-b", "work")
    (tmp_path / "src/app/main.cc").write_text("int x;\n")
    git("commit", "-a", "-m", "Second")
    (tmp_path / "src/base/new.cc").write_text("int y;\n")
    files, since = changes(tmp_path)
    assert files == {"src/app/main.cc", "src/base/new.cc"}
    assert told(2, 9, since) == ("looked at 2 of 9 sources, those with changes since the branch "
                                 "left main")


def test_without_git_all_is_looked_at_and_said(tmp_path):
    assert changes(tmp_path) is None
    assert told(9, 9, None) == "looked at all 9 sources"
