"""The panels of 03_rmsprop."""

from functools import lru_cache
from itertools import count

import numpy as np

import adam_core as core
from adam_lab.figures import LOOKS, counted, number
from adam_lab.figures import rmsprop as figures
from adam_lab.live import Live
from adam_lab.panels.descents import heights_of, result_of
from adam_lab.panels.dials import (
    beta_dial,
    dial,
    log_dial,
    lr_dial,
    step_dial,
    stops,
    switch,
    whole_dial,
)

SIZE_MEMORY = "β size memory"


def _ellipses(kappa, heights):
    """The valley's contours, each (73, 2)."""
    turn = np.linspace(0, 2 * np.pi, 73)
    unit = np.stack([np.sqrt(kappa) * np.cos(turn), np.sin(turn)], axis=1)
    return [np.sqrt(2 * height) * unit for height in heights]


def _place(theta, heights):
    """'x = 0.1, y = 0.25', or where it diverged."""
    result = result_of(heights)
    x, y = (number(end, 2, "f") for end in theta[:, -1])
    return result if "diverged" in result else f"x = {x}, y = {y}"


def normalised():
    """NORMALISED (03): the gradient divided by its own size; with β, by its usual size."""
    steps, valley = 100, core.ravine(25)
    picture = figures.speeds(valley.bounds, valley.start, steps)

    def update(kappa, lr, beta, step):
        valley = core.ravine(kappa)
        picture.level(_ellipses(kappa, np.geomspace(0.003, 50, 12)))
        said = []
        for name, hyper in (("gd", {}), ("rmsprop", dict(beta=beta))):
            trace = core.run(getattr(core, name), valley.grad, valley.start, steps, lr=lr, **hyper)
            theta = trace.theta[: step + 1].T
            label = "divided by its size" if hyper and not beta else LOOKS[name].label
            said.append(f"{label}: {_place(theta, heights_of(valley, theta))}")
            picture.show(name, theta, said[-1])
        return (
            f"Valley with kappa {number(kappa)}, lr {lr:.3g}, beta {beta:g}, "
            f"after {counted(step, 'step')}: {'; '.join(said)}."
        )

    controls = dict(
        kappa=log_dial("κ of the valley", 25, 1, 1000),
        lr=lr_dial(0.7, 0.01, 2),
        beta=beta_dial(0, SIZE_MEMORY),
        step=step_dial(steps, 40),
    )
    return Live(picture.figure, picture.moving, update, controls, play="step")


# ten to a decade, round
LRS = np.array([1, 1.25, 1.6, 2, 2.5, 3.2, 4, 5, 6.3, 8]) * 10.0 ** np.arange(-2, 2)[:, None]
LRS = LRS.ravel().round(4)
RUNS = 20  # each with noise of its own, the same for every lr and every rule


def lr_stops(value, lrs):
    """lr over the values that are swept, so that a picture of all of them can mark one."""
    return stops("lr learning rate", value, [(f"{lr:g}", lr) for lr in lrs.tolist()])


MOVES = np.array([6.0, -2.0])
AFTER = 300  # steps, once the valley has moved


@lru_cache(maxsize=256)
def after_move(rule, at, sigma=0.3, **hyper):
    """The valley moves after step `at`; then there are 300 steps left. For each lr of LRS:

    heights   mean over the last 100 steps and 20 runs, each with noise of its own
    t, rates  some steps, and the effective rates of the first run there, (2, len(t), lrs)
    """
    valley, rng = core.ravine(25), np.random.default_rng(0)
    valley_grad = core.moving(valley.grad, lambda t: MOVES * (t > at))
    start = np.broadcast_to(valley.start[:, None, None], (2, len(LRS), RUNS)).copy()
    stepper = rule(
        lambda theta: valley_grad(theta) + sigma * rng.standard_normal((2, 1, RUNS)),
        start, lr=LRS[:, None], **hyper,
    )  # fmt: skip
    some = np.unique(np.geomspace(1, at + AFTER, 100).astype(int))
    rates, heights = [], 0
    for t in range(1, at + AFTER + 1):
        state = next(stepper)
        if t in some:
            size = state["s" if "s" in state else "v"]
            rates.append(LRS / (np.sqrt(size[..., 0]) + 1e-10))
        if t > at + AFTER - 100:
            with np.errstate(over="ignore"):
                heights = heights + valley.f(state["theta"] - MOVES[:, None, None]) / 100
    return heights.mean(axis=1), some, np.stack(rates, axis=1)


def shrink():
    """SHRINK (03): AdaGrad's rates only fall; which lr is best depends on how long it has run."""
    ats = [100, 300, 1000, 3000]
    picture = figures.rates(LRS, ats[-1] + AFTER)

    def update(at, lr, beta, sigma):
        said, chosen = [], LRS.tolist().index(lr)
        picture.turn(at)
        for name, hyper in (("adagrad", {}), ("rmsprop", dict(beta=beta))):
            heights, t, rates = after_move(getattr(core, name), at, sigma, **hyper)
            best = heights.argmin()
            words = (
                f"{number(heights[chosen], 2)}; best lr {LRS[best]:g}: {number(heights[best], 2)}"
            )
            said.append(f"{LOOKS[name].label}: {words}")
            picture.show(name, t, rates[..., chosen], heights, chosen, said[-1])
        return (
            f"The valley moves at step {at}; noise {sigma:g}, lr {lr:g}, beta {beta:g}. Height at "
            f"the end, 300 steps later (mean of its last 100, {RUNS} runs). {'. '.join(said)}."
        )

    controls = dict(
        at=stops("moves at step", 300, ats),
        lr=lr_stops(0.1, LRS),
        beta=beta_dial(0.9, SIZE_MEMORY),
        sigma=dial("σ noise", 0.3, 0.05, 2, 0.05),
    )
    return Live(picture.figure, picture.moving, update, controls)


