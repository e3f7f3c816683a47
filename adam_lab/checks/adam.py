"""Checks of 04_adam."""

from copy import deepcopy
from functools import cache

import numpy as np

import adam_core as core
from adam_lab.checks import diagnose
from adam_lab.checks.diagnose import Complaint, Feedback


def parents_prediction(guess):
    """Which line of Adam has neither momentum nor RMSprop? (04)"""
    return diagnose.choice(
        guess,
        "c",
        {
            "a": "that line is momentum's, letter by letter: m is the average gradient of "
            "lesson 02.",
            "b": "that line is RMSprop's: v is the average square of lesson 03.",
            "c": "neither parent corrects its average. The last line is new only as a mixture: "
            "momentum's m above, RMSprop's √v below.",
            "d": "RMSprop divides by the root already: that is how it loses the gradient's size.",
        },
    )


# What is done wrong to a moment x with its β: what to say, and how it is written.
CORRECTIONS = {
    "it is used as it is. Divide it by 1 - beta**t.": "{x}",
    "that is right at t = 1 only. How much is missing changes with t: the power is missing in "
    "1 - beta**t, or t is 1 all the time.": "{x} / (1 - {b})",
    "t is a power, not a factor: the first value has been kept t times over, β · β · … · β.": (
        "{x} / (1 - {b} * t)"
    ),
    "the averages are too small at first. You make them smaller still: divide by 1 − βᵗ.": (
        "{x} * (1 - {b}**t)"
    ),
    "what has arrived is 1 − βᵗ. You divide by what is still missing, βᵗ.": "{x} / {b}**t",
    "what has arrived is 1 − βᵗ. You multiply by what is still missing, βᵗ.": "{x} * {b}**t",
    "Python divides before it subtracts: put parentheses around 1 - beta**t.": "{x} / 1 - {b}**t",
    "the power belongs to β alone: 1 − βᵗ, not (1 − β)ᵗ.": "{x} / (1 - {b}) ** t",
    "t counts from 1, so it is the power as it is: with t − 1 the first step divides by zero.": (
        "{x} / (1 - {b} ** (t - 1))"
    ),
    "t counts from 1, so it is the power as it is, without + 1.": "{x} / (1 - {b} ** (t + 1))",
    "the part that has arrived is 1 − βᵗ, less than 1. You divide by 1 + βᵗ.": (
        "{x} / (1 + {b}**t)"
    ),
    "that turns the sign: 1 − βᵗ, not βᵗ − 1.": "{x} / ({b}**t - 1)",
    "β is raised to the power t, not t to the power β: beta**t.": "{x} / (1 - t**{b})",
    "in Python a power is **, and * is only a product: here β is raised to the power 2.": (
        "{x} / (1 - {b}**2)"
    ),
    "the root comes later, in the step: divide by 1 − βᵗ itself.": "{x} / np.sqrt(1 - {b}**t)",
    "no root here: it comes later, in the step.": "np.sqrt({x} / (1 - {b}**t))",
    "divide once; you divide by the square of 1 − βᵗ.": "{x} / (1 - {b}**t) ** 2",
    "what has arrived depends on β, not on t alone.": "{x} / t",
    "the fraction is upside down: the moment stands above the line.": "(1 - {b}**t) / {x}",
}
MOMENTS = dict(m_hat=dict(x="m", b="beta1"), v_hat=dict(x="v", b="beta2"))
HATS = {name: "{x} / (1 - {b}**t)".format(**moment) for name, moment in MOMENTS.items()}


def _corrections():
    """Hint -> the lines of m_hat and v_hat with a slip in one of them, or in both."""
    slips = {
        "the betas have changed places: β₁ belongs to m, β₂ to v.": dict(
            m_hat="m / (1 - beta2**t)", v_hat="v / (1 - beta1**t)"
        ),
        "v has a memory of its own: its fraction is made with β₂.": dict(
            v_hat="v / (1 - beta1**t)"
        ),
        "m_hat is made with β₂. The fraction of m is made with β₁.": dict(
            m_hat="m / (1 - beta2**t)"
        ),
        "m_hat is made of v, and v_hat of m, or the two have changed places later.": dict(
            m_hat="v / (1 - beta2**t)", v_hat="m / (1 - beta1**t)"
        ),
        "v_hat is made of m: it is v that is divided there.": dict(v_hat="m / (1 - beta2**t)"),
        "m_hat is made of v: it is m that is divided there.": dict(m_hat="v / (1 - beta1**t)"),
    }
    for text, wrong in CORRECTIONS.items():
        lines = {name: wrong.format(**moment) for name, moment in MOMENTS.items()}
        slips[text] = lines
        slips[f"v_hat is right. In m_hat, {text}"] = dict(m_hat=lines["m_hat"])
        slips[f"m_hat is right. In v_hat, {text}"] = dict(v_hat=lines["v_hat"])
    return slips


