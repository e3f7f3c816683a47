"""Checks of 02_momentum."""

from functools import cache

import numpy as np

import adam_core as core
from adam_lab.checks import diagnose
from adam_lab.checks.diagnose import Feedback


def average_prediction(guess):
    """β from 0.9 to 0.99: what happens to the average? (02)"""
    return diagnose.choice(
        guess,
        "c",
        {
            "a": "a larger β gives each new value less weight, not more: 1 − β falls from 0.1 to "
            "0.01. So is the average rougher or smoother?",
            "b": "smoother, yes. But what it saw 100 steps ago still counts more than a third as "
            "much as what it sees now. Can it be on time?",
            "c": "smoother, because each new value, with its noise, now counts 0.01 in place of "
            "0.1; and later, for the same reason: old values hold it back.",
        },
    )


def ema(step):
    """One step of the moving average (02)."""
    return diagnose.function(
        step,
        right=lambda m, a, beta: beta * m + (1 - beta) * a,
        cases=[dict(m=2.0, a=4.0, beta=0.9),
               dict(m=np.array([1.0, -3.0]), a=np.array([-2.517, 0.7]), beta=0.73),
               dict(m=np.array([-4.0, 0.5]), a=np.array([1.0, 3.0]), beta=0.4),
               dict(m=0.0, a=5.0, beta=0.99),
               dict(m=np.linspace(-2, 1, 9) ** 3, a=np.linspace(1, -3, 9), beta=0.85)],
        rare=[dict(m=np.array([30.0, -2e-4]), a=np.array([-150.0, 3e-5]), beta=0.02),
              dict(m=np.array([0.0, 2e3]), a=np.array([1e-4, 0.0]), beta=0.999),
              dict(m=np.array([1.5, -2.0, 3.0]), a=np.zeros(3), beta=0.7),
              dict(m=np.zeros(2), a=np.array([3.0, -1.0]), beta=0.8),
              dict(m=np.array([1.0, -2.0]), a=np.array([1.0004, -2.0003]), beta=0.5)],
        mistakes={
            "β and 1 − β have changed places: β belongs to the old average, or a large β "
            "would forget quickly.": lambda m, a, beta: (1 - beta) * m + beta * a,
            "that is a sum, not an average: it grows to 1/(1 − β) times the values. Give the "
            "new value the weight 1 − β.": lambda m, a, beta: beta * m + a,
            "that is the plain mean of two numbers: β has no say in it.": (
                lambda m, a, beta: (m + a) / 2
            ),
            "the new value is missing.": lambda m, a, beta: beta * m,
            "the old average is missing: keep β times m.": lambda m, a, beta: (1 - beta) * a,
            "the old average is kept whole, so nothing is ever forgotten: keep β times m.": (
                lambda m, a, beta: m + (1 - beta) * a
            ),
            "the new value is subtracted: both parts are added.": (
                lambda m, a, beta: beta * m - (1 - beta) * a
            ),
            "both parts have the weight β: the new value gets what is left of 1.": (
                lambda m, a, beta: beta * m + beta * a
            ),
            "both parts have the weight 1 − β: the old average keeps β.": (
                lambda m, a, beta: (1 - beta) * (m + a)
            ),
            "brackets: the weight of the new value is 1 − β as a whole.": (
                lambda m, a, beta: beta * m + 1 - beta * a
            ),
            "brackets: β multiplies the old average only.": (
                lambda m, a, beta: beta * (m + (1 - beta) * a)
            ),
            "that moves away from the new value: the step towards it is (1 − β) (a − m).": (
                lambda m, a, beta: m + (1 - beta) * (m - a)
            ),
            **diagnose.slips("m, a, beta", {
                "that is a sum: beta has no say in it.": "m + a",
                "that is the old average: the new value does not come in.": "m",
                "that is the new value: the old average is missing.": "a",
                "the weight of the new value is 1 − β, with a minus.": "beta * m + (1 + beta) * a",
                "a is missing beside 1 − β: the second part is (1 - beta) * a.":
                    "beta * m + (1 - beta)",
                "the two parts are added, not multiplied.": "beta * m * (1 - beta) * a",
                "the two weights add up to 1 already: nothing is left to divide.":
                    "(beta * m + (1 - beta) * a) / 2",
                "a itself is averaged, not its square.": "beta * m + (1 - beta) * a**2",
                "a itself is averaged, with its sign.": "beta * m + (1 - beta) * np.abs(a)",
                "the new value comes in twice, or β is squared: once is asked for.":
                    "beta * (beta * m + (1 - beta) * a) + (1 - beta) * a",
                "that moves away from the new value, and keeps all of the old: β times m, "
                "plus.":
                    "m - (1 - beta) * a",
                "the weight of m is a number: it is beta, whatever the caller gives.":
                    "0.9 * m + (1 - beta) * a",
                "the weight of a is a number: it is 1 − beta, whatever the caller gives.":
                    "beta * m + 0.1 * a",
            }),
            "nothing is to be divided here: the start is not corrected in this exercise.": (
                lambda m, a, beta: (beta * m + (1 - beta) * a) / (1 - beta)
            ),
        },
        praise="an average that needs to remember one number only.",
    )  # fmt: skip


