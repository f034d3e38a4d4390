import layers
import planted


def only(problems, *words):
    """There is one problem, and it holds these words."""
    assert len(problems) == 1, problems
    for word in words:
        assert word in problems[0]


def test_a_right_repository_has_no_problem(tmp_path):
    assert planted.found(layers.check, tmp_path) == []


def test_an_include_outside_the_declared_edges_is_found(tmp_path):
    problems = planted.found(layers.check, tmp_path, {
        "src/store/store.cc": '#include "net/http.h"\n', "src/net/http.h": ""})
    only(problems, "src/store/store.cc:1:", "store may not include net")


def test_an_include_upward_is_found(tmp_path):
    problems = planted.found(layers.check, tmp_path, {
        "src/base/ids.cc": '\n#include "app/main.h"\n', "src/app/main.h": ""})
    assert problems[0].startswith("src/base/ids.cc:2: base may not include app")


def test_an_edge_that_does_not_lead_downward_is_found(tmp_path):
    text = planted.LAYERS.replace("net      : base  ", "net      : base store")
    only(planted.found(layers.check, tmp_path, {"src/layers.txt": text}),
         "src/layers.txt:4:", "net (floor 1) may not include store (floor 1)")


def test_a_cycle_of_declared_edges_is_found(tmp_path):
    text = planted.LAYERS.replace("net      : base  ", "net      : base store").replace(
        "store    : base  ", "store    : base net")
    problems = planted.found(layers.check, tmp_path, {"src/layers.txt": text})
    assert any("a cycle: net -> store -> net" in problem for problem in problems)


def test_rooms_that_include_each_other_are_found(tmp_path):
    problems = planted.found(layers.check, tmp_path, {
        "src/store/store.cc": '#include "net/http.h"\n', "src/net/http.h": "",
        "src/net/http.cc": '#include "store/store.h"\n', "src/store/store.h": ""})
    assert any("rooms include each other: net -> store -> net" in problem for problem in problems)


def test_a_folder_that_is_no_room_is_found(tmp_path):
    only(planted.found(layers.check, tmp_path, {"src/util/strings.cc": ""}),
         "src/util/strings.cc:", "util is no room")


def test_an_unknown_room_in_the_file_is_found(tmp_path):
    text = planted.LAYERS.replace("net      : base", "net      : bass")
    only(planted.found(layers.check, tmp_path, {"src/layers.txt": text}), "unknown room bass")


def test_a_room_that_stands_twice_is_found(tmp_path):
    text = planted.LAYERS + "3 net : base | boost\n"
    assert any("net stands here twice" in problem for problem in planted.found(
        layers.check, tmp_path, {"src/layers.txt": text}))


def test_an_include_without_a_room_is_found(tmp_path):
    only(planted.found(layers.check, tmp_path, {"src/app/main.cc": '#include "ids.h"\n'}),
         '"ids.h" names no room')


def test_an_include_that_does_not_exist_in_its_own_room_is_found(tmp_path):
    only(planted.found(layers.check, tmp_path, {"src/app/main.cc": '#include "app/gone.h"\n'}),
         '"app/gone.h" does not exist')


def test_a_vendor_that_the_room_does_not_list_is_found(tmp_path):
    only(planted.found(layers.check, tmp_path, {"src/net/http.cc": "#include <rocksdb/db.h>\n"}),
         "src/net/http.cc:1:", "rocksdb")


def test_what_tests_share_may_not_reach_above_the_room_that_uses_it(tmp_path):
    only(planted.found(layers.check, tmp_path, {
        "tests/store_contract.h": '#include "net/http.h"\n', "src/net/http.h": ""}),
        '"store_contract.h" includes net')


def test_what_tests_share_is_not_for_the_product(tmp_path):
    only(planted.found(layers.check, tmp_path, {
        "src/store/store.cc": '#include "store_contract.h"\n'}), "for tests only")
