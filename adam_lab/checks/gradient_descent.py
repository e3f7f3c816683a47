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

    def but(**change):
        """The right walk, with some of its arguments turned into others."""
        return lambda **case: right(**(case | {k: turn(case) for k, turn in change.items()}))

    def stale(grad, theta, lr, steps):
        return theta - steps * lr * grad(theta)

    def forgets(grad, theta, lr, steps):
        for _ in range(steps):
            theta = -lr * grad(theta)
        return theta

    def along(rule):
        """A walk whose step is a rule of theta, the gradient and lr."""

        def walk(grad, theta, lr, steps):
            for _ in range(steps):
                theta = rule(theta, grad(theta), lr)
            return theta

        return walk

    def in_turn(grad, theta, lr, steps):
        for _ in range(steps):
            for i in range(len(theta)):
                theta = theta - lr * grad(theta) * (np.arange(len(theta)) == i)
        return theta

    def fading(grad, theta, lr, steps):
        for t in range(steps):
            theta = theta - lr / (t + 1) * grad(theta)
        return theta

    def last_slope(grad, theta, lr, steps):
        return grad(right(grad, theta, lr, steps - 1))

    return diagnose.function(
        attempt, right,
        cases=[
            dict(grad=core.ravine(25).grad, theta=np.array([-9.0, 2.0]), lr=0.5, steps=4),
            dict(grad=core.booth.grad, theta=np.array([1.5, -4.0]), lr=0.03, steps=7),
            dict(grad=core.ravine(4).grad, theta=np.array([-2.0, -5.0]), lr=1.7, steps=3),
        ],
        rare=[  # that runs away, and that arrives
            dict(grad=core.ravine(25).grad, theta=np.array([-9.0, 2.0]), lr=2.6, steps=12),
            dict(grad=core.booth.grad, theta=np.array([8.0, -6.0]), lr=0.1, steps=150),
            dict(grad=core.ravine(25).grad, theta=np.array([1e-8, -2e-8]), lr=0.5, steps=3),
        ],
        mistakes={
            "that goes uphill: g points up the slope, so subtract it.": but(
                lr=lambda case: -case["lr"]
            ),
            "every step uses the gradient of the start. Measure it again inside the loop, where "
            "you stand now.": stale,
            "it takes one step only. Is the return inside the loop, or does each step begin at the "
            "start again?": but(steps=lambda case: 1),
            "it takes one step too few: range(steps) has `steps` values, and range(1, steps) one "
            "less.": but(steps=lambda case: case["steps"] - 1),
            "it takes one step too many: range(steps) already has `steps` values.": but(
                steps=lambda case: case["steps"] + 1
            ),
            "it returns its start: no step is taken, or none is kept.": but(steps=lambda case: 0),
            "lr has no effect: the step is lr times g.": but(lr=lambda case: 1),
            "that divides by lr: the step is lr times g.": but(lr=lambda case: 1 / case["lr"]),
            "each step forgets where it started from: it is theta minus lr times g.": forgets,
            "that is the gradient of the last step. Return theta.": last_slope,
            "that is the gradient at the end. Return theta.": lambda grad, theta, lr, steps: grad(
                right(grad, theta, lr, steps)
            ),
            "the step does not use the gradient: it is lr times g.": along(
                lambda theta, g, lr: theta - lr
            ),
            "each step forgets where it started from, and goes uphill: it is theta minus lr times "
            "g.": along(lambda theta, g, lr: lr * g),
            "turned round: theta minus the step, not the step minus theta.": along(
                lambda theta, g, lr: lr * g - theta
            ),
            "the size of g is lost: the step is lr times g itself.": along(
                lambda theta, g, lr: theta - lr * np.sign(g)
            ),
            "the sign of g is lost: the step is lr times g itself.": along(
                lambda theta, g, lr: theta - lr * np.abs(g)
            ),
            "g is squared: the step is lr times g itself.": along(
                lambda theta, g, lr: theta - lr * g**2
            ),
            "each coordinate has a slope of its own: no sum.": along(
                lambda theta, g, lr: theta - lr * np.sum(g)
            ),
            "each coordinate has a slope of its own: no norm, which is one number for all.": along(
                lambda theta, g, lr: theta - lr * np.sqrt(np.sum(g**2))
            ),
            "theta stands where the gradient should: g = grad(theta).": along(
                lambda theta, g, lr: theta - lr * theta
            ),
            "brackets: multiply lr by g first, then subtract.": along(
                lambda theta, g, lr: (theta - lr) * g
            ),
            "it takes two steps at each turn of the loop.": but(
                steps=lambda case: 2 * case["steps"]
            ),
            "y moves after x has moved: take the whole gradient at one place.": in_turn,
            "lr gets smaller from step to step: here it stays as it is.": fading,
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
    lr = diagnose.real(lr)
    if not lr > 0:
        return Feedback("not yet", f"lr must be positive, and is {lr:g}.")
    known = diagnose.number(
        lr, LIMIT, tolerance=0.015,
        mistakes={
            "2 is the limit of the valley, whose largest curvature is L = 1. This surface is "
            "steeper.": 2,
            "that is 2/μ, the limit of the flattest direction. The steepest one runs away long "
            "before.": 1,
            "at 0.2 it runs away. If you took the 10 beside x in the gradient for L: the valley "
            "lies askew, and the largest curvature, between the axes, is larger than 10.": 0.2,
            "that is stable, and close to the fastest: it is 2/(L + μ). The limit is further "
            "out.": 0.1,
            "that is 1/L, where the steepest direction arrives in one step. The limit is twice "
            "as far.": 1 / 18,
        },
        praise="the limit is 2/18 = 0.1111, so the largest curvature is L = 18. You have measured "
        "it without knowing the formula.",
    )  # fmt: skip
    if lr > 0.11145 and (known.verdict == "right" or "too large" in known.text):
        slowly = " Give it enough steps to see it." if lr < 1.05 * LIMIT else ""
        return Feedback("not yet", f"at {lr:.4g} it runs away.{slowly}")
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
            "that is half of it. If you scaled with √κ: momentum with its best β will, in lesson "
            "02; gradient descent cannot. If you counted the height: it falls with the square of "
            "the distance, in half the steps.": needed(100) / 2,
            "you scaled with κ². The steps grow in proportion to κ.": 16 * needed(25),
            "take the same logarithm above and below the fraction line: above it is the one to "
            "base 10.": 3 / -np.log(99 / 101),
            "take the same logarithm above and below the fraction line: below it is the one to "
            "base 10.": np.log(1000) / -np.log10(99 / 101),
            "the sign: a logarithm of a number below 1 is negative, so put a minus before it.": (
                -needed(100)
            ),
            "that is what one step keeps. How many of them leave a thousandth?": 99 / 101,
            "that is κ times the 86. Four times κ needs four times the steps.": 100 * needed(25),
            "that is to a hundredth. A thousandth is asked for.": needed(100, 100),
            "that is twice as many. If it is for lr = 1: the best lr is 2/(L + μ), nearly 2. If "
            "it is to a millionth: a thousandth is asked for.": np.log(1000) / -np.log(0.99),
        },
        praise="four times κ, four times the steps. For κ = 10 000 it would be about 34 500.",
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
        cases=[dict(t=1, lr=1.5, rate=0.1), dict(t=11, lr=0.4, rate=0.3),
               dict(t=4, lr=2.0, rate=0.5), dict(t=30, lr=3.0, rate=1.5),
               dict(t=200, lr=0.01, rate=0.7)],
        rare=[dict(t=20_000, lr=20.0, rate=0.02), dict(t=900, lr=0.001, rate=3.0),
              dict(t=2, lr=0.8, rate=0.4), dict(t=3, lr=1.2, rate=0.25)],
        mistakes={
            "the first step, t = 1, should still use the whole lr: count t − 1.": (
                lambda t, lr, rate: lr / (1 + rate * t)
            ),
            "the first step, t = 1, should still use the whole lr: count t − 1, not t + 1.": (
                lambda t, lr, rate: lr / (1 + rate * (t + 1))
            ),
            "rate is missing: with lr / t nobody can set how fast it falls.": (
                lambda t, lr, rate: lr / t
            ),
            "lr is missing: it stands above the fraction line, in place of the 1.": (
                lambda t, lr, rate: 1 / (1 + rate * (t - 1))
            ),
            "that is the exponential decay. Here t stands below the fraction line.": (
                lambda t, lr, rate: lr * rate ** (t - 1)
            ),
            "that is an exponential decay: multiply rate by (t − 1), do not raise to it.": (
                lambda t, lr, rate: lr / (1 + rate) ** (t - 1)
            ),
            "that raises rate to the power t − 1: multiply the two.": (
                lambda t, lr, rate: lr / (1 + rate ** (t - 1))
            ),
            "the bracket is 1 + rate * (t − 1): the 1 stands alone, and rate multiplies all of "
            "(t − 1).": (
                lambda t, lr, rate: lr / (1 + rate * t - 1)
            ),
            "that grows with t. Divide by the bracket.": (
                lambda t, lr, rate: lr * (1 + rate * (t - 1))
            ),
            "that is a straight line, and it turns negative later on: uphill.": (
                lambda t, lr, rate: lr - rate * (t - 1)
            ),
            "that is a straight line, and it turns negative later on. Divide by 1 + rate (t − "
            "1).": lambda t, lr, rate: lr * (1 - rate * (t - 1)),
            "brackets: divide lr by all of 1 + rate (t − 1).": (
                lambda t, lr, rate: lr / 1 + rate * (t - 1)
            ),
            "brackets: the division takes only (1 + rate), and then you multiply by t − 1.": (
                lambda t, lr, rate: lr / (1 + rate) * (t - 1)
            ),
            "that falls like the root of 1/t: no root is asked for.": (
                lambda t, lr, rate: lr / np.sqrt(1 + rate * (t - 1))
            ),
            "that falls like 1/t²: no square is asked for.": (
                lambda t, lr, rate: lr / (1 + rate * (t - 1)) ** 2
            ),
            "that is the whole lr at every step.": lambda t, lr, rate: lr + 0 * t,
            **diagnose.slips("t, lr, rate", {
                "lr and rate are missing: lr stands above the line.": "1 / t",
                "rate is no learning rate: lr stands above the line.": "rate / t",
                "rate is missing: it stands in the bracket, where you wrote lr.":
                    "lr / (1 + lr * (t - 1))",
                "lr and rate have changed places.": "rate / (1 + lr * (t - 1))",
                "that is the exponential decay, and a step too far. Here t stands below the "
                "fraction line.":
                    "lr * rate**t",
                "that is an exponential decay: t stands below the fraction line, in no "
                "exponent.":
                    "lr * np.exp(-rate * (t - 1))",
                "that is an exponential decay: rate (t − 1) is a product, no power.":
                    "lr * (1 - rate) ** (t - 1)",
                "rate is missing, and that is 1/√t: no root is asked for.": "lr / np.sqrt(t)",
                "the sign is wrong: a learning rate is positive.": "-lr / (1 + rate * (t - 1))",
                "the bracket begins with 1, so that the first step uses the whole lr.":
                    "lr / (2 + rate * (t - 1))",
                "rate is multiplied by t − 1, not added to it.": "lr / (1 + rate + (t - 1))",
                "upside down: lr stands above the fraction line.": "(1 + rate * (t - 1)) / lr",
                "the bracket has a minus: it is 1 plus rate (t − 1), and grows.":
                    "lr / (1 - rate * (t - 1))",
                "the bracket begins with 1, not with lr.": "lr / (lr + rate * (t - 1))",
                "the bracket begins with 1, not with t.": "lr / (t + rate * (t - 1))",
            }),
            "multiply t − 1 by rate. Divided by it, a larger rate makes lr fall more slowly.": (
                lambda t, lr, rate: lr / (1 + (t - 1) / rate)
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
