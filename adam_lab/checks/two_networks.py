"""Checks of 11_two_networks."""

from copy import deepcopy
from functools import partial
from itertools import islice

import numpy as np

from adam_lab.checks import diagnose
from adam_lab.checks.diagnose import Feedback
from adam_lab.models import two_networks as model

# ---------------------------------------------------------------------------
# Predictions
# ---------------------------------------------------------------------------


def lag_prediction(guess):
    """More momentum in the game x y, both players at once (11)."""
    return diagnose.choice(
        guess,
        "c",
        {
            "a": "what cancels in an average is what changes its sign from step to step. Here the "
            "gradient turns slowly, and the average lags behind it.",
            "b": "a step of about lr is as long, but where does it point? Look at the next cell.",
            "c": "15 in place of 3.4. The average is an older direction, and in this game an "
            "older direction points outward.",
        },
    )


def turns_prediction(guess):
    """Gradient descent in turn, in the game x y (11)."""
    return diagnose.choice(
        guess,
        "b",
        {
            "a": "to know where the other one is now helps, but not so much. Look at the next "
            "cell.",
            "b": "it neither leaves nor arrives: x² + y² + lr x y never changes.",
            "c": "at once the distance grew at every step. In turn something never changes at "
            "all: see below the next cell.",
        },
    )


def line_prediction(guess):
    """beta1 with two networks in one dimension (11)."""
    return diagnose.choice(
        guess,
        "a",
        {
            "a": "0.1, 0.1 and 0.5: as in the game, 0.9 is far behind.",
            "b": "0.5 is no nearer than 0, and 0.9 is far off. Nothing here is noisy, so there is "
            "no noise to average out.",
            "c": "nothing is drawn at random here but the start, but an average does more than "
            "to remove noise: it lags behind.",
        },
    )


def ring_prediction(guess):
    """beta1 with two networks and eight points (11)."""
    return diagnose.choice(
        guess,
        "d",
        {
            "a": "0.9 is last here, in both counts, as it was in the game and in one dimension.",
            "b": "they differ by more than a factor of two in good samples. Look at the next cell.",
            "c": "0 keeps as many points, but has fewer good samples than 0.5. Noise is not the "
            "reason: with 512 samples a round, 0.5 is as far ahead.",
            "d": "a short average is best of these three: 0.5 has the most good samples, and 0.9 "
            "the fewest.",
        },
    )


# ---------------------------------------------------------------------------
# The game
# ---------------------------------------------------------------------------


def doubling(attempt):
    """After how many steps at once has the distance doubled, at lr 0.1? (11)"""
    value, right = diagnose.real(attempt), np.log(4) / np.log(1.01)
    if not 138.9 <= value <= 140.1 and abs(value - right) < 2:
        cause = "Round nothing on the way: log(1.01) is 0.00995, not 0.01."
        if value > right:
            cause = "Does a loop count one step too many?"
        return Feedback("not yet", f"{value:.4g} is near. {cause}")
    return diagnose.number(
        value,
        right,
        {
            "that is when the squared distance has doubled. The distance itself needs twice as "
            "many steps.": np.log(2) / np.log(1.01),
            "the factor is √(1 + lr²), not 1 + lr: a step is at right angles to the way to the "
            "middle.": np.log(2) / np.log(1.1),
            "that is when the distance is four times as large: the root is missing.": np.log(16)
            / np.log(1.01),
            "lr is 0.1: lr² is 0.01.": np.log(4) / np.log(1.0001),
            "the growth is compound: 1.01 times 1.01 and so on, not 1 percent of the start each "
            "time.": 100,
            "compound, and the distance grows by the root of 1.01 at each step.": 200,
            "√(1 + lr²), with the square: √1.1 would be for lr = 0.316.": np.log(4) / np.log(1.1),
            "a decimal logarithm on top, a natural one below: take the same for both.": np.log10(4)
            / np.log(1.01),
            "a natural logarithm on top, a decimal one below: take the same for both.": np.log(4)
            / np.log10(1.01),
            "the squared distance grows by 1 percent of what it is by then, so it is at four "
            "times its start earlier.": 300,
        },
        praise="each step multiplies the distance by √1.01, and 139 or 140 of them make a 2.",
    )


