"""Checks of 05_tuning_adam, and the tries that are counted."""

import numpy as np

import adam_core as core
from adam_lab.checks import diagnose
from adam_lab.checks.diagnose import Feedback

GOOD = 0.01  # of the height at the start


def dial_prediction(guess):
    """The defaults fail here. Which one dial can repair it? (05)"""
    return diagnose.choice(
        guess,
        "a",
        {
            "a": "with lr = 0.001 each step is about 0.001 long. No average and no ε makes up for "
            "that. Now the numbers.",
            "b": "β₁ decides how long a direction is remembered, and an average of steps is no "
            "longer than the steps. How long is one, if lr = 0.001?",
            "c": "β₂ decides how long sizes are remembered. Adam divides by the size whatever β₂ "
            "is, so a step stays near lr. How far do 200 of them get?",
            "d": "ε is added to the denominator: it can make steps shorter, never longer. Are the "
            "steps too long here?",
        },
    )


def band(answer):
    """Why does the good region of lr × ε lean to the right at the top? (05)"""
    return diagnose.choice(
        answer,
        "b",
        {
            "a": "a larger ε makes the denominator larger, so the steps get smaller, not larger. "
            "What must lr do to make up for it?",
            "b": "√v̂ no longer counts beside ε. What is left is momentum (average form) with the "
            "learning rate lr/ε: ten times the ε needs ten times the lr.",
            "c": "bias correction fades after the first steps and does not know ε. Compare √v̂ with "
            "ε: what happens to their sum when ε is much larger?",
            "d": "the map has no noise: its slider is at 0, and the edge is sharp. Put a large ε "
            "into the step lr m̂ / (√v̂ + ε).",
        },
    )


def scale_prediction(guess):
    """The loss is multiplied by 100: what happens to the good learning rates? (05)"""
    return diagnose.choice(
        guess,
        "d",
        {
            "a": "gradient descent's step is lr times g, so a g 100 times as large needs an lr 100 "
            "times as small. But what does Adam divide by?",
            "b": "the gradients are 100 times as large. One of the two divides them by their own "
            "size. Does the other?",
            "c": "just the other way round: which of the two divides g by its own size?",
            "d": "Adam divides the gradient by its own size, so the factor cancels; gradient "
            "descent's lr has to carry it.",
        },
    )


def budget_prediction(guess):
    """One try, or a hundred: who wins? (05)"""
    return diagnose.choice(
        guess,
        "c",
        {
            "a": "with one try, yes: a wide good region is easy to hit. But with a hundred tries "
            "somebody's narrow, deep spot will be hit too. Whose?",
            "b": "its best point is deep, but look how narrow its strip is. How likely is it that "
            "a single try falls into it?",
            "c": "with one try the widest region wins, with a hundred the deepest point. A "
            "comparison that does not say how it was tuned says little.",
        },
    )


def seeds_prediction(guess):
    """The best of 2401 points under one seed, tried under another. (05)"""
    return diagnose.choice(
        guess,
        "c",
        {
            "a": "it would be, if the noise were the same. The best of 2401 points is also the "
            "luckiest one. Does luck repeat?",
            "b": "worse, yes. But it is no bad place, only a lucky one: look where the numbers "
            "stand in the right-hand map.",
            "c": "the very best was luck, the region around it is not. Choose the middle of a wide "
            "region, not the best point of one map.",
        },
    )


def anneal_prediction(guess):
    """Do Adam's steps get smaller on their own, with constant lr? (05)"""
    return diagnose.choice(
        guess,
        "b",
        {
            "a": "without noise they do, because m̂ fades faster than √v̂ forgets. With noise, does "
            "the gradient fade at all?",
            "b": "near the minimum the gradient is all noise. Noise does not fade, so neither m̂ "
            "nor √v̂ does, and their ratio stays.",
            "c": "with noise they do not shrink, right. But put the noise slider to 0: m̂ fades, "
            "and v̂ still remembers the large gradients of the start.",
        },
    )