def roll_prediction(guess):
    """β = 0.98 in the valley: what does the ball do? (02)"""
    return diagnose.choice(
        guess,
        "b",
        {
            "a": "more speed, yes. But who brakes? The ball has to lose its speed before it can "
            "rest, and it keeps 98 percent of it at each step.",
            "b": "it arrives early, runs through, and swings: with β = 0.98 it loses 2 percent of "
            "its speed at each step, and nothing else takes the swing away.",
            "c": "at lr = 0.2 it stays: with β = 0.98 the ball leaves the valley only beyond "
            "lr = 3.96. It stays, but does it rest?",
        },
    )


def pays_prediction(guess):
    """Each at its own best lr, κ = 25 and 400: momentum with β = 0.9, or none? (02)"""
    return diagnose.choice(
        guess,
        "d",
        {
            "a": "at one of the two. With β = 0.9 each step keeps at least √0.9 = 0.949 of the "
            "distance, at any lr. What does gradient descent keep at κ = 25, at its best lr? "
            "(Lesson 01: (κ − 1)/(κ + 1).)",
            "b": "at one of the two. Gradient descent keeps (κ − 1)/(κ + 1) of the distance at its "
            "best lr. What is that at κ = 400, and what does √β = √0.9 say?",
            "c": "the other way round: what gradient descent keeps, (κ − 1)/(κ + 1), grows with κ. "
            "What the swinging ball keeps, √β, does not.",
            "d": "in the short valley gradient descent keeps 0.923 of the distance at each step, "
            "the swinging ball 0.949. In the long one it is 0.995 against the same 0.949.",
        },
    )


