"""The panels of 03_rmsprop."""

from itertools import count

import numpy as np

import adam_core as core
from adam_lab.figures import LOOKS
from adam_lab.figures import rmsprop as figures
from adam_lab.live import Live
from adam_lab.panels.descents import heights_of, result_of
from adam_lab.panels.dials import (
    beta_dial,
    dial,
    log_dial,
    lr_dial,
    pick,
    step_dial,
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
    x, y = theta[:, -1].round(2) + 0.0  # no -0.00
    return result if "diverged" in result else f"x = {x:.2f}, y = {y:.2f}"


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
            f"Valley with kappa {kappa:.3g}, lr {lr:.3g}, beta {beta:g}, "
            f"after {step} steps. {'. '.join(said)}."
        )

    controls = dict(
        kappa=log_dial("κ of the valley", 25, 1, 1000),
        lr=lr_dial(0.7, 0.01, 2),
        beta=beta_dial(0, SIZE_MEMORY),
        step=step_dial(steps, 40),
    )
    return Live(picture.figure, picture.moving, update, controls, play="step")


def steep_start(grad):
    """The first 20 gradients are 100 times as large: the slope was steep there."""
    evaluations = count(1)
    return lambda theta: (100 if next(evaluations) <= 20 else 1) * grad(theta)


MOVES = np.array([6.0, -2.0])  # at step 300


def moved(grad):
    """After step 300 the minimum is somewhere else."""
    return core.moving(grad, lambda t: MOVES * (t > 300))


SITUATIONS = {"stays": lambda grad: grad, "starts steep": steep_start, "moves at 300": moved}


def heights_in(situation, theta):
    """Height in the valley along theta (2, steps + 1), wherever the minimum is then."""
    if situation == "moves at 300":
        theta = theta - np.outer(MOVES, np.arange(theta.shape[1]) >= 300)
    return heights_of(core.ravine(25), theta)


def shrink():
    """SHRINK (03): AdaGrad's rates only fall, RMSprop's recover."""
    steps, valley = 600, core.ravine(25)
    picture = figures.rates(steps)

    def update(lr, beta, sigma, situation):
        said = []
        for name, hyper in (("adagrad", {}), ("rmsprop", dict(beta=beta))):
            # noise last: a steep start is a steep slope, not a loud noise
            grad = core.noisy(SITUATIONS[situation](valley.grad), sigma, rng=3)
            trace = core.run(getattr(core, name), grad, valley.start, steps, lr=lr, **hyper)
            size = trace.s if name == "adagrad" else trace.v
            rate = lr / (np.sqrt(size[1:].T) + 1e-10)
            heights = heights_in(situation, trace.theta.T)
            words = f"last rate of x {rate[0, -1]:.2g}, last heights {heights[-100:].mean():.2g}"
            said.append(f"{LOOKS[name].label}: {words}")
            picture.show(name, rate, heights, said[-1])
        return (
            f"The valley {situation}; noise {sigma:g}, lr {lr:.3g}, beta {beta:g}, "
            f"{steps} steps; heights are means of the last 100. {'. '.join(said)}."
        )

    controls = dict(
        lr=lr_dial(0.3, 0.01, 30),
        beta=beta_dial(0.9, SIZE_MEMORY),
        sigma=dial("σ noise", 0.3, 0, 2, 0.05),
        situation=pick("the valley", list(SITUATIONS), width=230),
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


def sparse():
    """SPARSE (03): a coordinate that is seen at every step, and one that is seen rarely."""
    steps, start = 400, np.array([2.0, 2.0])
    names = ["gd", "rmsprop", "adagrad"]
    picture = figures.frequent_and_rare(names, steps)

    def update(lr, beta, every, sigma):
        often = f"one step in {every}" if every > 1 else "every step"
        picture.rare.set_text(f"y: a gradient at {often}")
        said = []
        for name in names:
            grad = rare(core.noisy(lambda theta: theta, sigma, rng=1), every)
            hyper = dict(beta=beta) if name == "rmsprop" else {}
            trace = core.run(getattr(core, name), grad, start, steps, lr=lr, **hyper)
            x, y = np.sqrt((trace.theta[-100:] ** 2).mean(axis=0))
            said.append(f"{LOOKS[name].label}: x ± {x:.2f}, y ± {y:.2f}")
            picture.show(name, trace.theta.T, said[-1])
        return (
            f"y has a gradient at one step in {every}; noise {sigma:g}, lr {lr:.3g}, "
            f"beta {beta:g}. Last 100 of {steps} steps: {'; '.join(said)}."
        )

    controls = dict(
        lr=lr_dial(0.5, 0.01, 1.5),
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
            f"Gradients times {scale:.2g}, eps {eps:.2g}. Height after {steps} steps, start 1: "
            f"{'; '.join(said)}."
        )

    controls = dict(
        scale=log_dial("gradients ×", 1e-6, 1e-10, 1),
        eps=log_dial("ε", 1e-8, 1e-12, 1),
        convert=switch("ε² inside"),
    )
    for name in ("scale", "eps"):
        controls[name].readout_format = ".1e"
    return Live(picture.figure, picture.moving, update, controls)
