"""The update rules as the lessons write them, in TeX, against the steps that `adam_core` takes."""

import re

import numpy as np
import pytest

import adam_core as core
from series import LESSONS, cells

WORDS = {  # TeX -> Python
    r"\theta": "theta", r"\beta": "beta", r"\lambda": "weight_decay", r"\varepsilon": "eps",
    r"\epsilon": "eps", r"\Delta": "step", r"\text{lr}": "lr",
}  # fmt: skip
SPACES = re.compile(r"\\[,;!: ]|\\q?quad|\\left|\\right|~|\s+")
TOKEN = re.compile(
    r"(?P<frac>\\frac)|(?P<sqrt>\\sqrt)|(?P<hat>\\hat)|(?P<word>\\text\{lr\}|\\[a-zA-Z]+|[a-zA-Z])"
    r"|(?P<number>\d+(?:\.\d+)?)|(?P<sign>[-+=/()|{}^_])"
)


class Formula:
    """One equation, as a Python expression: `name` = `value`."""

    def __init__(self, tex):
        tex = re.sub(r"(\\(?:sqrt|hat))\s+(\w)", r"\1{\2}", tex)
        self.tokens = [m[0] for m in TOKEN.finditer(SPACES.sub(" ", tex))]
        self.name = self.symbol()
        assert self.take() == "=", tex
        self.value = self.sum()
        assert not self.tokens, (tex, self.tokens)

    def take(self):
        return self.tokens.pop(0)

    def next(self):
        return self.tokens[0] if self.tokens else ""

    def group(self):
        """{...}, or a single token."""
        if self.next() != "{":
            return self.factor()
        self.take()
        inside = self.sum()
        assert self.take() == "}"
        return inside

    def sum(self):
        said = self.take() if self.next() == "-" else ""
        said += self.product()
        while self.next() in ("+", "-") and self.tokens:
            said += f" {self.take()} {self.product()}"
        return said

    def product(self):
        said = self.factor()
        while self.tokens and self.next() not in ("+", "-", "=", ")", "}", "|"):
            said += " / " if self.next() == "/" and self.take() else " * "
            said += self.factor()
        return said

    def factor(self):
        if self.next() == "(":
            self.take()
            said = f"({self.sum()})"
            assert self.take() == ")"
        elif self.next() == "|":
            self.take()
            said = f"abs({self.sum()})"
            assert self.take() == "|"
        elif self.next() == r"\frac":
            self.take()
            said = f"(({self.group()}) / ({self.group()}))"
        elif self.next() == r"\sqrt":
            self.take()
            said = f"sqrt({self.group()})"
        elif self.next()[0].isdigit():
            said = self.take()
        else:
            said = self.symbol()
        if self.next() == "^":
            self.take()
            said += f"**({self.group()})"
        return said

    def symbol(self):
        hat = self.next() == r"\hat"
        if hat:
            self.take()
        if self.next() == "{":
            self.take()
            said = self.symbol()
            assert self.take() == "}"
        else:
            said = self.take()
            said = WORDS.get(said, said)
        if self.next() == "_":
            self.take()
            index = self.group() if self.next() == "{" else self.take()
            said += {"t": "", "t - 1": "_old", "1": "1", "2": "2"}[index]
        return said + "_hat" if hat else said


def equations(path, cell_id):
    """The equations of a cell that say what a quantity is at step t."""
    (cell,) = [cell for cell in cells(path) if cell.id == cell_id]
    found = []
    for tex in re.findall(r"\$\$(.*?)\$\$|\$([^$]+)\$", cell.source, re.S):
        for part in re.split(r"\\q?quad|(?<!\\), ", tex[0] or tex[1]):
            part = part.strip().rstrip(",.")
            if re.match(r"(?:\\hat ?)?(?:\\theta|\\Delta|[mvsu])_t\s*=", part):
                found.append(Formula(part))
    return found


