"""Checks of 03_rmsprop."""

import numpy as np

import adam_core as core
from adam_lab.checks import diagnose


def cancel_prediction(guess):
    """Nine gradients of -0.1 and one of 0.9, over and over: where does it go? (03)"""
    return diagnose.choice(
        guess,
        "c",
        {
            "a": "the gradients cancel, yes: gradient descent would stay. But divided by its own "
            "size, each of them is worth the same. Count the steps.",
            "b": "that would be the large one winning. But divided by its own size 0.9 is 1, "
            "and −0.1 is −1. Count the steps.",
            "c": "nine steps of +lr and one of −lr. The one large gradient counts no more than "
            "each of the nine small ones: dividing by its own size has thrown the size away.",
        },
    )


def adagrad_step(step):
    """Add the square, step, return (03)."""

    def right(theta, s, g, lr, eps):
        s = s + g**2
        return theta - lr * g / (np.sqrt(s) + eps), s

    def uphill(theta, s, g, lr, eps):
        s = s + g**2
        return theta + lr * g / (np.sqrt(s) + eps), s

    def rootless(theta, s, g, lr, eps):
        s = s + g**2
        return theta - lr * g / (s + eps), s

    def forgetful(theta, s, g, lr, eps):
        return theta - lr * g / (np.sqrt(g**2) + eps), g**2

    def absolute(theta, s, g, lr, eps):
        s = s + np.abs(g)
        return theta - lr * g / (np.sqrt(s) + eps), s

    def unsquared(theta, s, g, lr, eps):
        s = s + g
        with np.errstate(invalid="ignore"):
            return theta - lr * g / (np.sqrt(s) + eps), s

    def stale(theta, s, g, lr, eps):
        return theta - lr * g / (np.sqrt(s) + eps), s + g**2

    def inside(theta, s, g, lr, eps):
        s = s + g**2
        return theta - lr * g / np.sqrt(s + eps), s

    def parenthesis(theta, s, g, lr, eps):
        s = s + g**2
        return theta - lr * g / np.sqrt(s) + eps, s

    def without_eps(theta, s, g, lr, eps):
        s = s + g**2
        return theta - lr * g / np.sqrt(s), s

    def lost(theta, s, g, lr, eps):
        s = s + g**2
        return lr * g / (np.sqrt(s) + eps), s

    def bare(theta, s, g, lr, eps):
        return theta - lr * g, s + g**2

    def swapped(theta, s, g, lr, eps):
        return right(theta, s, g, lr, eps)[::-1]

    return diagnose.function(
        step, right,
        cases=[
            dict(theta=np.array([3.0, -1]), s=np.array([9.0, 1]), g=np.array([2.0, -0.5]), lr=0.1,
                 eps=0.01),
            dict(theta=np.array([0.0, 2]), s=np.array([4.0, 3]), g=np.array([1.0, 4]), lr=0.5,
                 eps=0.02),
        ],
        mistakes={
            "that goes uphill: subtract the step.": uphill,
            "the root is missing: s has the unit of g², so divide by its square root.": rootless,
            "s holds the last square only, so nothing is remembered: add g² to the old s.": (
                forgetful
            ),
            "s adds up g. Positive and negative gradients would cancel in it: add g².": unsquared,
            "s adds up |g|. Add g²: then the root of s is in the unit of g again.": absolute,
            "theta is divided by the old s. Add g² first, then step.": stale,
            "your ε is inside the root. That is a form too (see below); here it is added to the "
            "root.": inside,
            "Python divides first and then adds ε to theta: put √s + ε into parentheses.": (
                parenthesis
            ),
            "ε is missing: at a gradient of 0 in the first step this would be 0 / 0.": without_eps,
            "that is the step alone: subtract it from theta.": lost,
            "s is right, but the step is not divided by its root yet.": bare,
            "both are right, in the wrong order: return theta, s.": swapped,
        },
        praise="that is `adagrad` in adam_core, line by line.",
        parts=("theta", "s"),
    )  # fmt: skip


