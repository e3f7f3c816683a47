"""The panels of 06_when_adam_fails."""

import difflib
import inspect
import re
from functools import lru_cache
from itertools import count

import numpy as np

import adam_core as core
from adam_lab.figures import LOOKS, counted, number
from adam_lab.figures import failures as figures
from adam_lab.live import Live
from adam_lab.panels.descents import heights_of, result_of
from adam_lab.panels.dials import (
    beta_dial,
    dial,
    log_dial,
    lr_dial,
    pick,
    start_of,
    step_dial,
    switch,
    whence,
)


def turn():
    """TURN and INVARIANCE (06): the valley turns, lengthens, or is measured in another unit."""
    angles, steps, goal = np.arange(0.0, 91), 600, 1e-3
    rules = dict(gd=(core.gd, 1.9), adam=(core.adam, 0.2))
    picture = figures.turned(list(rules), angles, steps)

    @lru_cache(maxsize=8)
    def every_angle(kappa, scale, along, across):
        """By name: theta (steps + 1, 2, angles) and heights (steps + 1, angles).

        along, across   the start, in a valley that lies straight
        """
        valleys = [core.ravine(kappa, angle) for angle in angles]
        start = turned((along, across), angles)
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

    def update(angle, kappa, scale, start):
        paths, needed, words = {}, {}, {}
        straight = turned(start, -angle).round(9)  # the same at every angle: nothing runs anew
        update.angle = angle
        for name, (theta, heights) in every_angle(kappa, scale, *straight).items():
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
            f"{number(scale)}. To height {goal:g}{whence(straight, core.ravine().start)}: "
            f"{'; '.join(words.values())}."
        )

    angle_dial = dial("turned by (°)", 0, 0, 90, 1)
    angle_dial.readout_format = ".0f"
    controls = dict(
        angle=angle_dial,
        kappa=log_dial("κ of the valley", 100, 1, 1000),
        scale=log_dial("all gradients ×", 1, 1e-11, 1e3),
        start=start_of(core.ravine()),
    )

    def with_the_valley(angle, start, **_):
        return dict(start=tuple(turned(start, angle - update.angle).round(12).tolist()))

    return Live(
        picture.figure, picture.moving, update, controls,
        touch={picture.figure.axes[0]: "start"}, follow=dict(angle=with_the_valley),
    )  # fmt: skip


def turned(point, angle):
    """A point (x, y) turned by degrees, an angle or many: (2, ...)."""
    turn = np.radians(angle)
    x, y = point
    return np.stack([np.cos(turn) * x - np.sin(turn) * y, np.sin(turn) * x + np.cos(turn) * y])


def settled(heights, goal):
    """The step from which on heights (steps + 1, ...) stay below `goal`; inf if none (06)."""
    above = heights >= goal
    last = len(heights) - above[::-1].argmax(axis=0)
    return np.where(above[-1], np.inf, np.where(above.any(axis=0), last, 0))