def momentum_step(step):
    """Three lines: average, step, return (02)."""

    def average(m, g, beta):
        return beta * m + (1 - beta) * g

    def right(theta, m, g, lr, beta):
        m = average(m, g, beta)
        return theta - lr * m, m

    def steps_along(rule, kept=average):
        """The mistake of a theta that is `rule` of theta, the old m, the new m, g, lr, beta."""

        def step(theta, m, g, lr, beta):
            new = kept(m, g, beta)
            return rule(theta, m, new, g, lr, beta), new

        return step

    def along(theta, old, m, g, lr, beta):
        return theta - lr * m

    def inside(theta, m, g, lr, beta):
        m = beta * m + lr * g
        return theta - m, m

    def twice(theta, m, g, lr, beta):
        theta, m = right(theta, m, g, lr, beta)
        return right(theta, m, g, lr, beta)

    def pushed(theta, m, g, lr, beta):
        m = beta * m - lr * g
        return theta + m, m

    more = {
        "that is the step alone, and uphill: subtract it from theta.": (
            lambda theta, old, m, g, lr, beta: lr * m
        ),
        "turned round: theta minus the step, not the step minus theta.": (
            lambda theta, old, m, g, lr, beta: lr * m - theta
        ),
        "brackets: multiply lr by m first, then subtract.": (
            lambda theta, old, m, g, lr, beta: (theta - lr) * m
        ),
        "the step is lr times m: multiply, do not divide.": (
            lambda theta, old, m, g, lr, beta: theta - m / lr
        ),
        "beta has done its work in m: the step is lr times m.": (
            lambda theta, old, m, g, lr, beta: theta - lr * beta * m
        ),
        "the step is lr times m: you wrote beta in place of lr.": (
            lambda theta, old, m, g, lr, beta: theta - beta * m
        ),
        "g is in m already: the step is lr times m alone.": (
            lambda theta, old, m, g, lr, beta: theta - lr * (m + g)
        ),
        "theta and m have changed places in the step.": (
            lambda theta, old, m, g, lr, beta: m - lr * theta
        ),
        "the size of m is lost: the step is lr times m itself.": (
            lambda theta, old, m, g, lr, beta: theta - lr * np.sign(m)
        ),
        "the sign of m is lost: the step is lr times m itself.": (
            lambda theta, old, m, g, lr, beta: theta - lr * np.abs(m)
        ),
        "each coordinate has its own m: no sum.": (
            lambda theta, old, m, g, lr, beta: theta - lr * np.sum(m)
        ),
        "m is right, but theta is lost: it is theta minus lr times m.": (
            lambda theta, old, m, g, lr, beta: m
        ),
    }
    averages = {
        "the gradient does not come into m: add (1 - beta) * g.": lambda m, g, beta: beta * m,
        "m does not change: it is the average of the old m and g.": lambda m, g, beta: m,
        "m is g alone: keep β times the old m, and give g the weight 1 − β.": (
            lambda m, g, beta: g
        ),
        "m is a sum, not an average: β times m, and 1 − β times g.": lambda m, g, beta: m + g,
        "both parts of m have the weight β: g gets what is left of 1.": (
            lambda m, g, beta: beta * m + beta * g
        ),
        "m is the plain mean of two: β has no say in it.": lambda m, g, beta: (m + g) / 2,
        "in m the weight of g is 1 − β, with a minus.": (
            lambda m, g, beta: beta * m + (1 + beta) * g
        ),
        "m averages g itself, not its square.": lambda m, g, beta: beta * m + (1 - beta) * g**2,
        "m averages g itself, with its sign.": (
            lambda m, g, beta: beta * m + (1 - beta) * np.abs(g)
        ),
        "nothing is to be divided in m: the start is not corrected here.": (
            lambda m, g, beta: (beta * m + (1 - beta) * g) / (1 - beta)
        ),
    }
    return diagnose.function(
        step, right,
        cases=[
            dict(theta=np.array([3.0, -1]), m=np.array([0.5, 2]), g=np.array([1.0, -4]), lr=0.1,
                 beta=0.9),
            dict(theta=np.array([0.4, 2]), m=np.array([-3.0, 0.7]), g=np.array([-2.0, 1.3]),
                 lr=0.517, beta=0.61),
        ],
        rare=[  # the start; nothing to do in one direction; far sizes
            dict(theta=np.array([3.0, -1]), m=np.zeros(2), g=np.array([0.0, 2.5]), lr=0.1,
                 beta=0.9),
            dict(theta=np.array([0.0, 30.0]), m=np.array([0.0, -8.0]), g=np.array([-150.0, 0.0]),
                 lr=2.5, beta=0.99),
            dict(theta=np.array([2e-4, -1e-3]), m=np.array([-1e-5, 0.5]),
                 g=np.array([2e-5, -0.04]), lr=0.01, beta=0.3),
            dict(theta=np.array([1.0, -2.0, 0.5]), m=np.array([0.4, -1.0, 2.0]), g=np.zeros(3),
                 lr=0.1, beta=0.8),
            dict(theta=np.array([1e-6, -3e-6]), m=np.array([2e-6, 1e-6]),
                 g=np.array([-1e-6, 4e-6]), lr=0.5, beta=0.9),
        ],
        mistakes={
            "that goes uphill: subtract lr * m from theta.": (
                steps_along(lambda theta, old, m, g, lr, beta: theta + lr * m)
            ),
            "theta moves along the old m. Update m first, then step along the new one.": (
                steps_along(lambda theta, old, m, g, lr, beta: theta - lr * old)
            ),
            "m is right, but the step still uses the bare gradient g: step along m.": (
                steps_along(lambda theta, old, m, g, lr, beta: theta - lr * g)
            ),
            "without 1 − β, m is a velocity, no average. Here we want the average "
            "form; how the two are related comes next.": (
                steps_along(along, lambda m, g, beta: beta * m + g)
            ),
            "β and 1 − β have changed places: β belongs to the old m.": (
                steps_along(along, lambda m, g, beta: (1 - beta) * m + beta * g)
            ),
            "that is the velocity form, with lr inside the memory. Here m is an average of the "
            "gradients: give g the weight 1 − β, and use lr in the step.": inside,
            "the step is 1/(1 − β) times too long: nothing is to be divided here.": (
                steps_along(lambda theta, old, m, g, lr, beta: theta - lr * m / (1 - beta))
            ),
            "the weight 1 − β is there twice: it is in m already.": (
                steps_along(lambda theta, old, m, g, lr, beta: theta - lr * (1 - beta) * m)
            ),
            "lr is missing in the step: it is lr times m.": (
                steps_along(lambda theta, old, m, g, lr, beta: theta - m)
            ),
            "the old theta is missing: the step starts from there.": (
                steps_along(lambda theta, old, m, g, lr, beta: -lr * m)
            ),
            "m keeps the whole of the old m: keep β times it.": (
                steps_along(along, lambda m, g, beta: m + (1 - beta) * g)
            ),
            "m forgets the old m altogether: keep β times it.": (
                steps_along(along, lambda m, g, beta: (1 - beta) * g)
            ),
            "in m the gradient is subtracted: both parts of the average are added.": (
                steps_along(along, lambda m, g, beta: beta * m - (1 - beta) * g)
            ),
            "brackets: in m, the weight of g is 1 − β as a whole.": (
                steps_along(along, lambda m, g, beta: beta * m + 1 - beta * g)
            ),
            **{hint: steps_along(rule) for hint, rule in more.items()},
            **{hint: steps_along(along, kept) for hint, kept in averages.items()},
            "m averages theta. It is the gradient that is averaged.": (
                lambda theta, m, g, lr, beta: right(theta, m, theta, lr, beta)
            ),
            "in m the weight of g is 1 − β. lr comes in the step.": (
                lambda theta, m, g, lr, beta: (theta - lr * (beta * m + lr * g), beta * m + lr * g)
            ),
            "m is no average: the weight 1 − β belongs into m, not into the step.": (
                lambda theta, m, g, lr, beta: (
                    theta - lr * (1 - beta) * (beta * m + g), beta * m + g
                )
            ),
            "that is the velocity form, with −lr inside the memory. Here m is an average of the "
            "gradients, and theta minus lr times m.": pushed,
            "it takes two steps: one is asked for.": twice,
            "both come back as they were.": lambda theta, m, g, lr, beta: (theta, m),
            "theta is right, but the m that you return is the old one: the next step needs the "
            "new one.": lambda theta, m, g, lr, beta: (right(theta, m, g, lr, beta)[0], m),
            "theta is right, but you return g in place of m.": (
                lambda theta, m, g, lr, beta: (right(theta, m, g, lr, beta)[0], g)
            ),
            "m is right, but the theta that you return is the old one.": (
                lambda theta, m, g, lr, beta: (theta, average(m, g, beta))
            ),
            "both are right, in the wrong order: return theta, m.": (
                lambda theta, m, g, lr, beta: right(theta, m, g, lr, beta)[::-1]
            ),
        },
        praise="that is `momentum` in adam_core, line by line.",
        parts=("theta", "m"),
    )  # fmt: skip


