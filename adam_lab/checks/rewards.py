"""Checks of 10_rewards."""

import numpy as np

from adam_lab.checks import diagnose
from adam_lab.checks.diagnose import slips

# ---------------------------------------------------------------------------
# Predictions
# ---------------------------------------------------------------------------


def fastest_prediction(guess):
    """Three rules on the cart, each at its own best lr (10)."""
    return diagnose.choice(
        guess,
        "b",
        {
            "a": "it does so against gradient descent. Momentum, at its own best lr, nearly keeps "
            "up.",
            "b": "7 to 8 steps apart, and the ranges overlap; gradient descent is 35 or more "
            "behind.",
            "c": "the other way round, and by less: Adam is 7 to 8 steps ahead.",
            "d": "gradient descent is slower: 35 steps behind momentum, at the best lr it has.",
        },
    )


def baird_prediction(guess):
    """Adam on Baird's counterexample (10)."""
    return diagnose.choice(
        guess,
        "c",
        {
            "a": "gradient descent does, since its steps grow with the values. Adam's steps are "
            "about lr long, however large the gradient is: in 10 000 it cannot come so far.",
            "b": "it looks like that after 1500 steps. Choose Adam in the panel, and look on.",
            "c": "the steps are bounded, so it cannot run away as a power does; and near 0 they "
            "do not stay short, so it does not arrive. What turns it back, a cell below shows.",
        },
    )


def swing_prediction(guess):
    """The swing's height at three times the lr (10)."""
    return diagnose.choice(
        guess,
        "a",
        {
            "a": "θ and lr times 3 give the same path, times 3. The next cell has the numbers.",
            "b": "the gradient's size cancels, but the steps are lr long: what changes if they "
            "are 3 times as long?",
            "c": "it is a power of lr, but a lower one: all lengths become 3 times as large.",
            "d": "the other way round: longer steps go further past 0 before they turn.",
        },
    )


def row_prediction(guess):
    """The twelfth task in a row (10)."""
    return diagnose.choice(
        guess,
        "d",
        {
            "a": "the other way round. Units are lost on the way, as the next cell counts, and "
            "what is lost cannot learn the next task's labels.",
            "b": "the tasks are alike, but the network is not: it starts each one where the last "
            "one left it.",
            "c": "worse. Run the next cell.",
            "d": "12 or 13 percent: the network has become almost impossible to teach.",
        },
    )


# ---------------------------------------------------------------------------
# Rewards
# ---------------------------------------------------------------------------


