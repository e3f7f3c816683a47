"""Every exercise: not started as stored, right with right answers, each mistake diagnosed.

`right_answers/` and `wrong_answers/` have a file per notebook: cell id -> list of answers, and
cell id -> list of (answer, a piece of the hint it must get). An answer replaces all of its cell
but the last line, which is the check. `advice/` says where advice is followed: check -> its
arguments, each a list of values.
"""

import ast
import copy
import functools
import inspect
import json
import re
import threading
import time
from collections import Counter
from itertools import combinations, product

import numpy as np
import pytest

import adam_core
import exercises
import mutants
from adam_lab import checks
from adam_lab.checks import diagnose
from exercises import (
    HERE,
    NOTEBOOKS,
    answer,
    answers,
    asks_for_a_class,
    asks_for_a_function,
    cases,
    check_line,
    class_of,
    function_of,
    lesson,
    names_before,
    run,
    solution,
    values,
)
from searched import searched

EXERCISES, PREDICTIONS = cases("exercise"), cases("predict")
FUNCTIONS = cases("exercise", only=asks_for_a_function)
CLASSES = cases("exercise", only=asks_for_a_class)
VALUES = cases("exercise", only=lambda path, cell: not asks_for_a_function(path, cell))


@pytest.mark.parametrize("path, cell", EXERCISES + PREDICTIONS)
def test_as_stored_it_is_not_started(path, cell):
    (output,) = cell.outputs
    assert output.data["text/plain"].startswith("○ not started")


# ---------------------------------------------------------------------------
# Right answers
# ---------------------------------------------------------------------------

# What a student may put around a function: other kinds of functions, and of results.
AROUND = {
    "partial": "from functools import partial\n{f} = partial({f})",
    "lambda": "{f} = (lambda made: lambda {args}: made({args}))({f})",
    "class": """
class Callable:
    def __init__(self, f):
        self.f = f

    def __call__(self, {args}):
        return self.f({args})


{f} = Callable({f})""",
    "one argument more": "{f} = (lambda made: lambda {args}, verbose=False: made({args}))({f})",
    "by place": "{f} = (lambda made: lambda *args, **kwargs: made(*args, **kwargs))({f})",
    "other names": "{f} = (lambda made: lambda {others}: made({others}))({f})",
}
_RESULT = """
_made = {f}


def _each(x):
    if isinstance(x, dict):
        return x
    return {each}


def {f}(*args, **kwargs):
    result = _made(*args, **kwargs)
    if isinstance(result, tuple):
        result = {many}
    else:
        result = {one}
    return result
"""
RESULT = {
    "a list": dict(each="x", many="list(result)", one="result"),
    "trailing comma": dict(each="x", many="result", one="(result,)"),
    "single precision": dict(
        each="np.float32(x)", many="tuple(map(_each, result))", one="_each(result)"
    ),
    "Python's floats": dict(
        each="np.asarray(x).tolist()", many="tuple(map(_each, result))", one="_each(result)"
    ),
    "coordinates": dict(
        each="tuple(x) if np.ndim(x) == 1 else x", many="tuple(map(_each, result))",
        one="_each(result)",
    ),
    "the same array again": dict(
        each="x", many="result",
        one="_each(result) if np.ndim(result) == 0 else _buffer(result)",
    ),
}  # fmt: skip
_BUFFER = """

_kept = {}


def _buffer(x):
    _kept.setdefault(x.shape, np.empty(x.shape))[...] = x
    return _kept[x.shape]
"""


def styles(text):
    """The text, and something about its function that must not matter: name -> text."""
    function = function_of(text)
    parameters = [a.arg for a in function.args.args]
    words = dict(
        f=function.name, args=", ".join(parameters),
        others=", ".join(f"{name}_" for name in parameters),
    )  # fmt: skip
    yields = any(isinstance(node, ast.Yield) for node in ast.walk(function))
    for name, extra in AROUND.items():
        if not (yields and name in ("other names", "lambda", "class", "one argument more")):
            yield name, f"{text}\n{extra.format(**words)}"
    for name, how in {} if yields else RESULT.items():
        yield name, f"{text}\n{_BUFFER}{_RESULT.format(**words, **how)}"


