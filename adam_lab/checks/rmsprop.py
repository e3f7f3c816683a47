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


def _divided(theta, v, g, lr, eps):
    """The step that AdaGrad and RMSprop share: v is the sum, or the average, of the squares."""
    return theta - lr * g / (np.sqrt(v) + eps)


# Slips in that step. {v} stands for the letter of the exercise.
_STEPS = {
    "that goes uphill: subtract the step.": lambda theta, v, g, lr, eps: (
        theta + lr * g / (np.sqrt(v) + eps)
    ),
    "the root is missing: {v} has the unit of g², so divide by its square root.": (
        lambda theta, v, g, lr, eps: theta - lr * g / (v + eps)
    ),
    "your ε is inside the root. That is a form too (see below); here it is added to the root.": (
        lambda theta, v, g, lr, eps: theta - lr * g / np.sqrt(v + eps)
    ),
    "Python divides first and then adds ε to theta: put √{v} + ε into parentheses.": (
        lambda theta, v, g, lr, eps: theta - lr * g / np.sqrt(v) + eps
    ),
    "ε is in the numerator now, times lr: put √{v} + ε into parentheses.": (
        lambda theta, v, g, lr, eps: theta - lr * (g / np.sqrt(v) + eps)
    ),
    "ε is subtracted with the step: put √{v} + ε into parentheses.": (
        lambda theta, v, g, lr, eps: theta - (lr * g / np.sqrt(v) + eps)
    ),
    "ε is added to the root, always: without it a first gradient of 0 would give 0 / 0.": (
        lambda theta, v, g, lr, eps: theta - lr * g / np.sqrt(v)
    ),
    "ε is added to the root, not put in its place where the root is smaller.": (
        lambda theta, v, g, lr, eps: theta - lr * g / np.maximum(np.sqrt(v), eps)
    ),
    "ε is subtracted from the root: it should be added.": lambda theta, v, g, lr, eps: (
        theta - lr * g / (np.sqrt(v) - eps)
    ),
    "that is the step alone: subtract it from theta.": lambda theta, v, g, lr, eps: (
        lr * g / (np.sqrt(v) + eps)
    ),
    "theta is subtracted from the step: it is the other way round.": (
        lambda theta, v, g, lr, eps: lr * g / (np.sqrt(v) + eps) - theta
    ),
    "{v} is right, but the step is not divided by its root yet.": (
        lambda theta, v, g, lr, eps: theta - lr * g
    ),
    "the step is multiplied by the root: divide by it.": lambda theta, v, g, lr, eps: (
        theta - lr * g * (np.sqrt(v) + eps)
    ),
    "lr is missing: above the line stands lr * g.": lambda theta, v, g, lr, eps: (
        theta - g / (np.sqrt(v) + eps)
    ),
    "g is missing: above the line stands lr * g.": lambda theta, v, g, lr, eps: (
        theta - lr / (np.sqrt(v) + eps)
    ),
    "above the line stands |g|, so the direction is lost: lr * g.": (
        lambda theta, v, g, lr, eps: theta - lr * np.abs(g) / (np.sqrt(v) + eps)
    ),
    "g is squared above the line as well. Only {v} holds squares: lr * g.": (
        lambda theta, v, g, lr, eps: theta - lr * g**2 / (np.sqrt(v) + eps)
    ),
    "theta is divided as well: only lr * g stands above the line.": (
        lambda theta, v, g, lr, eps: (theta - lr * g) / (np.sqrt(v) + eps)
    ),
    "that is sign descent: g is divided by its own size, and {v} is not used.": (
        lambda theta, v, g, lr, eps: theta - lr * np.sign(g)
    ),
}
_STEPS |= diagnose.slips("theta, v, g, lr, eps", {
    "theta does not move: subtract the step, and keep the result as theta.": "theta",
    "the old theta is missing: the step starts from there.": "-lr * g / (np.sqrt(v) + eps)",
    "ε is multiplied with the root: it should be added.": "theta - lr * g / (np.sqrt(v) * eps)",
    "ε is squared: add ε itself to the root.": "theta - lr * g / (np.sqrt(v) + eps**2)",
    "ε² inside the root is nearly it, but the root of a sum is no sum of roots. Add ε to the root.":
        "theta - lr * g / np.sqrt(v + eps**2)",
    "only ε is left below the line: the root of {v} comes there too.": "theta - lr * g / eps",
    "one size serves both coordinates: no sum. Each is divided by its own root.":
        "theta - lr * g / (np.sqrt(np.sum(v)) + eps)",
    "one size serves both coordinates: no mean. Each is divided by its own root.":
        "theta - lr * g / (np.sqrt(np.mean(v)) + eps)",
    "one size serves both coordinates: no norm. Each is divided by its own root.":
        "theta - lr * g / (np.sqrt(np.sum(v**2)) + eps)",
    "below the line stands the size of g, of this step alone. It is the root of {v}.":
        "theta - lr * g / (np.sqrt(g**2) + eps)",
    "x**1/2 is half of x: powers come first. The root is {v}**0.5 or np.sqrt({v}).":
        "theta - lr * g / (v**1 / 2 + eps)",
    "{v} is squared below the line: its root belongs there.": "theta - lr * g / (v**2 + eps)",
    "above the line stands lr * {v}: it is lr * g.": "theta - lr * v / (np.sqrt(v) + eps)",
    "above the line stands lr * theta: it is lr * g.": "theta - lr * theta / (np.sqrt(v) + eps)",
    "that divides by lr: above the line stands lr * g.": "theta - g / lr / (np.sqrt(v) + eps)",
    "theta and g have changed places.": "g - lr * theta / (np.sqrt(v) + eps)",
    "upside down: g stands above the line, and the root below.":
        "theta - lr * (np.sqrt(v) + eps) / g",
    "below the line is lr, where ε should be.": "theta - lr * g / (np.sqrt(v) + lr)",
})  # fmt: skip


