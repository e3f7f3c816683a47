"""The pictures of 03_rmsprop."""

from types import SimpleNamespace

import numpy as np
from matplotlib.collections import LineCollection

from adam_lab.figures import (
    CONTOUR,
    GREEN,
    LOOKS,
    Look,
    axes_row,
    line,
    number,
    plan,
    put,
    scores,
    styled,
)

THIN = 1.4  # y, where x and y of one optimizer share an axis
PLACES = {
    "outside": Look("√v + ε", GREEN, "-.", ">"),
    "inside": Look("√(v + ε)", "#00523b", "-", "s"),
}


@styled
def speeds(bounds, start, steps):
    """Two ways down a valley, and x and y by step beside them.

    level(contours) moves the contours, each (n, 2), show(name, theta, words) the paths,
    theta (2, t + 1).
    """
    names = ["gd", "rmsprop"]
    figure, (left, right) = axes_row(["The way down", "x and y by step"], 420, [1.35, 1])
    contours = left.add_collection(LineCollection([], colors=CONTOUR, linewidths=0.6))
    left.plot(0, 0, "+", color="black", ms=12, mew=2)
    left.set(xlim=bounds[0], ylim=0.75 * np.array(bounds[0]), facecolor="#eff5fa")
    plan(left)
    paths = {name: line(left, name) for name in names}
    coordinates = {
        name: (line(right, name), line(right, name, lw=THIN, marker="")) for name in names
    }
    right.axhline(0, color="black", lw=1, ls=":")
    starts = "x starts at {}, y at {}; dotted: the minimum".format(*map(number, start))
    right.text(steps, -10.2, starts, ha="right")  # where no line comes
    right.set(xlim=(0, steps), ylim=(-10.5, 5), xlabel="step t", ylabel="x (thick) and y (thin)")
    texts = scores(figure, names)

    def show(name, theta, words):
        put(paths[name], *theta)
        for artist, values in zip(coordinates[name], theta, strict=True):
            put(artist, np.arange(len(values)), values)
        texts[name].set_text(words)

    moving = [contours, *paths.values(), *(a for pair in coordinates.values() for a in pair)]
    return SimpleNamespace(
        figure=figure, level=contours.set_segments, show=show, moving=[*moving, *texts.values()]
    )


def _by_lr(ax, names, lrs):
    """For each optimizer a height for every lr: a line, its lowest place, and where lr stands.

    Returns put_all(name, heights, index of lr) and the artists that it moves.
    """
    ax.set(
        xscale="log",
        yscale="log",
        xlim=(lrs[0], lrs[-1]),
        xlabel="lr (marker: yours, plus: the best)",
    )
    lines = {name: line(ax, name, marker="") for name in names}
    best = {
        name: ax.plot([], [], "P", color=LOOKS[name].color, ms=12, mec="white")[0] for name in names
    }
    here = {
        name: ax.plot([], [], LOOKS[name].marker, color=LOOKS[name].color, ms=11, mec="white")[0]
        for name in names
    }

    def put_all(name, heights, at):
        heights = np.clip(heights, 1e-30, 1e30)
        put(lines[name], lrs, heights)
        for artist, i in ((best[name], heights.argmin()), (here[name], at)):
            put(artist, lrs[[i]], heights[[i]])

    return put_all, [*lines.values(), *best.values(), *here.values()]


@styled
def rates(lrs, steps):
    """The effective rate of each coordinate by step, and the height at the end for every lr.

    show(name, t, rate, heights, at, words) moves: rate (2, len(t)) at the steps t, heights like
    lrs, `at` the index of lr in lrs. turn(t) marks the step at which the valley moves.
    """
    names = ["adagrad", "rmsprop"]
    titles = ["Effective rate by step (grey: like 1/√t)", "Height at the end, for every lr"]
    figure, (left, right) = axes_row(titles, 430)
    t = np.array([1, steps])
    left.plot(t, 0.03 / np.sqrt(t), color="#8a8a8a", lw=1.2)
    of = {name: (line(left, name), line(left, name, lw=THIN, marker="")) for name in names}
    moves = left.axvline(1, color="black", lw=1.2, ls="--")
    left.set(xscale="log", yscale="log", xlim=(1, steps), ylim=(1e-3, 1e2))
    left.set_xlabel("step t (dashed: the valley moves)")
    left.set_ylabel("lr / (root + ε): x thick, y thin")
    by_lr, artists = _by_lr(right, names, lrs)
    right.set(ylim=(3e-4, 300))
    texts = scores(figure, names)

    def show(name, t, rate, heights, at, words):
        for artist, values in zip(of[name], rate, strict=True):
            put(artist, t, values)
        by_lr(name, heights, at)
        texts[name].set_text(words)

    def turn(t):
        moves.set_xdata([t, t])

    moving = [moves, *(a for pair in of.values() for a in pair), *artists, *texts.values()]
    return SimpleNamespace(figure=figure, show=show, turn=turn, moving=moving)


