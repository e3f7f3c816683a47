"""The exercises of the notebooks, and how a check answers to a student's text."""

import ast
import json
import linecache
import re
from functools import cache
from pathlib import Path

import nbformat
import pytest

from adam_lab import checks

HERE = Path(__file__).parent
NOTEBOOKS = sorted((HERE.parent / "notebooks").glob("*.ipynb"))


@cache
def lesson(path):
    return nbformat.read(path, as_version=4)


def tagged(cell, *tags):
    return bool(set(tags) & set(cell.metadata.get("tags", [])))


def cases(*tags, only=lambda path, cell: True):
    """The code cells that ask for an answer, as parameters of a test."""
    return [
        pytest.param(path, cell, id=f"{path.stem}:{cell.id}")
        for path in NOTEBOOKS for cell in lesson(path).cells
        if cell.cell_type == "code" and tagged(cell, *tags) and only(path, cell)
    ]  # fmt: skip


@cache
def _names(path):
    """The names a student has at each cell that asks: one pass, without what no answer needs."""
    names, at = dict(checks=checks), {}
    for cell, lines in _statements(path):
        if tagged(cell, "exercise", "predict"):
            at[cell.id] = dict(names)
        exec(compile(ast.Module(lines, []), "<cell>", "exec"), names)
    return at


def _statements(path):
    """(cell, its statements that bind what an answer, or a later statement, reads)."""
    code = [cell for cell in lesson(path).cells if cell.cell_type == "code"]
    texts = [cell.source for cell in code if tagged(cell, "exercise", "predict")]
    for cell in code:
        if tagged(cell, "exercise"):
            texts += [solution(path, cell), *answers("right", path, cell)]
            texts += [text for text, _ in answers("wrong", path, cell)]
    needed, kept = set().union(*(_read(ast.parse(text)) for text in texts)), []
    for cell in reversed(code):
        lines = []
        for line in reversed(ast.parse(cell.source).body):
            if isinstance(line, (ast.Import, ast.ImportFrom)) or _bound(line) & needed:
                lines.insert(0, line)
                needed |= _read(line)
        kept.insert(0, (cell, lines))
    return kept


def _read(tree):
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _bound(line):
    if isinstance(line, (ast.For, ast.While)):  # they compute and print
        return set()
    if isinstance(line, (ast.FunctionDef, ast.ClassDef)):
        return {line.name}
    stored = (node for node in ast.walk(line) if isinstance(node, ast.Name))
    return {node.id for node in stored if isinstance(node.ctx, ast.Store)}


def names_before(path, cell):
    """A copy of the names that a student has at the cell."""
    return dict(_names(path)[cell.id])


def run(text, names, name="<cell>"):
    """What a notebook would show: the value of the last expression."""
    linecache.cache[name] = len(text), None, text.splitlines(keepends=True), name
    *body, last = ast.parse(text).body
    exec(compile(ast.Module(body, []), name, "exec"), names)
    return eval(compile(ast.Expression(last.value), name, "eval"), names)


def check_line(cell):
    return cell.source.rstrip().splitlines()[-1]


def answer(path, cell, text, **more):
    """The check's feedback to an answer: all of its cell but the last line."""
    names = names_before(path, cell) | more
    feedback = run(f"{text}\n{check_line(cell)}", names)
    assert "cannot make use" not in feedback.text, f"{text}\n-> {feedback.text}"
    return feedback


def values(path, cell, text):
    """What the names in the check's brackets stand for, after an answer: name -> value."""
    names = names_before(path, cell)
    exec(compile(text, "<cell>", "exec"), names)
    call = ast.parse(check_line(cell)).body[0].value
    return {arg.id: names[arg.id] for arg in call.args}


def solution(path, cell):
    cells = lesson(path).cells
    text = cells[cells.index(cell) - 1].source
    return re.search(r"<summary>Solution</summary>\s+```python\n(.*?)```", text, re.S)[1]


def function_of(text):
    """The last function that an answer defines, as a syntax tree, or None."""
    found = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    return found[-1] if found else None


def class_of(text):
    """The last class that an answer defines, as a syntax tree, or None."""
    tree = ast.parse(text) if isinstance(text, str) else text
    found = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    return found[-1] if found else None


def asks_for_a_class(path, cell):
    return class_of(solution(path, cell)) is not None


def asks_for_a_function(path, cell):
    return function_of(solution(path, cell)) is not None


def answers(kind, path, cell):
    """The answers of a kind, "right" or "wrong", that are stored for an exercise."""
    file = HERE / f"{kind}_answers" / f"{path.stem}.json"
    return json.loads(file.read_text(encoding="utf-8")).get(cell.id, []) if file.exists() else []