def _slips(letter, update, updates):
    """hint -> rule(theta, v, g, lr, eps, *beta), of all slips in the step and in the update."""

    def with_step(step):
        def rule(theta, v, g, lr, eps, *beta):
            v = update(v, g, *beta)
            return step(theta, v, g, lr, eps), v

        return rule

    def with_update(wrong):
        def rule(theta, v, g, lr, eps, *beta):
            v = wrong(v, g, *beta)
            return _divided(theta, v, g, lr, eps), v

        return rule

    def stale(theta, v, g, lr, eps, *beta):
        return _divided(theta, v, g, lr, eps), update(v, g, *beta)

    def unkept(theta, v, g, lr, eps, *beta):
        return _divided(theta, update(v, g, *beta), g, lr, eps), v

    def swapped(theta, v, g, lr, eps, *beta):
        return with_step(_divided)(theta, v, g, lr, eps, *beta)[::-1]

    slips = {hint: with_update(wrong) for hint, wrong in updates.items()}
    slips |= {hint.format(v=letter): with_step(step) for hint, step in _STEPS.items()}

    def twice(theta, v, g, lr, eps, *beta):
        for _ in range(2):
            theta, v = with_step(_divided)(theta, v, g, lr, eps, *beta)
        return theta, v

    def with_back(back):
        def rule(theta, v, g, lr, eps, *beta):
            theta, v = with_step(_divided)(theta, v, g, lr, eps, *beta)
            return theta, back(v, g)

        return rule

    return slips | {
        "it takes two steps: one is asked for.": twice,
        "both come back as they were.": lambda theta, v, *others: (theta, v),
        f"theta is right, but you return g in place of {letter}.": with_back(lambda v, g: g),
        f"theta is right, but you return g² in place of {letter}.": with_back(lambda v, g: g**2),
        f"theta is right, but {letter} comes back as a root. Return {letter} itself, and take its "
        "root where you divide only.": with_back(lambda v, g: np.sqrt(v)),
        f"theta is divided by the old {letter}. Update {letter} first, then step.": stale,
        f"theta is right, but {letter} comes back as it was: keep the new one.": unkept,
        f"both are right, in the wrong order: return theta, {letter}.": swapped,
    }


