"""The pictures of 06_when_adam_fails."""

from types import SimpleNamespace

import matplotlib as mpl
import numpy as np
from matplotlib.collections import PolyCollection

from adam_lab.figures import (
    CONTOUR,
    LOOKS,
    PROJECTOR,
    Look,
    at_ends,
    axes_row,
    descent,
    line,
    plan,
    put,
    scores,
    styled,
)

RULES = LOOKS | dict(
    amsgrad=LOOKS["amsgrad"]._replace(label="AMSGrad, largest v"),
    amsgrad_hat=Look("AMSGrad, largest v̂", "#2585BC", "--", "d"),
)
_AROUND = np.linspace(0, 2 * np.pi, 90)
_LEVELS = np.array([0.03, 0.12, 0.5, 2.0, 8.0, 32.0])  # heights of the contours


def _ellipses(kappa, angle):
    """Contours of `ravine(kappa, angle)`, largest first: cheap enough to move."""
    turn = np.radians(angle)
    c, s = np.cos(turn), np.sin(turn)
    for radius in np.sqrt(2 * _LEVELS[::-1]):
        u, w = radius * np.sqrt(kappa) * np.cos(_AROUND), radius * np.sin(_AROUND)
        yield np.stack([c * u - s * w, s * u + c * w], axis=1)


@styled
def turned(names, angles, steps):
    """A valley that turns, two ways down; beside it how many steps each needs by angle.

    show(kappa, angle, paths, needed, words) moves; by name: paths (2, n), needed (angles,)
    with inf where `steps` are not enough, and the words below.
    """
    figure, (left, right) = axes_row(
        ["The way down", "Steps to height 0.001, by angle"], 440, [1.05, 1.2]
    )
    valley = PolyCollection([], facecolors=[(0.35, 0.55, 0.75, 0.06)], edgecolors=CONTOUR,
                            linewidths=0.6)  # fmt: skip
    left.add_collection(valley)
    (goal,) = left.plot(0, 0, "+", color="black", ms=12, mew=2)
    left.set(xlim=(-10, 10), ylim=(-10, 10))
    plan(left)
    ways = {name: line(left, name) for name in names}
    curves = {name: line(right, name) for name in names}
    dots = {
        name: right.plot([], [], LOOKS[name].marker, color=LOOKS[name].color, ms=14, mec="white")[0]
        for name in names
    }
    here = right.axvline(0, color="#767676", lw=1.5, ls=":")
    right.axhline(steps, color="black", lw=1, ls="--")
    right.text(angles[-1], steps * 1.12, f"not within {steps} steps", ha="right", va="bottom")
    right.set(yscale="log", xlim=(angles[0] - 1, angles[-1] + 1), ylim=(30, steps * 1.6),
              xlabel="valley turned by (degrees)", ylabel="steps")  # fmt: skip
    right.set_xticks(np.arange(0, 91, 15))
    right.set_yticks([30, 100, 300], ["30", "100", "300"])
    right.set_yticks([], minor=True)
    left.set(xticks=range(-10, 11, 5), yticks=range(-10, 11, 5))
    texts = scores(figure, names)

    def show(kappa, angle, paths, needed, words):
        valley.set_verts(list(_ellipses(kappa, angle)))
        here.set_xdata([angle] * 2)
        for name in names:
            height = np.minimum(needed[name], steps)
            put(ways[name], *paths[name])
            put(curves[name], angles, height)
            dots[name].set_data([angle], [np.interp(angle, angles, height)])
            texts[name].set_text(words[name])

    moving = [valley, goal, here, *ways.values(), *curves.values(), *dots.values(), *texts.values()]
    return SimpleNamespace(figure=figure, show=show, moving=moving)


@styled
def forgetting(names, steps, shift=0.34):
    """What each of three gradients does, and where that leads between two walls.

    show(pushes, paths, words, slope) moves; by name: pushes (3,) in units of lr, paths
    (steps + 1,), words; names that are left out are not drawn. slope is the large one.
    """
    figure, (left, right) = axes_row(["One round of three steps", "Where it walks"], 400)
    middle = np.arange(4)
    bars = {
        name: left.bar(middle + (i - 0.5) * shift, np.zeros(4), shift, color=LOOKS[name].color,
                       hatch="//" * i, edgecolor="white", linewidth=0)
        for i, name in enumerate(names)
    }  # fmt: skip
    left.axhline(0, color="black", lw=1.2)
    left.axvline(2.5, color="#8c8c8c", lw=1, ls="--")
    left.set(xlim=(-0.6, 3.6), ylim=(-2.6, 2.6), ylabel="step / lr")
    left.set_xticks(middle, ["", "slope −1", "slope −1", "all three"])
    left.text(0.02, 0.97, "to the right, the worst point", transform=left.transAxes, va="top")
    left.text(0.02, 0.03, "to the left, the best point", transform=left.transAxes)
    # a tick label in the background cannot move; this text stands where it would be
    large = left.text(0, -0.022, "", transform=left.get_xaxis_transform(), ha="center", va="top")
    lines = {name: line(right, name) for name in names}
    for wall, what in ((1, "worst"), (-1, "best")):
        right.axhline(wall, color="black", lw=1.2, ls="--")
        right.text(steps, wall * 1.06, f"wall at {wall:+d}: the {what} point".replace("-", "−"),
                   ha="right", va="bottom" if wall > 0 else "top")  # fmt: skip
    right.set(xlim=(0, steps), ylim=(-1.35, 1.35), xlabel="step t", ylabel="θ")
    texts = scores(figure, names)

    def show(pushes, paths, words, slope):
        large.set_text(f"slope {slope:g}")
        for name in names:
            path, push = paths.get(name, []), pushes.get(name, np.zeros(3))
            put(lines[name], np.arange(len(path)), path)
            for bar, height in zip(bars[name], [*push, sum(push)], strict=True):
                bar.set_height(height)
            texts[name].set_text(f"{LOOKS[name].label}: {words.get(name, 'off')}")

    patches = [bar for group in bars.values() for bar in group]
    moving = [*patches, large, *lines.values(), *texts.values()]
    return SimpleNamespace(figure=figure, show=show, moving=moving)