def value_styles(value):
    """Other ways to write a value: name -> source with x for the value."""
    if isinstance(value, str):
        return ["x.upper()", "f' {x} '", "f'`{x}`'", "x + ')'", "x + '.'", "(x,)", "[x]"]
    if isinstance(value, (int, float)):
        return ["np.array(x)", "np.array([x])", "(x,)", "np.array([[x]])"] + (
            ["np.float64(x)", "__import__('fractions').Fraction(x)", "[x]"]
            if isinstance(value, float)
            else ["np.int64(x)"]
        )
    return []


@pytest.mark.parametrize("path, cell", EXERCISES)
def test_the_solution_is_right(path, cell):
    assert answer(path, cell, solution(path, cell)).verdict == "right"


@pytest.mark.parametrize("path, cell", EXERCISES)
def test_each_right_answer_is_right(path, cell, monkeypatch):
    monkeypatch.setattr(diagnose, "FAR", 500)  # the solution walks the whole way
    stored = answers("right", path, cell)
    assert len(stored) >= 6 or not asks_for_a_function(path, cell)
    for text in stored:
        feedback = answer(path, cell, text)
        assert feedback.verdict == "right", f"{text}\n-> {feedback.text}"


@pytest.mark.parametrize("path, cell", FUNCTIONS)
def test_the_way_a_right_function_is_wrapped_does_not_matter(path, cell, monkeypatch):
    monkeypatch.setattr(diagnose, "FAR", 500)
    for name, text in styles(solution(path, cell)):
        feedback = answer(path, cell, text)
        assert feedback.verdict == "right", f"{name}: {feedback.text}\n{text}"


@pytest.mark.parametrize("path, cell", FUNCTIONS)
def test_single_precision_is_no_excuse_for_a_hundredth(path, cell):
    text = solution(path, cell)
    if any(isinstance(node, ast.Yield) for node in ast.walk(function_of(text))):
        return
    off = dict(each="np.float32(x) * np.float32(1.01)", many="tuple(map(_each, result))")
    off |= dict(one="_each(result)", f=function_of(text).name)
    assert answer(path, cell, text + _BUFFER + _RESULT.format(**off)).verdict == "not yet"


@pytest.mark.parametrize("path, cell", VALUES)
def test_the_way_a_right_value_is_written_does_not_matter(path, cell):
    text = solution(path, cell)
    for name, value in values(path, cell, text).items():
        for style in value_styles(value):
            feedback = answer(path, cell, f"{text}\nx = {name}\n{name} = {style}")
            assert feedback.verdict == "right", f"{name} = {style}: {feedback.text}"


# ---------------------------------------------------------------------------
# Wrong answers
# ---------------------------------------------------------------------------


@pytest.mark.parametrize("path, cell", EXERCISES)
def test_each_typical_wrong_answer_gets_its_hint(path, cell, monkeypatch):
    monkeypatch.setattr(diagnose, "LIMIT", 0.5)
    wrong = answers("wrong", path, cell)
    assert len(wrong) >= (8 if asks_for_a_function(path, cell) else 3)
    hints = []
    for text, piece in wrong:
        feedback = answer(path, cell, text)
        assert feedback.verdict == "not yet", text
        assert piece in feedback.text, f"{text}\n-> {feedback.text}"
        hints.append(feedback.text)
    (hint, times), *_ = Counter(hints).most_common(1)
    assert times <= 3, f"{times} answers get the same hint: {hint}"