def push_slope(attempt):
    """The gradient of the logarithm of the probability of a push (10)."""
    cases = [
        dict(theta=np.array([0.7, -0.4, 0.3]), x=np.array([1.0, 2.0, -0.6]), push=1),
        dict(theta=np.array([-0.2, 0.9, 0.5]), x=np.array([-1.5, 0.4, 1.2]), push=0),
        dict(theta=np.array([0.3, 0.1]), x=np.array([0.5, -2.2]), push=1),
        dict(theta=np.linspace(-0.3, 0.5, 11), x=np.linspace(1.2, -0.9, 11), push=0),
    ]
    rare = [
        dict(theta=np.zeros(5), x=np.array([1.0, 0.0, -400.0, 0.003, 25.0]), push=0),
        dict(theta=np.array([15.0, -200.0, 0.8]), x=np.array([0.14, -0.012, 0.75]), push=1),
        dict(theta=np.array([2.0, -1.6, 0.8]), x=np.array([2.0, -1.5, 0.8]), push=0),
        dict(theta=np.array([2.0, -1.6, 0.8]), x=np.array([-2.0, 1.5, -0.8]), push=1),
        dict(theta=np.linspace(0.2, -0.2, 24), x=np.cos(np.arange(24.0) ** 2), push=1),
    ]

    def p(theta, x):
        return 1 / (1 + np.exp(-theta @ x))

    return diagnose.function(
        attempt, lambda theta, x, push: (push - p(theta, x)) * x, cases, rare=rare,
        mistakes={
            "the sign: where the push was to the right, a larger p makes it likelier.": (
                lambda theta, x, push: (p(theta, x) - push) * x
            ),
            "the last factor is missing: θ·x has the slope x by θ.": (
                lambda theta, x, push: (push - p(theta, x)) + 0 * x
            ),
            "that is right for a push to the right. For one to the left it is −p x.": (
                lambda theta, x, push: (1 - p(theta, x)) * x
            ),
            "that is right for a push to the left. For one to the right it is (1 − p) x.": (
                lambda theta, x, push: -p(theta, x) * x
            ),
            "the sign for a push to the left: its logarithm is log(1 − p), with the slope −p x.": (
                lambda theta, x, push: (1 - p(theta, x) if push else p(theta, x)) * x
            ),
            "for a push to the left it is not −(1 − p) x: 1 − p is its probability, and p is what "
            "is left.": lambda theta, x, push: (2 * push - 1) * (1 - p(theta, x)) * x,
            "a push to the left teaches as well: for it the slope is −p x, not 0.": (
                lambda theta, x, push: push * (1 - p(theta, x)) * x
            ),
            "that is the slope of p itself, p (1 − p) x. The logarithm divides by p.": (
                lambda theta, x, push: p(theta, x) * (1 - p(theta, x)) * x
            ),
            "that is the slope of the probability of what was done. Its logarithm's is that "
            "divided by the probability.": (
                lambda theta, x, push: (2 * push - 1) * p(theta, x) * (1 - p(theta, x)) * x
            ),
            "1 / p is the slope of log p by p. By θ·x it is that times p (1 − p).": (
                lambda theta, x, push: (x / p(theta, x) if push else -x / (1 - p(theta, x)))
            ),
            "that is 1 − p in place of p: is it exp(−θ·x)?": (
                lambda theta, x, push: (push - p(-theta, x)) * x
            ),
            "p needs brackets below its line: 1 / (1 + np.exp(-theta @ x)).": (
                lambda theta, x, push: (push - 1 - np.exp(-theta @ x)) * x
            ),
            "exp(θ·x) is p / (1 − p), and not yet p: that is 1 / (1 + np.exp(-theta @ x)).": (
                lambda theta, x, push: (push - np.exp(theta @ x)) * x
            ),
            "p is missing its e: it is 1 / (1 + np.exp(-theta @ x)).": (
                lambda theta, x, push: (push - theta @ x) * x
            ),
            "the last factor is x, what was seen, and not θ.": (
                lambda theta, x, push: (push - p(theta, x)) * theta
            ),
            "θ·x is a sum of products, one number: theta @ x, not theta * x.": (
                lambda theta, x, push: (push - 1 / (1 + np.exp(-theta * x))) * x
            ),
            "no factor p (1 − p) here: it cancels against the slope of the logarithm.": (
                lambda theta, x, push: (push - p(theta, x)) * p(theta, x) * (1 - p(theta, x)) * x
            ),
            "the sum over the numbers is not asked for: one slope for each number of θ.": (
                lambda theta, x, push: ((push - p(theta, x)) * x).sum() + 0 * x
            ),
            "that is the logarithm of the probability. Its gradient is asked for.": (
                lambda theta, x, push: np.log(p(theta, x) if push else 1 - p(theta, x)) + 0 * x
            ),
        },
        praise="what was done minus what was expected, times what was seen: the same form as a "
        "softmax's p − y (lesson 08).",
    )  # fmt: skip


