"""The panels of 06_when_adam_fails."""

from functools import lru_cache

import numpy as np

import adam_core as core
from adam_lab.figures import LOOKS
from adam_lab.figures import failures as figures
from adam_lab.live import Live
from adam_lab.panels.descents import descents
from adam_lab.panels.dials import beta_dial, dial, log_dial, lr_dial, pick, switch


def turn():
    """TURN and INVARIANCE (06): the valley turns, lengthens, or is measured in another unit."""
    angles, steps, goal = np.arange(0.0, 91), 600, 1e-3
    rules = dict(gd=(core.gd, 1.9), adam=(core.adam, 0.2))
    picture = figures.turned(list(rules), angles, steps)

    @lru_cache(maxsize=8)
    def every_angle(kappa, scale):
        """By name: theta (steps + 1, 2, angles) and heights (steps + 1, angles)."""
        valleys = [core.ravine(kappa, angle) for angle in angles]
        start = np.stack([valley.start for valley in valleys], axis=1)
        # the slopes at (1, 0) and (0, 1) are all of a quadratic: one run goes down all valleys
        at_x, at_y = np.stack([valley.grad(np.eye(2)) for valley in valleys], axis=2)

        def slope(theta):
            return at_x * theta[..., :1, :] + at_y * theta[..., 1:, :]

        runs = {}
        for name, (rule, lr) in rules.items():
            theta = core.run(
                rule, lambda theta: scale * slope(theta), start, steps, record=("theta",), lr=lr
            ).theta
            with np.errstate(all="ignore"):
                heights = (theta * slope(theta)).sum(axis=1) / 2
            runs[name] = theta, np.where(np.isfinite(heights), heights, np.inf)
        return runs

    def update(angle, kappa, scale):
        paths, needed, words = {}, {}, {}
        for name, (theta, heights) in every_angle(kappa, scale).items():
            needed[name] = settled(heights, goal)
            i = round(angle)
            gone = np.flatnonzero(np.abs(theta[:, :, i]).max(axis=1) > 20)
            last = int(min(needed[name][i], steps, *gone[:1]))
            paths[name] = theta[: last + 1, :, i].T
            verdict = _verdict(needed[name][i], heights[:, i])
            words[name] = f"{LOOKS[name].label}, lr {rules[name][1]}: {verdict}"
        picture.show(kappa, angle, paths, needed, words)
        return (
            f"Valley with kappa {kappa:.4g}, turned by {angle:g} degrees, gradients times "
            f"{scale:.3g}. To height {goal:g}: {'; '.join(words.values())}."
        )

    angle_dial = dial("turned by (°)", 0, 0, 90, 1)
    angle_dial.readout_format = ".0f"
    controls = dict(
        angle=angle_dial,
        kappa=log_dial("κ of the valley", 100, 1, 1000),
        scale=log_dial("all gradients ×", 1, 1e-11, 1e3),
    )
    return Live(picture.figure, picture.moving, update, controls)


def settled(heights, goal):
    """The step from which on heights (steps + 1, ...) stay below `goal`; inf if none (06)."""
    above = heights >= goal
    last = len(heights) - above[::-1].argmax(axis=0)
    return np.where(above[-1], np.inf, np.where(above.any(axis=0), last, 0))


def _verdict(needed, heights):
    if np.isfinite(needed):
        return f"{needed:.0f} steps"
    if not heights[-1] < 1e3 * heights[0]:
        return "diverged"
    return f"not there after {len(heights) - 1} steps"


def forget():
    """FORGET (06): two small gradients against one large one, by Reddi and others."""
    steps, lr = 300, 0.02
    rules = dict(adam=core.adam, amsgrad=core.amsgrad)
    picture = figures.forgetting(list(rules), steps)

    def update(slope, beta2, repair):
        gradients = np.resize([slope, -1.0, -1.0], steps)
        pushes, paths, words = {}, {}, {}
        for name in rules if repair else ["adam"]:
            pushes[name], paths[name] = walk(rules[name], gradients, lr, beta1=0, beta2=beta2)
            pushes[name] = pushes[name][-3:] / lr
            words[name] = f"{pushes[name].sum():+.2f} lr a round, ends at {paths[name][-1]:.2f}"
        picture.show(pushes, paths, words, slope)
        said = "; ".join(f"{LOOKS[name].label} {text}" for name, text in words.items())
        return (
            f"Slopes {slope:g}, -1, -1 again and again, beta 2 {beta2:g}. The best point is -1, "
            f"the worst is +1. {said}."
        )

    controls = dict(
        slope=dial("C large slope", 3, 2.5, 10, 0.5),
        beta2=dial("β₂ size memory", 0.1, 0, 0.99, 0.01),
        repair=switch("AMSGrad too"),
    )
    return Live(picture.figure, picture.moving, update, controls)


def walk(rule, gradients, lr, **hyper):
    """The steps (n,) for n given gradients, and the path (n + 1,) between walls at -1 and 1.

    The gradients do not depend on theta, so neither do the steps: they can be cut at the
    walls afterwards.
    """
    given = iter(gradients)
    trace = core.run(
        rule, lambda _: np.array([next(given)]), [0.0], len(gradients), record=("theta",), lr=lr,
        **hyper,
    )  # fmt: skip
    steps = np.diff(trace.theta[:, 0])
    path = [0.0]
    for step in steps:
        path.append(min(max(path[-1] + step, -1.0), 1.0))
    return steps, np.array(path)


