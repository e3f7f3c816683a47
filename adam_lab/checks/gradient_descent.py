"""Checks of 01_gradient_descent."""

import numpy as np

import adam_core as core
from adam_lab.checks import diagnose
from adam_lab.checks.diagnose import Feedback


def descend(attempt):
    """Gradient descent as a loop (01)."""

    def right(grad, theta, lr, steps):
        for _ in range(steps):
            theta = theta - lr * grad(theta)
        return theta

    def one_step(grad, theta, lr, steps):
        return right(grad, theta, lr, 1)

    def too_few(grad, theta, lr, steps):
        return right(grad, theta, lr, steps - 1)

    def too_many(grad, theta, lr, steps):
        return right(grad, theta, lr, steps + 1)

    def stale(grad, theta, lr, steps):
        return theta - steps * lr * grad(theta)

    def uphill(grad, theta, lr, steps):
        return right(grad, theta, -lr, steps)

    def bare(grad, theta, lr, steps):
        return right(grad, theta, 1, steps)

    return diagnose.function(
        attempt, right,
        cases=[
            dict(grad=core.ravine(25).grad, theta=core.ravine(25).start, lr=0.5, steps=4),
            dict(grad=core.booth.grad, theta=np.array([2.0, -1.0]), lr=0.03, steps=7),
        ],
        mistakes={
            "that goes uphill: g points up the slope, so subtract it.": uphill,
            "every step uses the gradient of the start. Measure it again inside the loop, where "
            "you stand now.": stale,
            "it takes one step only. Is the return inside the loop?": one_step,
            "it takes one step too few: range(1, steps) has steps - 1 values.": too_few,
            "it takes one step too many: range(steps) already has `steps` values.": too_many,
            "lr has no effect: the step is lr times g.": bare,
        },
        praise="the same numbers as `gd` in adam_core. Every optimizer of this series is this "
        "loop with another step in it.",
    )  # fmt: skip


def clocks_prediction(guess):
    """lr = 2.1 in the valley: what do x and y do? (01)"""
    return diagnose.choice(
        guess,
        "a",
        {
            "a": "y is multiplied by 1 − 2.1 = −1.1 and grows; x by 1 − 2.1/25 = 0.916 and "
            "shrinks. One direction is enough to ruin the run.",
            "b": "the curvature is smaller along x, and a small curvature allows a large lr. So "
            "which of the two meets its limit first?",
            "c": "each direction has its own limit, 2 over its own curvature. Along x the "
            "curvature is 1/25: what is the limit there?",
        },
    )


LIMIT = 2 / 18  # booth has curvatures 2 and 18


def largest_lr(lr):
    """The largest stable lr on `booth`, to two digits (01)."""
    if not diagnose.not_started(lr):
        try:
            lr = float(lr)
        except (TypeError, ValueError):
            return Feedback("not yet", f"write a number, not {lr!r}.")
        if not lr > 0:
            return Feedback("not yet", f"lr must be positive, and is {lr:g}.")
    known = diagnose.number(
        lr, LIMIT, tolerance=0.015,
        mistakes={
            "2 is the limit of the valley, whose largest curvature is L = 1. This surface is "
            "steeper.": 2,
            "that is 2/μ, the limit of the flattest direction. The steepest one runs away long "
            "before.": 1,
            "10 stands beside x in the gradient, but the valley lies askew: the largest "
            "curvature is between the axes, and larger than 10.": 0.2,
            "that is stable, and close to the fastest: it is 2/(L + μ). The limit is further "
            "out.": 0.1,
            "that is 1/L, where the steepest direction arrives in one step. The limit is twice "
            "as far.": 1 / 18,
        },
        praise="the limit is 2/18 = 0.1111, so the largest curvature is L = 18. You have measured "
        "it without knowing the formula.",
    )  # fmt: skip
    if known.verdict == "not started":
        return known
    if lr > LIMIT * (1 + 1e-4) and (known.verdict == "right" or "too large" in known.text):
        return Feedback("not yet", f"at {lr:.4g} it runs away. Give it enough steps to see it.")
    if "too small" in known.text:
        return Feedback("not yet", f"{lr:.4g} is stable, and there is room above it.")
    return known


def steps_needed(steps):
    """κ = 100 at the best lr: steps to a thousandth of the distance? (01)"""

    def needed(kappa, part=1000.0):
        return np.log(part) / -np.log((kappa - 1) / (kappa + 1))

    return diagnose.number(
        steps, needed(100), tolerance=0.03,
        mistakes={
            "that is the number for κ = 25. A valley four times as long cannot cost the same.": (
                needed(25)
            ),
            "that is half of it. If you scaled with √κ: momentum will do that in lesson 02, "
            "gradient descent cannot. If you counted the height: it falls with the square of the "
            "distance, in half the steps.": needed(100) / 2,
            "you scaled with κ². The steps grow in proportion to κ.": 16 * needed(25),
            "the exponent is off: take the same logarithm above and below the fraction line.": (
                3 / -np.log(99 / 101)
            ),
            "the sign: a logarithm of a number below 1 is negative, so put a minus before it.": (
                -needed(100)
            ),
            "that is for lr = 1. The best lr is 2/(L + μ), nearly 2, and needs half of it.": (
                np.log(1000) / -np.log(0.99)
            ),
        },
        praise="four times κ, four times the steps. For κ = 10 000 it would be about 35 000.",
    )  # fmt: skip