@styled
def frequent_and_rare(names, steps, lrs):
    """How far off two coordinates are in the end, one fed at every step, one rarely.

    Beside it the rare one by step, and how far off both are for every lr.
    show(name, y, apart, off, at, words) moves: y (steps + 1), apart the root mean squares of x and
    of y, off like lrs, `at` the index of lr in lrs; `rare` is the title of the second.
    """
    titles = ["How far off: x, y", "", "Mean of x² + y², for every lr"]
    figure, (left, middle, right) = axes_row(titles, 420, [0.85, 1.25, 1])
    rare = middle.text(0, 1.037, "", transform=middle.transAxes)
    rare.set(fontweight="bold", fontsize=left.title.get_fontsize())
    curves = {name: line(middle, name) for name in names}
    middle.axhline(0, color="black", lw=1, ls=":")
    middle.set(xlim=(0, steps), ylim=(-2.9, 2.9), ylabel="y", xlabel="step t")
    rows = dict(zip(names, (2, 1, 0), strict=True))
    spans = {name: line(left, name, markersize=9) for name in names}
    signs = {name: [left.text(1, row + 0.16, sign, ha="center") for sign in "xy"]
             for name, row in rows.items()}  # fmt: skip
    for name, row in rows.items():
        left.text(0.03, row + 0.38, LOOKS[name].label, transform=left.get_yaxis_transform())
    left.set(xscale="log", xlim=(0.02, 5), ylim=(-0.5, 2.75), yticks=[], xlabel="root mean square")
    left.set_xticks([0.1, 1], ["0.1", "1"])
    by_lr, artists = _by_lr(right, names, lrs)
    right.set(ylim=(5e-2, 20))
    texts = scores(figure, names, columns=3)

    def show(name, y, apart, off, at, words):
        put(curves[name], np.arange(len(y)), y)
        held = np.clip(apart, 0.021, 4.8)
        put(spans[name], held, [rows[name]] * 2)
        close = max(held) < 1.4 * min(held)  # there the letters stand side by side
        sides = ("right", "left") if held[0] <= held[1] else ("left", "right")
        for sign, at_x, side in zip(signs[name], held, sides, strict=True):
            sign.set(x=at_x, ha=side if close else "center")
        by_lr(name, off, at)
        texts[name].set_text(words)

    both = [sign for pair in signs.values() for sign in pair]
    moving = [*curves.values(), *spans.values(), *both, *artists, *texts.values(), rare]
    return SimpleNamespace(figure=figure, show=show, moving=moving, rare=rare)


@styled
def eps_places(g, steps, lr):
    """A step by the size of its gradient, and the height, for eps outside and inside the root.

    show(place, step, heights, words) moves, place "outside" or "inside", step like g, heights
    (steps + 1) as parts of the first; mark(size) the largest gradient of the run.
    """
    figure, (left, right) = axes_row(
        ["Size of a step by size of the gradient", "Height by step, start = 1"], 430
    )
    curves = {place: line(left, place, PLACES) for place in PLACES}
    heights_of = {place: line(right, place, PLACES) for place in PLACES}
    here = left.axvline(1, color="black", lw=1.2, ls="--")
    left.set(xscale="log", yscale="log", xlim=(g[0], g[-1]), ylim=(lr * 1e-8, lr * 30))
    left.set_xlabel("size of the gradient, |g| = √v (dashed: at the start)")
    left.set_ylabel("size of the step")
    right.set(yscale="log", xlim=(0, steps), ylim=(1e-8, 1e3), xlabel="step t")
    texts = scores(figure, list(PLACES), PLACES)

    def show(place, step, heights, words):
        put(curves[place], g, np.clip(step, 1e-30, 1e30))
        put(heights_of[place], np.arange(len(heights)), np.clip(heights, 1e-30, 1e30))
        texts[place].set_text(words)

    def mark(size):
        here.set_xdata([size, size])

    moving = [here, *curves.values(), *heights_of.values(), *texts.values()]
    return SimpleNamespace(figure=figure, show=show, mark=mark, moving=moving)
