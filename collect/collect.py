"""Counts the exercises of a class: python collect/collect.py FOLDER [--lesson 04]

FOLDER holds notebooks, or a folder of notebooks for each student. Writes FOLDER/collected.csv:
a row for each student and exercise.

Each notebook runs in a process of its own, with limits. The checks run here, and ask that process
through a pipe: what a student does to the checks, prints, or writes into a check's cell changes
nothing. Beside their own cases the checks try some that nobody has seen.
"""

import argparse
import ast
import csv
import io
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread

import nbformat
import numpy as np
from IPython.core.inputtransformer2 import TransformerManager

from adam_lab import checks
from adam_lab.checks import diagnose
from wire import Gone, Peer

HERE = Path(__file__).resolve().parent
LESSONS = sorted((HERE.parent / "notebooks").glob("[0-9][0-9]_*.ipynb"))
COLUMNS = "student", "file", "lesson", "exercise", "verdict", "note"
CELL = 10  # seconds of work for one cell, or one call of a function; six times as long to wait


# ---------------------------------------------------------------------------
# Lessons, and what is handed in
# ---------------------------------------------------------------------------


@dataclass
class Task:
    """An exercise: the cell's id, its title, its check, and what is in the check's brackets."""

    cell: str
    title: str
    check: str
    arguments: list


@dataclass
class Lesson:
    path: Path
    cells: dict = field(default_factory=dict)  # id -> source of the code
    predictions: set = field(default_factory=set)  # ids
    tasks: list = field(default_factory=list)

    @property
    def number(self):
        return self.path.stem[:2]


@cache
def lessons():
    return [_lesson(path) for path in LESSONS]


def _lesson(path):
    lesson, title = Lesson(path), ""
    for cell in nbformat.read(path, as_version=4).cells:
        tags = cell.metadata.get("tags", [])
        if cell.cell_type == "markdown":
            if "exercise" in tags:
                title = re.search(r"^### Exercise (.+?)(?: \(★.*)?$", cell.source, re.M)[1]
            continue
        lesson.cells[cell.id] = cell.source
        if "predict" in tags:
            lesson.predictions.add(cell.id)
        if "exercise" in tags:
            (name, arguments), *_ = asked(parsed(cell.source))
            lesson.tasks.append(Task(cell.id, title, name, arguments))
    return lesson


def parsed(source):
    """The syntax tree of a cell, magics and all; empty where Python cannot read it."""
    try:
        return ast.parse(TransformerManager().transform_cell(source))
    except Exception:
        return ast.Module([], [])