@cache
def _hats(**slip):
    lines = HATS | slip
    code = compile(f"({lines['m_hat']}, {lines['v_hat']})", "<slip>", "eval")
    return lambda **case: eval(code, dict(np=np), case)


def corrected(correct):
    """Bias correction of both moments (04)."""

    return diagnose.function(
        correct, _hats(),
        cases=[
            dict(m=np.array([0.2, -1.0]), v=np.array([0.5, 0.004]), t=3, beta1=0.9, beta2=0.999),
            dict(m=np.array([-3.0, 0.6]), v=np.array([0.02, 0.7]), t=10, beta1=0.8, beta2=0.95),
            dict(m=np.array([0.7, 0.4]), v=np.array([0.3, 0.05]), t=1, beta1=0.6, beta2=0.97),
            dict(m=np.array([1.3, -0.2]), v=np.array([0.6, 2.0]), t=70_000,
                 beta1=1 - 2**-16, beta2=1 - 2**-17),
        ],
        rare=[  # the power is small, and there still
            dict(m=np.array([120.0, -3e-6]), v=np.array([7e-12, 3e4]), t=40, beta1=0.9, beta2=0.99),
            dict(m=np.array([-2e-6, 0.9]), v=np.array([0.4, 1e-6]), t=60, beta1=0.3, beta2=0.9),
            dict(m=np.array([0.5, -80.0]), v=np.array([2e3, 0.1]), t=60, beta1=0.9, beta2=0.97),
            dict(m=np.array([0.3, -0.1]), v=np.array([0.2, 0.6]), t=90, beta1=0.9, beta2=0.999),
            dict(m=np.array([3e-9, -2e-8]), v=np.array([3e-14, 2e-15]), t=25, beta1=0.6, beta2=0.7),
            dict(m=np.array([0.5, -0.2]), v=np.array([0.3, 0.7]), t=22, beta1=0.9999, beta2=0.55),
            dict(m=np.array([0.1, 2.0, 7.0]), v=np.array([0.4, 3.0, 1.0]), t=2, beta1=0.99,
                 beta2=0.9999),
        ],
        mistakes={hint: _hats(**slip) for hint, slip in _corrections().items()},
        praise="two divisions, and for large t they do nothing.",
        parts=("m_hat", "v_hat"),
    )  # fmt: skip


def bias_prediction(guess):
    """Without correction, default β: the first steps? (04)"""
    return diagnose.choice(
        guess,
        "a",
        {
            "a": "m starts at a tenth of its size, √v at a thirtieth, and you divide by √v. Too "
            "small a divisor makes too large a step.",
            "b": "this is what many texts say, and it would be true if only m were too small. But "
            "v is too small as well, and it stands below the line. Which of the two is smaller?",
            "c": "they would cancel if m and √v were too small by the same factor. At t = 1 the "
            "factors are 1 − β₁ = 0.1 and √(1 − β₂) = 0.032.",
        },
    )


# ---------------------------------------------------------------------------
# Adam in full
# ---------------------------------------------------------------------------

BOX = """
def rule(grad, theta, lr, beta1, beta2, eps):
    t, first_g = {first}, grad(theta)
    m, v = {start}
    while True:
        g, old_m, old_v = {g}, m, v
        m = {m}
        v = {v}
        m_hat = {m_hat}
        v_hat = {v_hat}
        before, theta = theta, {theta}
        yield dict(theta={yields})
        t, m, v = {next}, {keep}
"""
LINES = HATS | dict(
    start="np.zeros_like(theta), np.zeros_like(theta)",
    first="1",
    g="grad(theta)",
    m="beta1 * m + (1 - beta1) * g",
    v="beta2 * v + (1 - beta2) * g**2",
    theta="theta - lr * m_hat / (np.sqrt(v_hat) + eps)",
    yields="theta",
    next="t + 1",
    keep="m, v",
)


@cache
def _adam(**slip):
    """Adam as a student writes it, but for the lines in `slip`. They go by the names in LINES."""
    names = dict(np=np)
    exec(compile(BOX.format(**LINES | slip), "<slip>", "exec"), names)
    return names["rule"]


def _step(text):
    return dict(theta=f"theta - {text}")