NO_ANSWERS = [
    "None", '"abc"', "[1, 2, 3]", "{}", "object()", "float('nan')", "1j", "10**400", "-(10**5000)",
    "np.zeros((300, 300))", "(i for i in [1])", "True", "'0,5'", "'0.5'", "(0, 5)", "print",
    "type('Odd', (), dict(__array__=lambda *a, **k: 1 / 0, __float__=lambda s: 1 / 0))()",
    "type('Odd', (), dict(__repr__=lambda s: 1 / 0, __len__=lambda s: -1))()",
]  # fmt: skip
NO_FUNCTIONS = [
    "lambda: 0", "lambda *args, **kwargs: None", "lambda a, b, c, d, e, f, g, h, i, j: 0", "int",
    "lambda *args, **kwargs: [print][1]", "print", "type('C', (), {})",
    *(f"lambda *args, **kwargs: {junk}" for junk in NO_ANSWERS if junk != "print"),
    *(f"lambda *a, **k: (_ for _ in ()).throw({error})" for error in (
        "SystemExit", "KeyboardInterrupt", "StopIteration", "GeneratorExit", "MemoryError",
        "ValueError('{}%s')", "type('Odd', (Exception,), dict(__str__=lambda s: 1 / 0))",
    )),
]  # fmt: skip


@pytest.mark.parametrize("path, cell", EXERCISES)
def test_what_is_no_answer_gets_a_hint_too(path, cell):
    """Nothing a student may leave behind ends in a traceback."""
    asked = list(values(path, cell, solution(path, cell)))
    junk = NO_ANSWERS + NO_FUNCTIONS * asks_for_a_function(path, cell)
    for one in junk:
        text = "\n".join(f"{name} = {one}" for name in asked)
        names = {name: eval(one, dict(np=np)) for name in asked}
        feedback = run(check_line(cell), names | dict(checks=checks))
        assert feedback.verdict == "not yet", text
        assert feedback.text and len(feedback.text) < 600
        feedback._repr_html_()


@pytest.mark.parametrize("path, cell", PREDICTIONS)
def test_every_choice_has_its_own_reason(path, cell):
    cells = lesson(path).cells
    question = cells[cells.index(cell) - 1].source
    letters = re.findall(r"^- \*\*(\w)\*\*", question, re.M)
    assert len(letters) >= 3
    replies = [answer(path, cell, f"guess = {letter!r}") for letter in letters]
    assert [reply.verdict for reply in replies].count("right") == 1
    assert len({reply.text for reply in replies}) == len(letters)
    assert answer(path, cell, "guess = 'z'").verdict == "not yet"


# ---------------------------------------------------------------------------
# What a check is deaf to
# ---------------------------------------------------------------------------


@pytest.fixture
def verdicts(monkeypatch):
    """Where the verdict is enough, and soon there: checks look for no hint."""
    compare = diagnose.function

    @functools.wraps(compare)
    def hintless(*args, mistakes, otherwise=None, **more):
        return compare(*args, mistakes={}, **more)

    monkeypatch.setattr(diagnose, "LIMIT", 0.2)
    monkeypatch.setattr(diagnose, "function", hintless)
    monkeypatch.setattr(diagnose, "_by_heart", lambda cases: [])


search_deafness = searched(checks, mutants, exercises, data=NOTEBOOKS)


@search_deafness
@pytest.mark.usefixtures("verdicts")
@pytest.mark.parametrize("path, cell", FUNCTIONS)
def test_a_slip_is_never_right(path, cell):
    """Every mutant of the solution that is not the same function is not yet right."""
    text = solution(path, cell)
    function = function_of(text)
    parameters = [a.arg for a in function.args.args]
    no_slip_is_right(
        path, cell, text, function.name, range(8), 8,
        lambda function, seed: mutants.outcome(function, parameters, seed),
    )  # fmt: skip


def no_slip_is_right(path, cell, text, name, seeds, least, outcome):
    """Among the slips of a solution, of which so many at least are refused, unless it gives what
    the solution gives."""

    def outcomes(source):
        names = names_before(path, cell)
        exec(compile(source, "<cell>", "exec"), names)
        return [outcome(names[name], seed) for seed in seeds]

    verdicts = {slip: answer(path, cell, slip).verdict for slip in mutants.mutants(text)}
    accepted = [slip for slip, verdict in verdicts.items() if verdict == "right"]
    assert len(verdicts) - len(accepted) >= least
    right = outcomes(text)
    accepted = [slip for slip in accepted if any(map(mutants.differ, right, outcomes(slip)))]
    assert not accepted, "\n\n".join(accepted)