def decay_forms():
    """DECAY (06): the pull to zero inside the gradient, and beside it."""
    steps, lr, weights = 400, 0.005, 16
    scales = 10 ** np.arange(-3, 3.01, 0.25)
    picture = figures.decaying(["adam", "adamw"], scales, steps)

    @lru_cache(maxsize=8)
    def every_scale(decay):
        """By name: the mean of the weights (steps + 1, scales)."""

        def noise():
            return core.noisy(lambda w: 0 * w, scales, rng=6)

        pull = noise()
        start = np.ones((weights, scales.size))
        runs = dict(
            adam=(core.adam, lambda w: pull(w) + decay * w, {}),
            adamw=(core.adamw, noise(), dict(weight_decay=decay)),
        )
        return {
            name: core.run(
                rule, grad, start, steps, record=("theta",), lr=lr, **hyper
            ).theta.mean(axis=1)
            for name, (rule, grad, hyper) in runs.items()
        }  # fmt: skip

    def update(scale, decay):
        i = int(np.abs(np.log(scales / scale)).argmin())
        runs = every_scale(decay)
        paths = {name: run[:, i] for name, run in runs.items()}
        words = {name: f"{path[-1]:.2f} is left" for name, path in paths.items()}
        asked = (1 - lr * decay) ** np.arange(steps + 1)
        picture.show(scale, asked, paths, {name: run[-1] for name, run in runs.items()}, words)
        return (
            f"Noise of size {scale:.3g} in the gradient, decay {decay:.3g}: after {steps} steps "
            f"{asked[-1]:.2f} was asked for; Adam with L2 {words['adam']}, "
            f"AdamW {words['adamw']}."
        )

    noise_dial = log_dial("size of the noise", 0.1, 1e-3, 1e3)
    noise_dial.min, noise_dial.max, noise_dial.step = -3, 3, 0.25  # stops where scales are
    controls = dict(scale=noise_dial, decay=log_dial("λ decay", 0.2, 0.01, 1))
    return Live(picture.figure, picture.moving, update, controls)


TRAVELS = {
    "slides away": lambda speed: lambda t: speed * t,
    "swings": lambda speed: lambda t: 5 * np.sin(speed * t / 5),
    "rests, then leaves": lambda speed: lambda t: speed * max(t - 100, 0),
}


def drift():
    """DRIFT (06): the minimum moves; who follows?"""
    steps, lr = 250, 0.2
    rules = dict(  # the optimizer, and its name for what it divides by
        gd=(core.gd, None),
        adagrad=(core.adagrad, "s"),
        adam=(core.adam, "v_hat"),
        amsgrad=(core.amsgrad, "v_hat"),
    )
    picture = figures.drifting(list(rules), steps)

    @lru_cache(maxsize=32)
    def follow(name, travel, start, speed, beta2=None):
        """The path (steps + 1,) and the step per unit of gradient (steps,)."""
        rule, size = rules[name]
        grad = core.moving(lambda theta: theta, lambda t: [TRAVELS[travel](speed)(t)])
        trace = core.run(
            rule, core.noisy(grad, 0.3, rng=5), [start], steps, lr=lr,
            **({} if beta2 is None else dict(beta2=beta2)),
        )  # fmt: skip
        squares = getattr(trace, size)[1:, 0] if size else np.ones(steps)
        return trace.theta[:, 0], lr / np.sqrt(squares)

    def update(speed, beta2, travel, start):
        target = np.array([TRAVELS[travel](speed)(t) for t in range(steps + 1)])
        runs = {
            name: follow(name, travel, start, speed, *[beta2] * (size == "v_hat"))
            for name, (_, size) in rules.items()
        }
        paths = {name: run[0] for name, run in runs.items()}
        words = {
            name: f"{np.abs(path - target)[-50:].mean():.2g} behind" for name, path in paths.items()
        }
        picture.show(target, paths, {name: run[1] for name, run in runs.items()}, words)
        said = "; ".join(f"{LOOKS[name].label} {words[name]}" for name in rules)
        return (
            f"The minimum {travel} at {speed:g} a step, lr {lr}, beta 2 {beta2:g}, start at "
            f"{start:g}. In the last 50 steps: {said}."
        )

    controls = dict(
        speed=dial("speed per step", 0.1, 0, 0.3, 0.01),
        beta2=beta_dial(0.999, "β₂ size memory"),
        travel=pick("the minimum", list(TRAVELS), width=260),
        start=pick("start", [("far away", -10.0), ("at the minimum", 0.0)]),
    )
    return Live(picture.figure, picture.moving, update, controls)


def family():
    """FAMILY (06): Adam and what people made of it, side by side."""

    def runs(lr, beta2, decay):
        common = dict(lr=lr, beta2=beta2)
        return dict(
            adam=common,
            nadam=common,
            adamax=common,
            amsgrad=common,
            adamw=common | dict(weight_decay=decay),
        )

    dials = dict(
        lr=lr_dial(0.3, 0.01, 3),
        beta2=beta_dial(0.99, "β₂ size memory"),
        decay=dial("λ of AdamW", 0.1, 0, 0.5, 0.01),
    )
    return descents(runs, dials, steps=100, choose_surface=True)