def rmsprop_step(step):
    """Average the square, step, return (03)."""

    def right(theta, v, g, lr, beta, eps):
        v = beta * v + (1 - beta) * g**2
        return theta - lr * g / (np.sqrt(v) + eps), v

    def uphill(theta, v, g, lr, beta, eps):
        v = beta * v + (1 - beta) * g**2
        return theta + lr * g / (np.sqrt(v) + eps), v

    def piling_up(theta, v, g, lr, beta, eps):
        v = v + g**2
        return theta - lr * g / (np.sqrt(v) + eps), v

    def without_share(theta, v, g, lr, beta, eps):
        v = beta * v + g**2
        return theta - lr * g / (np.sqrt(v) + eps), v

    def absolute(theta, v, g, lr, beta, eps):
        v = beta * v + (1 - beta) * np.abs(g)
        return theta - lr * g / (np.sqrt(v) + eps), v

    def share_squared(theta, v, g, lr, beta, eps):
        v = beta * v + ((1 - beta) * g) ** 2
        return theta - lr * g / (np.sqrt(v) + eps), v

    def parenthesis(theta, v, g, lr, beta, eps):
        v = beta * v + (1 - beta) * g**2
        return theta - lr * g / np.sqrt(v) + eps, v

    def without_eps(theta, v, g, lr, beta, eps):
        v = beta * v + (1 - beta) * g**2
        return theta - lr * g / np.sqrt(v), v

    def changed_places(theta, v, g, lr, beta, eps):
        return right(theta, v, g, lr, 1 - beta, eps)

    def unsquared(theta, v, g, lr, beta, eps):
        v = beta * v + (1 - beta) * g
        with np.errstate(invalid="ignore"):
            return theta - lr * g / (np.sqrt(v) + eps), v

    def rootless(theta, v, g, lr, beta, eps):
        v = beta * v + (1 - beta) * g**2
        return theta - lr * g / (v + eps), v

    def inside(theta, v, g, lr, beta, eps):
        v = beta * v + (1 - beta) * g**2
        return theta - lr * g / np.sqrt(v + eps), v

    def stale(theta, v, g, lr, beta, eps):
        return theta - lr * g / (np.sqrt(v) + eps), beta * v + (1 - beta) * g**2

    def swapped(theta, v, g, lr, beta, eps):
        return right(theta, v, g, lr, beta, eps)[::-1]

    return diagnose.function(
        step, right,
        cases=[
            dict(theta=np.array([3.0, -1]), v=np.array([4.0, 1]), g=np.array([2.5, -0.5]), lr=0.1,
                 beta=0.9, eps=0.01),
            dict(theta=np.array([0.0, 2]), v=np.array([1.0, 9]), g=np.array([2.0, 1]), lr=0.5,
                 beta=0.6, eps=0.02),
        ],
        mistakes={
            "that goes uphill: subtract the step.": uphill,
            "that is AdaGrad: v is a sum and never forgets. Here it is a moving average.": (
                piling_up
            ),
            "β and 1 − β have changed places: β belongs to the old v.": changed_places,
            "v averages g, not its square: it would become small where gradients change their "
            "sign, however large they are.": unsquared,
            "the root is missing: v has the unit of g², so divide by its square root.": rootless,
            "the new square comes with the share 1 − β: without it v is 1 / (1 − β) times too "
            "large.": without_share,
            "v averages |g|. Average g²: then the root of v is in the unit of g again.": absolute,
            "only g is squared, not its share 1 − β.": share_squared,
            "Python divides first and then adds ε to theta: put √v + ε into parentheses.": (
                parenthesis
            ),
            "ε is missing: at a gradient of 0 in the first step this would be 0 / 0.": without_eps,
            "your ε is inside the root. That is a form too (see below); here it is added to the "
            "root.": inside,
            "theta is divided by the old v. Update v first, then step.": stale,
            "both are right, in the wrong order: return theta, v.": swapped,
        },
        praise="that is `rmsprop` in adam_core, line by line.",
        parts=("theta", "v"),
    )  # fmt: skip


def first_rmsprop_step(size):
    """lr = 0.01, β = 0.99, first gradient -7: how long is the step? (03)"""
    return diagnose.number(
        size, 0.1,
        mistakes={
            "that would be right if v were already g². But v starts at 0: how much of g² has "
            "arrived after one step?": 0.01,
            "that is gradient descent's step, lr times the gradient. Here it is divided by √v.":
                0.07,
            "1 − β of g² has arrived, yes, but the step is divided by the root of it.": 1.0,
            "that is how many lr long it is. Now times lr.": 10.0,
            "v is too small, so the step is too large: divide by √(1 − β), don't multiply.": 0.001,
            "the gradient's size cancels: 7 above, and 7 in the root below.": 0.7,
            "its length is asked, so a positive number. (The step itself is +0.1: it goes "
            "against the gradient, which is negative.)": -0.1,
        },
        praise="lr / √(1 − β) = 0.01 / 0.1, ten times lr, whatever the gradient is.",
    )  # fmt: skip