def rare(grad, every):
    """`grad`, but the last coordinate has a gradient at one step in `every` only."""
    evaluations = count(1)

    def rare_grad(theta):
        g = np.array(grad(theta))
        g[-1] *= next(evaluations) % every == 0
        return g

    return rare_grad


def rare_and_noisy(every=20, sigma=1.0, runs=200):
    """The bowl (x² + y²) / 2 with noise of its own for each of the runs; y is fed rarely."""
    rng = np.random.default_rng(0)
    return rare(lambda theta: theta + sigma * rng.standard_normal((2, 1, runs)), every)


def sparse_best(rule, falling=False, **hyper):
    """'0.19 (lr 0.12)': the mean of x² + y² over the last 100 of 400 steps, at its best lr.

    Noise 1, y is fed at one step in 20, 200 runs, lr from 0.01 to 3.2; `falling`: lr / √t.
    """
    lrs = LRS[LRS < 4, None]
    lr = (lambda t: lrs / np.sqrt(t)) if falling else lrs
    start = np.full((2, 1, 200), 2.0)
    theta = core.run(rule, rare_and_noisy(), start, 400, record=("theta",), lr=lr, **hyper).theta
    means = (theta[-100:] ** 2).sum(axis=1).mean(axis=(0, 2))
    return f"{means.min():.2f} (lr {lrs[means.argmin(), 0]:.2g})"


def sparse():
    """SPARSE (03): a coordinate that is seen at every step, and one that is seen rarely."""
    steps, lrs = 400, LRS[LRS < 1.9]
    start = np.full((2, len(lrs), RUNS), 2.0)
    names = ["gd", "rmsprop", "adagrad"]
    picture = figures.frequent_and_rare(names, steps, lrs)

    @lru_cache(maxsize=64)
    def swept(name, every, sigma, **hyper):
        """The first run for each lr, and the mean squares at the end, (2, lrs)."""
        stepper = getattr(core, name)(
            rare_and_noisy(every, sigma, RUNS), start, lr=lrs[:, None], **hyper
        )
        first, squares = [start[..., 0]], 0
        for t in range(1, steps + 1):
            theta = next(stepper)["theta"]
            first.append(theta[..., 0])
            if t > steps - 100:
                squares = squares + theta**2 / 100
        return np.stack(first, axis=1), squares.mean(axis=2)

    def update(lr, beta, every, sigma):
        often = f"one step in {every}" if every > 1 else "every step"
        picture.rare.set_text(f"y: a gradient at {often}")
        said, chosen = [], lrs.tolist().index(lr)
        for name in names:
            hyper = dict(beta=beta) if name == "rmsprop" else {}
            theta, squares = swept(name, every, sigma, **hyper)
            x, y = np.sqrt(squares[:, chosen])
            said.append(f"{LOOKS[name].label}: x ± {x:.2f}, y ± {y:.2f}")
            picture.show(
                name, theta[1, :, chosen], (x, y), squares.sum(axis=0), chosen, said[-1]
            )  # fmt: skip
        return (
            f"y has a gradient at {often}; noise {sigma:g}, lr {lr:g}, beta {beta:g}. "
            f"Last 100 of {steps} steps, root mean square of {RUNS} runs: {'; '.join(said)}."
        )

    controls = dict(
        lr=lr_stops(0.5, lrs),
        beta=beta_dial(0.9, SIZE_MEMORY),
        every=whole_dial("one step in", 20, 1, 50),
        sigma=dial("σ noise", 1, 0, 2, 0.05),
    )
    return Live(picture.figure, picture.moving, update, controls)


def eps_place():
    """EPS (03): the same small number outside the root, and inside."""
    steps, lr, valley = 200, 0.2, core.ravine(25)
    g = np.geomspace(1e-12, 10, 131)
    picture = figures.eps_places(g, steps, lr)
    start = np.abs(valley.grad(valley.start)).max()

    def update(scale, eps, convert):
        said = []
        for place in ("outside", "inside"):
            hyper = dict(eps=eps)
            if place == "inside":
                hyper = dict(eps=eps**2 if convert else eps, eps_inside=True)
            trace = core.run(
                core.rmsprop, lambda theta: scale * valley.grad(theta), valley.start, steps,
                record=("theta",), lr=lr, **hyper,
            )  # fmt: skip
            heights = heights_of(valley, trace.theta.T)
            root = np.sqrt(g**2 + hyper["eps"]) if place == "inside" else g + eps
            below = np.flatnonzero(heights < heights[0] / 100)
            when = f"height 0.01 after {below[0]} steps" if len(below) else "not yet at height 0.01"
            form = "√v + ε" if place == "outside" else "√(v + ε²)" if convert else "√(v + ε)"
            picture.show(place, lr * g / root, heights / heights[0], f"{form}: {when}")
            said.append(f"{form}: {heights[-1] / heights[0]:.3g} ({when})")
        picture.mark(scale * start)
        return (
            f"Gradients times {number(scale, 2)}, eps {eps:.2g}. Height after {steps} steps, "
            f"start 1: {'; '.join(said)}."
        )

    controls = dict(
        scale=log_dial("gradients ×", 1e-6, 1e-10, 1),
        eps=log_dial("ε", 1e-8, 1e-12, 1),
        convert=switch("ε² inside"),
    )
    return Live(picture.figure, picture.moving, update, controls)