SLIPS = {
    # the last line
    "that goes uphill. Is theta minus the step, or is a sign wrong in g, m or m_hat?": dict(
        theta="theta + lr * m_hat / (np.sqrt(v_hat) + eps)"
    ),
    "the step forgets where it starts: it is theta minus lr times the quotient.": dict(
        theta="-lr * m_hat / (np.sqrt(v_hat) + eps)"
    ),
    "that is the step alone, and uphill. The new theta is theta minus the step.": dict(
        theta="lr * m_hat / (np.sqrt(v_hat) + eps)"
    ),
    "the step ignores lr.": _step("m_hat / (np.sqrt(v_hat) + eps)"),
    "the step uses m_hat alone: divide it by the root of v_hat.": _step("lr * m_hat"),
    "the step uses g. It goes along m_hat, the average of the gradients.": _step(
        "lr * g / (np.sqrt(v_hat) + eps)"
    ),
    "the step still uses m and v. Use m_hat and v_hat, or the first steps are several times too "
    "large.": _step("lr * m / (np.sqrt(v) + eps)"),
    "v is corrected, m is not: m_hat is m / (1 - beta1**t), and the step uses m_hat.": _step(
        "lr * m / (np.sqrt(v_hat) + eps)"
    ),
    "m is corrected, v is not: v_hat is v / (1 - beta2**t), and the step uses v_hat.": _step(
        "lr * m_hat / (np.sqrt(v) + eps)"
    ),
    "the root is missing: v is an average of squares, so its root has the size of a gradient.": (
        _step("lr * m_hat / (v_hat + eps)")
    ),
    "that squares v_hat. Its root is wanted: np.sqrt(v_hat), or v_hat**0.5.": _step(
        "lr * m_hat / (v_hat**2 + eps)"
    ),
    "the two moments have changed places in the last line: m_hat stands above.": _step(
        "lr * np.sqrt(v_hat) / (m_hat + eps)"
    ),
    "in the last line the root is multiplied. Divide m_hat by it.": _step(
        "lr * m_hat * (np.sqrt(v_hat) + eps)"
    ),
    "check the parentheses of the last line: eps is added to theta, not to the root.": _step(
        "lr * m_hat / np.sqrt(v_hat) + eps"
    ),
    "check the parentheses of the last line: eps is taken away from theta, and belongs to the "
    "root.": _step("lr * (m_hat / np.sqrt(v_hat) + eps)"),
    "check the parentheses of the last line: eps is added to m_hat over the root, before lr. It "
    "belongs under the line.": _step("(lr * m_hat / np.sqrt(v_hat) + eps)"),
    "check the parentheses of the last line: the root divides the whole difference.": dict(
        theta="(theta - lr * m_hat) / (np.sqrt(v_hat) + eps)"
    ),
    "eps is inside your root. Adam adds it outside: np.sqrt(v_hat) + eps. The difference shows "
    "where gradients are tiny (lesson 03).": _step("lr * m_hat / np.sqrt(v_hat + eps)"),
    "eps is missing: where all gradients are 0, you divide 0 by 0.": _step(
        "lr * m_hat / np.sqrt(v_hat)"
    ),
    "you take the larger of the root and eps. Adam adds eps to the root.": _step(
        "lr * m_hat / np.maximum(np.sqrt(v_hat), eps)"
    ),
    "you take the root of the larger of v_hat and eps. Adam adds eps to the root.": _step(
        "lr * m_hat / np.sqrt(np.maximum(v_hat, eps))"
    ),
    "eps is squared and inside your root. Adam adds it outside: np.sqrt(v_hat) + eps.": _step(
        "lr * m_hat / np.sqrt(v_hat + eps**2)"
    ),
    "eps is multiplied with the root. Adam adds it.": _step("lr * m_hat / (np.sqrt(v_hat) * eps)"),
    "eps is subtracted from the root. Adam adds it.": _step("lr * m_hat / (np.sqrt(v_hat) - eps)"),
    "one size serves all coordinates. In Adam each has its own: no sum or norm, in v or in the "
    "last line.": _step("lr * m_hat / (np.sqrt(np.sum(v_hat)) + eps)"),
    "one size serves all coordinates: the mean of v_hat. In Adam each has its own.": _step(
        "lr * m_hat / (np.sqrt(np.mean(v_hat)) + eps)"
    ),
    "only the sign of m_hat is left: that is sign descent with momentum. Divide m_hat by the "
    "root.": _step("lr * np.sign(m_hat)"),
    "the learning rate falls with the root of t. Adam's lr stays.": _step(
        "lr / np.sqrt(t) * m_hat / (np.sqrt(v_hat) + eps)"
    ),
    "that divides by lr: the step is lr times the quotient.": _step(
        "m_hat / (np.sqrt(v_hat) + eps) / lr"
    ),
    # m and v
    "the betas have changed places: β₁ belongs to m, β₂ to v.": dict(
        m="beta2 * m + (1 - beta2) * g", v="beta1 * v + (1 - beta1) * g**2",
        m_hat="m / (1 - beta2**t)", v_hat="v / (1 - beta1**t)",
    ),
    "the betas have changed places in m and v: β₁ belongs to m, β₂ to v.": dict(
        m="beta2 * m + (1 - beta2) * g", v="beta1 * v + (1 - beta1) * g**2"
    ),
    "v is averaged with β₁: it has a memory of its own, β₂.": dict(
        v="beta1 * v + (1 - beta1) * g**2"
    ),
    "both moments use β₁: v has β₂, a longer memory.": dict(
        v="beta1 * v + (1 - beta1) * g**2", v_hat="v / (1 - beta1**t)"
    ),
    "m is averaged with β₂: it has a memory of its own, β₁.": dict(m="beta2 * m + (1 - beta2) * g"),
    "both moments use β₂: m has β₁, a shorter memory.": dict(
        m="beta2 * m + (1 - beta2) * g", m_hat="m / (1 - beta2**t)"
    ),
    "v is the average of g**2, not of m**2. It has to see the gradients that cancel in m.": dict(
        v="beta2 * v + (1 - beta2) * m**2"
    ),
    "v is the average of g**2; you average g itself. Where that is negative it has no root.": dict(
        v="beta2 * v + (1 - beta2) * g"
    ),
    "v is the average of g**2; you average the size of g, without squaring.": dict(
        v="beta2 * v + (1 - beta2) * np.abs(g)"
    ),
    "v squares the whole new part. Only g is squared: (1 - beta2) * g**2.": dict(
        v="beta2 * v + ((1 - beta2) * g) ** 2"
    ),
    "v is the average of g**2; yours multiplies g with m.": dict(
        v="beta2 * v + (1 - beta2) * g * m"
    ),
    "m averages g**2. It is v that takes the squares.": dict(m="beta1 * m + (1 - beta1) * g**2"),
    "m adds the whole new gradient. In Adam it is an average: (1 - beta1) * g.": dict(
        m="beta1 * m + g"
    ),
    "v adds the whole new square. In Adam it is an average: (1 - beta2) * g**2.": dict(
        v="beta2 * v + g**2"
    ),
    "m and v add the whole new value. Both are averages: (1 - beta) times the new one.": dict(
        m="beta1 * m + g", v="beta2 * v + g**2"
    ),
    "v adds up all squares, as AdaGrad does. In Adam it forgets: keep beta2 times the old v.": dict(
        v="v + g**2"
    ),
    "m adds up all gradients. It is an average: keep beta1 times the old m.": dict(m="m + g"),
    "v keeps all of the old v. Keep beta2 times of it.": dict(v="v + (1 - beta2) * g**2"),
    "m keeps all of the old m. Keep beta1 times of it.": dict(m="m + (1 - beta1) * g"),
    "m weighs old and new the wrong way round: beta1 is the weight of the old m.": dict(
        m="(1 - beta1) * m + beta1 * g"
    ),
    "v weighs old and new the wrong way round: beta2 is the weight of the old v.": dict(
        v="(1 - beta2) * v + beta2 * g**2"
    ),
    "m and v weigh old and new the wrong way round: beta is the weight of the old one.": dict(
        m="(1 - beta1) * m + beta1 * g", v="(1 - beta2) * v + beta2 * g**2"
    ),
    "v forgets everything at each step: is it set to zero inside the loop, or is beta2 times the "
    "old v missing?": dict(v="(1 - beta2) * g**2"),
    "m forgets everything at each step: is it set to zero inside the loop, or is beta1 times the "
    "old m missing?": dict(m="(1 - beta1) * g"),
    "m and v forget everything at each step: are they set to zero inside the loop, or is the old "
    "value missing in their lines?": dict(m="(1 - beta1) * g", v="(1 - beta2) * g**2"),
    "m and v are the same array: `m = v = ...` makes one array with two names, and += or *= "
    "changes both.": dict(
        v="beta2 * m + (1 - beta2) * g**2", m_hat="v / (1 - beta1**t)", keep="v, v"
    ),
    "m starts at the first gradient. It starts at zero, which the correction expects.": dict(
        start="first_g, np.zeros_like(theta)", 
    ),
    "v starts at one. It starts at zero, which the correction expects.": dict(
        start="np.zeros_like(theta), np.ones_like(theta)"
    ),
    "you put the corrected moments back into m and v, so the next step corrects them again. Keep "
    "m and v as they are; m_hat and v_hat are for this step only.": dict(keep="m_hat, v_hat"),
    "you put m_hat back into m, so the next step corrects it again.": dict(keep="m_hat, v"),
    "you put v_hat back into v, so the next step corrects it again.": dict(keep="m, v_hat"),
    # the order, and t
    "m_hat and v_hat are made of the old moments. First the new m and v, then the hats.": dict(
        m_hat="old_m / (1 - beta1**t)", v_hat="old_v / (1 - beta2**t)"
    ),
    "m_hat is made of the old m. First the new m, then its hat.": dict(
        m_hat="old_m / (1 - beta1**t)"
    ),
    "v_hat is made of the old v. First the new v, then its hat.": dict(
        v_hat="old_v / (1 - beta2**t)"
    ),
    "the gradient is always that of the start. Measure it again in the loop, where theta is "
    "now.": dict(g="first_g"),
    "the first theta that you yield is the start: the yield comes before the new theta. First the "
    "step, then the yield.": dict(yields="before"),
    "t starts one too late: in the first step it must be 1.": dict(first="2"),
    "t goes up by two at each step. Is it counted in two places?": dict(next="t + 2"),
    "theta stays where it was. Does the last line give it a new value, and is m a sum, with a "
    "plus?": dict(theta="theta"),
    # numbers by heart
    "it takes beta1 = 0.9, whatever the caller gives. Write beta1, in m and in m_hat.": dict(
        m="0.9 * m + 0.1 * g", m_hat="m / (1 - 0.9**t)"
    ),
    "m takes beta1 = 0.9, whatever the caller gives. Write beta1.": dict(m="0.9 * m + 0.1 * g"),
    "m_hat takes beta1 = 0.9, whatever the caller gives. Write beta1.": dict(
        m_hat="m / (1 - 0.9**t)"
    ),
    "it takes beta2 = 0.999, whatever the caller gives. Write beta2, in v and in v_hat.": dict(
        v="0.999 * v + 0.001 * g**2", v_hat="v / (1 - 0.999**t)"
    ),
    "v takes beta2 = 0.999, whatever the caller gives. Write beta2.": dict(
        v="0.999 * v + 0.001 * g**2"
    ),
    "v_hat takes beta2 = 0.999, whatever the caller gives. Write beta2.": dict(
        v_hat="v / (1 - 0.999**t)"
    ),
    "it takes beta1 = 0.9 and beta2 = 0.999, whatever the caller gives. Write their names.": dict(
        m="0.9 * m + 0.1 * g", m_hat="m / (1 - 0.9**t)",
        v="0.999 * v + 0.001 * g**2", v_hat="v / (1 - 0.999**t)",
    ),
    "it takes eps = 1e-8, whatever the caller gives. Write eps.": _step(
        "lr * m_hat / (np.sqrt(v_hat) + 1e-8)"
    ),
    "it takes beta1, beta2 and eps as numbers. Write their names, so that the caller may choose "
    "them.": dict(
        m="0.9 * m + 0.1 * g", m_hat="m / (1 - 0.9**t)",
        v="0.999 * v + 0.001 * g**2", v_hat="v / (1 - 0.999**t)",
        theta="theta - lr * m_hat / (np.sqrt(v_hat) + 1e-8)",
    ),
    "it takes lr = 0.001, whatever the caller gives. Write lr.": _step(
        "0.001 * m_hat / (np.sqrt(v_hat) + eps)"
    ),
}  # fmt: skip
_ALREADY = (  # told otherwise
    "t counts from 1, so it is the power as it is: with t − 1 the first step divides by zero.",
    "t counts from 1, so it is the power as it is, without + 1.",
    "the betas have changed places: β₁ belongs to m, β₂ to v.",
    # the same as uphill
    "v_hat is right. In m_hat, that turns the sign: 1 − βᵗ, not βᵗ − 1.",
    # no number from the first step on: see _no_number
    "Python divides before it subtracts: put parentheses around 1 - beta**t.",
    "m_hat is right. In v_hat, Python divides before it subtracts: put parentheses around "
    "1 - beta**t.",
    "that turns the sign: 1 − βᵗ, not βᵗ − 1.",
    "m_hat is right. In v_hat, that turns the sign: 1 − βᵗ, not βᵗ − 1.",
    "β is raised to the power t, not t to the power β: beta**t.",
    "v_hat is right. In m_hat, β is raised to the power t, not t to the power β: beta**t.",
    "v_hat is right. In m_hat, t counts from 1, so it is the power as it is: with t − 1 the first "
    "step divides by zero.",
    # the same as a line of SLIPS
    "it is used as it is. Divide it by 1 - beta**t.",
    "v_hat is right. In m_hat, it is used as it is. Divide it by 1 - beta**t.",
    "m_hat is right. In v_hat, it is used as it is. Divide it by 1 - beta**t.",
)
SLIPS |= {
    "the hats have the wrong beta: β₁ belongs to m_hat, β₂ to v_hat.": _corrections()[
        "the betas have changed places: β₁ belongs to m, β₂ to v."
    ]
} | {hint: slip for hint, slip in _corrections().items() if hint not in _ALREADY}