@search_deafness
@pytest.mark.usefixtures("verdicts")
@pytest.mark.parametrize("path, cell", CLASSES)
def test_a_slip_in_a_class_is_never_right(path, cell):
    text = solution(path, cell)
    no_slip_is_right(path, cell, text, class_of(text).name, range(4), 50, mutants.class_outcome)


@search_deafness
@pytest.mark.parametrize("path, cell", CLASSES)
def test_every_argument_of_a_class_is_listened_to(path, cell):
    """The usual dials that it is built with, and those of a group, one by one known by heart."""
    text, deaf = solution(path, cell), []
    for name, value in (("lr", 0.001), ("betas", (0.9, 0.999)), ("eps", 1e-8)):
        tree = ast.parse(text)
        class_of(tree).body[0].body.insert(0, ast.parse(f"{name} = {value}").body[0])
        known = ast.unparse(ast.fix_missing_locations(tree))
        for slip in (known, text.replace(f'group["{name}"]', str(value))):
            assert slip != text
            if answer(path, cell, slip).verdict == "right":
                deaf.append(slip)
    assert not deaf, "\n\n".join(deaf)


def frozen(text, name, value):
    """The answer with one argument that is not listened to: it always has this value."""
    tree = ast.parse(text)
    function = [node for node in tree.body if isinstance(node, ast.FunctionDef)][-1]
    place = bool(ast.get_docstring(function))
    function.body.insert(place, ast.parse(f"{name} = {value}").body[0])
    return ast.unparse(ast.fix_missing_locations(tree))


@search_deafness
@pytest.mark.usefixtures("verdicts")
@pytest.mark.parametrize("path, cell", FUNCTIONS)
def test_every_argument_is_listened_to(path, cell):
    """A right function that ignores an argument, or knows its usual value by heart, is wrong."""
    text = solution(path, cell)
    name = function_of(text).name
    first = {}

    def recorded(function):
        signature = inspect.signature(function)

        @functools.wraps(function)
        def call(*args, **kwargs):
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            for key, value in bound.arguments.items():
                first.setdefault(key, copy.deepcopy(value))
            return function(*args, **kwargs)

        return call

    answer(path, cell, f"{text}\n{name} = _recorded({name})", _recorded=recorded)
    deaf = []
    for key in first:
        guesses = [f"_first[{key!r}]"]
        if isinstance(first[key], (int, float)):
            guesses += ["0.9", "0.999", "1e-8", "1"]
        for guess in guesses:
            if answer(path, cell, frozen(text, key, guess), _first=first).verdict == "right":
                deaf.append(f"{key} = {guess if guess[0] != '_' else first[key]}")
    assert not deaf


@search_deafness
@pytest.mark.parametrize("path, cell", FUNCTIONS)
def test_the_cases_tell_everything_apart(path, cell, monkeypatch):
    """Cases differ in each argument, coordinates in size and sign, mistakes in their results."""
    monkeypatch.setattr(diagnose, "seen", [])
    answer(path, cell, solution(path, cell))
    for check in diagnose.seen:
        alike = []
        for name in check["cases"][0]:
            given = [case[name] for case in check["cases"]]
            far = [case[name] for case in check["rare"]]
            if callable(given[0]) or isinstance(given[0], np.random.Generator):
                continue
            if all(np.array_equal(given[0], other) for other in given[1:]):
                alike.append(f"{name} is the same in all cases")
            if name == "t" and np.ndim(given[0]) == 0 and max(given + far) < 1000:
                alike.append("t is never large")
            vectors = [v.ravel() for v in given if isinstance(v, np.ndarray) and v.size > 1]
            if vectors:
                if 2 < max(map(len, vectors)) < 7:  # of two numbers, or of any
                    alike.append(f"{name} is never long")
                if len({abs(v[0]) > abs(v[1]) for v in vectors}) < 2:
                    alike.append(f"{name}: the same coordinate is the larger one in all cases")
                if any((v < 0).any() for v in vectors) and not any(
                    v[0] * v[1] < 0 for v in vectors
                ):
                    alike.append(f"{name}: both coordinates always have the same sign")
        assert not alike
        assert not mistakes_alike(check)


