"""The panels of 01_gradient_descent."""

import numpy as np

import adam_core as core
from adam_lab.figures import counted, number
from adam_lab.figures import gradient_descent as figures
from adam_lab.live import Live
from adam_lab.panels.descents import heights_of, result_of
from adam_lab.panels.dials import dial, log_dial, lr_dial, pick, step_dial, switch

WALKERS = 100
BATCHES = [2**k for k in range(9)]


def manner_of(factor):
    """How one direction moves when each step multiplies its distance by `factor`."""
    if abs(factor) < 1e-9:
        return "arrives in one step"
    if abs(abs(factor) - 1) < 1e-9:
        return "jumps to and fro for ever"
    if abs(factor) > 1:
        return "jumps further and further out"
    return "creeps down one side" if factor > 0 else "jumps from side to side, nearer"


def parabola():
    """PARABOLA (01): one direction, its slope, and the step that follows from it."""
    steps, start = 20, -3.0
    picture = figures.parabola(steps)

    def update(lr, curvature, step):
        def slope(theta):
            return curvature * theta

        trace = core.run(core.gd, slope, [start], steps, record=("theta",), lr=lr)
        ahead = trace.theta[:, 0]
        theta = ahead[: step + 1]
        factor = 1 - lr * curvature
        words = f"each step multiplies θ by 1 − lr · λ = {number(factor)}: it {manner_of(factor)}"
        picture.show(curvature, theta, ahead, slope(theta[-1]), lr, words)
        where = number(theta[-1]) if abs(theta[-1]) < 100 else "far outside"
        return (
            f"Parabola with curvature λ {curvature:.3g}, lr {lr:.3g}: {words}. "
            f"After {counted(step, 'step')} θ is {where}."
        )

    controls = dict(
        lr=dial("lr learning rate", 0.4, 0.02, 2.5, 0.02),
        curvature=dial("λ curvature", 1, 0.2, 2, 0.05),
        step=step_dial(steps, 2),
    )
    return Live(picture.figure, picture.moving, update, controls, play="step")


def step_size():
    """STEP SIZE (01): one lr, two directions, each on its own clock."""
    steps, highest = 60, 2.4
    picture = figures.step_size(steps, highest + 0.1)

    def kept(lr, kappa):
        return lr, abs(1 - lr / kappa), abs(1 - lr)

    def update(lr, kappa, step):
        valley = core.ravine(kappa)
        trace = core.run(core.gd, valley.grad, valley.start, steps, record=("theta",), lr=lr)
        theta = trace.theta[: step + 1].T
        x, y = theta
        nothing = np.zeros_like(x)
        parts = dict(
            along=heights_of(valley, np.stack([x, nothing])),
            across=heights_of(valley, np.stack([nothing, y])),
            both=heights_of(valley, theta),
        )
        best = 2 / (1 + 1 / kappa)
        results = {name: result_of(part) for name, part in parts.items()}
        words = dict(both=f"height {results['both']}")
        for name, factor in zip(("along x", "across y"), kept(lr, kappa)[1:], strict=True):
            verb = "grows by" if factor > 1 else "keeps"
            words[name.split()[0]] = f"{name} {verb} {factor:.3g} a step"
        picture.show(kappa, kept(lr, kappa), kept(best, kappa), theta, parts, words)
        return (
            f"Valley with κ {number(kappa)}, lr {lr:.3g}, after {counted(step, 'step')}: "
            f"{words['both']}; its part along {results['along']}, across {results['across']}. "
            f"Distance: {words['along']}, {words['across']}. Limit lr 2, best lr {best:.3g}."
        )

    controls = dict(
        lr=dial("lr learning rate", 1.7, 0.02, highest, 0.02),
        kappa=log_dial("κ of the valley", 1, 1, 1000),  # as the guess before it is about 25
        step=step_dial(steps),
    )
    return Live(picture.figure, picture.moving, update, controls, play="step")


def drawn(grad, draws, sigma):
    """`grad` plus noise that was drawn beforehand, so that the picture does not flicker."""
    draws = iter(draws)
    return lambda theta: grad(theta) + sigma * next(draws)


def noise_floor(lr, sigma, curvatures=(1 / 25, 1)):
    """The mean height at which steps and noise balance: lr sigma**2 / 4 a direction, and more."""
    return sum(lr * sigma**2 / (2 * (2 - lr * curvature)) for curvature in curvatures)


