"""How a check finds out what is wrong: it knows the usual mistakes and recognises them."""

import contextlib
import dis
import functools
import inspect
import io
import linecache
import os
import re
import reprlib
import sys
import sysconfig
import time
import traceback
from copy import deepcopy
from html import escape
from itertools import islice
from pathlib import Path

import numpy as np

import adam_core

MARKS = {"not started": ("○", "#767676"), "not yet": ("✗", "#D55E00"), "right": ("✓", "#009E73")}


class Feedback:
    """What a check says: a verdict (a key of MARKS) and a sentence or two.

    better   where the text advises another answer: that answer, as the check's arguments
    score    what the advice is to lower, such as a loss or a number of steps
    """

    def __init__(self, verdict, text="", *, better=None, score=None):
        self.verdict, self.text, self.better, self.score = verdict, text, better, score

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


class Complaint(Exception):
    """Raised anywhere inside a check it becomes the check's feedback."""

    def __init__(self, text, verdict="not yet"):
        assert verdict != "right"  # nor where a student raises it
        super().__init__(text)
        self.feedback = Feedback(verdict, text)


class TooDeep(Complaint):
    """Python goes no deeper into a recursion. In a long run that is no fault."""


said = {}  # check -> its last verdict, since the kernel started


def safe(check):
    """The check, but whatever happens inside it, a sentence comes back and no traceback."""

    @functools.wraps(check)
    def checked(*args, **kwargs):
        try:
            feedback = check(*args, **kwargs)
        except Complaint as complaint:
            feedback = complaint.feedback
        except BaseException as error:
            feedback = Feedback("not yet", stopped(error))
        said.pop(check.__name__, None)  # the last one said is the last one here
        said[check.__name__] = feedback.verdict
        return feedback

    return checked


def not_started(value):
    """True for the `...` of an exercise, alone or inside a tuple or list."""
    return value is ... or (isinstance(value, (tuple, list)) and any(v is ... for v in value))


# ---------------------------------------------------------------------------
# Functions
# ---------------------------------------------------------------------------

seen = None  # a test sets a list here, and gets what each check compares
more_cases = None  # whoever collects sets a function here: of a check's cases it makes others


