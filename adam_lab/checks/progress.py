"""What is done in this notebook, for the student and to hand in."""

import json
import os
import re
from collections import Counter
from html import escape
from inspect import unwrap
from pathlib import Path

from adam_lab.checks import diagnose


class Summary:
    """The checks of a lesson with their verdicts, as text and as HTML."""

    def __init__(self, lines):
        self.lines = lines

    def __repr__(self):
        return "\n".join(self.lines)

    def _repr_html_(self):
        return f"<pre>{escape(repr(self))}</pre>"


def progress(name="", lesson=None):
    """What is done in this notebook: each exercise and prediction, and a summary to hand in.

    name     whose summary it is, if it is to be handed in
    lesson   its number, such as "04"; by default that of the notebook

    It counts what the checks have said since the kernel started, and for the others what the
    notebook held when it was saved last, where the front end tells which file that is.
    """
    path = notebook()
    verdicts = stored(path) | diagnose.said
    lesson = str(lesson or lesson_of(path))
    listed = [check for check, number in all_checks().items() if number == lesson]
    order = [*called(path), *listed]
    listed.sort(key=order.index)
    if not listed:
        text = 'which lesson? Run a check first, or name one: checks.progress(lesson="04").'
        return diagnose.Feedback("not started", text)
    lines, counts = [], []
    for kind in ("exercise", "prediction"):
        asked = [check for check in listed if check.endswith("_prediction") == (kind != "exercise")]
        found = [verdicts.get(check, "not started") for check in asked]
        for check, verdict in zip(asked, found, strict=True):
            lines.append(f"{diagnose.MARKS[verdict][0]} {verdict:<12} {kind:<11} checks.{check}")
        counts += [f"{found.count('right')} of {len(found)} {kind}s right"] * bool(found)
    head = " · ".join([f"Lesson {lesson}", *([str(name)] if name else []), ", ".join(counts)])
    known = f", and what {path.name} held when it was saved last" if path else ""
    foot = f"Counted: what the checks have said since the kernel started{known}."
    return Summary([head, "", *lines, "", foot])


def all_checks():
    """name -> number of its lesson, as they stand in their files; only what asks for an answer."""
    from adam_lab import checks  # whose part this is

    found, places = {}, {}
    for name in checks.__all__:
        check = getattr(checks, name)
        lesson = re.search(r"\((\d\d)\)\.?$", (check.__doc__ or "").partition("\n")[0])
        if lesson and name not in ("Tries", "environment", "progress"):
            code = unwrap(check).__code__
            found[name], places[name] = lesson[1], (code.co_filename, code.co_firstlineno)
    return {name: found[name] for name in sorted(found, key=places.get)}


def lesson_of(path):
    """The lesson most of whose checks are in the notebook; else that of the last check run."""
    known = all_checks()
    names = called(path) or list(diagnose.said)[-1:]
    numbers = Counter(known[name] for name in names if name in known)
    return numbers.most_common(1)[0][0] if numbers else None


# ---------------------------------------------------------------------------
# The notebook
# ---------------------------------------------------------------------------


def notebook():
    """The file in which the cells are; None where the front end does not tell."""
    try:
        names = get_ipython().user_ns
    except NameError:
        names = {}
    said = names.get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME", "")
    path = Path(str(said))
    return path if path.suffix == ".ipynb" and path.is_file() else None


def _cells(path):
    """The code of a notebook; nothing of None, or of a file that is none."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        return [cell for cell in cells if cell["cell_type"] == "code"]
    except (AttributeError, OSError, ValueError, KeyError, TypeError):
        return []


def called(path):
    """The names of the checks that are called in a notebook."""
    text = "\n".join("".join(cell["source"]) for cell in _cells(path))
    return re.findall(r"^checks\.(\w+)\(", text, re.M)


def stored(path):
    """Check -> verdict, as the notebook has it; of a check that is not there, nothing."""
    found = {}
    for cell in _cells(path):
        names = re.findall(r"^checks\.(\w+)\(", "".join(cell["source"]), re.M)
        for output in cell.get("outputs", []):
            said = "".join(output.get("data", {}).get("text/plain", ""))
            for verdict, (mark, _) in diagnose.MARKS.items():
                if names and said.startswith(f"{mark} {verdict}"):
                    found[names[-1]] = verdict
    return found
