"""Every exercise: not started as stored, right with its solution, each mistake diagnosed.

The wrong answers of a lesson are in `wrong_answers/`, a file per notebook: cell id ->
list of (answer, a piece of the hint it must get). An answer replaces all of its cell but
the last line, which is the check.
"""

import ast
import json
import re
from functools import cache
from pathlib import Path

import nbformat
import numpy as np
import pytest

from adam_lab import checks

HERE = Path(__file__).parent
NOTEBOOKS = sorted((HERE.parent / "notebooks").glob("*.ipynb"))


@cache
def lesson(path):
    return nbformat.read(path, as_version=4)


def tagged(cell, *tags):
    return bool(set(tags) & set(cell.metadata.get("tags", [])))


def asked(path):
    """The code cells that ask for an answer."""
    return [
        cell for cell in lesson(path).cells
        if cell.cell_type == "code" and tagged(cell, "exercise", "predict")
    ]  # fmt: skip


def run_cell(source, names):
    """What a notebook would show: the value of the last expression."""
    *body, last = ast.parse(source).body
    exec(compile(ast.Module(body, []), "<cell>", "exec"), names)
    return eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)


@cache
def _names_before(path, cell_id):
    """The namespace in which a student meets the cell; panels are left out, they take time."""
    names = dict(checks=checks)
    for cell in lesson(path).cells:
        if cell.id == cell_id:
            return names
        if cell.cell_type == "code":
            lines = cell.source.splitlines()
            exec("\n".join(x for x in lines if not x.startswith(("panels.", "checks."))), names)


def answer(path, cell, text):
    """The check's feedback to an answer."""
    check = cell.source.rstrip().splitlines()[-1]
    return run_cell(f"{text}\n{check}", dict(_names_before(path, cell.id)))


def solution(path, cell):
    cells = lesson(path).cells
    text = cells[cells.index(cell) - 1].source
    return re.search(r"<summary>Solution</summary>\s+```python\n(.*?)```", text, re.S)[1]


def wrong_answers(path):
    return json.loads((HERE / "wrong_answers" / f"{path.stem}.json").read_text(encoding="utf-8"))


def cases(tag):
    return [
        pytest.param(path, cell, id=f"{path.stem}:{cell.id}")
        for path in NOTEBOOKS for cell in asked(path) if tagged(cell, tag)
    ]  # fmt: skip


@pytest.mark.parametrize("path, cell", cases("exercise") + cases("predict"))
def test_as_stored_it_is_not_started(path, cell):
    (output,) = cell.outputs
    assert output.data["text/plain"].startswith("○ not started")


@pytest.mark.parametrize("path, cell", cases("exercise"))
def test_the_solution_passes(path, cell):
    assert answer(path, cell, solution(path, cell)).verdict == "right"


WALK = """
def training_loop(slope, theta, rows, size, epochs, lr, rng):
    order = np.arange(rows)
    for epoch in range(epochs):
        {shuffle}
        for i in range(0, rows, size):
            theta = theta - lr * slope(theta, {batch})
    return theta
"""


@pytest.mark.parametrize(
    "shuffle, batch, said",
    [
        ("rng.shuffle(order)", "order[i : i + size]", "right"),
        ("order = rng.permutation(order)", "order[i : i + size]", "right"),
        ("pass", "rng.choice(rows, size, replace=False)", "draws new rows"),
        ("pass", "rng.integers(0, rows, size)", "draws new rows"),
        ("np.random.shuffle(order)", "order[i : i + size]", "the rng that is given"),
    ],
)
def test_a_training_loop_is_judged_by_what_it_does_with_the_rows(shuffle, batch, said):
    names = dict(np=np)
    exec(WALK.format(shuffle=shuffle, batch=batch), names)
    assert said in str(checks.training_loop(names["training_loop"]))


@pytest.mark.parametrize("path, cell", cases("exercise"))
def test_each_typical_wrong_answer_gets_its_own_hint(path, cell, capsys):
    wrong = wrong_answers(path)[cell.id]
    assert len(wrong) >= 3
    hints = []
    for text, piece in wrong:
        feedback = answer(path, cell, text)
        assert feedback.verdict == "not yet", text
        assert piece in feedback.text, f"{text}\n-> {feedback.text}"
        hints.append(feedback.text)
    assert len(set(hints)) == len(hints), hints


@pytest.mark.parametrize("path, cell", cases("exercise"))
def test_what_is_no_answer_gets_a_hint_too(path, cell):
    """Nothing a student may leave behind ends in a traceback."""
    body = "\n".join(cell.source.rstrip().splitlines()[:-1])
    for junk in ("None", '"abc"', "[1, 2, 3]", "lambda: 0"):
        names = re.findall(r"^(?:def )?(\w+)(?:\(.*\):| =)", body, re.M)
        text = "\n".join(f"{name} = {junk}" for name in names)
        assert answer(path, cell, text).verdict == "not yet"


@pytest.mark.parametrize("path, cell", cases("predict"))
def test_every_choice_has_its_own_reason(path, cell):
    cells = lesson(path).cells
    question = cells[cells.index(cell) - 1].source
    letters = re.findall(r"^- \*\*(\w)\*\*", question, re.M)
    assert len(letters) >= 3
    replies = [answer(path, cell, f"guess = {letter!r}") for letter in letters]
    assert [reply.verdict for reply in replies].count("right") == 1
    assert len({reply.text for reply in replies}) == len(letters)
    assert answer(path, cell, "guess = 'z'").verdict == "not yet"
