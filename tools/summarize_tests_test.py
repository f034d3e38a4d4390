import io

import pytest

import summarize_tests as results

GTEST = """<testsuites tests="3" failures="{failures}" time="0.5">
  <testsuite name="Router" tests="3" time="0.5">
    <testcase name="Finds" classname="Router" status="run" time="0.2"/>
    <testcase name="Refuses" classname="Router" status="run" time="0.2">{inner}</testcase>
  </testsuite>
</testsuites>"""
CTEST = """<testsuite name="tenantry" tests="2">
  <testcase name="net" classname="net" time="0.5" status="run"/>{more}
</testsuite>"""
PYTEST = """<testsuites><testsuite name="pytest" tests="1" time="1.5">
  <testcase classname="tests.test_api" name="test_x" time="1.5">{inner}</testcase>
</testsuite></testsuites>"""


def run(folder, inner="", e2e_inner="", more="", in_ci=False, parts=("unit", "e2e", "openapi")):
    (folder / "unit").mkdir()
    (folder / "unit" / "net_test.xml").write_text(GTEST.format(failures=0, inner=inner))
    (folder / "unit_binaries.xml").write_text(CTEST.format(more=more))
    (folder / "e2e.xml").write_text(PYTEST.format(inner=e2e_inner))
    (folder / "openapi.ok").write_text("")
    out = io.StringIO()
    return results.summarize(folder, parts, in_ci, out), out.getvalue()


def test_all_that_passed_is_counted(tmp_path):
    good, text = run(tmp_path)
    assert good
    assert text.splitlines()[-1] == "4 passed, 0 failed, 0 skipped"


def test_a_failure_is_named(tmp_path):
    good, text = run(tmp_path, inner='<failure message="x"/>')
    assert not good
    assert "failed: unit: Router.Refuses" in text


def test_a_binary_that_crashed_is_a_failure(tmp_path):
    good, text = run(tmp_path, more='<testcase name="lake" time="0.1" status="fail"/>')
    assert not good
    assert "failed: unit: lake: its tests crashed" in text


@pytest.mark.parametrize("inner, e2e_inner", [("<skipped/>", ""), ("", '<skipped message="no"/>')])
def test_a_skipped_test_fails_in_continuous_integration_alone(tmp_path, inner, e2e_inner):
    (tmp_path / "here").mkdir()
    (tmp_path / "ci").mkdir()
    assert run(tmp_path / "here", inner, e2e_inner)[0]
    good, text = run(tmp_path / "ci", inner, e2e_inner, in_ci=True)
    assert not good
    assert "skipped: " in text and "3 passed, 0 failed, 1 skipped" in text


def test_a_part_without_results_is_a_failure(tmp_path):
    good, text = run(tmp_path, parts=("unit", "tools"))
    assert not good
    assert "failed: checks: no results" in text