def function(
    attempt, right, cases, mistakes, praise, rare=(), parts=None, listing=None,
    otherwise=lambda: None, tolerance=1e-6,
):  # fmt: skip
    """Check a function the student wrote against `right` on all cases.

    cases      list of dicts: the arguments by name, in the order of the def line
    rare       more of them, for what is right in all cases: starts, far sizes, long runs
    mistakes   dict: hint -> a function that makes this mistake
    otherwise  looks once more where no mistake is recognised: Feedback, or None
    parts      names of what is returned, if it is a tuple
    listing    for a listing with a bug in it: (what it says, a function with this bug)
    tolerance  relative; float32 has 2e-5 at least
    """
    if seen is not None:
        seen.append(
            dict(
                right=right, cases=cases, mistakes=mistakes, rare=rare, parts=parts,
                listing=listing,
            )
        )  # fmt: skip
    if attempt is ...:
        raise Complaint("replace the ... with your function.", "not started")
    if not callable(attempt):
        raise Complaint(f"keep it a function: it is {short(attempt)} now.")
    if more_cases is not None:
        cases = [*cases, *more_cases(cases)]
    by_place = _called_by_place(attempt, cases[0])
    expected = [right(**deepcopy(case)) for case in cases]
    results, coarse = [], False

    def result_of(case, wanted):
        given = deepcopy(case)
        try:
            result = asked(attempt, **given)
        except Complaint as complaint:
            if re.search(_ONE_CASE, complaint.feedback.text):
                complaint.feedback.text += f" That was for {_given(case)}."
            raise
        if not_started(result):
            raise Complaint("replace the ... with your line and run the cell again.", "not started")
        changed = [name for name in case if not _equal(case[name], given[name])]
        if changed:
            raise Complaint(
                f"your function changes its argument {changed[0]} in place, so the caller's own "
                f"array changes too. Write x = x - ..., which makes a new array, or begin with "
                "x = x.copy(): -=, +=, *= and x[...] = ... change the old one."
            )
        if result is None and results:
            raise Complaint(
                f"for {_given(case)} it returns nothing: does every branch end with a return?"
            )
        return _arrays(result, wanted, parts)

    def look_for_memory():
        """Does the first case give something else now? Then something outlives a call."""
        try:
            again, _ = result_of(*answered[0])
            kept = not all(map(_equal, again, results[0]))
        except Complaint:
            kept = True
        if kept:
            raise Complaint(_MEMORY) from None

    answered = []
    for case, wanted in zip(cases, expected, strict=True):
        try:
            arrays, single = result_of(case, wanted)
        except TooDeep as complaint:
            too_deep = complaint
            continue
        except Complaint:
            if results:
                look_for_memory()
            raise
        results.append(arrays)
        answered.append((case, wanted))
        coarse |= single
    if not answered:
        raise too_deep
    cases, expected = zip(*answered, strict=True)
    tolerance = max(tolerance, 2e-5) if coarse else tolerance
    expected = [_arrays(wanted, wanted, parts)[0] for wanted in expected]
    if _close(results, expected, tolerance):
        for case in rare:
            wanted = right(**deepcopy(case))
            try:
                with _silence():  # some are long runs
                    arrays, single = result_of(case, wanted)
            except TooDeep:
                continue
            except Complaint as complaint:
                raise Complaint(f"nearly. But {complaint.feedback.text}") from None
            pair = [arrays], [_arrays(wanted, wanted, parts)[0]]
            tolerance = max(tolerance, 2e-5) if single else tolerance
            if not _close(*pair, tolerance):
                if feedback := otherwise():
                    return feedback
                look_for_memory()
                text = f"nearly: {_difference([case], *pair, parts, tolerance)}"
                return Feedback("not yet", text)
        look_for_memory()
        return Feedback("right", praise)
    if _in_other_order(attempt, cases[0]):
        raise Complaint(_def_line(cases[0]))

    scales = _scales(results)

    def same(rule):
        try:
            return all(  # mostly the first case tells
                _alike(result, _arrays(rule(**deepcopy(case)), wanted, parts)[0], scales, tolerance)
                for case, wanted, result in zip(cases, expected, results, strict=True)
            )
        except Exception:  # a number of another argument may be none for this one
            return False

    if listing and same(listing[1]):
        return Feedback("not started", listing[0])
    with np.errstate(all="ignore"):
        for hint, wrong in mistakes.items():
            if same(wrong):
                return Feedback("not yet", hint)
        if by_place:
            raise Complaint(_def_line(cases[0]))
        for name, guess in _by_heart(cases):
            if same(lambda name=name, guess=guess, **case: right(**case | {name: guess})):
                text = f"it takes {name} = {guess:g}, whatever the caller gives. Write {name}."
                return Feedback("not yet", text)
    parts_of = (zip(*arrays, strict=True) for arrays in (results, expected))
    if all(_any(a) or not _any(b) for a, b in zip(*parts_of, strict=True)):  # 0 is not rounded
        if _close(results, [[np.trunc(x) for x in wanted] for wanted in expected], tolerance):
            return Feedback("not yet", "the fractions are cut off, as // and int() do. Keep them.")
        if _rounded(results, expected, tolerance):
            return Feedback("not yet", "it is rounded. Return it with all its digits.")
    if feedback := otherwise():
        return feedback
    look_for_memory()
    return Feedback("not yet", _difference(cases, results, expected, parts, tolerance))


def slips(arguments, lines):
    """hint -> a function that makes this mistake, of hint -> what it returns, as text."""
    return {
        hint: eval(f"lambda {arguments}: {line}", dict(np=np)) for hint, line in lines.items()
    }  # fmt: skip


def call(attempt, *args, **kwargs):
    """What the student's function returns; whatever else it does becomes a Complaint."""
    try:
        with np.errstate(all="ignore"), _Watch():
            return attempt(*args, **kwargs)
    except Complaint:
        raise
    except RecursionError as error:
        raise TooDeep(stopped(error)) from None
    except BaseException as error:
        raise Complaint(stopped(error)) from None


def no_memory(ask):
    """Complains where a second call of `ask`, which returns arrays, gives something else."""
    if not all(map(_equal, *call(lambda: (ask(), ask())))):
        raise Complaint(_MEMORY)


_MEMORY = (
    "called again with the same arguments it gives something else: a global variable, a default "
    "such as m=[0], or chance outlives the call. Let it begin anew inside."
)


