"""What instructors read keeps step with the lessons: links, plans, panels, predictions, verbs."""

import json
import re
import shlex
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

from adam_lab import checks
from test_launch import make, needs_make

ROOT = Path(__file__).parent.parent
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
GUIDE = ROOT / "TEACHING.md"
PAGES = [GUIDE, *sorted((ROOT / "teaching").glob("*.md"))]

every_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


@cache
def cells(path):
    """Cell id -> kind, source and tags, in order."""
    return {
        cell["id"]: (cell["cell_type"], "".join(cell["source"]), cell["metadata"].get("tags", []))
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
    }


def page(path):
    """What teaching/ says of a lesson."""
    return (ROOT / "teaching" / f"{path.stem}.md").read_text(encoding="utf-8")


# ---------------------------------------------------------------------------
# Links
# ---------------------------------------------------------------------------


FENCED = re.compile(r"^ *```.*?^ *```", re.M | re.S)


def links(path):
    """Where the relative links of a Markdown file lead."""
    text = FENCED.sub("", path.read_text(encoding="utf-8"))
    text = re.sub(r"`[^`\n]+`", "", text)
    found = re.findall(r"\]\(([^()\s]+)\)|^\[[^\]]+\]: *(\S+)", text, re.M)
    return [link for pair in found for link in pair if link and not re.match(r"\w+:", link)]


def dead(path):
    """The links that lead nowhere on GitHub, or nowhere in the preview of `make lab`.

    That serves the repository, and nothing outside of it. A fragment is a cell of a notebook, of
    which JupyterLab knows the id. Headings it names in another way than GitHub.
    """
    for link in links(path):
        file, _, fragment = unquote(link).partition("#")
        there = (path.parent / file).resolve()
        inside = there.is_relative_to(ROOT) and there.exists()
        places = {f"cell-id={cell}" for cell in cells(there)} if there.suffix == ".ipynb" else ()
        if not file or not inside or (fragment and fragment not in places):
            yield link


@pytest.mark.parametrize("path", sorted({*PAGES, *ROOT.glob("*.md")}), ids=lambda path: path.name)
def test_links(path):
    assert links(GUIDE)
    assert not list(dead(path))


@pytest.mark.parametrize(
    "link", ["gone.md", "../outside.md", "#heading", "page.md#heading", "x.ipynb#cell-id=no"]
)
def test_a_dead_link_is_seen(link, tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "ROOT", tmp_path / "root")
    folder = tmp_path / "root"
    folder.mkdir()
    (tmp_path / "outside.md").touch()
    (folder / "x.ipynb").write_text('{"cells": []}')
    (folder / "page.md").write_text(f"[one](page.md), [two]({link})")
    assert list(dead(folder / "page.md")) == [link]


def test_every_page_is_found():
    """From TEACHING.md, by links."""
    found, new = set(), {GUIDE}
    while new:
        found |= new
        linked = {(path.parent / link.split("#")[0]).resolve() for path in new
                  for link in links(path)}  # fmt: skip
        new = {path for path in linked if path.suffix == ".md"} - found
    assert set(PAGES) <= found


# ---------------------------------------------------------------------------
# Lessons
# ---------------------------------------------------------------------------


@every_lesson
def test_objectives(path):
    listed = re.search(r"^\*\*Afterwards a student can\*\*\n\n((?:- .+\n)+)", page(path), re.M)
    assert listed[1].count("\n- ") >= 2


@every_lesson
@pytest.mark.parametrize("column, minutes", [(0, 50), (1, 90)])
def test_plan(path, column, minutes):
    """From minute 0 to the end without a gap; a dash is a row of the other plan."""
    table = re.search(r"^\| 50 \| 90 \|.*\n\|[-|]+\|\n((?:\|.+\n)+)", page(path), re.M)[1]
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
    assert f"[The notebook](../notebooks/{path.name}), {minutes} minutes alone." in page(path)
    row = f"| [{path.stem[:2]}](teaching/{path.stem}.md) | {minutes} min |"
    assert row in GUIDE.read_text(encoding="utf-8")