def _verdict(needed, heights):
    if np.isfinite(needed):
        return counted(int(needed), "step")
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
            push, end = (number(x, 2, "f") for x in (pushes[name].sum(), paths[name][-1]))
            words[name] = f"{push} lr a round, ends at {end}"
        picture.show(pushes, paths, words, slope)
        said = "; ".join(f"{LOOKS[name].label} {text}" for name, text in words.items())
        return (
            f"Slopes {slope:g}, −1, −1 again and again, β₂ {beta2:g}. The best point is −1, "
            f"the worst is +1. {said}."
        )

    controls = dict(
        slope=dial("C large slope", 3, 2.5, 10, 0.5),
        beta2=dial("β₂ size memory", 0.9, 0, 0.99, 0.01),
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
    steps, weights = 400, 64
    scales = 10 ** np.arange(-3, 3.01, 0.25)
    picture = figures.decaying(["adam", "adamw"], scales, steps)

    @lru_cache(maxsize=8)
    def every_scale(lr, decay):
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

    def update(scale, decay, lr, every):
        i = int(np.abs(np.log(scales / scale)).argmin())
        runs = every_scale(lr, decay)
        paths = {name: run[:, i] for name, run in runs.items()}
        words = {name: f"{number(path[-1], 2, 'f')} is left" for name, path in paths.items()}
        asked = (1 - lr * decay) ** np.arange(steps + 1)
        ends = {name: run[-1] if every else np.full(scales.size, np.nan)
                for name, run in runs.items()}  # fmt: skip
        clock = f"asked for: {asked[-1]:.2f}; time scale 1/(lr λ) = {1 / (lr * decay):.0f} steps"
        picture.show(scale, asked, paths, ends, words, clock)
        return (
            f"Noise of size {number(scale)} in the gradient, lr {lr:.3g}, decay {decay:.3g}, so a "
            f"time scale of {1 / (lr * decay):.0f} steps: after {steps} steps {asked[-1]:.2f} "
            f"was asked for; Adam with L2 {words['adam']}, AdamW {words['adamw']}."
            + (" On the right: all sizes of noise." if every else "")
        )

    noise_dial = log_dial("size of the noise", 1, 1e-3, 1e3)
    noise_dial.min, noise_dial.max, noise_dial.step = -3, 3, 0.25  # stops where scales are
    controls = dict(
        scale=noise_dial,
        decay=log_dial("λ decay", 0.2, 0.02, 2),
        lr=lr_dial(0.005, 0.0005, 0.05),
        every=switch("all sizes of noise"),
    )
    return Live(picture.figure, picture.moving, update, controls)


TRAVELS = {
    "slides away": lambda speed: lambda t: speed * t,
    "swings": lambda speed: lambda t: 5 * np.sin(speed * t / 5),
    "rests, then leaves": lambda speed: lambda t: speed * max(t - 100, 0),
}


def drift():
    """DRIFT (06): the minimum moves; who follows?"""
    steps, lr, seeds = 250, 0.2, 20
    rules = dict(  # the optimizer, and its name for what it divides by
        gd=(core.gd, None),
        adagrad=(core.adagrad, "s"),
        adam=(core.adam, "v_hat"),
        amsgrad=(core.amsgrad, "v_hat"),
        amsgrad_hat=(amsgrad_hat, "v_hat"),
    )
    picture = figures.drifting(list(rules), steps)

    @lru_cache(maxsize=32)
    def follow(name, travel, start, speed, lr, beta2=None):
        """The path (steps + 1,), the step per unit of gradient (steps,), how far behind."""
        rule, size = rules[name]
        grad = core.moving(lambda theta: theta, lambda t: [TRAVELS[travel](speed)(t)])
        trace = core.run(  # coordinates do not know of each other: each is a seed
            rule, core.noisy(grad, 0.3, rng=5), [start] * seeds, steps, lr=lr,
            **({} if beta2 is None else dict(beta2=beta2)),
        )  # fmt: skip
        squares = getattr(trace, size)[1:, 0] if size else np.ones(steps)
        target = np.array([TRAVELS[travel](speed)(t) for t in range(steps + 1)])
        behind = np.abs(trace.theta - target[:, None])[-50:].mean()
        return trace.theta[:, 0], lr / np.sqrt(squares), behind

    def update(speed, beta2, lr_adagrad, travel, start):
        target = np.array([TRAVELS[travel](speed)(t) for t in range(steps + 1)])
        runs = {
            name: follow(
                name, travel, start, speed, lr_adagrad if name == "adagrad" else lr,
                *[beta2] * (size == "v_hat"),
            )
            for name, (_, size) in rules.items()
        }  # fmt: skip
        words = {name: f"{number(run[2], 2)} behind" for name, run in runs.items()}
        paths, rates = ({name: run[i] for name, run in runs.items()} for i in (0, 1))
        picture.show(target, paths, rates, words)
        said = "; ".join(f"{figures.RULES[name].label} {words[name]}" for name in rules)
        return (
            f"The minimum {travel} at {speed:g} a step; AdaGrad's lr {lr_adagrad:.3g}, β₂ "
            f"{beta2:g}, start at {number(start)}. In the last 50 of {steps} steps, mean of "
            f"{seeds} runs: {said}."
        )

    controls = dict(
        speed=dial("speed per step", 0.01, 0, 0.3, 0.01),
        beta2=beta_dial(0.999, "β₂ size memory"),
        lr_adagrad=lr_dial(0.2, 0.02, 20, "lr of AdaGrad"),
        travel=pick("the minimum", list(TRAVELS)),
        start=pick("start", [("at the minimum", 0.0), ("far away", -10.0)]),
    )
    return Live(picture.figure, picture.moving, update, controls)


@core.optimizer
def amsgrad_hat(grad, theta, *, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    """`adam_core.amsgrad` as optax has it: the largest v_hat, so that the divisor never falls."""
    m = v = largest = np.zeros_like(theta)
    for t in count(1):
        g = grad(theta)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        largest = np.maximum(largest, v / (1 - beta2**t))
        theta = theta - lr(t) * m / (1 - beta1**t) / (np.sqrt(largest) + eps)
        yield dict(theta=theta, v_hat=largest)


FAMILY = ("adam", "nadam", "adamax", "amsgrad", "adamw")
LOUD = 20  # the step of the gradient that is too large


def _family_troubles():
    """What goes wrong -> the surface, and what happens to its gradient."""
    calm = core.ravine(100)
    return {
        "nothing": (calm, lambda grad: grad),
        "valley turned by 45°": (core.ravine(100, 45), lambda grad: grad),
        "one gradient × 1000": (calm, lambda grad: loud(grad, 1000)),
        "minimum far from zero": (core.booth, lambda grad: grad),
    }


def family():
    """FAMILY (06): Adam, what people made of it, and what goes wrong."""
    steps, troubles = 150, _family_troubles()
    picture = figures.relatives(FAMILY, troubles["nothing"][0], steps)

    @lru_cache(maxsize=64)
    def descend(name, trouble, clipped, lr, decay, start):
        surface, happens = troubles[trouble]
        grad = happens(surface.grad)
        hyper = dict(lr=lr) | ({} if decay is None else dict(weight_decay=decay))
        trace = core.run(
            getattr(core, name), core.clip(grad, 1) if clipped else grad, start, steps,
            record=("theta",), **hyper,
        )  # fmt: skip
        return trace.theta.T

    def update(relative, trouble, clipped, lr, decay, step, start):
        surface = troubles[trouble][0]
        if surface is not update.surface:
            picture.redraw(surface)
            update.surface = surface
        results = {}
        for name in FAMILY:
            path = descend(
                name, trouble, clipped, lr, decay if name == "adamw" else None, start
            )[:, : step + 1]  # fmt: skip
            heights = heights_of(surface, path)
            results[name] = result_of(heights)
            shown = name in ("adam", relative)
            picture.show(name, path, heights, results[name], shown)
        changed = changed_lines(core.adam, getattr(core, relative))
        picture.changed.set_text(changed)
        said = "; ".join(f"{LOOKS[name].label} {words}" for name, words in results.items())
        return (
            f"Trouble: {trouble}{', clipped' if clipped else ''}. "
            f"Height after {counted(step, 'step')}{whence(start, surface.start)}: {said}. "
            f"Drawn: Adam and {LOOKS[relative].label}."
        )

    update.surface = troubles["nothing"][0]
    controls = dict(
        relative=pick("Adam and", [(LOOKS[name].label, name) for name in FAMILY[1:]],
                      value="adamw"),
        trouble=pick("trouble", list(troubles)),
        clipped=switch("gradients clipped at 1"),
        lr=lr_dial(0.2, 0.01, 3),
        decay=dial("λ of AdamW", 0.1, 0, 0.5, 0.01),
        step=step_dial(steps),
        start=start_of(update.surface),
    )  # fmt: skip

    def back_where_another_surface_comes(trouble, start, **_):
        surface = troubles[trouble][0]
        return {} if surface is update.surface else dict(start=tuple(surface.start.tolist()))

    return Live(
        picture.figure, picture.moving, update, controls, redraw={"trouble"}, play="step",
        touch={picture.figure.axes[0]: "start"},
        follow=dict(trouble=back_where_another_surface_comes),
    )  # fmt: skip


def loud(grad, factor, at=LOUD):
    """`grad`, but call number `at` is multiplied by `factor` (06)."""
    calls = count(1)
    return lambda theta: grad(theta) * (factor if next(calls) == at else 1)


def changed_lines(rule, other):
    """What the code of `other` has in place of lines of `rule`, as a difference (06).

    Left out: docstrings, zeros at the start, and Adam's switch for bias correction.

    >>> print(changed_lines(core.adam, core.amsgrad).splitlines()[0])
    + v_max = np.maximum(v_max, v)
    """

    def body(rule):
        code = inspect.getsource(rule).split('"""')[-1].split("        yield")[0]
        return re.sub(r" if bias_correction else \w+", "", code).splitlines()

    lines = difflib.ndiff(body(rule), body(other))
    kept = [line for line in lines if line[0] in "+-" and "zeros_like" not in line]
    return "\n".join(f"{line[0]} {line[2:].strip()}" for line in kept)


def fewest(rule, valleys, rates, steps, goal=1e-3, **hyper):
    """For each valley the fewest steps to stay below `goal` until `steps`, and the best lr (06)."""
    found = []
    for valley in valleys:
        theta = core.run(
            rule, valley.grad, valley.start, steps, record=("theta",), lr=rates, **hyper
        ).theta
        needed = settled(heights_of(valley, np.moveaxis(theta, 1, 0)), goal)
        found.append((needed.min(), rates[needed.argmin()]))
    return found