def with_baseline(attempt):
    """Rewards to come less their mean over the carts (10)."""
    cases = [
        dict(earned=np.array([[5.0, 2, 4, 8], [4, 1, 3, 7], [3, 0, 2, 6.5]])),
        dict(earned=np.array([[-2.0, 3], [1, -4]])),
        dict(earned=np.array([[1.0, 6, 2], [0.5, 5, 0], [0, 4, -1], [0, 3, 2]])),
        dict(earned=np.linspace(-2, 1.5, 63).reshape(7, 9) ** 3),
    ]
    rare = [  # a whole try, a whole round, small rewards
        dict(earned=np.linspace(200, 1, 230)[:, None] * np.array([1.0, 0.3, 2.0, 0.6])),
        dict(earned=9000 * np.cos(np.arange(120.0).reshape(3, 40) ** 2)),
        dict(earned=1e-7 * np.cos(np.arange(12.0).reshape(3, 4) ** 2)),
    ]
    return diagnose.function(
        attempt, lambda earned: earned - earned.mean(axis=1, keepdims=True), cases, rare=rare,
        mistakes=slips(
            "earned",
            {
                "that is the mean of each cart over its steps. A step is a row: the mean over the "
                "columns, axis=1.": "earned - earned.mean(axis=0)",
                "that is one mean for all steps and carts. Early in a try there is more to earn: "
                "each step has a mean of its own.": "earned - earned.mean()",
                "that is the mean itself; subtract it.": (
                    "earned.mean(axis=1, keepdims=True) + 0 * earned"
                ),
                "the sign: what was earned, less the mean.": (
                    "earned.mean(axis=1, keepdims=True) - earned"
                ),
                "the mean is subtracted, not added.": "earned + earned.mean(axis=1, keepdims=True)",
                "it is divided by the spread too. Only the mean is asked for.": (
                    "(earned - earned.mean(axis=1, keepdims=True)) / "
                    "earned.std(axis=1, keepdims=True)"
                ),
                "that divides by the mean. Subtract it.": (
                    "earned / earned.mean(axis=1, keepdims=True)"
                ),
                "that subtracts the median. The mean is asked for.": (
                    "earned - np.median(earned, axis=1, keepdims=True)"
                ),
                "that subtracts the sum over the carts, not their mean.": (
                    "earned - earned.sum(axis=1, keepdims=True)"
                ),
                "that subtracts the best cart. The mean is asked for.": (
                    "earned - earned.max(axis=1, keepdims=True)"
                ),
                "that subtracts the worst cart. The mean is asked for.": (
                    "earned - earned.min(axis=1, keepdims=True)"
                ),
                "that is the mean of the other carts: a fair baseline, even a better one, but the "
                "mean of all is asked for.": (
                    "earned - (earned.sum(axis=1, keepdims=True) - earned) / (earned.shape[1] - 1)"
                ),
                "len(earned) counts the steps. The mean is over the carts, earned.shape[1].": (
                    "earned - earned.sum(axis=1, keepdims=True) / len(earned)"
                ),
                "nothing is subtracted yet.": "earned",
            },
        ),
        praise="a push counts by how much better than usual it went: `rewards.minus_mean`.",
    )  # fmt: skip


# ---------------------------------------------------------------------------
# A target that runs
# ---------------------------------------------------------------------------


