import planted
import pytest
import waits


@pytest.mark.parametrize("call", [
    "mutex_.AwaitWith" + "Timeout(absl::Condition(&done), wait);",
    "mutex_.AwaitWith" + "Deadline(absl::Condition(&done), deadline);",
    "changed_.WaitWith" + "Timeout(&mutex_, wait);",
    "done.WaitForNotificationWith" + "Timeout(wait);",
])
def test_a_wait_by_the_clock_that_is_set_is_found(tmp_path, call):
    problems = planted.found(waits.check, tmp_path, {"src/base/ids.cc": f"int a;\n{call}\n"})
    assert len(problems) == 1
    assert problems[0].startswith("src/base/ids.cc:2: ")
    assert "base::Monitor" in problems[0]


def test_other_waits_are_passed(tmp_path):
    assert planted.found(waits.check, tmp_path, {
        "src/base/ids.cc": "monitor_.AwaitFor(absl::Condition(&done), wait);\n"
                           "mutex_.Await(absl::Condition(&done));\n"}) == []