def _check(node):
    """The name of the check that is called; None if none is."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if isinstance(node.func.value, ast.Name) and node.func.value.id == "checks":
            return node.func.attr
    return None


def asked(tree):
    """(check, sources of its arguments) of every line that is a check and nothing else."""
    for line in tree.body:
        if isinstance(line, ast.Expr) and (name := _check(line.value)):
            yield name, [ast.unparse(part) for part in line.value.args]


def without_checks(source):
    """The cell, but for such lines: our own checks ask."""
    tree = parsed(source)
    if not any(asked(tree)):
        return source
    tree.body = [line for line in tree.body if not any(asked(ast.Module([line], [])))]
    return ast.unparse(tree)


def handed_in(folder):
    """(student, path) of every notebook in the folder."""
    for path in sorted(folder.rglob("*.ipynb")):
        parts = path.relative_to(folder).parts
        if not any(part.startswith(".") for part in parts):
            yield (parts[0] if len(parts) > 1 else path.stem), path


def without_notebook(folder):
    """The students whose folder holds none."""
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name[0] != "." and not any(path.rglob("*.ipynb")):
            yield path.name


def lesson_of(cells):
    """The lesson with which the cells, as (id, source), have most in common."""
    called = {name for _, source in cells for name in re.findall(r"checks\.(\w+)\(", source)}
    common = Counter()
    for lesson in lessons():
        common[lesson.number] = len(called & {task.check for task in lesson.tasks}) + len(
            lesson.cells.items() & set(cells)
        )
    (number, shared), *_ = common.most_common(1)
    return next(lesson for lesson in lessons() if lesson.number == number) if shared else None


# ---------------------------------------------------------------------------
# What has to run
# ---------------------------------------------------------------------------


def _read(tree):
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _bound(line):
    """The names that a line of a lesson gives a value to; a loop computes and prints."""
    if isinstance(line, (ast.FunctionDef, ast.ClassDef)):
        return {line.name}
    if isinstance(line, (ast.Import, ast.ImportFrom)):
        return {(alias.asname or alias.name).split(".")[0] for alias in line.names}
    if isinstance(line, (ast.For, ast.While)):
        return set()
    stored = (node for node in ast.walk(line) if isinstance(node, ast.Name))
    return {node.id for node in stored if isinstance(node.ctx, ast.Store)}


def to_run(cells, lesson):
    """What has to run: the student's own cells, and of the lesson what they use.

    As (id, source, calls), calls are its checks with what stands in their brackets.

    A lesson as it stands trains for a minute, and none of that counts.
    """
    answers = {task.cell for task in lesson.tasks}
    theirs = {
        cell for cell, source in cells
        if cell in answers or (cell not in lesson.predictions and lesson.cells.get(cell) != source)
    }  # fmt: skip
    needed = {name for task in lesson.tasks for text in task.arguments
              for name in _read(ast.parse(text))}  # fmt: skip
    for cell, source in cells:
        if cell in theirs:
            needed |= _read(parsed(source))
    kept = []
    for cell, source in reversed(cells):
        if cell in theirs:
            kept.append((cell, without_checks(source), dict(asked(parsed(source)))))
            continue
        lines = []
        for line in reversed(parsed(source).body):
            if _bound(line) & needed:
                lines.insert(0, line)
                needed |= _read(line)
        if lines:
            kept.append((cell, ast.unparse(ast.Module(lines, [])), {}))
    return kept[::-1]


# ---------------------------------------------------------------------------
# The student's process
# ---------------------------------------------------------------------------


class Worker(Peer):
    """A student's process, and the pipe to it."""

    errors = diagnose.Complaint

    def __init__(self, folder, due, memory):
        may = dict(seconds=max(1, due - time.monotonic()), memory=memory * 2**20, cell=CELL)
        env = os.environ | {
            "IPYTHONDIR": str(folder), "MPLBACKEND": "agg", "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(
                filter(None, [str(HERE.parent), os.environ.get("PYTHONPATH")])
            ),
        }  # fmt: skip
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "worker.py"), json.dumps(may)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            cwd=folder, env=env, start_new_session=True,
        )  # fmt: skip
        super().__init__(self.process.stdout, self.process.stdin)
        self.last, self.due, self.done, self.gone = due, due, Event(), False
        Thread(target=self._watch, daemon=True).start()

    def _watch(self):
        """Kills it when it does not answer in time: that ends our reading, too."""
        while not self.done.wait(0.1):
            if time.monotonic() > self.due:
                self.kill()

    def ask(self, do, **what):
        self.due = min(self.last, time.monotonic() + 6 * CELL)
        try:
            return super().ask(do, **what)
        except Gone:
            self.gone = True
            raise
        finally:
            self.due = self.last

    def value(self, source):
        """What an expression is worth there."""
        return self.decode(self.ask("value", source=source)["value"])

    def kill(self):
        """With all that it started."""
        if hasattr(os, "killpg"):
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.done.set()
        self.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            with suppress(OSError):
                stream.close()

    def encode_object(self, value):
        if not callable(value) and type(value).__name__ != "Parameter":
            raise TypeError(f"{type(value).__name__} is not handed to students")
        return super().encode_object(value)

    def decode_object(self, kind, what):
        if kind != "tries":
            return super().decode_object(kind, what)
        tries = checks.Tries()  # theirs may say what it likes: each try is made again
        for name, hyper in self.decode(what)[:50]:
            if name in ("gd", "adam"):
                getattr(tries, name)(**hyper)
        return tries


# ---------------------------------------------------------------------------
# Verdicts
# ---------------------------------------------------------------------------

LOST = "it did not come back: an endless loop, too much memory, or an exit"


def verdicts(cells, lesson, seconds=120, memory=2048):
    """id of each exercise -> (verdict, note), whatever the cells do.

    A cell that its process does not survive is left out of the next process.
    """
    end, found, deadly = time.monotonic() + seconds, {}, set()
    cells = to_run(cells, lesson)
    while time.monotonic() < end:
        with TemporaryDirectory(prefix="collect-") as folder, Worker(folder, end, memory) as worker:
            lost = _walk(worker, cells, lesson, found, deadly)
        if lost is None:
            break
        deadly.add(lost)
    for task in lesson.tasks:
        late = time.monotonic() >= end
        note = f"the notebook did not end within {seconds} s" if late else "its cell is not there"
        found.setdefault(task.cell, ("no answer" if late else "missing", note))
    return found