def check(formula, optimizer, renamed=None, **hyper):
    """Does the equation hold at every step of a run?"""
    valley, steps = core.ravine(25, angle=20), 5
    trace = core.run(optimizer, valley.grad, valley.start, steps, **hyper)
    for t in range(1, steps + 1):
        known = dict(sqrt=np.sqrt, abs=np.abs, t=t, **hyper)
        for name in trace.names:
            tex = (renamed or {}).get(name, name)
            before = getattr(trace, name)[t - 1]
            known[tex] = getattr(trace, name)[t]
            known[f"{tex}_old"] = before if name == "theta" or t > 1 else np.zeros(2)
        known["step"] = known["theta_old"] - known["theta"]
        value = eval(formula.value, known)
        assert np.allclose(known[formula.name], value, rtol=1e-12, atol=0), (
            f"{formula.name} = {formula.value} at t = {t}: {known[formula.name]}, not {value}"
        )


RULES = [  # lesson, cell, how many equations, optimizer, its dials
    ("01", "rule", 1, core.gd, dict(lr=0.3)),
    ("01", "summary", 1, core.gd, dict(lr=0.3)),
    ("02", "ex-momentum", 2, core.momentum, dict(lr=0.3, beta=0.8)),
    ("02", "summary", 1, core.momentum, dict(lr=0.3, beta=0.8)),
    ("03", "adagrad", 2, core.adagrad, dict(lr=0.3, eps=0.01)),
    ("03", "rule", 2, core.rmsprop, dict(lr=0.3, beta=0.8, eps=0.01)),
    ("03", "summary", 1, core.rmsprop, dict(lr=0.3, beta=0.8, eps=0.01)),
    ("03", "eps-read", 3, core.adadelta, dict(lr=1.0, beta=0.8, eps=0.01)),
    ("04", "rule", 5, core.adam, dict(lr=0.3, beta1=0.8, beta2=0.95, eps=0.01)),
    ("04", "summary", 1, core.adam, dict(lr=0.3, beta1=0.8, beta2=0.95, eps=0.01)),
    ("06", "decay-read", 1, core.adamw,
     dict(lr=0.3, beta1=0.8, beta2=0.95, eps=0.01, weight_decay=0.1)),
]  # fmt: skip


def lesson(number):
    (path,) = [path for path in LESSONS if path.stem.startswith(number)]
    return path


@pytest.mark.parametrize("number, cell, many, optimizer, dials", RULES)
def test_the_rule_is_what_the_code_does(number, cell, many, optimizer, dials):
    found = equations(lesson(number), cell)
    assert len(found) == many
    for formula in found:
        check(formula, optimizer, **dials)


def test_the_two_forms_of_momentum():
    """In the table of lesson 02: left the velocity, right the average."""
    dials = dict(lr=0.3, beta=0.8)
    memory, average, ball, step = equations(lesson("02"), "forms")
    for formula in (memory, ball):
        check(formula, core.heavy_ball, dict(velocity="u"), **dials)
    for formula in (average, step):
        check(formula, core.momentum, **dials)


@pytest.mark.parametrize(
    "tex, holds",
    [
        (r"m_t = \beta\, m_{t-1} + (1 - \beta)\, g_t", True),
        (r"m_t = \beta\, m_{t-1} - (1 - \beta)\, g_t", False),
        (r"m_t = (1 - \beta)\, m_{t-1} + \beta\, g_t", False),
        (r"\theta_t = \theta_{t-1} - \text{lr}\; m_t", True),
        (r"\theta_t = \theta_{t-1} - \text{lr}\;\frac{m_t}{1 - \beta}", False),
    ],
)
def test_a_wrong_formula_is_seen(tex, holds):
    if holds:
        return check(Formula(tex), core.momentum, lr=0.3, beta=0.8)
    with pytest.raises(AssertionError):
        check(Formula(tex), core.momentum, lr=0.3, beta=0.8)