def warm_cosine(schedule):
    """A warm-up, then half a cosine (05)."""

    def fall(t, steps):
        return (1 + np.cos(np.pi * (t - 1) / (steps - 1))) / 2

    def right(t, lr, warm, steps):
        return lr * min(t / warm, 1) * fall(t, steps)

    return diagnose.function(
        schedule, right,
        cases=[dict(t=t, lr=0.3, warm=10, steps=101) for t in (1, 5, 10, 51, 90, 101)],
        mistakes={
            "the rise never stops: after the warm-up it must stay at 1, and min does that.": (
                lambda t, lr, warm, steps: lr * t / warm * fall(t, steps)
            ),
            "the first step has lr 0 and is wasted: t starts at 1, and the rise is t / warm.": (
                lambda t, lr, warm, steps: lr * min((t - 1) / warm, 1) * fall(t, steps)
            ),
            "that rises, and never falls: multiply by the cosine part too.": (
                lambda t, lr, warm, steps: lr * min(t / warm, 1)
            ),
            "that falls, and never rises: multiply by the warm-up part too.": (
                lambda t, lr, warm, steps: lr * fall(t, steps)
            ),
            "a cosine runs from 1 to −1, and a negative lr walks uphill. Add 1 and halve it.": (
                lambda t, lr, warm, steps:
                lr * min(t / warm, 1) * np.cos(np.pi * (t - 1) / (steps - 1))
            ),
            "the cosine part runs from 2 to 0: halve it.": (
                lambda t, lr, warm, steps: 2 * right(t, lr, warm, steps)
            ),
            "the two parts are multiplied, not added.": (
                lambda t, lr, warm, steps: lr * (min(t / warm, 1) + fall(t, steps))
            ),
            "the shape is right, and lr is missing.": (
                lambda t, lr, warm, steps: min(t / warm, 1) * fall(t, steps)
            ),
            "your cosine begins only after the warm-up. Here it falls from the first step on, and "
            "is multiplied by the rise.": (
                lambda t, lr, warm, steps:
                lr * t / warm if t <= warm else lr * fall(t - warm + 1, steps - warm + 1)
            ),
            "during the warm-up the fall is missing: multiply by both parts at every t.": (
                lambda t, lr, warm, steps: lr * (t / warm if t < warm else fall(t, steps))
            ),
            "almost: count the cosine from t = 1 to t = steps, so (t - 1) / (steps - 1).": (
                lambda t, lr, warm, steps:
                lr * min(t / warm, 1) * (1 + np.cos(np.pi * t / steps)) / 2
            ),
        },
        praise="that is warmup(cosine(lr, steps), warm) of adam_core, a schedule that many "
        "large networks are trained with.",
    )  # fmt: skip


def defence(answer):
    """Which defence of the defaults holds? (05)"""
    return diagnose.choice(
        answer,
        "c",
        {
            "a": "0.001 went 0.2 in 200 steps, and the minimum was 9 away. One lr served seven "
            "surfaces because they are all about as large.",
            "b": "Adam ignores the size of the loss, so lr does not follow it. But lr still is a "
            "length: how far is the minimum, and how many steps do you have?",
            "c": "the maps show wide calm bands for β₁, β₂ and ε around the defaults, and none for "
            "lr. A few tries on a log scale, then a decay if there is noise.",
            "d": "the best of 2401 points under one seed was mostly luck. A grid of four dials "
            "costs thousands of runs, and finds the seed.",
        },
    )


# ---------------------------------------------------------------------------
# Ten tries each
# ---------------------------------------------------------------------------

_BUDGET, _STEPS, _SCALE, _NOISE, _SEEDS = 10, 200, 60, 0.3, 16
_LABELS = dict(gd="gradient descent", adam="Adam")