def shrink_prediction(guess):
    """The minimum moves at step 3000 in place of 300: what becomes of the best lr? (03)"""
    return diagnose.choice(
        guess,
        "a",
        {
            "a": "AdaGrad's effective rates have fallen about like 1/√t by then, and only a "
            "larger lr brings them back to what the valley asks for. RMSprop's v has forgotten "
            "all but the last few dozen steps, so to it step 3000 is as good as step 300.",
            "b": "true of one of them. What is in s after 3000 steps, and what is in v, whose "
            "memory is about ten steps? Which of the two knows how long the run has lasted?",
            "c": "valley and noise are the same, yes. But lr is divided by √s or √v: which of "
            "these is the same after 3000 steps as after 300?",
            "d": "RMSprop's v holds about the last ten steps: it cannot know how many there were "
            "before. Which of the two divides by something that only grows?",
        },
    )


def rare_jumps(answer):
    """Why is RMSprop's rare step three times the frequent one? (03)"""
    return diagnose.choice(
        answer,
        "c",
        {
            "a": "it is, but because y jumps further: at the same distance both slopes are the "
            "same. And RMSprop divides the size away. Look at what stands below the fraction line.",
            "b": "that start is long over by step 200. But you are close: something makes v small "
            "again, again and again. What happens to v while g = 0?",
            "c": "in 19 silent steps v shrinks to 0.9¹⁹ = 14 percent. When a gradient comes, v is "
            "hardly more than (1 − β) g², as at the very first step: the jump is near "
            "lr / √(1 − β), however small g is. For y the memory is too short; this is division "
            "by its own size again.",
            "d": "there is no m here: RMSprop takes no step at all while g = 0. The y line is "
            "flat between the jumps. What else changes in a silent step?",
        },
    )


def eps_prediction(guess):
    """All gradients times 1e-6, eps = 1e-8 inside the root: how much slower? (03)"""
    return diagnose.choice(
        guess,
        "c",
        {
            "a": "as long as ε is much smaller than what it is added to, yes. But inside the root "
            "it is added to v, that is to g²: how large is (1e-6)²?",
            "b": "compare what ε is added to. Inside the root that is g², about 1e-12, and ε is "
            "ten thousand times as large. Does this cost a factor of two?",
            "c": "inside the root ε meets g², about 1e-12, and wins: the step is divided by "
            "√ε = 1e-4 in place of 1e-6. Outside, ε = 1e-8 meets 1e-6 and hardly matters.",
        },
    )


def _rmsprop(step):
    """The end of RMSprop with another last line: step(theta, g, v, lr, eps) -> theta."""

    def descend(grad, theta, lr, beta, eps, steps):
        v = np.zeros_like(theta)
        for _ in range(steps):
            g = grad(theta)
            v = beta * v + (1 - beta) * g**2
            theta = step(theta, g, v, lr, eps)
        return theta

    return descend


def parenthesis(descend):
    """Find the bug: eps is added to the parameter (03)."""
    valley = core.ravine(25)
    return diagnose.function(
        descend,
        right=_rmsprop(lambda theta, g, v, lr, eps: theta - lr * g / (np.sqrt(v) + eps)),
        cases=[dict(grad=valley.grad, theta=valley.start, lr=0.1, beta=0.9, eps=0.01, steps=20)],
        mistakes={
            "ε now stands inside the root: that is form A, where an ε of 1e-8 acts like 1e-4. "
            "Add it to the root.": _rmsprop(
                lambda theta, g, v, lr, eps: theta - lr * g / np.sqrt(v + eps)
            ),
            "ε is still added to the step, only times lr: the parenthesis belongs around "
            "√v + ε.": _rmsprop(lambda theta, g, v, lr, eps: theta - lr * (g / np.sqrt(v) + eps)),
            "ε is still added to the step, with the other sign: the parenthesis belongs around "
            "√v + ε.": _rmsprop(lambda theta, g, v, lr, eps: theta - (lr * g / np.sqrt(v) + eps)),
            "now ε is gone: nothing moves by itself any more, but a gradient of exactly 0 gives "
            "0 / 0.": _rmsprop(lambda theta, g, v, lr, eps: theta - lr * g / np.sqrt(v)),
            "now theta is divided as well: the parenthesis belongs around √v + ε alone.": _rmsprop(
                lambda theta, g, v, lr, eps: (theta - lr * g) / (np.sqrt(v) + eps)
            ),
        },
        praise="one pair of parentheses. With ε = 1e-8 nobody would have seen it for a long time.",
        listing=(
            "it goes where the listing goes: in every step, every parameter is raised by ε.",
            _rmsprop(lambda theta, g, v, lr, eps: theta - lr * g / np.sqrt(v) + eps),
        ),
    )