@styled
def decaying(names, scales, steps):
    """A weight that only noise pulls at, by step; beside it where it ends, by noise.

    show(scale, asked, paths, ends, words, clock) moves: asked (steps + 1,) and by name paths
    (steps + 1,), ends (scales,), NaN where nothing is shown, the words below, and a line of
    words for what was asked for.
    """
    figure, (left, right) = axes_row(
        ["The weight by step, at this noise", f"The weight after {steps} steps, by noise"], 420
    )
    (wish,) = left.plot([], [], color="black", lw=1.5, ls=":", label="asked for: (1 − lr λ)ᵗ")
    labels = dict(adam="Adam + L2")
    lines = {name: line(left, name, label=labels.get(name, LOOKS[name].label)) for name in names}
    left.set(xlim=(0, steps), ylim=(-0.15, 1.45), xlabel="step t", ylabel="weight")
    left.legend(
        loc="upper right",
        ncols=2 if PROJECTOR else 3,
        fontsize=12,
        columnspacing=1,
        handlelength=2.2,
    )
    curves = {name: line(right, name, marker="") for name in names}
    dots = {
        name: right.plot([], [], LOOKS[name].marker, color=LOOKS[name].color, ms=14, mec="white")[0]
        for name in names
    }
    here = right.axvline(1, color="#767676", lw=1.5, ls=":")
    right.set(xscale="log", xlim=(scales[0] / 1.5, scales[-1] * 1.5), ylim=(-0.15, 1.45),
              xlabel="size of the noise in the gradient", ylabel="weight")  # fmt: skip
    texts = scores(figure, names)

    clock_words = left.text(0.02, 0.03, "", transform=left.transAxes)

    def show(scale, asked, paths, ends, words, clock):
        wish.set_data(np.arange(steps + 1), asked)
        clock_words.set_text(clock)
        here.set_xdata([scale] * 2)
        for name in names:
            put(lines[name], np.arange(steps + 1), paths[name])
            curves[name].set_data(scales, ends[name])
            dots[name].set_data([scale], paths[name][-1:])
            texts[name].set_text(f"{labels.get(name, LOOKS[name].label)}: {words[name]}")

    moving = [wish, here, clock_words, *lines.values(), *curves.values(), *dots.values(),
              *texts.values()]  # fmt: skip
    return SimpleNamespace(figure=figure, show=show, moving=moving)


@styled
def drifting(names, steps):
    """A minimum that moves and who follows; beside it how far a unit of gradient carries.

    show(target, paths, rates, words) moves: target (steps + 1,) and by name paths
    (steps + 1,), rates (steps,) and the words below.
    """
    titles = ["Following the minimum (1 of 20 runs)", "Step per unit of gradient"]
    figure, (left, right) = axes_row(titles, 410, [1.25, 1])
    (goal,) = left.plot([], [], color="#8c8c8c", lw=5, label="the minimum")
    # AMSGrad is often where Adam is: a broad line below a thin one shows both
    broad = {name: dict(lw=5.5, alpha=0.6, zorder=1.9) for name in names if name == "amsgrad"}
    lines = {name: line(left, name, RULES, **broad.get(name, {})) for name in names}
    left.set(xlim=(0, steps), ylim=(-13, 78), xlabel="step t", ylabel="θ")
    left.legend([goal], ["the minimum"], loc="upper left")
    rates = {name: line(right, name, RULES, **broad.get(name, {})) for name in names}
    right.set(yscale="log", xlim=(0, steps), ylim=(1e-4, 30), xlabel="step t")
    put_end, labels = at_ends(right, names, RULES)

    def show(target, paths, per_gradient, words):
        t = np.arange(steps + 1)
        goal.set_data(t, target)
        for name in names:
            put(lines[name], t, paths[name])
            put(rates[name], t[1:], per_gradient[name])
            put_end(name, steps, per_gradient[name], words[name])

    moving = [goal, *lines.values(), *rates.values(), *labels]
    return SimpleNamespace(figure=figure, show=show, moving=moving)


@styled
def relatives(names, surface, steps):
    """Two of a family on a surface; heights by step of all, the others' thin.

    redraw(surface) for what stays, show(name, path, heights, result, shown) for what moves,
    and changed, the text with the lines of code that differ.
    """
    below = 106 if PROJECTOR else 74  # five lines of code
    picture = descent(names, surface, steps, span=(1e-9, 1e6), height=450, below=below)
    picture.changed = picture.figure.text(0.03, below / 900, "", va="center", family="monospace",
                                          fontsize=0.88 * mpl.rcParams["font.size"])  # fmt: skip

    def show(name, path, heights, result, shown):
        picture.show(name, path if shown else path[:, :0], heights, result)
        picture.curves[name].set(lw=mpl.rcParams["lines.linewidth"] if shown else 0.8,
                                 zorder=2 if shown else 1.9)  # fmt: skip

    moving = [*picture.moving, picture.changed]
    return SimpleNamespace(**vars(picture) | dict(show=show, moving=moving))