def forms_prediction(guess):
    """lr falls to a tenth at step 20: do the two forms stay together? (02)"""
    return diagnose.choice(
        guess,
        "a",
        {
            "a": "the average form multiplies by lr at the end and slows down at once. The "
            "velocity form has lr inside its memory: it rolls on with steps made at the old lr.",
            "b": "they part, but the other way round: which one multiplies by lr last, and so "
            "obeys at once?",
            "c": "as long as lr is constant, yes. But look where lr stands: in the velocity form "
            "it is inside the memory. What does the velocity hold just after lr has changed?",
        },
    )


def converted_lr(lr):
    """lr = 0.3 and β = 0.9 of the velocity form: which lr has the average form? (02)"""
    return diagnose.number(
        lr, 3.0,
        mistakes={
            "you multiplied by 1 − β. At the same lr the average's steps are shorter, by 1 − β; to "
            "make the same steps its lr has to be larger.": 0.03,
            "the factor is not β: compare m = β m + (1 − β) g with u = β u + lr g.": 0.3 * 0.9,
            "divide by 1 − β, not by β.": 0.3 / 0.9,
            "at the same lr the steps of the average form are too short: lr times weights "
            "that sum to 1. Those of the velocity sum to lr/(1 − β).": 0.3,
            "you divided twice: by 1 − β once is enough.": 30,
            "brackets: divide by all of 1 − β.": 0.3 / 1 - 0.9,
            "that is the factor alone: multiply it by the lr of the paper.": 10,
            "the weights of the velocity, lr (1 + β + β² + ...), go on: their sum is lr/(1 − β).":
                0.3 * 1.9,
        },
        praise="lr / (1 − β) = 0.3 / 0.1. Whoever takes an lr from the other form as it stands is "
        "off by this factor of ten.",
    )  # fmt: skip


