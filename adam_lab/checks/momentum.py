"""Checks of 02_momentum."""

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
            "b": "smoother, yes. But it now averages over about 100 steps, longer than one hill of "
            "the dotted curve. Can it be on time?",
            "c": "smoother, because it averages about 100 values in place of 10, and later, for "
            "the same reason: old values hold it back.",
        },
    )


def ema(step):
    """One step of the moving average (02)."""
    return diagnose.function(
        step,
        right=lambda m, a, beta: beta * m + (1 - beta) * a,
        cases=[dict(m=2.0, a=4.0, beta=0.9), dict(m=np.array([1.0, -3.0]), a=np.ones(2), beta=0.5),
               dict(m=0.0, a=5.0, beta=0.99)],
        mistakes={
            "β and 1 − β have changed places: β belongs to the old average, or a large β "
            "would forget quickly.": lambda m, a, beta: (1 - beta) * m + beta * a,
            "that is a sum, not an average: it grows to 1/(1 − β) times the values. Give the "
            "new value the weight 1 − β.": lambda m, a, beta: beta * m + a,
            "that is the plain mean of two numbers: β has no say in it.": (
                lambda m, a, beta: (m + a) / 2
            ),
            "the new value is missing.": lambda m, a, beta: beta * m,
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
            "rest, and it keeps 98 percent of it each step.",
            "b": "it arrives early, runs through, and swings: with β near 1 hardly any speed is "
            "lost. The height falls by the factor β per step, and no lr changes that.",
            "c": "momentum is stable here for lr below 2(1 + β), about 4, and your lr is 0.2. "
            "It stays, but does it rest?",
        },
    )


def momentum_step(step):
    """Three lines: average, step, return (02)."""

    def right(theta, m, g, lr, beta):
        m = beta * m + (1 - beta) * g
        return theta - lr * m, m

    def uphill(theta, m, g, lr, beta):
        m = beta * m + (1 - beta) * g
        return theta + lr * m, m

    def stale(theta, m, g, lr, beta):
        return theta - lr * m, beta * m + (1 - beta) * g

    def bare(theta, m, g, lr, beta):
        return theta - lr * g, beta * m + (1 - beta) * g

    def velocity(theta, m, g, lr, beta):
        m = beta * m + g
        return theta - lr * m, m

    def turned(theta, m, g, lr, beta):
        return right(theta, m, g, lr, 1 - beta)

    def inside(theta, m, g, lr, beta):
        m = beta * m + lr * g
        return theta - m, m

    def corrected(theta, m, g, lr, beta):
        m = beta * m + (1 - beta) * g
        return theta - lr * m / (1 - beta), m

    def swapped(theta, m, g, lr, beta):
        return right(theta, m, g, lr, beta)[::-1]

    return diagnose.function(
        step, right,
        cases=[
            dict(theta=np.array([3.0, -1]), m=np.array([0.5, 2]), g=np.array([1.0, 4]), lr=0.1,
                 beta=0.9),
            dict(theta=np.array([0.0, 2]), m=np.zeros(2), g=np.array([-2.0, 1]), lr=0.5, beta=0.6),
        ],
        mistakes={
            "that goes uphill: subtract lr * m from theta.": uphill,
            "theta moves along the old m. Update m first, then step along the new one.": stale,
            "m is right, but the step still uses the bare gradient g: step along m.": bare,
            "that is the velocity form: without 1 − β, m is no average. Here we want the average "
            "form; how the two are related comes next.": velocity,
            "β and 1 − β have changed places: β belongs to the old m.": turned,
            "that is the velocity form, with lr inside the memory. Here m is an average of the "
            "gradients: give g the weight 1 − β, and use lr in the step.": inside,
            "the step is 1/(1 − β) times too long: nothing is to be divided here.": corrected,
            "both are right, in the wrong order: return theta, m.": swapped,
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
            "you multiplied by 1 − β. The average is smaller than the velocity, by 1 − β; to "
            "make the same step its lr has to be larger.": 0.03,
            "the factor is not β: compare m = β m + (1 − β) g with velocity = β velocity + lr g.":
                0.3 * 0.9,
            "divide by 1 − β, not by β.": 0.3 / 0.9,
            "the two forms are not equal at the same lr: see the panel with the switch off.": 0.3,
        },
        praise="lr / (1 − β) = 0.3 / 0.1. Papers that forget to say which form they use are off "
        "by this factor of ten.",
    )  # fmt: skip


