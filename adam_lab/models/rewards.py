"""What 10_rewards trains: a cart with a pole, values that chase themselves, tasks in a row. NumPy.

Several runs go side by side, and adam_core's optimizers train them as they are: theta has a
column for each run, or the networks of all runs stand one after the other in one flat vector.
"""

from itertools import count

import numpy as np

import adam_core as core
from adam_lab.models import network

# ---------------------------------------------------------------------------
# A pole on a cart
# ---------------------------------------------------------------------------

STEPS = 200  # of a fiftieth of a second: a try that lasts so long is over, and perfect
CARTS = 32  # that try in each round
ROUNDS = 60
FORCE, GRAVITY, CART, POLE, HALF = 10.0, 9.8, 1.0, 0.1, 0.5  # newtons, kilograms, metres
EDGE, LEAN = 2.4, np.radians(12)  # beyond them a try is over


def pushed(state, right):
    """A state (position, speed, angle, its speed), a fiftieth of a second after a push.

    state   (4, ...), right (...) True or False. Metres, radians, seconds; the angle is 0 where
            the pole stands upright. Source: Barto, Sutton & Anderson 1983, with the numbers of
            Gymnasium's CartPole.
    """
    _, speed, angle, turning = state
    sin, cos, whole = np.sin(angle), np.cos(angle), CART + POLE
    force = (np.where(right, FORCE, -FORCE) + POLE * HALF * turning**2 * sin) / whole
    faster = (GRAVITY * sin - cos * force) / (HALF * (4 / 3 - POLE * cos**2 / whole))
    change = [speed, force - POLE * HALF * faster * cos / whole, turning, faster]
    return state + 0.02 * np.array(change)


def features(state):
    """What the policy sees: a 1 and the state, (5, ...)."""
    return np.concatenate([np.ones_like(state[:1]), state])


def chance(theta, f):
    """The probability of a push to the right: theta (5, runs), f (5, carts, runs)."""
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-(theta[:, None] * f).sum(axis=0)))


def tries(theta, rngs, carts=CARTS):
    """What is seen, done and earned in a round: f (steps, 5, carts, runs), chances, pushes and
    alive (steps, carts, runs). alive is 1 in each step that began with the pole up, else 0."""
    state = np.stack([rng.uniform(-0.05, 0.05, (4, carts)) for rng in rngs], axis=-1)
    draws = np.stack([rng.random((STEPS, carts)) for rng in rngs], axis=-1)
    seen, up = np.ones((STEPS, 5, *draws.shape[1:])), np.ones(draws.shape[1:], dtype=bool)
    chances, pushes, alive = np.empty((3, *draws.shape))
    for t, draw in enumerate(draws):
        seen[t, 1:], alive[t] = state, up
        chances[t] = chance(theta, seen[t])
        pushes[t] = right = draw < chances[t]
        state = np.where(up, pushed(state, right), state)
        up = up & (abs(state[0]) < EDGE) & (abs(state[2]) < LEAN)
        if not up.any():
            break
    return tuple(kept[: t + 1] for kept in (seen, chances, pushes, alive))


def to_go(rewards):
    """For each step what is earned from then on: (steps, ...)."""
    return rewards[::-1].cumsum(axis=0)[::-1]


def minus_mean(earned):
    """What is earned, less the mean of all carts of a run at the same step."""
    return earned - earned.mean(axis=1, keepdims=True)


def policy_slope(seen, chances, pushes, alive, weights):
    """The slope of minus the rewards of a try, as a mean over the carts: (5, runs).

    Its negative is the mean sum of weight * (push - chance) * f over the steps of a try.
    """
    wrong = (chances - pushes) * alive * weights
    return np.einsum("tfcr,tcr->fr", seen, wrong) / pushes.shape[1]


def rounds(rule, seeds, number=ROUNDS, reward=1.0, baseline=minus_mean, **hyper):
    """theta (number + 1, 5, runs), and how long a try lasts (number + 1, runs).

    seeds    a run for each; an array lr has a rate for each
    reward   what a step with the pole up is worth
    """
    rngs, lengths = [np.random.default_rng(seed) for seed in seeds], []

    def slope(theta):
        *played, alive = tries(theta, rngs)
        lengths.append(alive.sum(axis=0).mean(axis=0))
        return policy_slope(*played, alive, baseline(to_go(reward * alive)))

    trace = core.run(
        rule, slope, np.zeros((5, len(rngs))), number + 1, record=("theta",), **hyper
    )  # one more: each round is measured at the start of the next step
    return trace.theta[: number + 1], np.array(lengths)