def adagrad_step(step):
    """Add the square, step, return (03)."""

    def right(theta, s, g, lr, eps):
        s = s + g**2
        return _divided(theta, s, g, lr, eps), s

    slips = _slips("s", lambda s, g: s + g**2, {
        "s holds the last square only, so nothing is remembered: add g² to the old s.": (
            lambda s, g: g**2
        ),
        "s adds up g. Positive and negative gradients would cancel in it: add g².": (
            lambda s, g: s + g
        ),
        "s adds up |g|. Add g²: then the root of s is in the unit of g again.": (
            lambda s, g: s + np.abs(g)
        ),
        "g² is subtracted from s: a sum of squares only grows.": lambda s, g: s - g**2,
        "s adds up 2g. In Python the square of g is g**2.": lambda s, g: s + g * 2,
        "s itself is a root now. Keep the sum in s, and take the root where you divide.": (
            lambda s, g: np.sqrt(s + g**2)
        ),
        "s is squared as well: only g is, s holds squares already.": lambda s, g: s**2 + g**2,
        "the whole sum is squared: square g alone.": lambda s, g: (s + g) ** 2,
        "the squares of both coordinates are added into one. Each coordinate has its own s.": (
            lambda s, g: s + np.sum(g**2)
        ),
        "s is the mean of the old s and g². Here it is a sum.": lambda s, g: (s + g**2) / 2,
        **diagnose.slips("s, g", {
            "s does not change: add g² to it, and keep the sum as s.": "s",
            "g² is added to s, not multiplied.": "s * g**2",
            "the new s is the larger of two. It is their sum.": "np.maximum(s, g**2)",
            "s adds up g³. It is g², g**2.": "s + g**3",
            "s adds up half of g². It is g² as a whole.": "s + g**2 / 2",
            "that is an average, which forgets. In AdaGrad s is a sum.": "0.9 * s + 0.1 * g**2",
        }),
    })  # fmt: skip
    return diagnose.function(
        step, right,
        cases=[
            dict(theta=np.array([3.0, -1]), s=np.array([9.0, 1]), g=np.array([2.0, -0.5]), lr=0.1,
                 eps=0.01),
            dict(theta=np.array([0.4, 2]), s=np.array([1.5, 4]), g=np.array([-1.0, 3.5]), lr=0.5,
                 eps=0.03),
            dict(theta=np.array([-0.2, -0.3]), s=np.array([4e-4, 1e-4]),
                 g=np.array([-0.01, -0.02]), lr=0.7, eps=0.1),
        ],
        rare=[  # the start, with no slope in one direction; far sizes
            dict(theta=np.array([3.0, -1]), s=np.zeros(2), g=np.array([0.0, -2.5]), lr=0.1,
                 eps=0.5),
            dict(theta=np.array([0.0, 40.0]), s=np.array([0.0, 9e4]), g=np.array([-150.0, 80.0]),
                 lr=3.0, eps=1e-8),
            dict(theta=np.array([0.1, -0.3]), s=np.array([4e-12, 1.0]), g=np.array([3e-6, 0.0]),
                 lr=0.02, eps=1e-6),
            dict(theta=np.array([1e-8, -3e-8, 0.0]), s=np.array([4e-16, 1e-15, 0.0]),
                 g=np.array([2e-8, -1e-8, 3e-9]), lr=1e-8, eps=1e-9),
        ],
        mistakes={hint: _named(slip, "s") for hint, slip in slips.items()},
        praise="that is `adagrad` in adam_core, line by line.",
        parts=("theta", "s"),
    )  # fmt: skip


def _named(slip, letter):
    """A slip as a function of the arguments that the exercise has."""
    if letter == "s":
        return lambda theta, s, g, lr, eps: slip(theta, s, g, lr, eps)
    return lambda theta, v, g, lr, beta, eps: slip(theta, v, g, lr, eps, beta)


