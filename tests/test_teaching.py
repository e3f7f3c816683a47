"""TEACHING.md keeps step with the lessons: its links, plans, panels, predictions and verbs."""

import json
import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

from adam_lab import checks

ROOT = Path(__file__).parent.parent
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
GUIDE = (ROOT / "TEACHING.md").read_text(encoding="utf-8")

every_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


@cache
def cells(path):
    """Cell id -> kind, source and tags, in order."""
    return {
        cell["id"]: (cell["cell_type"], "".join(cell["source"]), cell["metadata"].get("tags", []))
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
    }


def section(path):
    """What the guide says of a lesson."""
    parts = re.split(r"^## ", GUIDE, flags=re.M)[1:]
    (found,) = [part for part in parts if part.startswith(f"{path.stem[:2]} ")]
    return found


# ---------------------------------------------------------------------------
# Links
# ---------------------------------------------------------------------------


FENCED = re.compile(r"^ *```.*?^ *```", re.M | re.S)


def links(name):
    """Where the relative links of a Markdown file lead."""
    text = FENCED.sub("", (ROOT / name).read_text(encoding="utf-8"))
    text = re.sub(r"`[^`\n]+`", "", text)
    found = re.findall(r"\]\(([^()\s]+)\)|^\[[^\]]+\]: *(\S+)", text, re.M)
    return [link for pair in found for link in pair if link and not re.match(r"\w+:", link)]


def places(path):
    """The fragments that lead somewhere.

    In Markdown the headings, as GitHub names them. In a notebook the cells: JupyterLab finds no
    heading that has a letter like · or ★ in it, nor any in a notebook that is not open yet.
    """
    if path.suffix == ".ipynb":
        return {f"cell-id={cell}" for cell in cells(path)}
    heads = re.findall(r"^#+ +(.+?) *$", FENCED.sub("", path.read_text(encoding="utf-8")), re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("name", ["TEACHING.md", "README.md"])
def test_links(name):
    assert links(name)
    for link in links(name):
        file, _, fragment = unquote(link).partition("#")
        path = ROOT / (file or name)
        assert path.exists(), link
        assert not fragment or fragment in places(path), link


# ---------------------------------------------------------------------------
# Lessons
# ---------------------------------------------------------------------------


@every_lesson
def test_objectives(path):
    listed = re.search(r"^\*\*Afterwards a student can\*\*\n\n((?:- .+\n)+)", section(path), re.M)
    assert listed[1].count("\n- ") >= 2


@every_lesson
@pytest.mark.parametrize("column, minutes", [(0, 50), (1, 90)])
def test_plan(path, column, minutes):
    """From minute 0 to the end without a gap; a dash is a row of the other plan."""
    table = re.search(r"^\| 50 \| 90 \|.*\n\|[-|]+\|\n((?:\|.+\n)+)", section(path), re.M)[1]
    spans = [row.split("|")[1 + column].strip() for row in table.splitlines()]
    spans = [tuple(map(int, span.split("–"))) for span in spans if span != "–"]
    starts, ends = zip(*spans, strict=True)
    assert (0, *ends[:-1]) == starts
    assert ends[-1] == minutes
    assert all(start < end for start, end in spans)


@every_lesson
def test_minutes(path):
    """As the lesson itself says."""
    lesson = "\n".join(source for _, source, _ in cells(path).values())
    minutes = re.search(r"^\*\*You'll do\*\* \((\d+) minutes\)", lesson, re.M)[1]
    assert f"[The notebook](notebooks/{path.name}), {minutes} minutes alone." in section(path)
    assert f"| {path.stem[:2]} | {minutes} min |" in GUIDE


@every_lesson
def test_exercises(path):
    """Each is linked under its number and title."""
    for cell, (kind, source, tags) in cells(path).items():
        if kind == "markdown" and "exercise" in tags:
            title = re.search(r"^### Exercise (.+?) \(★", source, re.M)[1]
            assert f"[{title}](notebooks/{path.name}#cell-id={cell})" in section(path)


@every_lesson
def test_panels(path):
    """Each is in the table of what to ask before it."""
    asked = re.search(r"^\*\*Ask first\*\*\n\n((?:\|.+\n)+)", section(path), re.M)[1]
    code = "\n".join(source for kind, source, _ in cells(path).values() if kind == "code")
    called = set(re.findall(r"^panels\.(\w+)\(", code, re.M))
    assert called
    assert called == set(re.findall(r"^\| `(\w+)` \|", asked, re.M))


@every_lesson
def test_predictions(path):
    """The guide has the right letters."""
    right = []
    for kind, source, tags in cells(path).values():
        if kind == "code" and "predict" in tags:
            check = getattr(checks, re.search(r"checks\.(\w+)\(guess\)", source)[1])
            right += [letter for letter in "abcd" if check(letter).verdict == "right"]
    assert f"Predictions: {', '.join(right)}\n" in section(path)


# ---------------------------------------------------------------------------
# Verbs
# ---------------------------------------------------------------------------


def test_verbs():
    known = re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    assert set(re.findall(r"(?:`|^ *)make ([a-z]+)", GUIDE, re.M)) <= set(known)