def ride(theta, seed):
    """One try of one cart, theta (5, 1): its states (steps + 1, 4), until it falls or has STEPS."""
    rng, state = np.random.default_rng(seed), np.zeros((4, 1, 1))
    state[:, 0, 0] = rng.uniform(-0.05, 0.05, 4)
    states = [state]
    while len(states) <= STEPS and abs(state[0]) < EDGE and abs(state[2]) < LEAN:
        state = pushed(state, rng.random() < chance(theta, features(state)))
        states.append(state)
    return np.array(states)[..., 0, 0]


# ---------------------------------------------------------------------------
# Values that chase themselves: Baird's counterexample
# ---------------------------------------------------------------------------

BAIRD = np.zeros((7, 8))  # the value of each of seven states is a row times theta
BAIRD[:6, :6], BAIRD[:6, 7] = 2 * np.eye(6), 1
BAIRD[6, 6], BAIRD[6, 7] = 1, 2
GAMMA = 0.99  # what a reward one step later is worth
BAIRD_START = np.array([1.0, 1, 1, 1, 1, 1, 10, 1])
UPDATE = BAIRD.T @ (BAIRD - GAMMA * BAIRD[6]) / 7  # "gradient" = UPDATE @ theta


def chase(rule, lrs, steps, frozen=1, anew=False, **hyper):
    """The size of the values, root mean square of seven, by step: (steps + 1, lrs).

    frozen   for how many steps the target keeps the theta it was computed with
    anew     start the rule anew with each target
    Source: Baird 1995, in the form of Sutton & Barto 2018, Figure 11.2, on the right.
    """
    theta = np.repeat(BAIRD_START[:, None], len(lrs), axis=1)
    own = BAIRD.T @ BAIRD / 7  # UPDATE without what comes from the target
    thetas, targets, run = [theta], [], None

    def slope(theta):
        return own @ theta - targets[-1]

    with np.errstate(all="ignore"):
        for t in range(steps):
            if t % frozen == 0:
                targets.append((own - UPDATE) @ theta)
                if anew or run is None:
                    run = rule(slope, theta, lr=lrs, **hyper)
            theta = next(run)["theta"]
            thetas.append(theta)
        return np.sqrt(np.mean((BAIRD @ np.array(thetas)) ** 2, axis=1))


# ---------------------------------------------------------------------------
# Tasks in a row
# ---------------------------------------------------------------------------

TASKS, TASK_STEPS, DIGITS, BATCH, UNITS = 12, 320, 400, 100, 32
SIZE = 64 * UNITS + UNITS + UNITS * 10 + 10  # numbers of a network
_INTO, _BIAS = 64 * UNITS, 65 * UNITS  # where the parts of a network end
_OUT = 75 * UNITS


def fresh(rng):
    """A network of 64 inputs, 32 units, 10 scores: uniform, +-1 / sqrt(inputs), as in PyTorch."""
    first, last = rng.uniform(-1, 1, _BIAS) / 8, rng.uniform(-1, 1, SIZE - _BIAS)
    return np.concatenate([first, last / np.sqrt(UNITS)])


def _parts(theta):
    nets = theta.reshape(-1, SIZE)
    W, V = nets[:, :_INTO].reshape(-1, 64, UNITS), nets[:, _BIAS:_OUT].reshape(-1, UNITS, 10)
    return W, nets[:, None, _INTO:_BIAS], V, nets[:, None, _OUT:]


def scores(theta, x, leak=0.0):
    """Of each network: its units after the ReLU (runs, rows, units), its scores (runs, rows, 10).

    theta   the networks one after the other; x (runs, rows, 64)
    leak    what is left of a number below 0; 0 is the usual ReLU
    """
    W, b, V, c = _parts(theta)
    h = x @ W
    h += b  # in place: large arrays anew cost more than what is done to them
    np.maximum(h, leak * h if leak else 0, out=h)
    given = h @ V
    given += c
    return h, given