def in_turn(attempt):
    """Gradient descent in the game x y: y moves first, then x (11)."""
    cases = [
        dict(x=1.0, y=2.0, lr=0.1),
        dict(x=-3.0, y=0.5, lr=0.317),
        dict(x=0.7, y=-1.6, lr=0.8),
    ]
    rare = [
        dict(x=130.0, y=-250.0, lr=2.5), dict(x=-3e-6, y=2e-6, lr=0.01), dict(x=0.0, y=1.0, lr=1.5),
    ]  # fmt: skip
    return diagnose.function(
        attempt,
        lambda x, y, lr: (x - lr * (y + lr * x), y + lr * x),
        cases,
        rare=rare,
        mistakes=diagnose.slips(
            "x, y, lr",
            {
                "both move at once: x sees the old y. Give y its new value first.": (
                    "(x - lr * y, y + lr * x)"
                ),
                "x moves first here. y goes first, and x sees where it has gone.": (
                    "(x - lr * y, y + lr * (x - lr * y))"
                ),
                "y raises f = x y, and the slope of f along y is x: plus.": (
                    "(x - lr * (y - lr * x), y - lr * x)"
                ),
                "x lowers f, and the slope of f along x is y: minus.": (
                    "(x + lr * (y + lr * x), y + lr * x)"
                ),
                "the two have changed their aims: x lowers f, y raises it.": (
                    "(x + lr * (y - lr * x), y - lr * x)"
                ),
                "the slope of x y along x is y, and along y it is x.": (
                    "(x - lr * x, y + lr * y)"
                ),
                "the new values come in the order x, y.": "(y + lr * x, x - lr * (y + lr * x))",
                "y moves and x does not.": "(x, y + lr * x)",
                "x moves and y does not.": "(x - lr * y, y)",
                "the learning rate is missing.": "(x - (y + x), y + x)",
                "the step of y is right. In that of x the learning rate is missing.": (
                    "(x - (y + lr * x), y + lr * x)"
                ),
                "x goes on from where it stands: x minus a step.": (
                    "(-lr * (y + lr * x), y + lr * x)"
                ),
                "y goes on from where it stands: y plus a step.": "(x - lr**2 * x, lr * x)",
                "those are the steps alone. Each goes on from where it stands: y plus a step, and "
                "x minus a step.": "(-(lr**2) * x, lr * x)",
                "x y itself is no slope: along y it changes by x, and along x by y.": (
                    "(x - lr * x * (y + lr * x * y), y + lr * x * y)"
                ),
                "the step of x is right. The slope of x y along y is x.": (
                    "(x - lr * (y + lr * y), y + lr * y)"
                ),
                "the step of y is right. The slope of x y along x is y.": (
                    "(x - lr * x, y + lr * x)"
                ),
                "y is the new one by then: in the step of x, lr * x comes in twice.": (
                    "(x - lr * (y + 2 * lr * x), y + lr * x)"
                ),
                "y moves twice, once before x and once after it.": (
                    "(x - lr * (y + lr * x), y + lr * x + lr * (x - lr * (y + lr * x)))"
                ),
            },
        ),
        praise="one line decides: x uses the new y.",
        parts=("x", "y"),
    )  # fmt: skip


def _bent(theta):
    return np.array([theta[0] + 2 * theta[1], theta[1] ** 2 - theta[0]])


def _game(theta):
    return np.array([theta[1], -theta[0]])