def noise():
    """NOISE (01): a crowd of walkers, each with its own mini-batches."""
    steps, valley = 300, core.ravine(25)
    picture = figures.crowd(valley, steps)
    draws = np.random.default_rng(1).standard_normal((steps, 2, WALKERS + 1))
    draws[..., -1] = 0  # the last one walks without noise
    starts = np.repeat(valley.start[:, None], WALKERS + 1, axis=1)

    def update(batch, lr, step):
        sigma = 1 / np.sqrt(batch)
        grad = drawn(valley.grad, draws, sigma)
        trace = core.run(core.gd, grad, starts, steps, record=("theta",), lr=lr)
        theta = np.moveaxis(trace.theta[: step + 1], 1, 0)
        heights, floor = valley.f(theta), noise_floor(lr, sigma)
        mean, quiet = heights[:, :-1].mean(axis=1), heights[:, -1]
        curves = dict(mean=mean, one=heights[:, 0], quiet=quiet, floor=np.full(steps + 1, floor))
        words = dict(
            mean=f"mean of {WALKERS} walkers: {number(mean[-1], 2)}",
            one=f"one of them: {number(heights[-1, 0], 2)}",
            quiet=f"without noise: {number(quiet[-1], 2)}",
            floor=f"noise floor: {number(floor, 2)}",
        )
        picture.show(theta[:, :, :-1], curves, words)
        results = "; ".join(words.values())
        return f"Batches of {batch}, lr {lr:.3g}. Height after {counted(step, 'step')}: {results}."

    controls = dict(
        batch=pick("batch size", BATCHES),
        lr=lr_dial(0.4, 0.01, 1.6),
        step=step_dial(steps),
    )
    controls["batch"].value = 4
    return Live(picture.figure, picture.moving, update, controls, play="step")


def schedules(lr, final, steps):
    """Four ways from lr to lr * final in so many steps; one of them stays."""
    return dict(
        constant=core.constant(lr),
        exponential=core.exponential_decay(lr, final ** (1 / (steps - 1))),
        piecewise=core.step_decay(lr, final ** (1 / 3), every=-(-steps // 4)),
        inverse=core.inverse_time_decay(lr, (1 / final - 1) / (steps - 1)),
    )


def decay():
    """DECAY (01): four schedules under the same noise, one knob each; AdaGrad has two."""
    steps, valley = 300, core.ravine(25)
    picture = figures.decays(steps, 20)
    draws = np.random.default_rng(1).standard_normal((steps, 2, 1, WALKERS))
    times = np.arange(1, steps + 1)

    def crowd(optimizer, members, sigma, record, lr):
        starts = np.broadcast_to(valley.start[:, None, None], (2, members, WALKERS))
        grad = drawn(valley.grad, draws, sigma)
        trace = core.run(optimizer, grad, starts, steps, record=record, lr=lr)
        return trace, valley.f(np.moveaxis(trace.theta[::2], 1, 0)).mean(axis=-1)

    def update(lr, final, batch, adaptive):
        sigma = 1 / np.sqrt(batch)
        rules = schedules(lr, final, steps)
        rates = {name: np.broadcast_to(rule(times), steps) for name, rule in rules.items()}
        table = np.array(list(rates.values()))[:, :, None]
        _, means = crowd(core.gd, 4, sigma, ("theta",), lambda t: table[:, t - 1])
        heights = dict(zip(rules, means.T, strict=True))
        rates["adagrad"], heights["adagrad"] = np.full((2, steps), lr), means[:, 0]
        if adaptive:
            trace, mean = crowd(core.adagrad, 1, sigma, ("theta", "s"), lr)
            heights["adagrad"] = mean[:, 0]
            rates["adagrad"] = lr / np.sqrt(trace.s[1:, :, 0]).mean(axis=-1).T
        words = {
            name: f"{look.label}: {number(heights[name][-1], 2)}"
            for name, look in figures.SCHEDULES.items()
        }
        if not adaptive:
            words["adagrad"] = "AdaGrad: not run"
        picture.show(rates, heights, words, adaptive)
        return (
            f"Mean height of {WALKERS} walkers after {steps} steps with batches of {batch}, "
            f"lr from {lr:.3g}, the decays end at {final:.3g} of it; {'; '.join(words.values())}."
        )

    controls = dict(
        lr=lr_dial(1, 0.05, 1.6, name="lr at the start"),
        final=log_dial("part left at the end", 0.05, 0.001, 0.99),
        batch=pick("batch size", BATCHES),
        adaptive=switch("AdaGrad beside them"),
    )
    controls["batch"].value = 4
    return Live(picture.figure, picture.moving, update, controls)