def growth(attempt):
    """The largest factor by which a step of gradient descent multiplies (10)."""
    cases = [
        dict(A=np.array([[0.5, 2.0], [-0.3, 0.4]]), lr=0.3),
        dict(A=np.array([[3.0, 0.5, 0.2], [0.4, -0.6, 0.1], [0.3, 0.2, 1.5]]), lr=0.1),
        dict(A=np.array([[-0.2, 1.0], [0.0, 2.5]]), lr=1.2),
        dict(A=np.array([[0.9, 0.3], [0.5, 0.7]]), lr=0.5),
        dict(A=np.diag(np.linspace(1.5, -0.4, 7)) + np.diag([0.8, -0.9] * 3, k=1), lr=0.9),
    ]
    rare = [  # an eigenvalue of 0; a fast shrinking; complex ones in the middle; a large step
        dict(A=np.array([[0.0, 0.0], [0.7, 1.0]]), lr=0.4),
        dict(A=np.array([[1.0, 0.2], [0.0, 1.1]]), lr=0.95),
        dict(
            A=np.array([[0.1, 0.4, 0.0, 0.2], [0, 1, 3, 0], [0, -3, 1, 0.5], [0, 0, 0, 2]]), lr=0.5
        ),
        dict(A=np.array([[0.0137, 0.0072], [-0.0041, 0.0213]]), lr=150.0),
        dict(A=np.array([[1234.5, 210.0], [-90.0, 700.0]]), lr=0.0011),
        dict(A=np.diag(np.linspace(0.2, 3, 8)) + np.triu(np.full((8, 8), 0.1), 1), lr=7.0),
    ]
    return diagnose.function(
        attempt, lambda A, lr: np.max(np.abs(1 - lr * np.linalg.eigvals(A))), cases, rare=rare,
        mistakes=slips(
            "A, lr",
            {
                "that is the largest eigenvalue, not the factor: 1 − lr λ.": (
                    "np.max(np.abs(np.linalg.eigvals(A)))"
                ),
                "the sign: a step subtracts lr A θ, so the factor is 1 − lr λ.": (
                    "np.max(np.abs(1 + lr * np.linalg.eigvals(A)))"
                ),
                "the largest is asked for: it decides in the end.": (
                    "np.min(np.abs(1 - lr * np.linalg.eigvals(A)))"
                ),
                "that takes the eigenvalue of largest size. The factor is largest where 1 − lr λ "
                "is, so take the absolute value after that.": (
                    "np.abs(1 - lr * np.max(np.abs(np.linalg.eigvals(A))))"
                ),
                "the imaginary parts count too: np.abs of the complex number, not its real part.": (
                    "np.max(np.abs(1 - lr * np.linalg.eigvals(A).real))"
                ),
                "without the absolute value: a factor of −1.5 grows as well.": (
                    "np.max((1 - lr * np.linalg.eigvals(A)).real)"
                ),
                "take the absolute value last: |1 − lr λ| is not 1 − lr |λ|.": (
                    "np.max(np.abs(1 - lr * np.abs(np.linalg.eigvals(A))))"
                ),
                "the 1 is missing: θ − lr A θ multiplies by 1 − lr λ.": (
                    "np.max(np.abs(lr * np.linalg.eigvals(A)))"
                ),
                "lr is missing: 1 − lr λ.": "np.max(np.abs(1 - np.linalg.eigvals(A)))",
                "lr is divided by. A step multiplies by 1 − lr λ.": (
                    "np.max(np.abs(1 - np.linalg.eigvals(A) / lr))"
                ),
                "that is the largest singular value of the step: by how much one step can stretch "
                "at most. In the end the eigenvalues decide.": (
                    "np.linalg.norm(np.eye(len(A)) - lr * A, 2)"
                ),
                "those are the entries of the step's matrix, not its eigenvalues.": (
                    "np.max(np.abs(np.eye(len(A)) - lr * A))"
                ),
                "that is the sum of all factors; the largest is asked for.": (
                    "np.sum(np.abs(1 - lr * np.linalg.eigvals(A)))"
                ),
                "that is the mean of all factors; the largest is asked for.": (
                    "np.mean(np.abs(1 - lr * np.linalg.eigvals(A)))"
                ),
                "that is the square of the factor. Take the root.": (
                    "np.max(np.abs(1 - lr * np.linalg.eigvals(A))) ** 2"
                ),
                "eigvalsh is for symmetric matrices, and reads one half of A only: eigvals.": (
                    "np.max(np.abs(1 - lr * np.linalg.eigvalsh(A)))"
                ),
                "λ is the eigenvalue of A itself. A transposed, times A, has others.": (
                    "np.max(np.abs(1 - lr * np.linalg.eigvals(A.T @ A)))"
                ),
            },
        ),
        praise="above 1 it grows, however slowly at first. The next cell holds it against a run.",
    )  # fmt: skip


# ---------------------------------------------------------------------------
# Tasks in a row
# ---------------------------------------------------------------------------


def cure(attempt):
    """What keeps a network teachable (10)."""
    return diagnose.choice(
        attempt,
        "d",
        {
            "a": "Adam is new, the network is not: its dead units stay dead. Train with it, and "
            "look at the right picture.",
            "b": "v forgets sooner, but a dead unit's gradient is 0, whatever v is.",
            "c": "decay helps somewhat, but the last tasks stay below 35 percent, and the first "
            "suffers.",
            "d": "the only one of the five that gives back what has died. In 12 tasks pixels minus "
            "their means go further: see below.",
            "e": "a smaller lr lets fewer units die, but it learns less of the first task, and "
            "at none of them the last gets to 45 percent.",
        },
    )