def _silence():
    """Nothing is printed in it."""
    return contextlib.redirect_stdout(io.StringIO())


def asked(attempt, **case):
    """`call` by name, or by place where the parameters have other names."""
    if _called_by_place(attempt, case):
        return call(attempt, *case.values())
    return call(attempt, **case)


def walk(rule, steps, grad, theta, **hyper):
    """The thetas after each of the first `steps` steps of a student's generator function.

    To be used inside the `attempt` of `function`. Each theta is a copy: a student may go on
    in place in an array of their own. A `...` comes back as it is.
    """
    stepper = asked(rule, grad=grad, theta=theta, **hyper)
    if stepper is None:
        raise Complaint("your function returns nothing. Does each step end with a yield?")
    if not hasattr(stepper, "__next__"):
        raise Complaint("your function has no yield, so it hands out no steps.")
    thetas = []
    for state in islice(stepper, steps):
        if not isinstance(state, dict) or "theta" not in state:
            raise Complaint("end each step with a yield of a dict that has theta in it.")
        if state["theta"] is ...:
            raise Complaint("replace each ... and run the cell again.", "not started")
        thetas.append(np.array(state["theta"]))
    if not thetas:
        raise Complaint(
            f"it ends before its first yield, from theta = {theta} with slopes {grad(theta)}: "
            "is there a return before it, or a loop that has no rounds?"
        )
    if len(thetas) < steps:
        raise _ended(len(thetas))
    if thetas[0].size < thetas[-1].size:
        raise Complaint("what you yield grows: yield the newest theta, not the list of them all.")
    return thetas


def _ended(step):
    return Complaint(
        f"it ends after step {step}: the yield belongs inside a loop that does not end."
    )


FAR = 10_001  # steps that a generator is followed, if there is time


def lasts(rule):
    """Complains where a student's Adam, right in its first steps, ends or changes later on.

    Down an even slope each step is lr long, with any memory, for ever.
    """

    def walked():
        slope, until = np.array([0.5, -2.0]), _work() + LIMIT / 10
        hyper = dict(lr=0.01, beta1=0.99, beta2=0.9999, eps=1e-8)
        stepper = asked(rule, grad=lambda theta: slope.copy(), theta=np.zeros(2), **hyper)
        for step, state in enumerate(islice(stepper, FAR), 1):
            if _work() > until:
                return step, state["theta"]
        if step < FAR:
            raise _ended(step)
        return step, state["theta"]

    try:
        with _silence():
            step, theta = call(walked)
    except TooDeep:
        return
    if not np.allclose(theta, [-0.01 * step, 0.01 * step], rtol=1e-3):
        raise Complaint(
            "its first steps are right, and later on it goes astray: does something happen where "
            "t is large?"
        )


def _called_by_place(attempt, case):
    """True if the parameters have other names, but as many as there should be."""
    code = getattr(attempt, "__code__", None)
    plain = code and not (code.co_posonlyargcount or code.co_kwonlyargcount)
    if plain and code.co_varnames[: code.co_argcount] == tuple(case):
        return False  # as it mostly is, and a signature takes long to make
    try:
        signature = inspect.signature(attempt)
    except (TypeError, ValueError):
        return False
    try:
        signature.bind(**case)
        return False
    except TypeError:
        pass
    try:
        signature.bind(*case.values())
        return True
    except TypeError as error:
        raise Complaint(f"{_def_line(case)} ({error}.)") from None


def _def_line(case):
    return f"keep the def line as it was, with the parameters {', '.join(case)} in this order."


def _in_other_order(attempt, case):
    """True if the parameters are those of the def line, in another order."""
    try:
        names = list(inspect.signature(attempt).parameters)[: len(case)]
    except (TypeError, ValueError):
        return False
    return names != list(case) and sorted(names) == sorted(case)


def _by_heart(cases):
    """Numbers that may stand in place of an argument: (its name, the number)."""
    for name in cases[0]:
        given = {case[name] for case in cases if type(case[name]) in (int, float)}
        if len(given) > 1:
            usual = _USUAL_NUMBERS.get(name.rstrip("12"), ())
            yield from ((name, guess) for guess in (*given, *usual))