def rmsprop_step(step):
    """Average the square, step, return (03)."""

    def average(v, g, beta):
        return beta * v + (1 - beta) * g**2

    def right(theta, v, g, lr, beta, eps):
        v = average(v, g, beta)
        return _divided(theta, v, g, lr, eps), v

    slips = _slips("v", average, {
        "that is AdaGrad: v is a sum and never forgets. Here it is a moving average.": (
            lambda v, g, beta: v + g**2
        ),
        "β and 1 − β have changed places: β belongs to the old v.": (
            lambda v, g, beta: (1 - beta) * v + beta * g**2
        ),
        "v holds the last square only: the old v, times β, is missing.": lambda v, g, beta: g**2,
        "the old v, times β, is missing.": lambda v, g, beta: (1 - beta) * g**2,
        "the old v comes in whole: its share is β.": lambda v, g, beta: v + (1 - beta) * g**2,
        "v averages g, not its square: it would become small where gradients change their "
        "sign, however large they are.": lambda v, g, beta: beta * v + (1 - beta) * g,
        "v averages |g|. Average g²: then the root of v is in the unit of g again.": (
            lambda v, g, beta: beta * v + (1 - beta) * np.abs(g)
        ),
        "the new square comes with the share 1 − β: without it v is 1 / (1 − β) times too "
        "large.": lambda v, g, beta: beta * v + g**2,
        "both the old v and the new square have the share β. The new one has 1 − β.": (
            lambda v, g, beta: beta * v + beta * g**2
        ),
        "only g is squared, not its share 1 − β.": (
            lambda v, g, beta: beta * v + ((1 - beta) * g) ** 2
        ),
        "the new square is subtracted: both shares are added.": (
            lambda v, g, beta: beta * v - (1 - beta) * g**2
        ),
        "v averages 2g. In Python the square of g is g**2.": (
            lambda v, g, beta: beta * v + (1 - beta) * g * 2
        ),
        "v itself is a root now. Keep the average in v, and take the root where you divide.": (
            lambda v, g, beta: np.sqrt(average(v, g, beta))
        ),
        "v is squared as well: only g is, v holds squares already.": (
            lambda v, g, beta: beta * v**2 + (1 - beta) * g**2
        ),
        "the whole average is squared: square g alone.": (
            lambda v, g, beta: (beta * v + (1 - beta) * g) ** 2
        ),
        "the squares of both coordinates are added into one. Each coordinate has its own v.": (
            lambda v, g, beta: beta * v + (1 - beta) * np.sum(g**2)
        ),
        "Python multiplies first: put 1 − β into parentheses.": (
            lambda v, g, beta: beta * v + 1 - beta * g**2
        ),
        **diagnose.slips("v, g, beta", {
            "v does not change: it is the average of the old v and g².": "v",
            "the new square does not come into v: add (1 - beta) * g**2.": "beta * v",
            "the mean of the squares of both coordinates comes into v. Each has its own.":
                "beta * v + (1 - beta) * np.mean(g**2)",
            "v is the plain mean of two: β has no say in it.": "(v + g**2) / 2",
            "v is the larger of two. It is their average.": "np.maximum(beta * v, g**2)",
            "nothing is to be divided in v: the start is not corrected here.":
                "(beta * v + (1 - beta) * g**2) / (1 - beta)",
            "β is squared, or the average is taken twice: only g is squared.":
                "beta**2 * v + (1 - beta**2) * g**2",
            "β is squared in the second share: only g is.": "beta * v + (1 - beta**2) * g**2",
            "the weight of g² is 1 − β, with a minus.": "beta * v + (1 + beta) * g**2",
            "the old v has a number as its share: it is beta, whatever the caller gives.":
                "0.9 * v + (1 - beta) * g**2",
            "the new square has a number as its share: it is 1 − beta.": "beta * v + 0.1 * g**2",
        }),
    })  # fmt: skip
    return diagnose.function(
        step, right,
        cases=[
            dict(theta=np.array([3.0, -1]), v=np.array([4.0, 1]), g=np.array([2.5, -0.5]), lr=0.1,
                 beta=0.9, eps=0.01),
            dict(theta=np.array([0.4, 2]), v=np.array([1.0, 9]), g=np.array([-1.5, 2]), lr=0.5,
                 beta=0.6, eps=0.03),
            dict(theta=np.array([-0.2, -0.3]), v=np.array([4e-4, 1e-4]),
                 g=np.array([-0.01, -0.02]), lr=0.7, beta=0.8, eps=0.1),
        ],
        rare=[  # the start, with no slope in one direction; far sizes
            dict(theta=np.array([3.0, -1]), v=np.zeros(2), g=np.array([0.0, -2.5]), lr=0.1,
                 beta=0.9, eps=0.5),
            dict(theta=np.array([0.0, 40.0]), v=np.array([0.0, 9e4]), g=np.array([-150.0, 80.0]),
                 lr=3.0, beta=0.3, eps=1e-8),
            dict(theta=np.array([0.1, -0.3]), v=np.array([4e-12, 1.0]), g=np.array([3e-6, 0.0]),
                 lr=0.02, beta=0.99, eps=1e-6),
            dict(theta=np.array([1e-8, -3e-8, 0.0]), v=np.array([4e-16, 1e-15, 0.0]),
                 g=np.array([2e-8, -1e-8, 3e-9]), lr=1e-8, beta=0.9, eps=1e-9),
            dict(theta=np.array([1.0, -2.0, 0.5]), v=np.array([4.0, 0.3, 1e-3]), g=np.zeros(3),
                 lr=0.1, beta=0.8, eps=0.01),
        ],
        mistakes={hint: _named(slip, "v") for hint, slip in slips.items()},
        praise="that is `rmsprop` in adam_core, line by line.",
        parts=("theta", "v"),
    )  # fmt: skip