WATCHED = (1, 2, 3, 12)
CASES = [
    dict(theta=np.array([-9.0, 2.0]), lr=0.5, beta1=0.9, beta2=0.999, eps=1e-8),
    dict(theta=np.array([1.5, -3.0]), lr=0.2, beta1=0.8, beta2=0.95, eps=1.2),
    dict(theta=np.array([0.4, 1.0]), lr=0.1, beta1=0.3, beta2=0.4, eps=0.02),
]


def _flat_in_y(theta):
    return np.array([0.5, 0]) * theta


def at_a_cliff(outside, inside):
    """Slopes towards zero: of one size where a coordinate is larger than 1, of another below."""
    return lambda theta: np.sign(theta) * np.where(np.abs(theta) > 1, outside, inside)


def _nearly_flat(theta):
    return 1e-3 * np.asarray(theta)


RARE = [  # what twelve steps at usual sizes do not show
    dict(grad=grad, theta=np.array(theta), lr=lr, steps=steps, beta1=beta1, beta2=beta2, eps=eps)
    for grad, theta, lr, steps, beta1, beta2, eps in (
        (at_a_cliff(0.004, 900), [2.05, -1.55], 0.1, 14, 0.3, 0.99, 1e-8),  # steps beyond lr
        (core.ravine(4, angle=30).grad, [1.5, -3.0], 0.05, 150, 0.99, 0.995, 1e-3),
        (_nearly_flat, [3e-6, 0.0], 1e-7, 20, 0.9, 0.99, 1e-8),  # slopes far below eps
        (at_a_cliff(3, 0), [1.55, -1.25], 0.1, 12, 0.8, 0.9, 1e-8),  # it has to roll on
        (at_a_cliff(5, 0.01), [1.0175, -1.1025], 0.005, 150, 0.5, 0.9, 1e-8),  # what is forgotten?
        (core.ravine(25).grad, [-300.0, 120.0], 2.5, 40, 0.3, 0.99, 1e-8),  # far away
        (core.ravine(25).grad, [1.0, -2.0], 4e-6, 20, 0.9, 0.999, 1e-8),  # small steps
    )
]  # fmt: skip