def steps_to(height, lr, beta, limit=1000):
    """How many steps of `heavy_ball` in the valley get below `height`; None within `limit`."""
    valley = core.ravine(25)
    trace = core.run(core.heavy_ball, valley.grad, valley.start, limit, lr=lr, beta=beta)
    with np.errstate(all="ignore"):
        below = np.flatnonzero(valley.f(trace.theta.T) < height)
    return int(below[0]) if len(below) else None


def fast_enough(lr, beta):
    """Below 1e-6 within 100 steps, kappa = 25 (02)."""
    if diagnose.not_started((lr, beta)):
        return Feedback("not started", "replace both ... with numbers and run the cell again.")
    try:
        lr, beta = float(lr), float(beta)
    except (TypeError, ValueError):
        return Feedback("not yet", f"write numbers, not {lr!r} and {beta!r}.")
    try:
        steps = steps_to(1e-6, lr, beta)
    except ValueError as error:
        return Feedback("not yet", f"{error}.")
    if steps is not None and steps <= 100:
        star = steps_to(1e-6, *core.heavy_ball_best(1 / 25, 1))
        alone = (
            " That was without momentum, close to the edge lr = 2; try a β." if beta == 0 else ""
        )
        goal = " Can you get below 40?" if steps >= 40 and not alone else ""
        return Feedback(
            "right",
            f"{steps} steps.{alone}{goal} The star of the map needs {star}: it is best in the "
            "long run, and this run is short.",
        )
    rate = core.heavy_ball_rate(lr, beta, 1 / 25, 1)
    if rate >= 1:
        return Feedback(
            "not yet",
            f"that diverges: with β = {beta:g} the limit is lr < 2(1 + β) = {2 * (1 + beta):g}.",
        )
    needed = f"it takes {steps} steps" if steps else "1000 steps are not enough"
    if np.isclose(rate, np.sqrt(beta), rtol=1e-6):
        return Feedback(
            "not yet",
            f"{needed}: the ball swings, and each step keeps √β = {rate:.3f} of the distance "
            "whatever lr is. Only a smaller β helps.",
        )
    if core.heavy_ball_rate(lr, beta, 1, 1) > core.heavy_ball_rate(lr, beta, 1 / 25, 1 / 25):
        return Feedback(
            "not yet",
            f"{needed}: each step keeps {rate:.3f} of the distance, and the steep direction is "
            f"what holds it up, close to the edge lr = 2(1 + β) = {2 * (1 + beta):g}. A smaller lr "
            "helps here, or more β.",
        )
    return Feedback(
        "not yet",
        f"{needed}: each step keeps {rate:.3f} of the distance, and the slow direction is what "
        "holds it up. A larger lr helps here, or more β.",
    )


def _piling_up(grad, theta, lr, beta):
    """The mistake of keeping the whole old m."""
    m = np.zeros_like(theta)
    while True:
        m = m + (1 - beta) * grad(theta)
        theta = theta - lr * m
        yield dict(theta=theta)


def mended(descend):
    """Find the bug: a momentum that does not remember (02)."""
    valley = core.ravine(25)

    def end_of(optimizer, lr, **hyper):
        return lambda grad, theta, steps, **given: core.run(
            optimizer, grad, theta, steps, lr=lr, **hyper
        ).theta[-1]

    lr, beta = 2.0, 0.9
    return diagnose.function(
        descend,
        right=end_of(core.momentum, lr, beta=beta),
        cases=[dict(grad=valley.grad, theta=valley.start, lr=lr, beta=beta, steps=40)],
        mistakes={
            "it stops after one step: the return stands inside the loop.": (
                lambda grad, theta, steps, **given: theta - lr * (1 - beta) * grad(theta)
            ),
            "m is kept whole, so nothing is ever forgotten: keep β times the old m.": (
                end_of(_piling_up, lr, beta=beta)
            ),
            "m remembers now, but 1 − β is gone: that is the velocity form, and ten times the "
            "lr.": end_of(core.heavy_ball, lr, beta=beta),
            "the weights have changed places: β belongs to the old m.": (
                end_of(core.momentum, lr, beta=1 - beta)
            ),
            "this is plain gradient descent: m is set to zero at every step, or the step does not "
            "use it.": (end_of(core.gd, lr)),
        },
        praise="one line too far to the right, and the ball had no memory.",
        listing=(
            "it still goes where the listing goes, which is the way of gradient descent with a "
            "smaller lr.",
            end_of(core.gd, lr * (1 - beta)),
        ),
    )
