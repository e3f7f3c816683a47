"""The words of the lessons: their numbers, their choices, their links.

A number in a sentence is one that its section prints, writes in code, or shows in a picture's
words; or data/numbers.json says, cell by cell, how it comes about: an expression that gives it,
or "dial race lr": this control of this panel can be put there, or "panel race lr=1": what this
panel then says.
"""

import json
import math
import re
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest

import adam_core as core
from adam_lab import checks, panels
from series import FENCED, LESSONS, ROOT, cells, title
from test_teaching import page

DATA = Path(__file__).parent / "data"
NUMBERS = json.loads((DATA / "numbers.json").read_text(encoding="utf-8"))
CHOICES = json.loads((DATA / "choices.json").read_text(encoding="utf-8"))

every_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


# ---------------------------------------------------------------------------
# Numbers
# ---------------------------------------------------------------------------

NUMBER = re.compile(
    r"(?<![\w.,/:-])[-−]?\d[\d,  ]*\d(?:\.\d+)?(?:e[-+]?\d+)?(?![\w/:]|\.\d|,\d)"
    r"|(?<![\w.,/:-])[-−]?\d(?:\.\d+)?(?:e[-+]?\d+)?(?![\w/:]|\.\d|,\d)"
)
NO_NUMBERS = re.compile(  # links, code, formulas, years, papers, exercise titles, tables' rules
    r"\]\([^)]*\)|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$|\b(?:19|20)\d\d\b|arXiv:[\d.]+|^#+ .*$|<[^>]*>"
    r"|\(\d+ minutes\)"
    r"|\b(?:lessons?|exercises?|part|figure|section|Algorithm|step) \d+(?: to \d+)?",
    re.S | re.M | re.I,
)


def numbers(text):
    """The numbers of a sentence as they are written."""
    for found in NUMBER.findall(NO_NUMBERS.sub(" ", FENCED.sub(" ", text))):
        plain = re.sub(r"[,  ]", "", found.replace("−", "-"))
        if not (re.fullmatch(r"-?\d+", plain) and abs(int(plain)) <= 12):
            yield plain


def agrees(written, value):
    """Is the number what the value rounds to, or is cut to?"""
    mantissa, _, exponent = written.partition("e")
    unit = 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))
    return math.isfinite(value) and abs(float(written) - value) <= 0.51 * unit


def values(text):
    """Every number in an output or in code, whatever it is part of."""
    for found in re.findall(r"-?\d+(?:_\d+)*(?:\.\d+)?(?:e[-+]?\d+)?", text):
        yield float(found)


def sections(path):
    """Cells from one heading of the second rank to the next."""
    found = [[]]
    for cell in cells(path):
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            found.append([])
        found[-1].append(cell)
    return found


def shown(cell):
    """What a code cell holds and prints."""
    if cell.cell_type != "code":
        return ""
    said = [cell.source]
    for output in cell.outputs:
        said += [output.get("text", ""), output.get("data", {}).get("text/plain", "")]
    return "\n".join(said)


def unexplained(path):
    """(cell id, number) of every number that nothing in its section shows."""
    for group in sections(path):
        known = set(values("\n".join(map(shown, group))))
        for cell in group:
            if cell.cell_type == "markdown":
                for written in numbers(cell.source):
                    if not any(agrees(written, x) for value in known for x in (value, 100 * value)):
                        yield cell.id, written


@every_lesson
def test_every_number_is_shown_or_computed(path):
    computed = NUMBERS.get(path.stem[:2], {})
    for cell, written in unexplained(path):
        assert written in computed.get(cell, {}), f"{cell}: where does {written} come from?"


@cache
def panel(name):
    return getattr(panels, name)()


def stop(name, control, wanted):
    """The value nearest to the wanted one that a control of a panel can have."""
    dial = panel(name).controls[control]
    if hasattr(dial, "options"):
        pairs = [option if isinstance(option, tuple) else (0, option) for option in dial.options]
        values = [value for _, value in pairs if not isinstance(value, str)]
    elif hasattr(dial, "base"):
        marks = np.arange(dial.min, dial.max + dial.step / 2, dial.step)
        values = dial.base**marks
    else:
        values = np.arange(dial.min, dial.max + dial.step / 2, dial.step)
    return min(values, key=lambda value: abs(value - wanted))


def reading(name, settings, written):
    """The nearest number in the words of a panel with these settings, else as at its start."""
    seen = panel(name)
    seen.reset()
    for setting in settings:
        control, wanted = setting.split("=")
        dial = seen.controls[control]
        labels = [str(o[0] if isinstance(o, tuple) else o) for o in getattr(dial, "options", [])]
        if wanted.replace("_", " ") in labels:
            dial.index = labels.index(wanted.replace("_", " "))
        elif isinstance(dial.value, bool):
            dial.value = wanted == "True"
        else:
            dial.value = stop(name, control, float(wanted))
    assert seen.error is None
    return min(values(seen.text), key=lambda value: abs(value - float(written)))