SLOPES = [core.ravine(25).grad, core.ravine(4, angle=30).grad, _flat_in_y]
ENDS = [  # the same in the order of `descend`
    dict(grad=slope, theta=case["theta"], lr=case["lr"], steps=steps)
    | {name: case[name] for name in ("beta1", "beta2", "eps")}
    for slope, case, steps in zip(SLOPES, CASES, (1, 6, 13), strict=True)
]

NO_NUMBER = (
    "theta is no number any more (nan, or infinite): your code divides by zero, or takes the root "
    "of something negative. Does t start at 1? (1 − β⁰ is zero.) Is v an average of g**2, with a "
    "plus? Are there parentheses around 1 - beta**t?"
)


# line -> what it should be, by the values that the student's own lines gave before it
REPLAY = {
    "g": lambda k: k["grad"](k["theta"]),
    "m": lambda k: k["beta1"] * k["m"] + (1 - k["beta1"]) * k["g"],
    "v": lambda k: k["beta2"] * k["v"] + (1 - k["beta2"]) * k["g"] ** 2,
    "m_hat": lambda k: k["m"] / (1 - k["beta1"] ** k["t"]),
    "v_hat": lambda k: k["v"] / (1 - k["beta2"] ** k["t"]),
    "theta": lambda k: k["theta"] - k["lr"] * k["m_hat"] / (np.sqrt(k["v_hat"]) + k["eps"]),
}


