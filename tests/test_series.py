"""Minutes and glossary are those of the lessons; no term is used before it is explained."""

import json

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

import series

WANTED = series.wanted()


@pytest.mark.parametrize("path", WANTED, ids=lambda path: path.name)
def test_nothing_is_stale(path):
    """`make notebooks` brings it up to date."""
    assert path.read_text(encoding="utf-8") == WANTED[path]


@pytest.mark.parametrize("path, term, patterns", series.terms(), ids=str)
def test_a_term_is_explained_where_it_is_first_used(path, term, patterns):
    assert series.explained(path, term), f"{path.stem} has no **{term}**"
    assert not series.used_too_early(path, term, patterns)


@pytest.mark.parametrize("path", series.LESSONS, ids=lambda path: path.stem)
def test_a_lesson_explains_its_words(path):
    listed = json.loads(series.TERMS.read_text(encoding="utf-8"))
    assert listed.get(path.stem[:2]), "no terms"
    assert series.words(path) <= 2200


# ---------------------------------------------------------------------------
# Are faults seen?
# ---------------------------------------------------------------------------


@pytest.fixture
def two(monkeypatch, tmp_path):
    """Two small lessons; gives a function that sets their cells."""
    paths = [tmp_path / "00_first.ipynb", tmp_path / "01_second.ipynb"]
    told = {}
    monkeypatch.setattr(series, "LESSONS", paths)
    monkeypatch.setattr(series, "cells", lambda path: told[path])

    def tell(first, second):
        for path, texts in zip(paths, (first, second), strict=True):
            told[path] = [new_markdown_cell(text) for text in texts]
        return paths

    tell.told = told
    return tell


@pytest.mark.parametrize(
    "first, second, early",
    [
        ("A slope.", "The **half-life** is when half is left. A half-life later ...", False),
        ("After one half-life all is well.", "The **half-life** is when half is left.", True),
        ("A slope.", "Its half-life is long. The **half-life** is when half is left.", True),
        ("In `half-life.py`.", "The **Half-life** is when half is left.", False),
        ("Many half-lives on.", "The **half-life** is when half is left.", True),
        ("<details>One half-life.</details>", "The **half-life** is when half is left.", False),
    ],
)
def test_a_term_used_too_early_is_seen(two, first, second, early):
    _, path = two(["# 00 · First", first], ["# 01 · Second", second])
    assert bool(series.used_too_early(path, "half-life", ["half-lives"])) == early


def test_minutes_are_words_exercises_and_panels(two):
    path, _ = two(["word " * 320, "### Exercise 1 · Do it (★★, 6 minutes)"], [])
    two.told[path].append(new_code_cell("panels.race()\npanels.race()"))
    assert series.minutes(path) == 15  # 2 + 6 + 2, and the words of the title
    two.told[path][0].source += "<details>" + "word " * 3000 + "</details>"
    assert series.minutes(path) == 15


def test_the_sentence_of_a_term_is_found(two):
    text = "First. The **rate** is 0.9 a step, e.g. here. Then more."
    path, _ = two(["# 00 · First", text], [])
    assert series.explained(path, "rate")[1] == "The **rate** is 0.9 a step, e.g. here."
    assert series.explained(path, "noise") is None