def first_rmsprop_step(size):
    """lr = 0.01, β = 0.99, first gradient -7: how long is the step? (03)"""
    value = diagnose.real(size)
    if np.isclose(abs(value), 0.01 / np.sqrt(0.99), rtol=1e-4):
        raise diagnose.Complaint(
            "β is the share of the old v, which is 0. The new square arrives with the share 1 − β."
        )
    return diagnose.number(
        value, 0.1,
        mistakes={
            "that would be right if v were already g². But v starts at 0: how much of g² has "
            "arrived after one step?": 0.01,
            "that is gradient descent's step, lr times the gradient. Here it is divided by √v.":
                0.07,
            "that is lr divided by 1 − β: the step is divided by the root of it.": 1.0,
            "that is how many lr long it is. Now times lr.": 10.0,
            "v is too small, so the step is too large: divide by √(1 − β), don't multiply.": 0.001,
            "0.7 is √v after one step. The step is lr · |g| divided by it: the gradient's size "
            "cancels, 7 above and 7 in the root below.": 0.7,
            "the gradient's size cancels: 7 above, and 7 in the root below, not 7 below alone.":
                0.1 / 7,
            "lr · g divided by v, yes, but by its root: v is (1 − β) · 49 = 0.49.": 1 / 7,
            "that is v after one step. Now the step: lr · g / √v.": 0.49,
            "its length is asked, so a positive number. (The step itself is +0.1: it goes "
            "against the gradient, which is negative.)": -0.1,
            "its length is asked, so a positive number, and v has not arrived in full: how much "
            "of g² is in it after one step?": -0.01,
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


def _rmsprop(step, average=None, start=np.zeros_like, anew=False, once=False):
    """The end of RMSprop with slips: step(theta, g, v, lr, eps) -> theta."""
    average = average or (lambda v, g, beta: beta * v + (1 - beta) * g**2)

    def descend(grad, theta, lr, beta, eps, steps):
        v, g = start(theta), grad(theta)
        for _ in range(steps):
            v = start(theta) if anew else v
            g = g if once else grad(theta)
            v = average(v, g, beta)
            theta = step(theta, g, v, lr, eps)
        return theta

    return descend


def _outside(theta, g, v, lr, eps):
    return theta - lr * g / (np.sqrt(v) + eps)


def parenthesis(descend):
    """Find the bug: eps is added to the parameter (03)."""
    valley, bowl = core.ravine(25), core.booth

    def more_steps(more):
        return lambda **case: _rmsprop(_outside)(**case | dict(steps=case["steps"] + more))

    def stale(grad, theta, lr, beta, eps, steps):
        v = np.zeros_like(theta)
        for _ in range(steps):
            g = grad(theta)
            theta = _outside(theta, g, v, lr, eps)
            v = beta * v + (1 - beta) * g**2
        return theta

    def last_average(grad, theta, lr, beta, eps, steps):
        v = np.zeros_like(theta)
        for _ in range(steps):
            g = grad(theta)
            v = beta * v + (1 - beta) * g**2
            theta = _outside(theta, g, v, lr, eps)
        return v

    return diagnose.function(
        descend,
        right=_rmsprop(_outside),
        cases=[
            dict(grad=valley.grad, theta=valley.start, lr=0.1, beta=0.9, eps=0.01, steps=20),
            dict(grad=bowl.grad, theta=np.array([1.5, -2.5]), lr=0.3, beta=0.6, eps=0.5, steps=7),
            dict(grad=valley.grad, theta=np.array([0.3, 0.4]), lr=0.02, beta=0.8, eps=1, steps=3),
        ],
        rare=[
            dict(
                grad=bowl.grad, theta=np.array([30.0, -40.0]), lr=2.0, beta=0.99, eps=1e-8, steps=6
            ),
            dict(
                grad=valley.grad, theta=np.array([-0.3, 0.1]), lr=0.05, beta=0.3, eps=1.0, steps=200
            ),
            dict(
                grad=valley.grad,
                theta=np.array([3e-5, -1e-5]),
                lr=1e-6,
                beta=0.9,
                eps=1e-8,
                steps=30,
            ),
        ],
        mistakes={
            "ε now stands inside the root: that is form A, where an ε of 1e-8 acts like 1e-4. "
            "Add it to the root.": _rmsprop(
                lambda theta, g, v, lr, eps: theta - lr * g / np.sqrt(v + eps)
            ),
            "ε² inside the root is nearly form B, not quite: the root of a sum is no sum of "
            "roots. Add ε to the root.": _rmsprop(
                lambda theta, g, v, lr, eps: theta - lr * g / np.sqrt(v + eps**2)
            ),
            "ε is still added to the step, only times lr: the parenthesis belongs around "
            "√v + ε.": _rmsprop(lambda theta, g, v, lr, eps: theta - lr * (g / np.sqrt(v) + eps)),
            "ε is still added to the step, with the other sign: the parenthesis belongs around "
            "√v + ε.": _rmsprop(lambda theta, g, v, lr, eps: theta - (lr * g / np.sqrt(v) + eps)),
            "ε is added to the gradient: the parenthesis belongs around √v + ε.": _rmsprop(
                lambda theta, g, v, lr, eps: theta - lr * (g + eps) / np.sqrt(v)
            ),
            "now eps has no say: nothing moves by itself any more, but eps is to be added to the "
            "root, so that a first gradient of exactly 0 does not give 0 / 0.": _rmsprop(
                lambda theta, g, v, lr, eps: theta - lr * g / np.sqrt(v)
            ),
            "ε is added to the root, not put in its place where the root is smaller.": _rmsprop(
                lambda theta, g, v, lr, eps: theta - lr * g / np.maximum(np.sqrt(v), eps)
            ),
            "ε is subtracted from the root: it should be added.": _rmsprop(
                lambda theta, g, v, lr, eps: theta - lr * g / (np.sqrt(v) - eps)
            ),
            "now theta is divided as well: the parenthesis belongs around √v + ε alone.": _rmsprop(
                lambda theta, g, v, lr, eps: (theta - lr * g) / (np.sqrt(v) + eps)
            ),
            "the parenthesis is right, but theta now goes uphill: subtract the step.": _rmsprop(
                lambda theta, g, v, lr, eps: theta + lr * g / (np.sqrt(v) + eps)
            ),
            "the parenthesis is right, but theta is subtracted from the step: it is the other "
            "way round.": _rmsprop(
                lambda theta, g, v, lr, eps: lr * g / (np.sqrt(v) + eps) - theta
            ),
            "the parenthesis is right, but the root was lost: divide by √v + ε.": _rmsprop(
                lambda theta, g, v, lr, eps: theta - lr * g / (v + eps)
            ),
            "the parenthesis is right, but lr was lost.": _rmsprop(
                lambda theta, g, v, lr, eps: theta - g / (np.sqrt(v) + eps)
            ),
            "the parenthesis is right, but v no longer is: β belongs to the old v.": (
                _rmsprop(_outside, lambda v, g, beta: (1 - beta) * v + beta * g**2)
            ),
            "the parenthesis is right, but v adds up all squares now: that is AdaGrad.": (
                _rmsprop(_outside, lambda v, g, beta: v + g**2)
            ),
            "the parenthesis is right, but v no longer is: the new square has the share "
            "1 − β.": _rmsprop(_outside, lambda v, g, beta: beta * v + g**2),
            "the parenthesis is right, but v starts at one now: it was right at zero.": (
                _rmsprop(_outside, start=np.ones_like)
            ),
            "the parenthesis is right, but v begins anew in every step: its start belongs before "
            "the loop.": _rmsprop(_outside, anew=True),
            "the parenthesis is right, but the gradient is measured once only: it belongs into "
            "the loop.": _rmsprop(_outside, once=True),
            "the parenthesis is right, but it takes one step too few.": more_steps(-1),
            "the parenthesis is right, but it takes one step too many.": more_steps(1),
            "the parenthesis is right, but it takes one step only. Is the return inside the loop, "
            "or the line of theta outside it?": lambda **case: _rmsprop(_outside)(
                **case | dict(steps=1)
            ),
            "the parenthesis is right, but g is gone: above the line stands lr * g.": _rmsprop(
                lambda theta, g, v, lr, eps: theta - lr / (np.sqrt(v) + eps)
            ),
            "the parenthesis is right, but theta is gone: it is theta minus the step.": _rmsprop(
                lambda theta, g, v, lr, eps: -lr * g / (np.sqrt(v) + eps)
            ),
            "the parenthesis is right, but theta is gone, and the sign is wrong: it is theta minus "
            "the step.": _rmsprop(lambda theta, g, v, lr, eps: lr * g / (np.sqrt(v) + eps)),
            "the step is multiplied by the root now: divide by it.": _rmsprop(
                lambda theta, g, v, lr, eps: theta - lr * g * (np.sqrt(v) + eps)
            ),
            "ε is multiplied with the root: it should be added.": _rmsprop(
                lambda theta, g, v, lr, eps: theta - lr * g / (np.sqrt(v) * eps)
            ),
            "the parenthesis is right, but one size serves both coordinates: no sum.": _rmsprop(
                lambda theta, g, v, lr, eps: theta - lr * g / (np.sqrt(np.sum(v)) + eps)
            ),
            "the parenthesis is right, but v is the last square only: keep β times the old "
            "v.": _rmsprop(_outside, lambda v, g, beta: g**2),
            "the parenthesis is right, but v averages g: it is the average of g**2.": _rmsprop(
                _outside, lambda v, g, beta: beta * v + (1 - beta) * g
            ),
            "the parenthesis is right, but v starts at ε now: it was right at zero.": (
                lambda **case: _rmsprop(
                    _outside, start=lambda theta: np.full_like(theta, case["eps"])
                )(**case)
            ),
            "ε is added to v as well: it belongs to the root alone.": (
                lambda **case: _rmsprop(
                    _outside, lambda v, g, beta: beta * v + (1 - beta) * g**2 + case["eps"]
                )(**case)
            ),
            "the parenthesis is right, but theta is divided by the old v: v comes first.": stale,
            "that is v. Return theta.": last_average,
        },
        praise="one pair of parentheses. With ε = 1e-8 nobody would have seen it for a long time.",
        listing=(
            "it goes where the listing goes: in every step, every parameter is raised by ε.",
            _rmsprop(lambda theta, g, v, lr, eps: theta - lr * g / np.sqrt(v) + eps),
        ),
    )
