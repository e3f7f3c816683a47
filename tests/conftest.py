"""The same examples on every machine; what is dear is made once; who shares it runs together."""

import gc
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy: the cores have work enough

import matplotlib as mpl
import pytest
from hypothesis import settings

from adam_lab import panels
from built import built

settings.register_profile("core", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("core")


@pytest.hookimpl(tryfirst=True)  # before xdist reads the marks
def pytest_collection_modifyitems(items):
    """With --dist loadgroup one process has all tests of a panel, one all cells of a notebook."""
    for item in items:
        if item.path.suffix == ".ipynb":
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
        params = item.callspec.params if hasattr(item, "callspec") else {}
        if "panel" in params:
            item.add_marker(pytest.mark.xdist_group(params["panel"]))


def pytest_collection_finish():
    gc.freeze()  # a panel that is shown collects rings of objects: not among these, which stay


@pytest.fixture(params=panels.__all__)
def panel(request):
    """Each panel as it starts; the next test finds it so again, and matplotlib's settings too."""
    settings = looks()
    panel = built(request.param)
    yield panel
    panel.reset()
    assert looks() == settings


def looks():
    """matplotlib's settings; which backend it has it decides when first asked."""
    return {key: mpl.rcParams._get(key) for key in mpl.rcParams if key != "backend"}