def look_ahead_step(attempt):
    """Extragradient: the gradient from ahead, the step from here (11)."""
    cases = [
        dict(grad=_game, theta=np.array([1.0, -2.0]), lr=0.1),
        dict(grad=_bent, theta=np.array([-1.5, 0.4]), lr=0.3),
        dict(grad=_game, theta=np.array([3.0, 0.5]), lr=0.7),
    ]
    rare = [
        dict(grad=_game, theta=np.array([130.0, -250.0]), lr=2.5),
        dict(grad=_bent, theta=np.array([-3e-6, 2e-6]), lr=0.01),
    ]
    here = "grad(theta)"
    ahead = "(theta - lr * grad(theta))"
    lines = {
        "that is a plain step. Take the gradient at the place where it would lead, and step from "
        "theta.": f"theta - lr * {here}",
        "you step from the place ahead, so both gradients are used: two plain steps. Go back, the "
        "step starts at theta.": f"{ahead} - lr * grad({ahead})",
        "you looked back: the place ahead is theta minus lr times the gradient.": (
            f"theta - lr * grad(theta + lr * {here})"
        ),
        "the look was right, and the step goes uphill: minus.": f"theta + lr * grad({ahead})",
        "both the look and the step go uphill: minus, twice.": (
            f"theta + lr * grad(theta + lr * {here})"
        ),
        "grad(theta) is a direction, not a place. The place ahead is theta - lr * grad(theta).": (
            f"theta - lr * grad({here})"
        ),
        "lr * grad(theta) is a step, not a place. The place ahead is theta - lr * grad(theta).": (
            f"theta - lr * grad(lr * {here})"
        ),
        "-lr * grad(theta) is a step, not a place. The place ahead is theta - lr * grad(theta).": (
            f"theta - lr * grad(-lr * {here})"
        ),
        "the look and the step have both lost their lr.": f"theta - grad(theta - {here})",
        "that is theta as it was. Return where the step leads.": "theta",
        "that is the mean of both gradients. Only the one from ahead is used for the step.": (
            f"theta - lr * ({here} + grad({ahead})) / 2"
        ),
        "you look half a step ahead. A whole one, lr, is asked for.": (
            f"theta - lr * grad(theta - lr / 2 * {here})"
        ),
        "the look ahead is lr times the gradient long, too.": f"theta - lr * grad(theta - {here})",
        "the step itself has lost its lr.": f"theta - grad({ahead})",
        "that is the gradient ahead. Where do you end after the step?": f"grad({ahead})",
        "that is the change. Add it to theta.": f"-lr * grad({ahead})",
        "twice the gradient ahead minus the one here is another method. Only the one ahead is "
        "used.": f"theta - lr * (2 * grad({ahead}) - {here})",
        "you look ahead twice. Once is asked for.": (
            f"theta - lr * grad(theta - lr * grad({ahead}))"
        ),
    }
    return diagnose.function(
        attempt,
        lambda grad, theta, lr: theta - lr * grad(theta - lr * grad(theta)),
        cases,
        rare=rare,
        mistakes=diagnose.slips("grad, theta, lr", lines),
        praise="look ahead, come back, and step: two gradients for one step.",
    )


def _smallest(lr, beta1):
    """The smallest distance within 300 steps of Adam, in turn, from (1, 1)."""
    rule = partial(model.adam, lr=lr, beta1=beta1)
    run = model.rounds(model.XY, [np.ones(1), np.ones(1)], [rule, rule], in_turn=True)
    with np.errstate(all="ignore"):
        distances = np.hypot(*np.array([*islice(run, 300)])[..., 0].T)
    return np.nanmin(np.append(distances, np.sqrt(2)))


