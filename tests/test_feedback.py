"""What a check says is the same in words, in HTML, and whatever is missing on a machine."""

import re
from html import unescape
from importlib.metadata import PackageNotFoundError

import pytest

from adam_lab import checks
from adam_lab.checks.diagnose import MARKS, Feedback
from adam_lab.checks.start_here import NEEDED


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
