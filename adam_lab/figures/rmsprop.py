"""The pictures of 03_rmsprop."""

from types import SimpleNamespace

import numpy as np
from matplotlib.collections import LineCollection

from adam_lab.figures import GREEN, LOOKS, Look, axes_row, line, put, scores, styled

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
    figure, (left, right) = axes_row(["The way down", "x and y by step"], 430, [1.15, 1])
    contours = left.add_collection(LineCollection([], colors="#7f97ad", linewidths=0.8))
    left.plot(0, 0, "+", color="black", ms=13, mew=2.5)
    left.set(xlim=bounds[0], ylim=bounds[1], xlabel="x", ylabel="y", facecolor="#eef4fa")
    left.grid(False)
    paths = {name: line(left, name) for name in names}
    coordinates = {
        name: (line(right, name), line(right, name, lw=THIN, marker="")) for name in names
    }
    right.axhline(0, color="black", lw=1, ls=":")
    right.text(steps, 4.2, "dotted: the minimum", ha="right")
    for value, name in zip(start, "xy", strict=True):
        right.text(0.5, value + (-0.8 if value < 0 else 0.4), f"{name} starts here")
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
    left.set(xscale="log", yscale="log", xlim=(1, steps), ylim=(1e-3, 1e3))
    left.set_xlabel("step t (dashed: the valley moves)")
    left.set_ylabel("lr / (root + ε):   x thick, y thin")
    by_lr, artists = _by_lr(right, names, lrs)
    right.set(ylim=(3e-3, 300))
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
    """Two coordinates by step, one fed at every step, one rarely, and how far off for every lr.

    show(name, theta, off, at, words) moves: theta (2, steps + 1), off like lrs, `at` the index
    of lr in lrs; `rare` is the title of the second.
    """
    titles = ["x: at every step", "", "Mean of x² + y², for every lr"]
    figure, (left, middle, right) = axes_row(titles, 430, [0.8, 1.2, 1.15])
    rare = middle.text(0, 1.018, "", transform=middle.transAxes)
    rare.set(fontweight="bold", fontsize=left.title.get_fontsize())
    lines = {name: (line(left, name, lw=THIN, marker=""), line(middle, name)) for name in names}
    for ax, name in ((left, "x"), (middle, "y")):
        ax.axhline(0, color="black", lw=1, ls=":")
        ax.set(xlim=(0, steps), ylim=(-2.9, 2.9), ylabel=name, xlabel="step t")
    left.set(xlim=(steps - 60, steps), xlabel="step t, the last 60")
    by_lr, artists = _by_lr(right, names, lrs)
    right.set(ylim=(5e-2, 20))
    texts = scores(figure, names, columns=3)

    def show(name, theta, off, at, words):
        for artist, values in zip(lines[name], theta, strict=True):
            put(artist, np.arange(len(values)), values)
        by_lr(name, off, at)
        texts[name].set_text(words)

    moving = [*(a for pair in lines.values() for a in pair), *artists, *texts.values(), rare]
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