def noise_prediction(guess):
    """Batches four times as large: what happens to the noise floor? (01)"""
    return diagnose.choice(
        guess,
        "c",
        {
            "a": "averaging over more samples makes the noise smaller, so the walkers end nearer "
            "to the minimum. By how much?",
            "b": "the noise itself is half as large, yes: 1/√4. But the floor is a height, and "
            "height goes with the square of the distance.",
            "c": "the noise is half as large, the walkers stand half as far out, and half the "
            "distance is a quarter of the height. It costs four times the work per step.",
        },
    )


def one_over_t(attempt):
    """The 1/t schedule (01)."""
    return diagnose.function(
        attempt,
        right=lambda t, lr, rate: lr / (1 + rate * (t - 1)),
        cases=[dict(t=1, lr=0.5, rate=0.1), dict(t=11, lr=0.5, rate=0.1),
               dict(t=4, lr=2.0, rate=0.5)],
        mistakes={
            "the first step, t = 1, should still use the whole lr: count t − 1.": (
                lambda t, lr, rate: lr / (1 + rate * t)
            ),
            "rate is missing: with lr / t nobody can set how fast it falls.": (
                lambda t, lr, rate: lr / t
            ),
            "that is the exponential decay. Here t stands below the fraction line.": (
                lambda t, lr, rate: lr * rate ** (t - 1)
            ),
            "brackets: rate multiplies all of (t − 1).": (
                lambda t, lr, rate: lr / (1 + rate * t - 1)
            ),
            "that grows with t. Divide by the bracket.": (
                lambda t, lr, rate: lr * (1 + rate * (t - 1))
            ),
            "that is a straight line, and it turns negative later on: uphill.": (
                lambda t, lr, rate: lr - rate * (t - 1)
            ),
            "brackets: divide lr by all of 1 + rate (t − 1).": (
                lambda t, lr, rate: lr / 1 + rate * (t - 1)
            ),
        },
        praise="Robbins and Monro's schedule of 1951; `inverse_time_decay` in adam_core.",
    )  # fmt: skip


def decay_prediction(guess):
    """lr = 0.9^(t-1), no noise, 1000 steps: where does it end? (01)"""
    return diagnose.choice(
        guess,
        "b",
        {
            "a": "slower and slower, yes. But add up all its learning rates: 1 + 0.9 + 0.81 + ... "
            "is a finite number. Which one?",
            "b": "all its learning rates together make 1/(1 − 0.9) = 10, however many steps you "
            "take. Along x, where the curvature is 1/25, that is not enough.",
            "c": "lr never exceeds 1 here, and along x the limit is 50. Nothing swings. What else "
            "can go wrong?",
        },
    )


def _to_a_thousandth(function):
    """`function` with its result rounded: slopes that are measured are not exact."""

    def rounded(**case):
        result = function(**case)
        try:
            return result if result is None else np.round(np.asarray(result, dtype=float), 3)
        except (TypeError, ValueError):
            return result

    return rounded


def _measured(h, whole=False, nearest=False):
    """Gradient descent with measured slopes, with or without the mistakes of the listing."""

    def walk(f, start, lr, steps):
        theta = np.array(start) if whole else np.array(start, dtype=float)
        for _ in range(steps):
            g = [(f(theta + e) - f(theta - e)) / (2 * h) for e in h * np.eye(2)]
            theta[:] = theta - lr * np.array(g)
            if nearest:
                theta = np.round(theta)
        return theta

    return _to_a_thousandth(walk)


def measured(attempt):
    """Find the bugs: whole numbers, and an h that is too small (01)."""

    def f(theta):
        return 1000 + core.booth.f(theta)

    return diagnose.function(
        _to_a_thousandth(attempt),
        right=_measured(1e-5),
        cases=[
            dict(f=f, start=[-8, -2], lr=0.05, steps=200),
            dict(f=f, start=np.array([4.0, -1.5]), lr=0.05, steps=200),
        ],
        mistakes={
            "one of two: theta may hold fractions now. But the slopes are still measured with "
            "h = 1e-12, where the two heights agree in almost every digit.": _measured(1e-12),
            "one of two: the slopes are right now. But from a start of whole numbers NumPy makes "
            "an array of whole numbers, and cuts off the fractions of every step.": (
                _measured(1e-5, whole=True)
            ),
            "rounding to the nearest whole number is no better than cutting: keep the "
            "fractions.": _measured(1e-5, nearest=True),
        },
        praise="a theta that holds fractions, and an h that is not too small.",
        listing=(
            "it goes where the listing goes: it ends at (0, 3), and the minimum is at (1, 3). "
            "There are two bugs.",
            _measured(1e-12, whole=True),
        ),
    )
