"""What a check says is the same in words, in HTML, and whatever is missing on a machine."""

import re
import sys
from html import unescape
from importlib.metadata import PackageNotFoundError, requires

import pytest
from packaging.requirements import Requirement

import adam_lab
from adam_lab import checks
from adam_lab.checks.diagnose import MARKS, Feedback
from adam_lab.checks.start_here import NEEDED
from test_rooms import ROOT, imported


@pytest.mark.parametrize("verdict", MARKS)
@pytest.mark.parametrize("text", ["", "θ < 3 & g > 2", '<b>bold</b> "quoted"'])
def test_the_html_says_what_the_text_says(verdict, text):
    feedback = Feedback(verdict, text)
    html = feedback._repr_html_()
    assert unescape(re.sub(r"<[^>]+>", "", html)) == repr(feedback)
    assert MARKS[verdict][1] in html
    assert verdict in repr(feedback)


def test_the_marks_differ_in_sign_and_colour():
    signs, colours = zip(*MARKS.values(), strict=True)
    assert len(set(signs)) == len(set(colours)) == len(MARKS)


def versions(**others):
    """A machine with what is needed, but for the others; None is not installed."""

    def installed(name):
        found = others.get(name, ".".join(map(str, NEEDED[name])) + ".0")
        if found is None:
            raise PackageNotFoundError(name)
        return found

    return installed


def test_a_machine_with_all_of_it_is_right():
    assert checks.environment(versions(), (3, 11, 0)).verdict == "right"
    assert checks.environment(versions(numpy="12.0.1"), (3, 20, 0)).verdict == "right"


@pytest.mark.parametrize("name", NEEDED)
def test_what_is_missing_or_old_is_named(name):
    gone = checks.environment(versions(**{name: None}), (3, 11, 0))
    assert gone.verdict == "not yet"
    assert f"{name} " in gone.text and "not installed" in gone.text
    old = checks.environment(versions(**{name: "0.9"}), (3, 11, 0))
    assert old.verdict == "not yet"
    assert f"{name} " in old.text and "this is 0.9" in old.text


def test_an_old_python_is_named():
    said = checks.environment(versions(), (3, 10, 4))
    assert said.verdict == "not yet"
    assert "Python 3.11" in said.text and "3.10" in said.text


def test_what_is_needed_is_what_requirements_ask_for():
    """Jupyter and nbval apart: where a notebook runs, something runs it."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    asked = [Requirement(line) for line in lines if line and not line.startswith("#")]
    lowest = {
        line.name: tuple(map(int, re.search(r">=(\d+)\.(\d+)", str(line.specifier)).groups()))
        for line in asked
    }
    assert {"jupyter", "nbval"} <= set(lowest)
    assert NEEDED == {k: v for k, v in lowest.items() if k not in ("jupyter", "nbval")}
    assert {name.replace("scikit-learn", "sklearn") for name in NEEDED} == set(adam_lab._needed)


def test_all_that_is_imported_is_needed_or_comes_with_it():
    """What another package brings, such as Pillow, may be used without a line of its own."""
    brought = {
        Requirement(line).name.lower() for name in NEEDED for line in requires(name) or ()
    }  # fmt: skip
    known = {"PIL": "pillow", "sklearn": "scikit-learn", "IPython": "ipython"}
    files = [ROOT / "adam_core.py", *sorted((ROOT / "adam_lab").rglob("*.py"))]
    used = {name.split(".")[0] for path in files for name in imported(path)}
    optional = {"numba", "torch"}  # used where they are
    used -= {*sys.stdlib_module_names, "adam_core", "adam_lab", *optional}
    assert {known.get(name, name) for name in used} <= set(NEEDED) | brought