@np.errstate(all="ignore")
def _first_wrong_line(rule):
    """Which line is the first to go wrong, by what the student's dict says of each: its name, the
    values before it, its own and the right one; or None."""
    for slope, case in zip(SLOPES, CASES, strict=True):
        stepper = rule(slope, **deepcopy(case))
        k = case | dict(grad=slope, m=0 * case["theta"], v=0 * case["theta"])
        for k["t"] in range(1, max(WATCHED) + 1):
            state = diagnose.call(next, stepper)
            try:
                state = {name: np.array(state[name], dtype=float) for name in REPLAY}
            except (KeyError, TypeError, ValueError):
                return None
            for name, line in REPLAY.items():
                wanted, given = line(k), state[name]
                if given.shape != wanted.shape or not np.allclose(
                    given, wanted, rtol=2e-5, atol=1e-12, equal_nan=True
                ):
                    return name, k, given, wanted
                k[name] = given


@np.errstate(all="ignore")
def _about_line(name, k, given, wanted):
    if name == "v" and (given < 0).any():
        return (
            "v is negative, and has no root: it is an average of g**2, added up with a plus, and "
            "with brackets around 1 - beta2."
        )
    if name == "v_hat" and (given < 0).any():
        return "v_hat is negative, and has no root. Is it v / (1 - beta2**t), with the parentheses?"
    if name in HATS and k["t"] == 1 and not np.isfinite(given).all():
        return (
            "a hat divides by zero at the first step. The divisor is 1 − βᵗ, and there t must be "
            "1: counted from 0, 1 − β⁰ is zero."
        )
    square = {"m_hat": "g", "v_hat": "g**2"}.get(name)
    if name in HATS and np.allclose(
        eval(HATS[name], dict(np=np), k | {name[0]: eval(square, {}, k)}), given, rtol=2e-5
    ):
        return f"{name} is made of {square}. It is the average, {name[0]}, that is corrected."
    if name in HATS:
        known = [
            text for text, wrong in CORRECTIONS.items()
            if np.allclose(eval(wrong.format(**MOMENTS[name]), dict(np=np), k), given, rtol=2e-5)
        ]  # fmt: skip
        if len(known) == 1:
            return f"in {name}, {known[0]}"
    digits = next((d for d in (4, 8) if _show(given, d) != _show(wanted, d)), 16)
    return (
        f"look at the line of {name}, the first to go wrong: at step {k['t']} with "
        f"lr = {k['lr']}, beta1 = {k['beta1']}, beta2 = {k['beta2']}, eps = {k['eps']} it gives "
        f"{_show(given, digits)}. From what your own lines gave before, it should be "
        f"{_show(wanted, digits)}."
    )