PATIENCE = 3000


def _heights(lr, beta):
    """Of `heavy_ball` in the valley, for numbers or for a whole list of lr and beta."""
    valley = core.ravine(25)
    widths = np.reshape([25.0, 1.0], (2,) + (1,) * max(np.ndim(lr), np.ndim(beta)))
    trace = core.run(  # theta / widths is valley.grad, in a third of the time
        core.heavy_ball, lambda theta: theta / widths, valley.start, PATIENCE, record=("theta",),
        lr=lr, beta=beta,
    )  # fmt: skip
    with np.errstate(all="ignore"):
        return valley.f(np.moveaxis(trace.theta, 1, 0))


def _settled(heights):
    """From which step on the height stays below 1e-6: a dip of a swing does not count."""
    above = ~(heights < 1e-6)
    return PATIENCE + 1 - above[::-1].argmax(axis=0)


@cache
def _star():
    """Steps that the star of the map needs."""
    return int(_settled(_heights(*core.heavy_ball_best(1 / 25, 1))))


def _cost(lr, beta, steps):
    """Steps to the target; beyond PATIENCE the worse, the more of the distance a step keeps."""
    rate = core.heavy_ball_rate(lr, beta, 1 / 25, 1)
    return np.where(steps > PATIENCE, PATIENCE * (1 + rate), steps)


def _moves(lr, beta, factor):
    """Where a hand may turn the dials: what to say -> (lr, beta)."""
    moves = {}
    for name, power in (("larger", 1), ("smaller", -1)):
        to = float(f"{lr * factor**power:.3g}")
        moves[f"A {name} lr helps: lr = {to:g} with the same β"] = to, beta
        to = max(round(1 - (1 - beta) * factor**-power, 3), 0.0)
        moves[f"A {name} β helps: β = {to:g} with the same lr"] = lr, to
    star = core.heavy_ball_best(1 / 25, 1)
    to = float(f"{np.sqrt(lr * star[0]):.3g}"), round((beta + star[1]) / 2, 3)
    moves[f"Half way to the star of the map: lr = {to[0]:g} with β = {to[1]:g}"] = to
    return {words: at for words, at in moves.items() if at[1] < 1 and at[0] < 2 * (1 + at[1])}


def _advice(lr, beta, now):
    """The move that helps most from here, tried before it is said, and where it leads."""
    for factor in (1.25, 2, 5):
        moves = _moves(lr, beta, factor)
        lrs, betas = np.transpose(list(moves.values()))
        costs = _cost(lrs, betas, _settled(_heights(lrs, betas)))
        both = np.array([words.startswith("Half") for words in moves])
        one = np.where(both, np.inf, costs).min() < 0.95 * now  # one dial, if that is enough
        best = int(np.where(both & one, np.inf, costs).argmin())
        if costs[best] < now:
            words, to = list(moves.items())[best]
            enough = costs[best] <= PATIENCE
            needs = f"needs {costs[best]:.0f} steps" if enough else "keeps less of the distance"
            return f"{words} {needs}.", to
    star = core.heavy_ball_best(1 / 25, 1)
    return f"Go to the star of the map, lr = {star[0]:.3g} with β = {star[1]:.3g}.", star


