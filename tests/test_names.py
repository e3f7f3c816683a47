"""What one of our files takes from another is there: also in scripts that no test runs."""

import ast
import symtable
from functools import cache
from pathlib import Path

import pytest

from test_rooms import ROOT

FOLDERS = [path for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")]
FILES = [*ROOT.glob("*.py"), *(path for folder in FOLDERS for path in folder.rglob("*.py"))]
ROOMS = "", "tests", "collect", "present", "lite"  # and beside the file: there a module is found


@cache
def place(module, beside):
    """The file of a module of ours, or None."""
    for room in (beside, *(ROOT / room for room in ROOMS)):
        path = room / module.replace(".", "/")
        for file in (path.with_suffix(".py"), path / "__init__.py"):
            if file.exists():
                return file


@cache
def names(file):
    """What a module binds, and the modules of a package."""
    symbols = symtable.symtable(file.read_text(encoding="utf-8"), file.name, "exec").get_symbols()
    bound = {s.get_name() for s in symbols if s.is_assigned() or s.is_imported()}
    return bound | {path.stem for path in file.parent.iterdir() if file.stem == "__init__"}


def programs(source):
    """A syntax tree of the source, and of each program that stands in it as a string."""
    yield (tree := ast.parse(source))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and "import " in str(node.value):
            try:
                yield ast.parse(node.value)
            except SyntaxError:
                pass  # a sentence


def missing(source, beside=ROOT):
    """module.name of all that a source takes from modules of ours that do not have it."""
    for tree in programs(source):
        modules, taken = {}, []
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                modules |= {alias.asname or alias.name: alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    taken.append((node.module, alias.name))
                    modules[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) in modules:
                taken.append((modules[ast.unparse(node.value)], node.attr))
        for module, name in taken:
            file = place(module, beside)
            if file and not name.startswith("__") and name not in names(file):
                yield f"{module}.{name}"


def test_what_is_taken_is_there():
    others = [path for path in FILES if path != Path(__file__)]
    wanted = {path: [*missing(path.read_text(encoding="utf-8"), path.parent)] for path in others}
    assert {path: names for path, names in wanted.items() if names} == {}


@pytest.mark.parametrize(
    "source",
    [
        "from adam_lab.models import network as n\ndef later():\n    n.grad(n.CASE)",
        "import adam_core\nadam_core.Adam",
        "from data.record_network import nothing",
        "SCRIPT = '''\nfrom adam_lab import panels\npanels.races()\n'''",
    ],
)
def test_what_is_missing_is_seen(source):
    assert len([*missing(source, ROOT / "tests")]) == 1