def how(entry, written):
    """The value of an entry of numbers.json, which may use numpy, math and adam_core."""
    if entry.startswith("panel "):
        _, name, *settings = entry.split()
        return reading(name, settings, written)
    if entry.startswith("dial "):
        nearest = stop(*entry.split()[1:], float(written))
        return float(written) if math.isclose(nearest, float(written), rel_tol=0.03) else nearest
    return float(eval(entry, dict(np=np, math=math, core=core, **vars(math))))


@every_lesson
def test_what_is_computed_gives_the_number(path):
    missing = dict.fromkeys(unexplained(path))
    for cell, entries in NUMBERS.get(path.stem[:2], {}).items():
        for written, entry in entries.items():
            assert (cell, written) in missing, f"{cell}: {written} need not be computed"
            assert agrees(written, how(entry, written)), (
                f"{cell}: {written} is {how(entry, written):.6g}"
            )


@every_lesson
def test_the_numbers_of_the_guide(path):
    """A number on a lesson's page in teaching/ is in the lesson or its answers, or computed."""
    known = set(values("\n".join(f"{cell.source}\n{shown(cell)}" for cell in cells(path))))
    for kind in ("right_answers", "wrong_answers"):
        file = Path(__file__).parent / kind / f"{path.stem}.json"
        known |= set(values(file.read_text(encoding="utf-8")))
    text = re.sub(r"^\| *[\d–-]+ *\| *[\d–-]+ *\|", "|", page(path), flags=re.M)  # plans
    computed = dict(NUMBERS.get(f"teaching {path.stem[:2]}", {}))
    for written in numbers(text):
        if not any(agrees(written, x) for value in known for x in (value, 100 * value)):
            assert written in computed, f"where does {written} come from?"
            value = how(computed[written], written)
            assert agrees(written, value), f"{written} is {value:.6g}"


# ---------------------------------------------------------------------------
# Choices
# ---------------------------------------------------------------------------


def predictions(path):
    """(cell, its question) of each prediction."""
    listed = cells(path)
    for before, cell in pairwise(listed):
        if "predict" in cell.metadata.get("tags", []):
            yield cell, before.source


def choices(question):
    """Letter -> words."""
    return dict(re.findall(r"^- \*\*(\w)\*\* (.+)$", question, re.M))


@every_lesson
def test_the_right_choice_is_the_one_that_was_read(path):
    """data/choices.json has the words of each right choice, as someone has checked them."""
    for cell, question in predictions(path):
        check = getattr(checks, re.search(r"checks\.(\w+)\(guess\)", cell.source)[1])
        offered = choices(question)
        (right,) = [letter for letter in offered if check(letter).verdict == "right"]
        read = CHOICES.get(f"{path.stem[:2]} {cell.id}", CHOICES.get(cell.id))  # ids may be alike
        assert read == offered[right]
        named = re.search(r"guess = \.\.\.  # (.+)", cell.source)[1]
        assert re.findall(r'"(\w)"', named) == list(offered)


# ---------------------------------------------------------------------------
# Links
# ---------------------------------------------------------------------------


@cache
def places(path):
    """Fragments that lead somewhere in a notebook."""
    return {f"cell-id={cell.id}" for cell in cells(path)}


@every_lesson
def test_links_lead_to_what_their_words_say(path):
    by_name = {lesson.name: lesson for lesson in LESSONS}
    for cell in cells(path):
        if cell.cell_type != "markdown":
            continue
        for words, link in re.findall(r"\[([^\]]+)\]\(([^)\s]+)\)", cell.source):
            if re.match(r"https?:", link):
                continue
            file, _, fragment = unquote(link).partition("#")
            target = path.with_name(file) if file else path
            assert target.exists(), f"{cell.id}: {link}"
            if number := re.match(r"(?:lesson )?(\d\d)\b", words, re.I):
                assert target.name.startswith(number[1]), f"{cell.id}: {words} leads to {file}"
            if fragment:
                assert fragment in places(by_name[target.name]), f"{cell.id}: {link}"


@pytest.mark.parametrize("name", ["errata.md", "glossary.md"])
def test_pages_beside_the_lessons_lead_somewhere(name):
    by_name = {lesson.name: lesson for lesson in LESSONS}
    text = (ROOT / "notebooks" / name).read_text(encoding="utf-8")
    links = re.findall(r"\]\((\w+\.ipynb)#([^)]+)\)", text)
    assert links
    for file, fragment in links:
        assert fragment in places(by_name[file]), f"{file}#{fragment}"


def test_each_lesson_ends_with_the_next():
    for path, after in zip(LESSONS, [*LESSONS[1:], None], strict=True):
        last = cells(path)[-1].source
        found = re.findall(r"Next: \[([^\]]+)\]\(([^)]+)\)", last)
        assert found == ([(title(after), after.name)] if after else []), path.stem


def test_lists_of_lessons_are_whole():
    """README and lesson 00 name every lesson by its title, in order, with its link."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| \[(\d\d .+?)\]\(notebooks/(\w+\.ipynb)\) \|", readme, re.M)
    names = [(title(path).replace(" · ", " "), path.name) for path in LESSONS]
    assert table == names
    first = "\n".join(cell.source for cell in cells(LESSONS[0]))
    assert re.findall(r"^\| \[(\d\d .+?)\]\((\w+\.ipynb)\) \|", first, re.M) == names[1:]
