"""One room, one kind of import; and nothing that we import changes what is the student's."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LAB = ROOT / "adam_lab"

WIDGETS, PICTURES = {"ipywidgets", "anywidget", "traitlets"}, {"matplotlib"}
MODELS = {"autograd", "sklearn", "threadpoolctl"}
FORBIDDEN = {  # room -> what it must not know
    "figures": WIDGETS | MODELS | {"adam_core"},
    "panels": {"matplotlib.pyplot"},
    "checks": WIDGETS | {"matplotlib.pyplot"},
    "live.py": {"adam_core", "numpy", "adam_lab.figures", "adam_lab.panels"},
    "live_run.py": {"adam_core", "numpy", "adam_lab.figures", "adam_lab.panels"},
    "models": WIDGETS | PICTURES,
    "sweep.py": WIDGETS | PICTURES | MODELS | {"dask", "distributed"},
}


@cache
def imported(path):
    """Names of the modules that a file imports, packages too: a.b gives a and a.b."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            parts = name.split(".")
            found |= {".".join(parts[: i + 1]) for i in range(len(parts))}
    return found


def test_the_core_needs_numpy_and_nothing_else():
    """Numba, where it is installed, is asked for when it is used first."""
    others = {name.split(".")[0] for name in imported(ROOT / "adam_core.py")}
    assert others - set(sys.stdlib_module_names) == {"numpy", "numba"}
    script = """
import sys
sys.modules["numba"] = None  # whoever imports it fails
import numpy, adam_core
ones = numpy.ones((4, 3))
adam_core.adam_inplace(*ones, t=1)
"""
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    loaded = "import sys, adam_core; assert 'numba' not in sys.modules"
    subprocess.run([sys.executable, "-c", loaded], check=True)


@pytest.mark.parametrize("room", FORBIDDEN)
def test_a_room_imports_what_its_name_says(room):
    place = LAB / room
    files = [place] if place.suffix else sorted(place.glob("*.py"))
    assert files
    for path in files:
        assert not imported(path) & FORBIDDEN[room], path.name


def test_importing_changes_no_setting():
    """Neither matplotlib's, nor NumPy's, nor the warnings'; and no window opens."""
    script = """
import warnings
import matplotlib, numpy
def settings():
    rc = {k: matplotlib.rcParams._get(k) for k in matplotlib.rcParams}  # [] would open a backend
    return rc, numpy.geterr(), numpy.get_printoptions(), len(warnings.filters)
before = settings()
import adam_core, adam_lab.checks, adam_lab.panels
adam_lab.panels.race()
after = settings()
assert before[1:] == after[1:], (before[1:], after[1:])
changed = {k for k in before[0] if before[0][k] != after[0][k]}
assert not changed, changed
import sys
assert "matplotlib.pyplot" not in sys.modules
"""
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