@every_lesson
def test_exercises(path):
    """Each is linked under its number and title."""
    for cell, (kind, source, tags) in cells(path).items():
        if kind == "markdown" and "exercise" in tags:
            title = re.search(r"^### Exercise (.+?) \(★", source, re.M)[1]
            assert f"[{title}](../notebooks/{path.name}#cell-id={cell})" in page(path)


@every_lesson
def test_panels(path):
    """Each is in the table of what to ask before it."""
    asked = re.search(r"^\*\*Ask first\*\*\n\n((?:\|.+\n)+)", page(path), re.M)[1]
    code = "\n".join(source for kind, source, _ in cells(path).values() if kind == "code")
    called = set(re.findall(r"^panels\.(\w+)\(", code, re.M))
    assert called
    assert called == set(re.findall(r"^\| `(\w+)` \|", asked, re.M))


@every_lesson
def test_predictions(path):
    """The page has the right letters."""
    right = []
    for kind, source, tags in cells(path).values():
        if kind == "code" and "predict" in tags:
            check = getattr(checks, re.search(r"checks\.(\w+)\(guess\)", source)[1])
            right += [letter for letter in "abcd" if check(letter).verdict == "right"]
    assert f"Predictions: {', '.join(right)}\n" in page(path)


def unknown(text, lesson):
    """Places that a page names, as *A heading* or *"A heading"*, and its lesson has not."""
    return [
        place for place in re.findall(r'(?<!\*)\*(["A-Z][^*|]+)\*(?!\*)', text)
        if place.lower() not in lesson.lower()
    ]  # fmt: skip


@every_lesson
def test_places(path):
    lesson = "\n".join(source for _, source, _ in cells(path).values())
    assert not unknown(page(path), lesson)


def test_a_place_that_is_gone_is_seen():
    assert unknown('| *Learning* | *back* | **A word** | *"Adam"* |', "# Learning") == ['"Adam"']


# ---------------------------------------------------------------------------
# Verbs
# ---------------------------------------------------------------------------


def test_verbs():
    known = re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    for path in {*PAGES, *ROOT.glob("*.md")}:
        text = path.read_text(encoding="utf-8")
        assert set(re.findall(r"(?:`|^ *)make ([a-z]+)", text, re.M)) <= set(known)
        assert set(re.findall(r"\bLESSON=(\w+)", text)) <= {path.name[:2] for path in LESSONS}


CLASSROOM = (ROOT / "teaching" / "classroom.md").read_text(encoding="utf-8")
WINDOWS = re.findall(r"^\| `(make [^`]+)` \| `([^`]+)` \|", CLASSROOM, re.M)


def words(line):
    """Those of a command, the same for Windows and for make."""
    line = re.sub(r"^py ", "python3 ", line.replace("Scripts\\", "bin\\")).replace("\\", "/")
    kept = r"(?!--disable-pip-version-check|--quiet|--allow-root).*"
    return [word for word in shlex.split(line) if re.fullmatch(kept, word)]


def made(*args):
    """The commands of make, without running them."""
    return [words(line) for line in make("-n", *args).replace("\\\n", " ").splitlines()]


@needs_make
@pytest.mark.parametrize("verb, line", WINDOWS)
def test_windows_types_what_make_runs(verb, line):
    ready = ("-o", ".venv/ready", "-o", ".venv/present/ready")
    assert words(line) == made(*ready, *shlex.split(verb)[1:])[-1]


@needs_make
@pytest.mark.parametrize(
    "name, goal, changed",
    [("present", ".venv/present/ready", ".venv/ready"),
     ("lite", "lite", "lite/requirements.txt")],
)  # fmt: skip
def test_windows_installs_what_make_installs(name, goal, changed):
    block = re.search(rf"<!-- run: windows {name} -->\n```bat\n(.*?)```", CLASSROOM, re.S)[1]
    wanted = made("-o", ".venv/bin/python", "-W", changed, goal, "PYODIDE=PYODIDE")
    assert all(words(line) in wanted for line in block.splitlines())