def _show(value, digits):
    return np.array2string(value, precision=digits, separator=" ")


def _otherwise(rule):
    """What to say where no slip is recognised; None leaves it to the numbers."""
    diagnose.no_memory(lambda: diagnose.walk(rule, 3, SLOPES[0], **deepcopy(CASES[0])))
    if line := _first_wrong_line(rule):
        return Feedback("not yet", _about_line(*line))
    state = diagnose.call(lambda: next(rule(SLOPES[0], **deepcopy(CASES[0]))))
    lost = not np.isfinite(np.asarray(state["theta"], dtype=float)).all()
    return Feedback("not yet", NO_NUMBER) if lost else None


def adam_in_full(rule):
    """Algorithm 1 in full, as a generator, against the path of `adam_core.adam` (04)."""
    if rule is ...:
        raise Complaint("replace the ... with your function.", "not started")
    if not callable(rule):
        raise Complaint(f"keep it a function: it is {diagnose.short(rule)} now.")

    def thetas(rule):
        def after(grad, theta, lr, beta1, beta2, eps):
            hyper = dict(lr=lr, beta1=beta1, beta2=beta2, eps=eps)
            walked = diagnose.walk(rule, max(WATCHED), grad, theta, **hyper)
            return tuple(walked[step - 1] for step in WATCHED)

        return after

    feedback = diagnose.function(
        thetas(rule), right=thetas(core.adam),
        cases=[dict(grad=slope) | case for slope, case in zip(SLOPES, CASES, strict=True)],
        mistakes={hint: thetas(_adam(**slip)) for hint, slip in SLIPS.items()},
        praise="twelve steps in three places, and the path is that of `adam` in adam_core, which "
        "the tests of this project hold against PyTorch's.",
        parts=[f"theta after step {t}" for t in WATCHED],
        otherwise=lambda: _otherwise(rule),
    )  # fmt: skip
    if feedback.verdict == "right":
        goes_on(rule, core.adam)
        diagnose.lasts(rule)
    elif _blames_another_line(feedback.text, rule):
        return Feedback("not yet", LAST_LINE)
    return feedback


LAST_LINE = (
    "m_hat and v_hat are right, as your dict shows, so the slip is in the last line. There m_hat "
    "stands above the line; below it stands the root of v_hat, and eps is added to that root. Both "
    "hats are corrected already: take them as they are."
)


def _blames_another_line(hint, rule):
    """Is it a hint to what comes before the last line, and the dict shows that that is right?"""
    if hint not in SLIPS or not SLIPS[hint].keys() <= REPLAY.keys() - {"theta"}:
        return False
    line = _first_wrong_line(rule)
    return line is not None and line[0] == "theta"


def end_of(rule, count=lambda steps: steps):
    """A function of the arguments of `rule`, and `steps`, that returns the last theta."""

    def end(grad, theta, lr, steps, beta1, beta2, eps):
        hyper = dict(lr=lr, beta1=beta1, beta2=beta2, eps=eps)
        return diagnose.walk(rule, count(steps), grad, theta, **hyper)[-1]

    return end


def goes_on(rule, right, more=()):
    """Complains where a rule, right in its first steps, is not in a rare case, or one of `more`."""
    feedback = diagnose.function(
        end_of(rule), end_of(right), cases=ENDS, rare=[*RARE, *more], mistakes={}, praise=""
    )  # fmt: skip
    if feedback.verdict != "right":
        raise Complaint(feedback.text)


def first_step(step):
    """lr = 0.1 and a first gradient of -0.0004: by how much does theta change? (04)"""
    return diagnose.number(
        step, 0.1,
        mistakes={
            "the size is right, the sign is not: the step goes against the gradient, and the "
            "gradient is negative.": -0.1,
            "that is gradient descent's step, lr times the gradient. Adam divides by √v̂.": 0.00004,
            "that is lr times the gradient. Adam divides by √v̂, and goes against the gradient.": (
                -0.00004
            ),
            "that is without the corrections: m / √v = 0.1 g / (0.0316 |g|). What are m̂ and √v̂?":
                0.1 * 0.1 / np.sqrt(0.001),
            "m is a tenth of g, yes, but m̂ = m / (1 − β₁) is g again.": 0.01,
            "the root is missing: √v̂ = |g|, not g².": 0.1 / 0.0004,
        },
        praise="m̂ = g and √v̂ = |g|, so the first step is lr against the sign of g, whatever the "
        "size of g.",
    )  # fmt: skip


# ---------------------------------------------------------------------------
# How far, and which way
# ---------------------------------------------------------------------------