def fast_enough(lr, beta):
    """Below 1e-6 within 100 steps, and there to stay; kappa = 25 (02)."""
    if diagnose.not_started((lr, beta)):
        return Feedback("not started", "replace both ... with numbers and run the cell again.")
    lr, beta = diagnose.real(lr, "a number for lr"), diagnose.real(beta, "a number for beta")
    try:
        heights = _heights(lr, beta)
    except ValueError as error:
        return Feedback("not yet", f"{error}.")
    steps = int(_settled(heights))
    if steps <= 100:
        star = _star()
        alone = (
            " That was without momentum, close to the edge lr = 2; try a β." if beta == 0 else ""
        )
        goal = " Can you get below 40?" if steps >= 40 and not alone else ""
        return Feedback(
            "right",
            f"{steps} steps.{alone}{goal} The star of the map needs {star}: it is best in the "
            "long run, and this run is short, so that star can be beaten.",
        )
    if lr < 1e-9:
        return Feedback("not yet", f"with lr = {lr:g} nothing moves: the map begins at lr = 0.02.")
    edge = 2 * (1 + beta)
    with np.errstate(over="ignore"):  # an lr of 1e300
        rate, cost = core.heavy_ball_rate(lr, beta, 1 / 25, 1), float(_cost(lr, beta, steps))
    if lr >= edge:
        half = float(f"{edge / 2:.3g}")
        return Feedback(
            "not yet",
            f"that {'leaves the valley' if lr > edge else 'bounces for ever'}: with β = {beta:g} "
            f"the ball comes to rest only where lr < 2(1 + β) = {edge:g}. Try half of that, "
            f"lr = {half:g}.",
            better=(half, beta), score=cost,
        )  # fmt: skip
    needed = f"it stays below 1e-6 only from step {steps} on"
    if steps > PATIENCE:
        needed = f"{PATIENCE} steps are not enough"
    if (heights[:101] < 1e-6).any():
        needed += " (what came before was a dip of a swing)"
    across, along = (core.heavy_ball_rate(lr, beta, each, each) for each in (1, 1 / 25))
    if np.isclose(rate, np.sqrt(beta), rtol=1e-6):
        cause = "the ball swings, and in the long run each step keeps √β ="
    elif across > along:
        cause = "close to the edge lr = 2(1 + β) it jumps across the valley, and each step keeps"
    else:
        cause = "along the valley it creeps, and in the long run each step keeps"
    advice, to = _advice(lr, beta, cost)
    digits = max(3, int(np.ceil(-np.log10(1 - rate))))
    text = f"{needed}: {cause} {rate:.{digits}f} of the distance. {advice}"
    return Feedback("not yet", text, better=to, score=cost)


def _rule(step):
    """A run in the average form, but with `step` of theta, m, g, lr, beta in place of its own."""

    def end(grad, theta, lr, beta, steps):
        m = np.zeros_like(theta)
        for _ in range(steps):
            theta, m = step(theta, m, grad(theta), lr, beta)
        return theta

    return end


