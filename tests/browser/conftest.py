"""One Chromium and one server of slides in each process; tests that share a page run together."""

import os

import pytest

import lab
import stage


@pytest.hookimpl(tryfirst=True)  # before xdist reads the marks
def pytest_collection_modifyitems(items):
    """With --dist loadgroup one process has all tests of a lesson, or else of a file."""
    for item in items:
        if item.path.parent != lab.HERE:
            continue
        params = item.callspec.params if hasattr(item, "callspec") else {}
        group = params.get("slides") or params.get("opened") or item.path
        item.add_marker(pytest.mark.xdist_group(f"{group}"))
        if os.environ.get("ADAM_SKIP_BROWSER"):
            item.add_marker(pytest.mark.skip("asked to"))


@pytest.fixture(scope="session")
def browser():
    with lab.browser() as running:
        yield running


@pytest.fixture(scope="session")
def projector():
    """Port and process of a server of all lessons as slides."""
    with stage.served("slides") as running:
        yield running