def mistakes_alike(check):
    """Pairs of hints that the cases cannot tell apart; the right answer is one of them."""
    rules = {"right": check["right"]} | check["mistakes"]
    if check["listing"]:
        rules["listing"] = check["listing"][1]
    made = {}
    with np.errstate(all="ignore"):
        wanted = [check["right"](**copy.deepcopy(case)) for case in check["cases"]]
        for hint, rule in rules.items():
            try:
                results = [rule(**copy.deepcopy(case)) for case in check["cases"]]
                made[hint] = [
                    diagnose._arrays(a, b, check["parts"])[0]
                    for a, b in zip(results, wanted, strict=True)
                ]
            except diagnose.Complaint:
                pass
    return [
        (a, b) for a, b in combinations(made, 2) if diagnose._close(made[a], made[b], 1e-6)
    ]  # fmt: skip


# ---------------------------------------------------------------------------
# What does not end, and where it stopped
# ---------------------------------------------------------------------------

ENDLESS = {
    "while": "    while True:\n        pass",
    "one line": "    while True: pass",
    "count": "    from itertools import count\n    for i in count(): x = i",
    "a list": "    from itertools import count\n    return [0 for i in count() if i < 0]",
    "a sum": "    from itertools import count\n    return sum(0 for i in count())",
    "bare except": "    while True:\n        try:\n            1 / 0\n        except: pass",
    "all caught": "    while True:\n        try:\n            while True: pass\n"
    "        except BaseException: continue",
    "finally": "    while True:\n        try:\n            x = 1\n"
    "        finally:\n            continue",
    "a generator": "    def steps():\n        while True:\n            if 0: yield\n"
    "    return next(steps())",
    "never yields": "    while True:\n        x = 1\n        if x == 0: yield dict(theta=x)",
    "yields for ever": "    while True: yield 1",
    "recursion": "    return {f}({args})",
}


def test_an_adam_that_python_follows_no_deeper_is_no_fault(monkeypatch):
    """A generator that goes on in another one, and this in another one: a thousand are too deep."""
    monkeypatch.setattr(diagnose, "LIMIT", 50)
    depth = 0

    def adam(grad, theta, lr, beta1, beta2, eps):
        nonlocal depth
        depth += 1
        theta = theta - lr * np.sign(grad(theta))
        yield dict(theta=theta)
        yield from adam(grad, theta, lr, beta1, beta2, eps)

    diagnose.lasts(adam)
    assert depth < diagnose.FAR


@pytest.mark.parametrize("path, cell", FUNCTIONS)
def test_what_does_not_end_is_stopped(path, cell, monkeypatch):
    monkeypatch.setattr(diagnose, "LIMIT", 0.01)
    function = function_of(solution(path, cell))
    parameters = [a.arg for a in function.args.args]
    for kind, body in ENDLESS.items():
        body = body.replace("{f}", function.name).replace("{args}", ", ".join(parameters))
        text = f"def {function.name}({', '.join(parameters)}):\n{body}"
        began = time.perf_counter()
        feedback = answer(path, cell, text)
        assert time.perf_counter() - began < 5, kind
        assert feedback.verdict == "not yet"
        said = "does every loop end|calls itself|yield"
        assert re.search(said, feedback.text), f"{kind}: {feedback.text}"


def checked(body, limit=5.0):
    text = f"def downhill(theta, g, lr):\n{body}\n\nchecks.downhill(downhill)"
    return run(text, dict(checks=checks, np=np))


def test_a_loop_is_stopped_in_any_thread_and_tracing_goes_on_as_before(monkeypatch):
    monkeypatch.setattr(diagnose, "LIMIT", 0.05)
    said, before = [], []

    def work():
        import sys

        def tracer(*args):
            return None

        sys.settrace(tracer)
        said.append(checked("    while True: pass").text)
        before.append(sys.gettrace() is tracer)
        sys.settrace(None)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(10)
    assert "does every loop end" in said[0] and before == [True]