class Tries:
    """Tune gradient descent and Adam on a noisy valley, and every try counts (05).

    tries.gd(lr=...) and tries.adam(lr=..., beta1=..., ...) run 200 steps under 16 seeds and
    print the median height they end at, where the start is 1. A `...` is no try.
    """

    def __init__(self):
        self.made = dict(gd=[], adam=[])

    def gd(self, lr, **hyper):
        self._count("gd", dict(lr=lr) | hyper)

    def adam(self, lr=0.001, **hyper):
        self._count("adam", dict(lr=lr) | hyper)

    def _count(self, name, hyper):
        if any(diagnose.not_started(value) for value in hyper.values()):
            return
        try:
            height = self._height(getattr(core, name), hyper)
        except (TypeError, ValueError) as error:
            print(f"{_LABELS[name]}: {error}. Not counted.")
            return
        self.made[name].append((float(hyper["lr"]), height))
        dials = ", ".join(f"{dial} = {float(value):g}" for dial, value in hyper.items())
        end = f"ends at {height:.2g}" if height < 1e6 else "diverges"
        verdict = ", good" if height < GOOD else ", above the start" if 1 < height < 1e6 else ""
        print(f"{_LABELS[name]}, try {len(self.made[name])} of {_BUDGET}: {dials} {end}{verdict}")

    def _height(self, optimizer, hyper):
        """Median over the seeds, relative to the start; lr may be a plain number only."""
        hyper = {name: float(value) for name, value in hyper.items()}
        valley, rng = core.ravine(25), np.random.default_rng(5)
        theta = np.repeat(valley.start[:, None], _SEEDS, axis=1)

        def grad(theta):
            return _SCALE * (valley.grad(theta) + _NOISE * rng.standard_normal(theta.shape))

        theta = core.run(optimizer, grad, theta, _STEPS, record=("theta",), **hyper).theta[-1]
        with np.errstate(all="ignore"):
            heights = valley.f(theta) / valley.f(valley.start)
        return float(np.median(np.where(np.isfinite(heights), heights, np.inf)))


def tuned(tries):
    """Ten tries each: both good, and the best try between two worse ones (05)."""
    if not isinstance(tries, Tries):
        return Feedback("not yet", "keep the line tries = checks.Tries(): it counts for you.")
    if not any(tries.made.values()):
        return Feedback("not started", "replace a ... with a learning rate and run the cell again.")
    for name, made in tries.made.items():
        complaint = _search_complaint(made)
        if complaint:
            return Feedback("not yet", f"{_LABELS[name]}: {complaint}")
    best = {name: min(height for _, height in made) for name, made in tries.made.items()}
    return Feedback(
        "right",
        "; ".join(
            f"{_LABELS[name]} {best[name]:.2g} after {len(made)} tries"
            for name, made in tries.made.items()
        )
        + ". Both are good, and close to each other. Adam's lr stands for a length, gradient "
        "descent's also had to find out how steep the valley is.",
    )


def _search_complaint(made):
    """What is wrong with a search for lr: a list of (lr, height)."""
    if not made:
        return "no try yet. Add lines with other learning rates, one line per try."
    if len(made) > _BUDGET:
        return (
            f"{len(made)} tries, and the budget is {_BUDGET}. Take some lines out: step by factors "
            "of ten first, and refine only around the best."
        )
    lrs, heights = np.array(made).T
    best = lrs[heights.argmin()]
    if heights.min() > 1:
        return f"every try ends above the start, so even {lrs.min():g} is too large. Divide by ten."
    if len(set(lrs)) == 1:
        return f"only lr = {lrs[0]:g} so far. Try ten times as much and a tenth of it."
    if best == lrs.max():
        return f"your best lr, {best:g}, is the largest you tried. It may get better: go on up."
    if best == lrs.min():
        return f"your best lr, {best:g}, is the smallest you tried. It may get better: go on down."
    if heights.min() >= GOOD:
        around = sorted(lrs), sorted(lrs).index(best)
        low, high = around[0][around[1] - 1], around[0][around[1] + 1]
        return (
            f"the best is between {low:g} and {high:g}, and {heights.min():.2g} is not below "
            f"{GOOD:g} yet. Refine in there: factors of two or three."
        )