_USUAL_NUMBERS = dict(
    beta=(0.9, 0.99, 0.999), lr=(0.1, 0.5, 0.01, 0.001), eps=(1e-8,), rate=(0.1, 0.01), t=(1,),
    weight_decay=(0.1, 0.01),
)  # fmt: skip
# what went wrong with these is told by the arguments, too
_ONE_CASE = (
    "ZeroDivision|IndexError|not subscriptable|support item|float' object has no|no len|"
    "not iterable|unpack|broadcast|0-dimensional"
)


def _equal(a, b):
    if isinstance(a, (np.ndarray, list)):
        return np.array_equal(a, b, equal_nan=True)
    return True


def _arrays(result, wanted, parts):
    """A result as float arrays of the wanted shapes, and whether it was in single precision."""
    wanted = wanted if isinstance(wanted, (tuple, list)) else (wanted,)
    names = parts or ["the result"]
    if result is None:
        raise Complaint(
            "your function returns nothing: does it end with a return? And is it None that it "
            "returns? x = np.add.at(...) and x = y.sort() make x None: they change an array."
        )
    if inspect.iscoroutine(result):
        result.close()
        raise Complaint("take away the async: a plain def is asked for.")
    if hasattr(result, "__next__"):
        if not inspect.isgenerator(result) or result.__name__ == "<genexpr>":
            raise Complaint("the numbers are not made yet: put list( ) or np.array([ ]) around.")
        raise Complaint(
            "your function yields, so that it makes steps on demand. Here, return the result."
        )
    several = isinstance(result, (tuple, list))
    if parts:
        if several and len(result) == 1 and isinstance(result[0], (tuple, list)):
            (result,) = result  # a trailing comma
        stacked = isinstance(result, np.ndarray) and _fits(result, wanted)
        if not (several or stacked) or len(result) != len(parts):
            count = f" It returns {len(result)} now." if several else ""
            raise Complaint(f"return {len(parts)} values: return {', '.join(parts)}.{count}")
        found = list(result)
    elif several and len(result) == 1 and np.shape(wanted[0]) != (1,):
        found = list(result)
    elif isinstance(result, tuple) and not _fits(result, wanted[0]):
        raise Complaint(f"return one value. It returns {len(result)}, with a comma between them.")
    else:
        found = [result]
    arrays, single = [], False
    for name, a, b in zip(names, found, wanted, strict=True):
        a = _floats(a, name)
        single |= a.dtype == np.float32
        if a.shape != np.shape(b):
            if a.size != 1 or np.size(b) != 1:
                flat = a.size == np.size(b) and np.ndim(b) == 1
                row = " .ravel() makes it one row of numbers." if flat else ""
                raise Complaint(f"{name} is {_form(a)}, and should be {_form(b)}.{row}")
            a = a.reshape(np.shape(b))
        arrays.append(a.astype(float))
    return arrays, single


def _form(value):
    """The shape of an array in words."""
    shape = np.shape(value)
    if not shape:
        return "a single number"
    return f"an array of {shape[0]} numbers" if len(shape) == 1 else f"an array of shape {shape}"


def _fits(result, wanted):
    """True if all values in one array, or one array as its coordinates, has the right shape."""
    try:
        return np.shape(np.asarray(result)) == np.shape(np.asarray(wanted))
    except Exception:
        return False


def _floats(value, name):
    try:
        array = np.array(value)
        if array.dtype.kind == "O" and not any(x is None for x in array.flat):
            array = array.astype(float)
    except OverflowError:
        raise Complaint(f"{name} is too large a number.") from None
    except Exception:
        raise Complaint(f"{name} should be numbers, and is {short(value)}.") from None
    if array.dtype.kind == "c":
        raise Complaint(
            f"{name} is complex: {short(value)}. Is there the root of something < 0, or is an "
            "np.abs missing?"
        )
    if array.dtype.kind == "b":
        raise Complaint(f"{name} is True or False: == and > compare, = gives a value to a name.")
    if array.dtype.kind not in "iuf":
        raise Complaint(f"{name} should be numbers, and is {short(value)}.")
    if array.dtype == np.float16:
        raise Complaint(f"{name} is in float16, which keeps three digits. Use float64.")
    return array


def _near(a, b, scale, tolerance):
    return np.isclose(a, b, rtol=tolerance, atol=1e-3 * tolerance * scale, equal_nan=True).all()


def _any(arrays):
    return any(map(np.any, arrays))


