"""A planted mistake in the page is found where it is."""
import page


def test_reads_errors_and_warnings_of_svelte_check():
    output = "\n".join([
        '1 START "/work"',
        '2 ERROR "src/rooms/Jobs.svelte" 48:57 "Object is possibly \'undefined\'."',
        '3 WARNING "src/App.svelte" 3:1 "Unused \\"CSS\\" selector"',
        "4 COMPLETED 150 FILES 1 ERRORS 1 WARNINGS 2 FILES_WITH_PROBLEMS",
    ])
    assert [str(one) for one in page.problems_of(output)] == [
        "dashboard/src/rooms/Jobs.svelte:48: Object is possibly 'undefined'.",
        'dashboard/src/App.svelte:3: Unused "CSS" selector',
    ]
