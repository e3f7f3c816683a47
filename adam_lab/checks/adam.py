"""Checks of 04_adam."""

from itertools import count, islice

import numpy as np

import adam_core as core
from adam_lab.checks import diagnose
from adam_lab.checks.diagnose import Feedback

VALLEY = core.ravine(25)


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


def corrected(correct):
    """Bias correction of both moments (04)."""

    def right(m, v, t, beta1, beta2):
        return m / (1 - beta1**t), v / (1 - beta2**t)

    return diagnose.function(
        correct, right,
        cases=[
            dict(m=np.array([0.2, -1.0]), v=np.array([0.004, 0.5]), t=3, beta1=0.9, beta2=0.999),
            dict(m=0.5, v=0.1, t=10, beta1=0.5, beta2=0.9),
        ],
        mistakes={
            "that is right at t = 1 only. How much is missing changes with t: 1 − βᵗ.": (
                lambda m, v, t, beta1, beta2: (m / (1 - beta1), v / (1 - beta2))
            ),
            "t is a power, not a factor: the first value has been kept t times over, "
            "β · β · … · β.": (
                lambda m, v, t, beta1, beta2: (m / (1 - beta1 * t), v / (1 - beta2 * t))
            ),
            "the averages are too small at first. You make them smaller still: divide by 1 − βᵗ.": (
                lambda m, v, t, beta1, beta2: (m * (1 - beta1**t), v * (1 - beta2**t))
            ),
            "what has arrived is 1 − βᵗ. You divide by what is still missing, βᵗ.": (
                lambda m, v, t, beta1, beta2: (m / beta1**t, v / beta2**t)
            ),
            "v has a memory of its own: its fraction is made with β₂.": (
                lambda m, v, t, beta1, beta2: (m / (1 - beta1**t), v / (1 - beta1**t))
            ),
            "t counts from 1, so it is the power as it is: with t − 1 the first step would "
            "divide by zero.": (
                lambda m, v, t, beta1, beta2: (
                    m / (1 - beta1 ** (t - 1)), v / (1 - beta2 ** (t - 1))
                )
            ),
            "v is already the average of the squares; the root comes later, in the step.": (
                lambda m, v, t, beta1, beta2: (
                    m / (1 - beta1**t), v / np.sqrt(1 - beta2**t)
                )
            ),
            "no root here: it comes later, in the step.": (
                lambda m, v, t, beta1, beta2: (m / (1 - beta1**t), np.sqrt(v / (1 - beta2**t)))
            ),
            "Python divides before it subtracts: put parentheses around 1 - beta**t.": (
                lambda m, v, t, beta1, beta2: (m / 1 - beta1**t, v / 1 - beta2**t)
            ),
            "the power belongs to β alone: 1 − βᵗ, not (1 − β)ᵗ.": (
                lambda m, v, t, beta1, beta2: (m / (1 - beta1) ** t, v / (1 - beta2) ** t)
            ),
            "the betas have changed places: β₁ belongs to m, β₂ to v.": (
                lambda m, v, t, beta1, beta2: (m / (1 - beta2**t), v / (1 - beta1**t))
            ),
        },
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


def _after(rule, theta, *steps, **hyper):
    """Where the generator function `rule` is in the valley after so many steps."""
    thetas = []
    with np.errstate(all="ignore"):
        for state in islice(rule(VALLEY.grad, theta, **hyper), max(steps)):
            if state["theta"] is ...:
                return ...
            thetas.append(state["theta"])
    return tuple(thetas[step - 1] for step in steps)


def _slip(
    grad, theta, *, lr, beta1=0.9, beta2=0.999, first=1, counts=True, correct=(True, True),
    root=np.sqrt, square=lambda g, m: g**2, keeps_v=True, new=lambda beta1: 1 - beta1,
    beta_v=None, hats_stay=False, eps=1e-8,
    step=lambda lr, m, size, eps: -lr * m / (size + eps),
):  # fmt: skip
    """Adam with a slip in it: each argument is a part that somebody got wrong."""
    m = v = np.zeros_like(theta)
    for t in count(first):
        t = t if counts else first
        g = grad(theta)
        m = beta1 * m + new(beta1) * g
        kept = beta2 if beta_v is None else beta_v
        v = kept * v * keeps_v + (1 - kept) * square(g, m)
        m_hat = m / (1 - beta1**t) if correct[0] else m
        v_hat = v / (1 - beta2**t) if correct[1] else v
        theta = theta + step(lr, m_hat, root(v_hat), eps)
        m, v = (m_hat, v_hat) if hats_stay else (m, v)
        yield dict(theta=theta)


SLIPS = {
    "that goes uphill: subtract the step from theta.": dict(
        step=lambda lr, m, size, eps: lr * m / (size + eps)
    ),
    "the step ignores lr.": dict(step=lambda lr, m, size, eps: -m / (size + eps)),
    "the step still uses m and v. Use m_hat and v_hat, or the first steps are several times too "
    "large.": dict(correct=(False, False)),
    "v is corrected, m is not: the first step is a tenth of what it should be.": dict(
        correct=(False, True)
    ),
    "m is corrected, v is not: the first step is 32 times too large.": dict(correct=(True, False)),
    "the root is missing: v is an average of squares, so its root has the size of a gradient.": (
        dict(root=lambda v: v)
    ),
    "v is the average of g**2, not of m**2. It has to see the gradients that cancel in m.": dict(
        square=lambda g, m: m**2
    ),
    "the betas have changed places: β₁ = 0.9 belongs to m, β₂ = 0.999 to v.": dict(
        beta1=0.999, beta2=0.9
    ),
    "the corrections do not change with t: the power is missing in 1 - beta**t.": dict(
        counts=False
    ),
    "v is averaged with β₁: it has a memory of its own, β₂.": dict(beta_v=0.9),
    "you put the corrected moments back into m and v, so the next step corrects them again. Keep "
    "m and v as they are; m_hat and v_hat are for this step only.": dict(hats_stay=True),
    "both moments use β₁: v has β₂, a longer memory.": dict(beta2=0.9),
    "v is the average of g**2; you average g itself. Where that is negative it has no root.": (
        dict(square=lambda g, m: g)
    ),
    "m adds the whole new gradient. In Adam it is an average: (1 - beta1) * g.": dict(
        new=lambda beta1: 1.0
    ),
    "eps is inside your root. Adam adds it outside: np.sqrt(v_hat) + eps. Here it hardly shows; "
    "where gradients are tiny it does (lesson 03).": dict(
        root=lambda v: np.sqrt(v + 1e-8), eps=0.0
    ),
    "eps is missing: where all gradients are 0, you divide 0 by 0.": dict(eps=0.0),
    "v forgets everything at each step: keep beta2 times the old v.": dict(keeps_v=False),
    "check the parentheses of the last line: eps is added to theta, not to the root.": dict(
        step=lambda lr, m, size, eps: -lr * m / size + eps
    ),
    "the step uses m_hat alone: divide it by the root of v_hat.": dict(
        step=lambda lr, m, size, eps: -lr * m
    ),
}


WATCHED = (1, 2, 30)


def _unfit(rule):
    """Why a student's generator cannot be compared, if it cannot."""
    try:
        stepper = rule(VALLEY.grad, VALLEY.start.copy(), lr=0.5)
    except Exception as error:
        return f"calling it with (grad, theta, lr=0.5) fails: {error}."
    if not hasattr(stepper, "__next__"):
        return "your function has no yield, so it hands out no steps."
    try:
        with np.errstate(all="ignore"):
            states = list(islice(stepper, max(WATCHED)))
    except Exception:
        return None  # it will stop at the same line again, and be told where
    if any(not isinstance(state, dict) or "theta" not in state for state in states):
        return "end each step with a yield of a dict that has theta in it."
    if len(states) < max(WATCHED):
        return f"it ends after step {len(states)}: the yield belongs inside the endless loop."


def adam_in_full(rule):
    """Algorithm 1 in full, as a generator, against the path of `adam_core.adam` (04)."""
    if complaint := _unfit(rule):
        return Feedback("not yet", complaint)
    return diagnose.function(
        lambda theta: _after(rule, theta, *WATCHED, lr=0.5),
        right=lambda theta: _after(core.adam, theta, *WATCHED, lr=0.5),
        cases=[dict(theta=VALLEY.start)],
        mistakes={
            hint: lambda theta, slip=slip: _after(_slip, theta, *WATCHED, lr=0.5, **slip)
            for hint, slip in SLIPS.items()
        },
        praise="thirty steps, and the path is that of `adam` in adam_core, which the tests of this "
        "project hold against PyTorch's.",
        parts=[f"theta after step {t}" for t in WATCHED],
    )


def first_step(step):
    """lr = 0.1 and a first gradient of -0.0004: by how much does theta change? (04)"""
    return diagnose.number(
        step, 0.1,
        mistakes={
            "the size is right, the sign is not: the step goes against the gradient, and the "
            "gradient is negative.": -0.1,
            "that is gradient descent's step, lr times the gradient. Adam divides by √v̂.": 0.00004,
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
            "b": "that is one spike after a long silence: (1 − β₁)/√(1 − β₂) = 3.16 times lr. Can "
            "a second and a third gradient after it make the step longer still?",
            "c": "7.27 times lr is the limit over all sequences of gradients. Below you build the "
            "sequence that gets there.",
            "d": "there is a limit, because √v grows with the same gradients as m. Only with "
            "β₁² ≥ β₂ there is none; the defaults are far from that.",
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


def mended_adam(descend):
    """Find the two bugs in a listing (04)."""

    def end_of(**slip):
        return lambda theta, lr, steps: _after(_slip, theta, steps, lr=lr, **slip)[0]

    def attempt(theta, lr, steps):
        with np.errstate(all="ignore"):
            return descend(VALLEY.grad, theta, lr, steps)

    return diagnose.function(
        attempt,
        right=end_of(),
        cases=[dict(theta=VALLEY.start, lr=0.5, steps=steps) for steps in (1, 40)],
        mistakes={
            "v remembers now. One bug is left: print t in the loop.": end_of(counts=False),
            "t counts now. One bug is left: what is s after the first step?": (
                end_of(keeps_v=False)
            ),
            "t counts, but it starts at 0, and 1 − β⁰ is zero: the first step divides by it.": (
                end_of(first=0)
            ),
            "t starts one too late: in the first step it must be 1.": end_of(first=2),
            "the corrections are gone. They were right; it is t that was wrong.": (
                end_of(correct=(False, False))
            ),
            "mind the parentheses: now eps is added to theta, not to the root.": end_of(
                step=lambda lr, m, size, eps: -lr * m / size + eps
            ),
        },
        praise="both bugs hide in the first step, where they change nothing. Test more than one "
        "step, against numbers from elsewhere.",
        listing=(
            "it goes where the listing goes. The first step is right; look at what should change "
            "from step to step, and does not.",
            end_of(counts=False, keeps_v=False),
        ),
    )