def _scales(expected):
    """The size of each part over all cases: what is tiny beside it is zero."""
    parts = zip(*expected, strict=True)
    return [max(np.max(np.abs(a[np.isfinite(a)]), initial=0) for a in part) for part in parts]


def _alike(result, wanted, scales, tolerance):
    return all(
        _near(a, b, scale, tolerance) for a, b, scale in zip(result, wanted, scales, strict=True)
    )


def _close(results, expected, tolerance):
    with np.errstate(all="ignore"):
        scales = _scales(expected)
        return all(
            _alike(result, wanted, scales, tolerance)
            for result, wanted in zip(results, expected, strict=True)
        )


def _rounded(results, expected, tolerance):
    """Is each part right, or rounded to so many digits in all cases?"""
    cases = (zip(*pair, strict=True) for pair in zip(results, expected, strict=True))
    parts = list(zip(*cases, strict=True))
    return any(
        all(
            all(_near(a, b, 0, tolerance) for a, b in part)
            or all(_near(a, np.round(b, digits), 0, tolerance) for a, b in part)
            for part in parts
        )
        for digits in range(7)
    )


def _difference(cases, results, expected, parts, tolerance):
    """The first case, and there the first part, that is not as it should be, as a sentence."""
    scales, names = _scales(expected), parts or [None]
    for case, result, wanted in zip(cases, results, expected, strict=True):
        compared = list(zip(names, result, wanted, scales, strict=True))
        if names[0] == "theta":  # it follows from the others
            compared = [*compared[1:], compared[0]]
        wrong = [part for part in compared if not _near(*part[1:], tolerance)]
        if wrong:
            name, a, b, _ = wrong[0]
            right = [part[0] for part in compared if part[0] not in [w[0] for w in wrong]]
            fine = f"{' and '.join(right)} {'are' if len(right) > 1 else 'is'} right. But " * (
                bool(right) and names[0] == "theta"
            )
            if b.size > _SHOWN:
                off = [
                    i for i in np.ndindex(b.shape) if not _near(a[i], b[i], wrong[0][3], tolerance)
                ]
                name = f"{name or 'the'} entry [{', '.join(map(str, off[0]))}]"
                a, b = a[off[0]], b[off[0]]
            digits = next((d for d in range(4, 17) if _show(a, d) != _show(b, d)), 17)
            gives = f"{name} = {_show(a, digits)}" if name else _show(a, digits)
            return f"{fine}for {_given(case)} it gives {gives}, and should give {_show(b, digits)}."


def _given(case):
    """The arguments of a case that are numbers, in words."""
    shown = {k: v for k, v in case.items() if isinstance(v, (int, float, np.ndarray, list))}
    return ", ".join(
        f"{k}, {_form(v)}" if np.size(v) > _MANY else f"{k} = {_show(v, 4 if np.ndim(v) else 6)}"
        for k, v in shown.items()
    )


_MANY = 12  # numbers: more of them nobody reads
_SHOWN = 6  # numbers of an array: of more only the ends


def _show(value, digits=4):
    text = np.array2string(np.asarray(value), precision=digits, threshold=_SHOWN, separator=" ")
    text = re.sub(r"\.(?![0-9.])", "", re.sub(r"(?<=\[) +| +(?=\])", "", text))  # 3. and [ 1 ]
    return re.sub(r" +", " ", text)


_repr = reprlib.Repr()
_repr.maxother = _repr.maxstring = 60


def short(value):
    """repr of anything, short, and without an error of its own."""
    try:
        return _repr.repr(value)
    except Exception:
        return f"an object of type {type(value).__name__}"


# ---------------------------------------------------------------------------
# Numbers, letters, names
# ---------------------------------------------------------------------------


def number(attempt, right, mistakes, praise, tolerance=0.01):
    """Check a number: within `tolerance` (relative), or near the result of a usual mistake."""
    value = real(attempt)
    if np.isclose(value, right, rtol=tolerance):
        return Feedback("right", praise)
    for hint, wrong in mistakes.items():
        if np.isclose(value, wrong, rtol=tolerance):
            return Feedback("not yet", hint)
    if value * right < 0:
        sign = "positive" if right > 0 else "negative"
        return Feedback("not yet", f"{value:.4g} has the wrong sign: it should be {sign}.")
    size = "too large" if value > right else "too small"
    return Feedback("not yet", f"{value:.4g} is {size}.")