def mended(descend):
    """Find the bug: a momentum that does not remember (02)."""
    valley, booth = core.ravine(25), core.booth

    def steps_along(kept):
        def step(theta, m, g, lr, beta):
            m = kept(m, g, beta)
            return theta - lr * m, m

        return _rule(step)

    def average(m, g, beta):
        return beta * m + (1 - beta) * g

    right = steps_along(average)

    def once(grad, theta, lr, beta, steps):
        return right(grad, theta, lr, beta, 1)

    def frozen(grad, theta, lr, beta, steps):
        g = grad(theta)
        return right(lambda _: g, theta, lr, beta, steps)

    def last_average(grad, theta, lr, beta, steps):
        before = right(grad, theta, lr, beta, steps - 1)
        return (before - right(grad, theta, lr, beta, steps)) / lr

    def begun(grad, theta, lr, beta, steps, m=None):
        m = grad(theta) if m is None else m
        for _ in range(steps):
            m = average(m, grad(theta), beta)
            theta = theta - lr * m
        return theta

    return diagnose.function(
        descend,
        right=right,
        cases=[
            dict(grad=valley.grad, theta=np.array([-9.0, 2.0]), lr=2.0, beta=0.9, steps=7),
            dict(grad=booth.grad, theta=np.array([1.5, -4.0]), lr=0.05, beta=0.6, steps=24),
        ],
        rare=[
            dict(grad=valley.grad, theta=np.array([-9.0, 2.0]), lr=3.0, beta=0.8, steps=120),
            dict(grad=booth.grad, theta=np.array([30.0, -40.0]), lr=0.05, beta=0.95, steps=12),
            dict(grad=valley.grad, theta=np.array([-1e-8, 2e-8]), lr=0.5, beta=0.9, steps=6),
        ],
        mistakes={
            "it stops after one step: does the return stand inside the loop, or the line of theta "
            "outside it?": once,
            "m is kept whole, so nothing is ever forgotten: keep β times the old m.": (
                steps_along(lambda m, g, beta: m + (1 - beta) * g)
            ),
            "m remembers now, but the steps are 1/(1 − β) times as long: is 1 − β missing before "
            "the gradient, or do you divide by it in the step?": (
                steps_along(lambda m, g, beta: beta * m + g)
            ),
            "the weights have changed places: β belongs to the old m.": (
                steps_along(lambda m, g, beta: (1 - beta) * m + beta * g)
            ),
            "this is plain gradient descent: does the step use m, and is m made before the loop?": (
                steps_along(lambda m, g, beta: g)
            ),
            "that goes uphill: subtract lr * m from theta.": (
                _rule(lambda theta, m, g, lr, beta: (theta + lr * average(m, g, beta),
                                                     average(m, g, beta)))
            ),
            "theta moves along the m of the step before: update m first.": (
                _rule(lambda theta, m, g, lr, beta: (theta - lr * m, average(m, g, beta)))
            ),
            "lr is missing in the step.": (
                _rule(lambda theta, m, g, lr, beta: (theta - average(m, g, beta),
                                                     average(m, g, beta)))
            ),
            "it takes one step too few: m comes first in the loop, before theta moves, and "
            "range(steps) counts `steps` steps.": (
                lambda grad, theta, lr, beta, steps: right(grad, theta, lr, beta, steps - 1)
            ),
            "it takes one step too many: range(steps) counts `steps` steps.": (
                lambda grad, theta, lr, beta, steps: right(grad, theta, lr, beta, steps + 1)
            ),
            "m begins as the first gradient: let it begin as zeros, before the loop.": begun,
            "the gradient is measured once, at the start: measure it at each step, where theta "
            "is then.": frozen,
            "you return m: return theta.": last_average,
            "theta never moves: does the gradient come into m, and is the new theta kept?": (
                lambda grad, theta, lr, beta, steps: theta
            ),
            "m adds up all gradients, so nothing is ever forgotten: β times the old m, and 1 − β "
            "times the gradient.": steps_along(lambda m, g, beta: m + g),
            "the step is taken from 0: it is theta minus lr times m.": (
                _rule(lambda theta, m, g, lr, beta: (-lr * average(m, g, beta),
                                                     average(m, g, beta)))
            ),
            "m begins as ones: let it begin as zeros, before the loop.": (
                lambda grad, theta, lr, beta, steps: begun(grad, theta, lr, beta, steps, 1)
            ),
            "m begins as theta: let it begin as zeros, before the loop.": (
                lambda grad, theta, lr, beta, steps: begun(grad, theta, lr, beta, steps, theta)
            ),
            "m averages theta: it is grad(theta) that is averaged.": (
                lambda grad, theta, lr, beta, steps: right(lambda x: x, theta, lr, beta, steps)
            ),
            "lr stands in m in place of 1 − β.": (
                lambda grad, theta, lr, beta, steps: _rule(
                    lambda theta, m, g, lr, beta: (theta - lr * (beta * m + lr * g),
                                                   beta * m + lr * g)
                )(grad, theta, lr, beta, steps)
            ),
            "m is averaged twice in each step.": steps_along(
                lambda m, g, beta: average(average(m, g, beta), g, beta)
            ),
        },
        praise="one line too far to the right, and the ball had no memory.",
        listing=(
            "it still goes where the listing goes, which is the way of gradient descent with a "
            "smaller lr.",
            steps_along(lambda m, g, beta: (1 - beta) * g),
        ),
    )  # fmt: skip