def arrives(lr, beta1):
    """Adam in the game x y, in turn: within a thousandth of (0, 0) in 300 steps (11)."""
    lr = diagnose.real(lr, "a learning rate")
    beta1 = diagnose.real(beta1, "a beta1")
    if lr <= 0:
        return Feedback("not yet", "lr should be above 0.")
    if not -1 < beta1 < 1:
        return Feedback("not yet", "beta1 should lie between -1 and 1.")
    smallest = _smallest(lr, beta1)
    reached = f"the smallest distance in 300 steps is {smallest:.2g}"
    if smallest < 1e-3:
        praise = "the average leans forward, and each player knows where the other one is."
        return Feedback("right", f"{reached}: {praise}")
    better = np.clip([lr, beta1], [0.2, -0.4], [0.4, -0.2]).tolist()  # there it arrives
    changes = [
        "a smaller lr" if lr > better[0] else "a larger lr" if lr < better[0] else "",
        "a β₁ below 0" if beta1 >= 0 else "a β₁ further from 0" if beta1 > better[1]
        else "a β₁ nearer to 0" if beta1 < better[1] else "",
    ]  # fmt: skip
    advice = " and ".join(filter(None, changes))
    return Feedback("not yet", f"{reached}. Take {advice}.", better=tuple(better), score=smallest)


# ---------------------------------------------------------------------------
# One Adam for both
# ---------------------------------------------------------------------------


def _round(
    waits="theta m v", order=(True, False), fresh=True, masked=True, counted=False, pulled=False,
    lost=False, back=(0, 1, 2), turned="",
):  # fmt: skip
    """A round in turn that may be wrong.

    waits     what of the waiting player stays as it is
    fresh     the second turn sees where the first one has led
    masked    the waiting player's gradient is 0, where it counts at all
    counted   each turn counts as a step
    pulled    whoever has a gradient of 0 waits, too
    lost      who waits finds m and v at 0
    back      the order of theta, m and v at the end
    turned    what has the two values of its np.where the wrong way round
    """

    def played(grad, theta, critic, m, v, t, lr):
        old, kept = grad(theta), 0 if lost else 1
        for turn, side in enumerate(order):
            moves, g = critic == side, grad(theta) if fresh else old
            g = np.where(moves, g, 0) if masked else g
            moves = moves & (g != 0) if pulled else moves
            now = 2 * t - 1 + turn if counted else t
            new = {name: moves | (name not in waits.split()) for name in ("theta", "m", "v")}
            new |= {name: ~new[name] for name in turned.split()}
            m = np.where(new["m"], 0.5 * m + 0.5 * g, kept * m)
            v = np.where(new["v"], 0.999 * v + 0.001 * g**2, kept * v)
            step = lr * m / (1 - 0.5**now) / (np.sqrt(v / (1 - 0.999**now)) + 1e-8)
            theta = theta - np.where(new["theta"], step, 0)
        return tuple((theta, m, v)[i] for i in back)

    return played


def _far_rounds():
    """A start with tiny gradients and zeros, a round without any, and a loud one, late."""
    for slopes, moving, t in (
        ([2e-6, 0, -3e-6, 0], 0, 1), ([0, 0, 0, 0], 1, 5), ([150, -300, -200, 120], 1, 5000),
    ):  # fmt: skip
        yield dict(
            grad=partial(np.multiply, np.array(slopes, dtype=float)),
            theta=np.array([1.0, -2.0, 1.5, 0.5]), critic=np.array([True, True, False, False]),
            m=moving * np.array([1.0, 0.5, -0.25, 2.0]) + 0.0,  # no -0
            v=moving * np.array([2.0, 1.0, 0.5, 3.0]), t=t, lr=0.3,
        )  # fmt: skip


def _step_off(attempt, cases):
    """Feedback where the critic's m and v are right and its theta is not; or None."""

    def critics(rule, case):
        played = diagnose.asked(rule, **deepcopy(case))
        (played,) = played if len(played) == 1 else [played]  # a trailing comma
        return np.array([np.asarray(part, dtype=float)[case["critic"]] for part in played])

    if not np.array_equal(*(critics(attempt, cases[0]) for _ in range(2)), equal_nan=True):
        return None  # something outlives a call
    for case in cases:
        pair = zip(critics(attempt, case), critics(_round(), case), strict=True)
        theta, m, v = (np.allclose(found, wanted, rtol=2e-5) for found, wanted in pair)
        if m and v and not theta:
            return Feedback(
                "not yet",
                f"for t = {case['t']}, lr = {case['lr']} the critic's m and v are right, and its "
                "theta is not: look at the lines of step and theta. The generator's numbers "
                "follow from there.",
            )
        if not (m and v):
            return None
    return None