def real(value, what="a number"):
    """An answer as a finite float; a Complaint that asks for `what` if it is none."""
    if not_started(value):
        raise Complaint(f"replace the ... with {what} and run the cell again.", "not started")
    if isinstance(value, (tuple, list)) and len(value) == 1:
        return real(value[0], what)
    if with_a_comma(value):
        if value[1] < 0 or abs(value[0]) > 99 or (value[0] and value[1] > 99):
            raise Complaint(f"write {what}, without a comma.")
        raise Complaint(f"Python writes a decimal point: {value[0]}.{value[1]}, without a comma.")
    if isinstance(value, str):
        return _quoted(value, what)
    if callable(value):
        raise Complaint(f"write {what}, not a function: what does it return?")
    try:
        array = np.array(value)
        if array.dtype.kind not in "iufO" or array.size != 1 or array.item() is None:
            raise ValueError
        value = float(array.item())
    except OverflowError:
        raise Complaint("that number is too large.") from None
    except Exception:
        raise Complaint(f"write {what}, not {short(value)}.") from None
    if not np.isfinite(value):
        raise Complaint(f"write {what}, not {value}.")
    return value


def with_a_comma(value):
    """Is it what Python makes of 0,5?"""
    return isinstance(value, tuple) and [type(part) for part in value] == [int, int]


def _quoted(text, what):
    """An answer in quotes is no number; say how it would be one."""
    for point in (text, text.replace(",", ".")):
        try:
            if not np.isfinite(float(point)):
                break
        except ValueError:
            continue
        comma = "with a decimal point and " if "," in text else ""
        plain = f": {point.strip()}" if len(point) < 30 else ""
        raise Complaint(f"write it {comma}without quotes{plain}, not {short(text)}.")
    if re.fullmatch(r"[\d.e\s()*/+-]*\d[\d.e\s()*/+-]*", text):
        raise Complaint(f"write it without quotes: {text.strip()}, not {short(text)}.")
    raise Complaint(f"write {what}, not {short(text)}.")


def choice(attempt, right, reasons):
    """Check a choice between the letters of `reasons`: letter -> what to say to it."""
    letters = ", ".join(f'"{letter}"' for letter in reasons)
    for _ in range(3):  # a list may hold itself
        if isinstance(attempt, np.ndarray) and attempt.size == 1:
            attempt = attempt.item()
        if isinstance(attempt, (tuple, list, set, frozenset)) and len(attempt) == 1:
            (attempt,) = attempt
    if not_started(attempt):
        return Feedback("not started", f"write one of {letters} in place of the ...")
    letter = attempt.strip(" \t\n.,:;()[]*'\"`-").lower() if isinstance(attempt, str) else None
    if letter not in reasons:
        text = f"write one of {letters}, with the quotes, not {short(attempt)}."
        return Feedback("not yet", text)
    return Feedback("right" if letter == right else "not yet", reasons[letter])


def name(value, names):
    """Which of `names` is meant, whatever its capitals, spaces and hyphens; None if none.

    A function counts as its name, so that adam and "Adam" are the same.
    """

    def plain(text):
        return "".join(filter(str.isalnum, text)).lower()

    value = getattr(value, "__name__", value)
    if not isinstance(value, str):
        return None
    return next((known for known in names if plain(known) == plain(value)), None)


# ---------------------------------------------------------------------------
# The student's own lines
# ---------------------------------------------------------------------------

_NOT_THEIRS = {
    str(Path(__file__).parent.parent), str(Path(np.__file__).parent), adam_core.__file__,
    *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
}  # fmt: skip
_NOT_THEIRS = tuple(os.path.normcase(os.path.abspath(path)) for path in _NOT_THEIRS)
_GENERATED = ("<frozen", "<string>", "<__array_function__")


@functools.cache
def theirs(filename):
    """Is this the file name of a student's code? Of a cell, whatever front end names it."""
    if filename.startswith(_GENERATED) or filename.endswith((".pyx", ".pxd")):
        return False
    if filename.startswith("<"):
        return True
    if "site-packages" in filename or "dist-packages" in filename:
        return False
    return not os.path.normcase(os.path.abspath(filename)).startswith(_NOT_THEIRS)