def _walk(worker, cells, lesson, found, deadly):
    """Runs the cells and asks the checks; the number of the cell where it ended too soon."""
    for number, (cell, source, calls) in enumerate(cells):
        if number in deadly:
            continue
        tasks = [task for task in lesson.tasks if task.cell == cell or task.check in calls]
        try:
            said = _run(worker, source)
            for task in tasks:
                if found.get(task.cell, ("",))[0] not in ("right", "no answer"):
                    found[task.cell] = _ask(worker, task, calls.get(task.check), said)
        except Gone:
            found.update((task.cell, ("no answer", LOST)) for task in tasks)
            return number
    return None


def _run(worker, source):
    """What Python says to a cell; None if nothing."""
    try:
        return worker.ask("run", source=source)["said"]
    except diagnose.Complaint as complaint:
        return complaint.feedback.text


def _ask(worker, task, arguments, said):
    """What our check says to a student's answer."""
    if arguments is None or len(arguments) != len(task.arguments):
        arguments = task.arguments
    with redirect_stdout(io.StringIO()):  # some checks tell what they try
        try:
            values = [worker.value(text) for text in arguments]
        except diagnose.Complaint as complaint:
            return "not yet", said or complaint.feedback.text
        feedback = getattr(checks, task.check)(*values)
    if worker.gone:
        raise Gone
    return feedback.verdict, feedback.text


def varied(cases, seed):
    """Cases that nobody has seen: every number with a point in it is another one, near the first.

    What is between 0.5 and 1, such as β, stays there. Signs, zeros and whole numbers stay.
    """
    rng = np.random.default_rng(seed)

    def near(x):
        factor = rng.uniform(0.8, 1.2, np.shape(x))
        return np.where((np.abs(x) > 0.5) & (np.abs(x) < 1), x + (np.sign(x) - x) * (1 - factor),
                        x * factor)  # fmt: skip

    def other(value):
        if type(value) is float:
            return float(near(value))
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            return near(value)
        if type(value) in (list, tuple):
            return type(value)(map(other, value))
        return value

    return [{name: other(value) for name, value in case.items()} for case in cases]


# ---------------------------------------------------------------------------
# A class
# ---------------------------------------------------------------------------


def rows(folder, number=None, **limits):
    """A row for each student and exercise; a lesson by its number, or all."""
    for student in without_notebook(folder):
        yield student, "", "", "", "no notebook", "there is none in this folder"
    for student, path in handed_in(folder):
        start = student, path.relative_to(folder).as_posix()
        try:
            notebook = nbformat.read(path, as_version=4)
            cells = [(c.get("id"), c.source) for c in notebook.cells if c.cell_type == "code"]
        except Exception as error:
            yield *start, "", "", "unreadable", str(error)
            continue
        lesson = lesson_of(cells)
        if lesson is None:
            yield *start, "", "", "unknown", "no exercise of the course is in it"
        elif number in (None, lesson.number):
            found = verdicts(cells, lesson, **limits)
            for task in lesson.tasks:
                yield *start, lesson.number, task.title, *found[task.cell]


def plain(text):
    """One line, that a spreadsheet does not take for a formula."""
    text = " ".join(str(text).split())[:500]
    return f"'{text}" if text[:1] in tuple("=+-@") else text


def main(*given):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--lesson", choices=[lesson.number for lesson in lessons()])
    parser.add_argument("--seconds", type=float, default=120, help="for a notebook (120)")
    parser.add_argument("--memory", type=int, default=2048, help="MB for a notebook (2048)")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="of more cases")
    asked = parser.parse_args(given)
    folder = asked.folder.resolve()
    if not folder.is_dir() or not any(handed_in(folder)):
        sys.exit(f"No notebooks in {asked.folder}: make collect FOLDER=folder [LESSON=04]")
    diagnose.more_cases = lambda cases: varied(cases, asked.seed)
    table, counts = folder / "collected.csv", {}
    with table.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row in rows(folder, asked.lesson, seconds=asked.seconds, memory=asked.memory):
            writer.writerow(map(plain, row))
            counts.setdefault(row[:3], Counter())[row[4]] += 1
    for (student, _, lesson), verdict in counts.items():
        said = f"{verdict['right']} of {verdict.total()} right" if lesson else next(iter(verdict))
        print(f"{student}  {lesson}  {said}")
    print(f"{table}: a row for each student and exercise. The unseen cases are those of "
          f"--seed {asked.seed}.")  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