def waits(attempt):
    """Adam in turn on one flat theta: who waits does not move, and keeps m and v (11)."""
    rng = np.random.default_rng(11)
    cases = []
    for d, t, lr, m in ((3, 1, 0.3, 0), (4, 4, 0.1, 1), (2, 7, 0.6, 1), (7, 1200, 0.2, 1)):
        pull = rng.normal(size=(d, d))
        pull[3:] = 0  # whose turn it is may have a gradient of 0, too
        case = dict(
            grad=partial(np.matmul, pull), theta=rng.normal(size=d),
            critic=np.arange(d) % 2 == d % 3 % 2, m=m * rng.normal(size=d) + 0.0,  # no -0
            v=m * rng.uniform(0.5, 2, d), t=t, lr=lr,
        )  # fmt: skip
        first = (1, -2) if t == 4 else (2, -1)
        case["theta"][:2] = first
        case["m"][:2], case["v"][:2] = m * np.array(first), m * np.abs(first)
        cases.append(case)
    return diagnose.function(
        attempt, _round(), cases, rare=[*_far_rounds()],
        otherwise=lambda: _step_off(attempt, cases),
        mistakes={
            "who waits keeps its numbers now, but its m and v still shrink in the other's turn.": (
                _round("theta")
            ),
            "m and v of who waits stay now, but its numbers still move, pushed by m.": (
                _round("m v")
            ),
            "numbers and m of who waits stay now. Its v still shrinks.": _round("theta m"),
            "numbers and v of who waits stay now. Its m still shrinks.": _round("theta v"),
            "m of who waits stays now, but its numbers still move and its v shrinks.": _round("m"),
            "v of who waits stays now, but its numbers still move and its m shrinks.": _round("v"),
            "the generator must see where the critic has gone: take the gradient anew in each "
            "turn.": _round(fresh=False),
            "the critic moves first: the order was right. Or does an np.where have its two values "
            "the wrong way round?": _round(order=(False, True)),
            "now both move in both turns: two rounds at once.": _round("", masked=False),
            "who waits stays now, but its m and v take in its gradient in both turns.": (
                _round("theta", masked=False)
            ),
            "t was right: each player moves once in a round, so its own step number is t.": (
                _round(counted=True)
            ),
            "a gradient of 0 does not tell who waits: in its own turn a number may have one, too, "
            "and then its m carries it on. Ask moves.": _round(pulled=True),
            "who waits keeps its numbers now, and finds its m and v at 0: the third place of an "
            "np.where takes the old m, the old v.": _round(lost=True),
            "all is right but the order of what is returned: theta, m, v.": _round(back=(0, 2, 1)),
            "the np.where of m has its two values the wrong way round: where moves, the new one.": (
                _round(turned="m")
            ),
            "the np.where of v has its two values the wrong way round: where moves, the new one.": (
                _round(turned="v")
            ),
            "m and v have the values of their np.where the wrong way round: where moves, the new "
            "one.": _round(turned="m v"),
            "only the critic moves now. The generator has its turn too.": _round(order=(True,)),
            "only the generator moves now. The critic has its turn too.": _round(order=(False,)),
        },
        praise="who waits keeps its numbers, its m and its v. Two optimizers do the same.",
        parts=("theta", "m", "v"),
        listing=(
            "it gives what the listing gives. What happens to a number whose gradient is 0, while "
            "its m is not?",
            _round(""),
        ),
    )  # fmt: skip