def stopped(error):
    """The student's own line that raised, and what Python said."""
    if isinstance(error, _TooLong):
        text = f"it did not come back within {LIMIT:g} s: does every loop end?"
        frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
        if any(frame.f_code.co_flags & inspect.CO_GENERATOR for frame in frames):
            text += " In an endless loop, is there a yield at each step?"
        return text
    try:
        said = f"{type(error).__name__}: {error}".rstrip(":. ")
    except Exception:
        said = type(error).__name__
    said = said if len(said) < 300 else f"{said[:300]} ..."
    places = [(frame.f_code, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    places = [(code, line) for code, line in places if theirs(code.co_filename)]
    if not places:  # it was called as the check calls it
        if isinstance(error, TypeError) and "argument" in said:
            return f"{said}. Keep the def line as it was."
        if "unhashable" in said:
            return f"{said}. A cache cannot look for an array: take it away."
        return f"the check cannot make use of this answer ({said})."
    calls = [(code, line) for code, line in places if line != code.co_firstlineno]
    deep = isinstance(error, RecursionError) and calls  # the last place is a def line
    code, line = (calls if deep else places)[-1]
    source = linecache.getline(code.co_filename, line).strip()
    quoted = f", `{source}`," if source else ""
    advice = _advice(error, source, code.co_varnames)
    return f"line {line}{quoted} stopped with {said}.{advice}"


def _advice(error, source, local):
    """What to do about it; `local` are the names that the function has of its own."""
    said = str(error)
    if "'ellipsis'" in said:
        return (
            " A ... is still in use there: replace it first, here or in the exercise whose "
            "function you call."
        )
    if isinstance(error, UnboundLocalError):
        return " It is used before it has a value: give it one first."
    if isinstance(error, NameError):
        return _missing(error.name, source, local)
    if isinstance(error, AttributeError) and error.obj is np and hasattr(np.linalg, error.name):
        return f" It is np.linalg.{error.name}."
    if isinstance(error, ImportError):
        return " The lessons need NumPy and adam_core only."
    if isinstance(error, StopIteration) or "raised StopIteration" in said:
        return " A generator had no more steps: the yield belongs inside its loop, at each step."
    if isinstance(error, RecursionError):
        return " It calls itself again and again."
    if isinstance(error, KeyboardInterrupt):
        return " It was interrupted: does every loop end?"
    if "math." in source and re.search("0-dimensional|only length-1", said):
        return " math takes single numbers: np.exp, np.log, np.sqrt and np.floor take arrays too."
    if re.search(r"\d,\d", source) and re.search("tuple|sequence", said):
        return " Python writes a decimal point: 0.5, not 0,5."
    if "^" in source:
        return " In Python a power is **."
    if "linalg.eig(" in source:
        return " np.linalg.eig gives eigenvalues and vectors, np.linalg.eigvals the first of them."
    return next((advice for part, advice in _ADVICE.items() if re.search(part, said)), "")


_ADVICE = {  # what is in Python's sentence: what to do
    "function.* not subscriptable": " A function is called with round brackets.",
    "'float' object (is not (subscriptable|iterable)|does not support item|has no attribute)"
    "|'float' has no len|unpack.* float": (
        " It is a single number there. A formula without [ ] and without a loop takes numbers and "
        "arrays alike."
    ),
    "'(float|int|numpy.float64)' object is not callable": " A product needs its *.",
    "'numpy.ndarray' object is not callable": (
        " An array's numbers are taken with [ ], and a product needs its *. If a function is "
        "meant: has its name been given a value, or the def line another order?"
    ),
    "'int' object is not iterable": " A loop goes over range(...).",
    "unsupported operand.*'(function|builtin_function_or_method|method)'": (
        " A function is called with round brackets: without them it is no number."
    ),
    "'NoneType' object is not": (
        " None stands for no value at all: some functions, such as shuffle, change what they are "
        "given and return nothing."
    ),
    "operand type.s. for @|not have enough dimensions": " Numbers are multiplied with *: @ is for "
    "arrays.",
    r"broadcast.*\((\d+),\d+\) \(\1,\)": " One number for each row has to be a column: of a mean "
    "keepdims=True makes one, of an array [:, None].",
    "mismatch in its core dimension": " In a @ b each row of a meets each column of b, and they "
    "have to be of one length.",
    "boolean subtract": " True and False are no numbers there: 1 * (...) makes them 1 and 0.",
    "unsupported operand.*NoneType": " None stands for no value at all.",
    "unsupported operand.*'list'|multiply sequence": " np.array( ) makes numbers out of a list.",
    "Cannot cast ufunc": " An array of whole numbers takes no fractions: dtype=float does.",
    "truth value of an array": " An if, a while, max, min, and, or needs one answer, and there is "
    "one for each coordinate: np.where, np.maximum and np.minimum take arrays.",
    "only integers, slices": " A place is a whole number: for i in x gives the values, "
    "range(len(x)) their places, and // divides without a rest.",
    "0-dimensional arrays": " float( ) and int( ) take a single number: leave them out.",
}
_IMPORTS = {
    "np": "import numpy as np", "numpy": "import numpy", "math": "import math",
    "count": "from itertools import count", "partial": "from functools import partial",
    "Counter": "from collections import Counter", "deque": "from collections import deque",
}  # fmt: skip
_MEANT = {  # a name that papers have: what it may be called here
    "gradient": ("grad", "g"), "grad": ("g",), "β": ("beta",), "ε": ("eps",), "epsilon": ("eps",),
    "θ": ("theta",), "α": ("lr",), "alpha": ("lr",), "η": ("lr",), "learning_rate": ("lr",),
}  # fmt: skip


def _missing(name, source, local):
    """What to do about a name that has no value."""
    if meant := [known for known in _MEANT.get(name, ()) if known in local]:
        return f" Here it is called {meant[0]}."
    line = _IMPORTS.get(name)
    if callable(getattr(adam_core, name, None)):
        line = line or f"from adam_core import {name}"
    if line:
        return f" `{line}` brings it, in a cell further up that is run, or in yours."
    if len(name) > 1 and hasattr(np, name):
        return f" In NumPy it is np.{name}."
    if len(name) > 1 and hasattr(np.linalg, name):
        return f" In NumPy it is np.linalg.{name}."
    copied = " A function of another lesson has to be copied here." * (f"{name}(" in source)
    return f" Is it spelled as in the def line?{copied}"


LIMIT = 5.0  # seconds for one call of a student's function


class _TooLong(BaseException):
    """Time is up. No `except Exception` holds it; where a bare `except` has, it comes again."""

    def __init__(self, watch):
        self.watch = watch

    def __del__(self):
        self.watch.go_on()


_WAITING = {"sleep", "input"}  # what costs time without any work


class _Watch:
    """Stops a student's code after LIMIT seconds, in any thread, and where there are none.

    By Python's own tracing: no signals, which only the main thread gets, and no second thread,
    which a browser does not have. It looks at the clock at each line of the student's, and at
    each call. A call into C that never ends, such as sum(count()), it cannot stop.
    """

    def __enter__(self):
        self.before, self.on, self.waits = sys.gettrace(), True, False
        self.wall, self.work = time.perf_counter() + LIMIT, _work() + LIMIT
        sys.settrace(self.at_call)

    def __exit__(self, *_):
        self.on = False
        sys.settrace(self.before)

    def at_call(self, frame, event, arg):
        self.look()
        if not theirs(frame.f_code.co_filename):
            return None
        self.waits |= not _WAITING.isdisjoint(frame.f_code.co_names)
        frame.f_trace_opcodes = _on_the_spot(frame.f_code)
        return self.at_line

    def at_line(self, frame, event, arg):
        self.look()
        return self.at_line

    def look(self):
        """A computer that is busy otherwise, or asleep, is not the student's fault."""
        wall = time.perf_counter()
        if wall > self.wall and (self.waits or _work() > self.work or wall > self.wall + 5 * LIMIT):
            raise _TooLong(self)

    def go_on(self):
        """Python stops tracing when a trace raises: so start again if that was swallowed."""
        if self.on and sys.gettrace() is None:
            frame = sys._getframe()
            while frame := frame.f_back:
                if theirs(frame.f_code.co_filename):
                    frame.f_trace = self.at_line
            sys.settrace(self.at_call)  # last: it is called at once where a function is


@functools.cache
def _on_the_spot(code):
    """Is there a `while True: pass` on one line? Python sees no new line in it."""
    jumps = (at for at in dis.get_instructions(code) if at.opname.startswith("JUMP"))
    return any(jump.argval == jump.offset for jump in jumps)


def _work():
    """Seconds that this thread has computed."""
    return getattr(time, "thread_time", time.process_time)()