def redraw(attempt):
    """Dead units redrawn, with nothing left of them in Adam (10)."""
    cases = [
        dict(
            theta=np.array([0.5, -2.0, 1.5, 0.7]), m=np.array([0.1, -0.3, 0.2, 0.4]),
            v=np.array([0.3, 0.2, 0.6, 0.5]), t=np.array([5.0, 7.0, 12.0, 9.0]),
            dead=np.array([True, False, True, False]), new=np.array([0.9, 0.4, -0.8, 0.0]),
        ),
        dict(
            theta=np.array([-3.0, 1.0, 0.2]), m=np.array([-0.5, 0.2, 0.1]),
            v=np.array([0.1, 0.7, 0.4]), t=np.array([9.0, 8.0, 5.0]),
            dead=np.array([False, True, False]), new=np.array([0.3, -1.2517, 0.6]),
        ),
        dict(
            theta=np.linspace(-1, 2, 9), m=np.linspace(0.4, -0.3, 9), v=np.linspace(0.1, 0.7, 9),
            t=np.linspace(3000, 200, 9), dead=np.arange(9) % 3 > 0, new=np.linspace(0.8, -0.5, 9),
        ),
    ]  # fmt: skip
    rare = [
        dict(  # weights out of a dead unit become 0; a living one that never had a gradient
            theta=np.array([4.0, -30.0, 0.2, 9.0]), m=np.array([-12.0, 0.0, 5.0, 0.1]),
            v=np.array([80.0, 0.0, 2.0, 1e-9]), t=np.array([20_000.0, 800.0, 6000.0, 300.0]),
            dead=np.array([False, False, True, True]), new=np.array([4.0, 2.0, 0.0, -7.0]),
        ),
        *(
            dict(
                theta=np.array([300.0, 0.0, -2000.0]), m=np.array([3e-7, 0.0, 0.0]),
                v=np.array([2e-13, 4e-10, 0.0]), t=np.array([10.0, 20.0, 0.0]),
                dead=np.array(dead), new=np.array([0.5, -60.0, 0.0007]),
            )
            for dead in ([True] * 3, [False] * 3)
        ),
    ]  # fmt: skip

    def right(theta, m, v, t, dead, new):
        kept = (np.where(dead, 0, x) for x in (m, v, t))
        return np.where(dead, new, theta), *kept

    def but(**other):
        def made(**given):
            names = ("theta", "m", "v", "t")
            result = dict(zip(names, right(**given), strict=True))
            return tuple(other[n](**given) if n in other else result[n] for n in names)

        return made

    def zero(theta, m, v, t, dead, new):
        return np.where(dead, 0, theta)

    return diagnose.function(
        attempt, right, cases, rare=rare,
        mistakes={
            "then the t of all numbers starts anew, and the living ones are corrected as if it "
            "were their first step. Only where dead.": but(t=lambda t, **_: 0 * t),
            "t is 0 for a number that Adam has not met: it counts up to 1 before the first "
            "correction. 1 is one too many.": but(t=lambda t, dead, **_: np.where(dead, 1, t)),
            "t is cleared where the units are alive. np.where(dead, a, b) takes a where dead.": (
                but(t=lambda t, dead, **_: np.where(dead, t, 0))
            ),
            "t starts anew now, but v is the old one again: keep her line.": but(
                v=lambda v, **_: v
            ),
            "t starts anew now, but m is the old one again: keep her line.": but(
                m=lambda m, **_: m
            ),
            "t starts anew now, but m and v are the old ones again: keep her lines.": but(
                m=lambda m, **_: m, v=lambda v, **_: v
            ),
            "t starts anew now, but the weights are the old ones: keep her first line.": but(
                theta=lambda theta, **_: theta
            ),
            "the redrawn weights are 0 now. They shall be new: keep her first line.": but(
                theta=zero
            ),
            "m, v and t start anew for all numbers. Only where dead.": but(
                m=lambda m, **_: 0 * m, v=lambda v, **_: 0 * v, t=lambda t, **_: 0 * t
            ),
            "v is 1 where dead. A new number's v is 0: that is what the correction is made for.": (
                but(v=lambda v, dead, **_: np.where(dead, 1, v))
            ),
            "all weights are new now, also those of living units: keep her first line.": but(
                theta=lambda new, **_: new
            ),
            "all is right but the order of what is returned: theta, m, v, t.": (
                lambda **given: tuple(right(**given)[i] for i in (0, 2, 1, 3))
            ),
        },
        praise="a number that starts anew needs a t that does. PyTorch and others keep one t for a "
        "whole array; whoever redraws a part of it has to change that.",
        parts=("theta", "m", "v", "t"),
        listing=(
            "it gives what the listing gives. What else does Adam keep, besides m and v?",
            but(t=lambda t, **_: t),
        ),
    )  # fmt: skip