def test_sleep_counts_though_it_is_no_work(monkeypatch):
    monkeypatch.setattr(diagnose, "LIMIT", 0.2)
    naps = []
    text = (
        "def downhill(theta, g, lr):\n    while True:\n        naps.append(1)\n"
        "        time.sleep(0.05)\n\nchecks.downhill(downhill)"
    )
    assert "does every loop end" in run(text, dict(checks=checks, naps=naps, time=time)).text
    assert len(naps) < 10


def test_a_slow_function_has_its_time(monkeypatch):
    monkeypatch.setattr(diagnose, "LIMIT", 1.0)
    body = "    for i in range(20_000): x = i\n    return theta - lr * g"
    assert checked(body).verdict == "right"


@pytest.mark.parametrize(
    "line",
    [
        "np.linalg.inv(np.ones((2, 3)))", "np.ones(3) + np.ones(2)", "json.loads('{')", "1 / 0",
        "core.run(core.adam, len, [1.0], 2)", "core.ravine(25).grad([1, 2, 3])", "int('x')",
        "[i for i in None]", "next(iter([]))", "np.zeros(2)[5]", "helper(1)",
        "max(map(helper, [1]))",
    ],
)  # fmt: skip
def test_the_students_own_line_is_named(line):
    """The last line of the cell, however deep in other people's code the error arose."""
    helper = "def helper(x):\n    return x + None  # here\n\n\n"
    text = f"{helper}def downhill(theta, g, lr):\n    x = {line}\n\nchecks.downhill(downhill)"
    said = run(text, dict(checks=checks, np=np, json=json, core=adam_core)).text
    assert said.startswith("line 2, `return x + None" if "helper" in line else "line 6, `x = ")
    assert "stopped with" in said


@pytest.mark.parametrize(
    "name, whose",
    [
        ("/tmp/ipykernel_17/3914.py", True), ("<ipython-input-5-0c0a0f>", True), ("<cell>", True),
        ("/content/helper.py", True), ("<stdin>", True), ("C:\\Temp\\ipykernel_1\\2.py", True),
        ("/usr/local/lib/python3.12/dist-packages/numpy/linalg/_linalg.py", False),
        ("/usr/lib/python3/dist-packages/x.py", False), ("<frozen importlib._bootstrap>", False),
        (json.__file__, False), (np.linalg.__file__, False), (checks.__file__, False),
        (diagnose.adam_core.__file__, False), ("numpy/random/_generator.pyx", False),
    ],
)  # fmt: skip
def test_whose_line_it_is(name, whose):
    assert diagnose.theirs(name) is whose


def test_numbers_are_printed_with_the_digits_that_differ():
    said = checked("    return theta - lr * g + 2e-5").text
    gives, wanted = re.search(r"gives (.*), and should give (.*)\.$", said).groups()
    assert gives != wanted and max(map(len, re.findall(r"[^\[\], ]+", gives))) < 12


# ---------------------------------------------------------------------------
# Advice
# ---------------------------------------------------------------------------


GRIDS = sorted((HERE / "advice").glob("*.json"))


def advised():
    for path in GRIDS:
        for name, grid in json.loads(path.read_text(encoding="utf-8")).items():
            yield pytest.param(name, grid, id=f"{path.stem}:{name}")


@searched(checks, data=GRIDS)
@pytest.mark.parametrize("name, grid", list(advised()))
def test_advice_helps(name, grid):
    """Follow the advice of a check, and the answer is right, or lower where it counts."""
    check, followed = getattr(checks, name), 0
    for point in product(*grid.values()):
        point = [getattr(adam_core, x) if isinstance(x, str) else x for x in point]
        feedback = check(*point)
        if feedback.better is None:
            continue
        followed += 1
        then = check(*feedback.better)
        assert then.verdict == "right" or then.score < feedback.score, (
            f"{point}: {feedback.text}\n{feedback.better}: {then.text}"
        )
    assert followed, "no answer of this grid gets an advice"