def bound_prediction(guess):
    """lr = 0.001: the largest step Adam can make? (04)"""
    return diagnose.choice(
        guess,
        "c",
        {
            "a": "that is the first step, and about the usual one. But what if a gradient comes "
            "after a long silence? m takes a tenth of it, √v only a thirtieth.",
            "b": "that is what the paper states, and for one gradient after a long silence it is "
            "exact: (1 − β₁)/√(1 − β₂) = 3.16 times lr. Can a second and a third gradient after "
            "it make the step longer still?",
            "c": "7.27 times lr is the limit over all sequences of gradients. Below you build the "
            "sequence that gets there.",
            "d": "there is a limit, because √v grows with the same gradients as m. There is "
            "none if β₁ > 0 and β₁² ≥ β₂; the defaults are far from that.",
        },
    )


def swap_prediction(guess):
    """√v̂ above and |m̂| below the line: where does it go? (04)"""
    return diagnose.choice(
        guess,
        "b",
        {
            "a": "a slow path would still have to know left from right. Which of the two moments "
            "knows it, and where does it stand now?",
            "b": "√v̂ is never negative and |m̂| is not either: x and y can only fall. The valley "
            "has no say in the direction.",
            "c": "uphill would be the opposite of the gradient's sign; but the sign is lost "
            "altogether.",
        },
    )


def swap_reason(reason):
    """Why does the swapped rule not settle, even with the right signs? (04)"""
    return diagnose.choice(
        reason,
        "b",
        {
            "a": "that was the trouble before you lent it the sign. Now each coordinate goes the "
            "right way, and still it does not settle.",
            "b": "near the bottom gradients change their sign, m̂ nearly cancels and √v̂ does not. "
            "Adam takes that as a reason to be careful; the swapped rule leaps.",
            "c": "set lr to 0.05 in the panel: it is longer on its way down, and there it leaps "
            "all the same, up to 98 lr at once. (With the smallest lr, 100 steps end before it is "
            "there.)",
            "d": "set both betas to 0.9 in the panel: it still leaps. With equal memories √v̂ is "
            "never smaller than |m̂|, so no step is ever shorter than lr.",
        },
    )


LISTING = dict(v="beta2 * 0 + (1 - beta2) * g**2", next="1")  # s stays 0, and t stays 1


@cache
def _bugs():
    """(the cases, hint -> the end of a walk with a slip): the same for every answer."""
    own = {
        "v remembers now. One bug is left: print t in the loop.": dict(next="1"),
        "t counts now. One bug is left: what is s after the first step?": dict(
            v="(1 - beta2) * g**2"
        ),
        "the corrections are gone. They were right; it is t that was wrong.": _step(
            "lr * m / (np.sqrt(v) + eps)"
        ),
    }
    same = (
        "that is right at t = 1 only. How much is missing changes with t: the power is missing in "
        "1 - beta**t, or t is 1 all the time.",
        "the first theta that you yield is the start: the yield comes before the new theta. First "
        "the step, then the yield.",
    )
    others = {
        hint: slip for hint, slip in SLIPS.items() if slip not in own.values() and hint not in same
    }
    counts = {
        "it takes one step too few: `steps` steps are asked for.": dict(yields="before"),
        "it takes one step too many: `steps` steps are asked for.": dict(
            count=lambda steps: steps + 1
        ),
        "it takes one step too few: `steps` steps are asked for. v still forgets, too: what is s "
        "after the first step?": dict(yields="before", v="(1 - beta2) * g**2"),
        "it takes one step only. Is the return inside the loop, or the line of theta outside it?": (
            dict(count=lambda steps: 1)
        ),
        "t starts at 2, and with it a step is lost: range(1, steps + 1) counts from 1 to steps.": (
            dict(first="2", yields="before")
        ),
    }
    cases = [*ENDS, ENDS[1] | dict(lr=0.01, steps=300, beta2=0.999, eps=0.03)]

    def a_number_later(end):
        later = (case for case in cases if case["steps"] > 1)
        with np.errstate(all="ignore"):
            return any(np.isfinite(end(**case)).all() for case in later)

    mistakes = {hint: _end(**slip) for hint, slip in (own | others | counts).items()}
    return cases, {hint: end for hint, end in mistakes.items() if a_number_later(end)}


def _end(count=lambda steps: steps, **slip):
    return end_of(_adam(**slip), count)


def mended_adam(descend):
    """Find the two bugs in a listing (04)."""
    cases, mistakes = _bugs()

    def no_number():
        ends = [diagnose.call(descend, *case.values()) for case in deepcopy(cases)]
        lost = not all(np.isfinite(np.asarray(end, dtype=float)).all() for end in ends)
        return Feedback("not yet", NO_NUMBER) if lost else None

    return diagnose.function(
        descend, right=end_of(core.adam), cases=cases, rare=RARE, mistakes=mistakes,
        otherwise=no_number,
        praise="both bugs hide in the first step, where they change nothing. Test more than one "
        "step, against numbers from elsewhere.",
        listing=(
            "it goes where the listing goes. The first step is right; look at what should change "
            "from step to step, and does not.",
            _end(**LISTING),
        ),
    )  # fmt: skip
