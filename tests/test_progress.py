"""What a student is told is done: in this kernel, and after a restart what the file held."""

import json

import pytest

from adam_lab import checks
from adam_lab.checks import diagnose


@pytest.fixture(autouse=True)
def new_kernel(monkeypatch):
    monkeypatch.setattr(diagnose, "said", {})
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)


def test_before_anything_it_says_how_to_begin():
    assert repr(checks.progress()).startswith("○ not started: which lesson?")


def test_it_counts_what_the_checks_said():
    checks.first_step(0.1)
    checks.swap_reason("a")
    checks.bias_prediction("c")
    lines = repr(checks.progress("Ada")).splitlines()
    assert lines[0] == "Lesson 04 · Ada · 1 of 5 exercises right, 0 of 4 predictions right"
    assert "✓ right        exercise    checks.first_step" in lines
    assert "✗ not yet      exercise    checks.swap_reason" in lines
    assert "✗ not yet      prediction  checks.bias_prediction" in lines
    assert "○ not started  exercise    checks.corrected" in lines
    assert lines[-1] == "Counted: what the checks have said since the kernel started."
    checks.bias_prediction("a")
    assert "1 of 4 predictions right" in repr(checks.progress())


def test_it_finds_what_the_notebook_held(monkeypatch, tmp_path):
    """As saved; what a check says now goes before."""
    path = tmp_path / "04_mine.ipynb"
    cells = [("checks.swap_reason(r)", "✓ right: near"), ("checks.first_step(0.1)", "✓ right"),
             ("checks.swap_reason(r)", "✓ right: near")]  # fmt: skip
    path.write_text(json.dumps({"cells": [
        {"cell_type": "code", "source": source.splitlines(keepends=True), "outputs": [
            {"output_type": "execute_result", "data": {"text/plain": [said]}}
        ]} for source, said in cells
    ]}))  # fmt: skip
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    lines = repr(checks.progress()).splitlines()
    assert "2 of 5 exercises right" in lines[0]
    assert lines[2].endswith("checks.swap_reason")  # in the order of the notebook
    assert "and what 04_mine.ipynb held when it was saved last" in lines[-1]
    checks.first_step(-0.1)
    assert "1 of 5 exercises right" in repr(checks.progress())
    path.write_text("{")
    assert "0 of 5 exercises right" in repr(checks.progress())


def test_it_shows_no_answer():
    """It may be called before the first exercise."""
    for number in ("00", "04", "07"):
        lines = repr(checks.progress(lesson=number)).splitlines()[2:-2]
        assert all(line.split()[-1].removeprefix("checks.") in checks.__all__ for line in lines)
