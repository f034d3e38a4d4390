"""A small repository in a folder, for tests of the checks: right, until a mistake is planted."""
from repository import Repository

LAYERS = """# floor room : rooms | vendors
0  base     :                | absl fmt
1  store    : base           | rocksdb
1  net      : base           | boost
2  app      : base store net | json
"""

RIGHT = {
    "src/layers.txt": LAYERS,
    "src/base/README.md": "# base\n\nIds and clocks: what all need. No threads.\n",
    "src/store/README.md": "# store\n\nKeeps things in RocksDB. Its port is `Store`.\n",
    "src/net/README.md": "# net\n\nSpeaks HTTP.\n",
    "src/app/README.md": "# app\n\nThe program: it wires the rooms\ntogether.\n",
    "src/base/ids.h": "#pragma once\n\nnamespace base {\n\n"
                      "/// An id.\nstruct Id {};\n\n}  // namespace base\n",
    "src/store/store.cc": '#include <rocksdb/db.h>\n\n#include "base/ids.h"\n',
    "src/store/store_test.cc": '#include "store_contract.h"\n',
    "tests/store_contract.h": '#pragma once\n#include "base/ids.h"\n',
    "src/app/main.cc": '#include "base/ids.h"\n\nint main() {}\n',
}


def repository(folder, files):
    """A repository in `folder` with the right files, and `files` (path: text) written over them."""
    for path, text in {**RIGHT, **files}.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    return Repository(folder)


def found(check, folder, files=None):
    """What a check says of the planted repository, as `path:line: message`."""
    return [str(problem) for problem in check(repository(folder, files or {}))]
