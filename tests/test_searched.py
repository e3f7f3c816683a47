"""A search is made again when a letter of the code has changed, and not for another's."""

from contextlib import nullcontext

import pytest

import searched
from adam_lab.models import images


@pytest.mark.parametrize(
    "changed, again",
    [("adam_core.py", True), ("adam_lab/models/images.py", True),
     ("adam_lab/models/network.py", True), ("adam_lab/__init__.py", True),
     ("tests/test_images.py", True), ("tests/conftest.py", True),
     ("adam_lab/live.py", False), ("adam_lab/models/words.py", False)],
)  # fmt: skip
def test_what_a_search_depends_on(changed, again, monkeypatch):
    file = searched.ROOT / "tests" / "test_images.py"
    search = file, [images], [searched.ROOT / "tests" / "conftest.py"]
    before = searched.fingerprint(*search)
    path = searched.ROOT / changed
    monkeypatch.setattr(searched, "read", lambda p: p.read_bytes() + b" " * (p == path))
    assert (searched.fingerprint(*search) != before) == again


@pytest.mark.parametrize("known, everywhere, runs", [(1, 0, 0), (0, 0, 1), (1, 1, 1)])
def test_it_runs_where_it_is_not_known_or_all_are_asked_for(known, everywhere, runs, monkeypatch):
    monkeypatch.delenv("ADAM_SEARCH", raising=False)
    ran = []
    monkeypatch.setattr(searched, "asked", {})

    @searched.searched(images)
    def test():
        ran.append(1)

    monkeypatch.setattr(searched, "KNOWN", dict(searched.asked) if known else {})
    if everywhere:
        monkeypatch.setenv("ADAM_SEARCH", "1")
    with nullcontext() if runs else pytest.raises(pytest.skip.Exception):
        test()
    assert len(ran) == runs
