"""How a check finds out what is wrong: it knows the usual mistakes and recognises them."""

import linecache
import traceback
from html import escape
from pathlib import Path

import numpy as np

_OURS = str(Path(__file__).parent.parent)

MARKS = {"not started": ("○", "#767676"), "not yet": ("✗", "#D55E00"), "right": ("✓", "#009E73")}


class Feedback:
    """What a check says: a verdict (a key of MARKS) and a sentence or two."""

    def __init__(self, verdict, text=""):
        self.verdict, self.text = verdict, text

    def __repr__(self):
        mark = MARKS[self.verdict][0]
        return f"{mark} {self.verdict}" + (f": {self.text}" if self.text else "")

    def _repr_html_(self):
        mark, color = MARKS[self.verdict]
        text = f": {escape(self.text)}" if self.text else ""
        return (
            f'<div style="border-left: 5px solid {color}; padding: 4px 12px">'
            f"<b>{mark} {self.verdict}</b>{text}</div>"
        )


def not_started(value):
    """True for the `...` of an exercise, alone or inside a tuple."""
    return value is ... or (isinstance(value, tuple) and any(part is ... for part in value))


def function(
    attempt, right, cases, mistakes, praise, parts=None, listing=None, otherwise=lambda: None
):
    """Check a function the student wrote against `right` on all cases.

    cases      list of dicts: the arguments by name
    mistakes   dict: hint -> a function that makes this mistake
    otherwise  looks once more where no mistake is recognised: Feedback, or None
    parts      names of what is returned, if it is a tuple
    listing    for a listing with a bug in it: (what it says, a function with this bug)
    """
    if not callable(attempt):
        return Feedback("not yet", f"keep it a function: it is {attempt!r} now.")
    expected = [right(**_copy(case)) for case in cases]
    results = []
    for case in cases:
        given = _copy(case)
        try:
            result = attempt(**given)
        except Exception as error:
            return Feedback("not yet", _stopped(error))
        if not_started(result):
            return Feedback("not started", "replace the ... with your line and run the cell again.")
        changed = [name for name in case if not np.array_equal(case[name], given[name])]
        if changed:
            return Feedback(
                "not yet",
                f"your function changes its argument {changed[0]} in place, so the caller's own "
                f"array changes too. Write x = x - ..., which makes a new array: -=, +=, *= and "
                "x[:] = ... change the old one.",
            )
        complaint = _shape_complaint(result, expected[len(results)], parts)
        if complaint:
            return Feedback("not yet", complaint)
        results.append(result)

    if _same(results, expected):
        return Feedback("right", praise)
    if listing and _same(results, [listing[1](**_copy(case)) for case in cases]):
        return Feedback("not started", listing[0])
    for hint, wrong in mistakes.items():
        if _same(results, [wrong(**_copy(case)) for case in cases]):
            return Feedback("not yet", hint)
    if feedback := otherwise():
        return feedback
    for case, result, wanted in zip(cases, results, expected, strict=True):
        if not _same([result], [wanted]):
            given = ", ".join(f"{k} = {_show(v)}" for k, v in case.items() if not callable(v))
            return Feedback(
                "not yet", f"for {given} it gives {_show(result)}, and should give {_show(wanted)}."
            )


def number(attempt, right, mistakes, praise, tolerance=0.01):
    """Check a number: within `tolerance` (relative), or near the result of a usual mistake."""
    if not_started(attempt):
        return Feedback("not started", "replace the ... with a number and run the cell again.")
    try:
        value = float(attempt)
    except (TypeError, ValueError):
        value = np.nan
    if not np.isfinite(value):
        return Feedback("not yet", f"write a number, not {attempt!r}.")
    if np.isclose(value, right, rtol=tolerance):
        return Feedback("right", praise)
    for hint, wrong in mistakes.items():
        if np.isclose(value, wrong, rtol=tolerance):
            return Feedback("not yet", hint)
    size = "too large" if value > right else "too small"
    return Feedback("not yet", f"{value:.4g} is {size}.")


def choice(attempt, right, reasons):
    """Check a choice between the letters of `reasons`: letter -> what to say to it."""
    letters = ", ".join(f'"{letter}"' for letter in reasons)
    if not_started(attempt):
        return Feedback("not started", f"write one of {letters} in place of the ...")
    letter = str(attempt).strip().lower()
    if letter not in reasons:
        return Feedback("not yet", f"write one of {letters}, with the quotes, not {attempt!r}.")
    return Feedback("right" if letter == right else "not yet", reasons[letter])


def _copy(case):
    return {name: np.copy(v) if isinstance(v, np.ndarray) else v for name, v in case.items()}


def _same(results, expected):
    try:
        pairs = zip(results, expected, strict=True)
        return all(
            np.allclose(a, b, rtol=1e-9, atol=1e-12, equal_nan=True)
            for result, wanted in pairs
            for a, b in zip(_tuple(result), _tuple(wanted), strict=True)
        )
    except (TypeError, ValueError):
        return False


def _tuple(value):
    return value if isinstance(value, tuple) else (value,)


def _show(value):
    return ", ".join(np.array2string(np.asarray(part), precision=4) for part in _tuple(value))


def _shape_complaint(result, wanted, parts):
    if result is None:
        return "your function returns nothing: does it end with a return?"
    if hasattr(result, "__next__"):
        return "your function yields, so that it makes steps on demand. Here, return the result."
    if parts and (not isinstance(result, tuple) or len(result) != len(parts)):
        return f"return {len(parts)} values: return {', '.join(parts)}"
    for name, a, b in zip(parts or ["the result"], _tuple(result), _tuple(wanted), strict=True):
        try:
            shape = np.shape(np.asarray(a, dtype=float))
        except (TypeError, ValueError):
            return f"{name} should be numbers, and is {a!r}."
        if shape != np.shape(b):
            return f"{name} has shape {shape} and should have shape {np.shape(b)}."


def _stopped(error):
    """The student's own line that raised, and what Python said."""
    frame = None
    for entry in traceback.extract_tb(error.__traceback__):
        inside = entry.filename.startswith(_OURS) or "site-packages" in entry.filename
        if not inside and not entry.filename.endswith((".pyx", ".pxd")):  # NumPy's own
            frame = entry
    if frame is None:  # it was called as the check calls it
        return f"{type(error).__name__}: {error}. Keep the def line as it was."
    source = (frame.line or linecache.getline(frame.filename, frame.lineno)).strip()
    power = " In Python a power is **." if "^" in source else ""
    return f"line {frame.lineno}, `{source}`, stopped with {type(error).__name__}: {error}.{power}"
