"""Searches that are not made again while the code is the one they were made with.

Whether a learning rate is the best one, or any text in any panel pale, takes minutes to find out,
and only other code can change it. So a test that is `searched` is skipped where
data/searches.json has its fingerprint: of its own file, the modules it names, and all of ours
that these import. It runs where a letter of them differs, and where ADAM_SEARCH is set: in
`make searches`, which then writes the fingerprints.
"""

import functools
import inspect
import json
import os
from hashlib import sha256
from pathlib import Path

import pytest

from test_rooms import ROOT, imported

FILE = Path(__file__).parent / "data" / "searches.json"
KNOWN = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
asked = {}  # fingerprint of each file whose tests are imported


def ours(files):
    """The files, and those of our modules that they import, one through the other."""
    found, new = set(), {Path(file) for file in files}
    while new:
        found |= new
        names = {name for path in new for name in imported(path)}
        stems = [name.replace(".", "/") for name in names]
        places = {ROOT / f"{stem}{end}" for stem in stems for end in (".py", "/__init__.py")}
        new = {place for place in places if place.exists()} - found
    return found


def read(path):
    return path.read_bytes()


def fingerprint(test_file, modules, data=()):
    files = {Path(test_file), *ours(module.__file__ for module in modules), *data}
    return sha256(b"".join(read(path) for path in sorted(files))).hexdigest()


def searched(*modules, data=()):
    """Decorator of a test, with the modules and files that its outcome depends on."""

    def decorate(test):
        file = inspect.getfile(test)
        key = f"{Path(file).stem} {' '.join(module.__name__ for module in modules)}"
        asked[key] = fingerprint(file, modules, data)

        @pytest.mark.searched
        @functools.wraps(test)
        def run(*args, **kwargs):
            if "ADAM_SEARCH" not in os.environ and KNOWN.get(key) == asked[key]:
                pytest.skip("the code is as it was searched: `make searches` looks again")
            test(*args, **kwargs)

        return run

    return decorate


if __name__ == "__main__":
    import searched as shared  # not this __main__: the one that the tests import

    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        if "@searched" in path.read_text(encoding="utf-8"):
            __import__(path.stem)
    FILE.write_text(json.dumps(shared.asked, indent=1) + "\n", encoding="utf-8")
