"""The page's logic without a browser: what the sources beside its markup compute."""

import pathlib
import subprocess

UNITS = pathlib.Path(__file__).resolve().parent / "units"


def test_the_page_s_logic():
    files = sorted(str(one) for one in UNITS.glob("*.test.mjs"))
    assert files
    done = subprocess.run(
        ["node", "--test", *files], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