def tasks_slope(theta, x, y, leak=0.0):
    """The gradient of each network's mean -log p, all in one flat vector; y (runs, rows)."""
    h, p = scores(theta, x, leak)
    _, _, V, _ = _parts(theta)
    runs, rows = y.shape
    p -= p.max(axis=-1, keepdims=True)
    np.exp(p, out=p)
    p /= p.sum(axis=-1, keepdims=True) * rows
    p[np.arange(runs)[:, None], np.arange(rows), y] -= 1 / rows
    d = p @ V.transpose(0, 2, 1)
    d *= np.maximum(h > 0, leak)
    parts = x.transpose(0, 2, 1) @ d, d.sum(axis=1), h.transpose(0, 2, 1) @ p, p.sum(axis=1)
    return np.concatenate([part.reshape(runs, -1) for part in parts], axis=1).ravel()


def of_dead(dead):
    """Which numbers belong to dead units, (runs, units) -> flat: those that lead into one, those
    that lead out of one."""
    into = np.zeros((len(dead), SIZE), dtype=bool)
    out = into.copy()
    into[:, :_INTO] = np.tile(dead, 64)
    into[:, _INTO:_BIAS] = dead
    out[:, _BIAS:_OUT] = np.repeat(dead, 10, axis=1)
    return into.ravel(), out.ravel()


def redrawn(theta, m, v, t, dead, new):
    """The dead units' numbers: new weights, and Adam knows nothing of them, nor when it is."""
    return np.where(dead, new, theta), *(np.where(dead, 0, kept) for kept in (m, v, t))


def adam_that_mends(grad, theta, *, lr, mend, every=TASK_STEPS, beta1=0.9, beta2=0.999, eps=1e-8):
    """Adam, where each number has its own t; after each task `mend` may change all it keeps."""
    m, v, t = 0 * theta, 0 * theta, 0 * theta
    for step in count(1):
        g, t = grad(theta), t + 1
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
        theta = theta - lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps)
        yield dict(theta=theta, m=m, v=v, t=t)
        if step % every == 0:
            theta, m, v, t = mend(theta, m, v, t)


def tasks(rule, seeds=range(5), *, lr, leak=0.0, centred=False, anew=None, redraw=None, **hyper):
    """For ever, after each task: (share of right answers, share of dead units), (runs,) each.

    A task is to learn labels by heart: 400 digits, the same for all tasks of a run, whose labels
    are drawn anew from 0 to 9. A unit is dead if it is above 0 for none of the 400.

    leak      of the ReLU
    centred   each pixel less its mean
    anew      with each task: "rule", the rule starts anew; "network", the network too
    redraw    (theta, m, v, t, dead, new) -> (theta, m, v, t), done after each task to the dead
              units' numbers; then the rule is Adam
    """
    rngs = [np.random.default_rng(seed) for seed in seeds]
    pixels = network.scans()[0]
    x = np.stack([pixels[rng.choice(len(pixels), DIGITS, replace=False)] for rng in rngs])
    x = x - x.mean(axis=1, keepdims=True) if centred else x
    runs, drawn = np.arange(len(rngs))[:, None], {}

    def networks():
        return np.concatenate([fresh(rng) for rng in rngs])

    def slope(theta):
        rows = next(drawn["batches"])
        return tasks_slope(theta, x[runs, rows], drawn["labels"][runs, rows], leak)

    def dead(theta):
        return (scores(theta, x, leak)[0] <= 0).all(axis=1)

    def mend(theta, m, v, t):
        into, out = of_dead(dead(theta))
        return redraw(theta, m, v, t, into | out, np.where(into, networks(), 0))

    if redraw:
        rule, hyper = adam_that_mends, hyper | dict(mend=mend)
    theta, run = networks(), None
    while True:
        drawn["labels"] = np.stack([rng.integers(0, 10, DIGITS) for rng in rngs])
        drawn["batches"] = _batches(rngs)
        if anew == "network" and run:
            theta = networks()
        with np.errstate(all="ignore"):
            if run is None or anew:
                run = rule(slope, theta, lr=lr, **hyper)
            for _ in range(TASK_STEPS):
                theta = next(run)["theta"]
        answers = scores(theta, x, leak)[1].argmax(axis=-1)
        yield (answers == drawn["labels"]).mean(axis=1), dead(theta).mean(axis=1)


def _batches(rngs):
    while True:
        order = np.stack([rng.permutation(DIGITS) for rng in rngs])
        yield from (order[:, i : i + BATCH] for i in range(0, DIGITS, BATCH))
