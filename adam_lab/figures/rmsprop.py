"""The pictures of 03_rmsprop."""

from types import SimpleNamespace

import numpy as np
from matplotlib.collections import LineCollection

from adam_lab.figures import GREEN, Look, axes_row, line, put, scores, styled

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


@styled
def rates(steps):
    """The effective rate of each coordinate, and the height: AdaGrad's and RMSprop's.

    show(name, rate, heights, words) moves; rate (2, steps), heights (steps + 1).
    """
    names = ["adagrad", "rmsprop"]
    titles = ["Effective rate by step (grey: like 1/√t)", "Height by step, means of 10"]
    figure, (left, right) = axes_row(titles, 430)
    t = np.arange(1, steps + 1)
    left.plot(t, 0.03 / np.sqrt(t), color="#8a8a8a", lw=1.2)
    of = {name: (line(left, name), line(left, name, lw=THIN, marker="")) for name in names}
    heights_of = {name: line(right, name) for name in names}
    left.set(xscale="log", yscale="log", xlim=(1, steps), ylim=(1e-4, 1e3), xlabel="step t")
    left.set_ylabel("lr / (root + ε):   x thick, y thin")
    right.set(yscale="log", xlim=(0, steps), ylim=(1e-5, 1e3), xlabel="step t")
    texts = scores(figure, names)
    some = np.unique(np.geomspace(1, steps, 160).astype(int))  # a log axis shows no more
    tens = np.append(0, np.arange(5, steps, 10))

    def show(name, rate, heights, words):
        for artist, values in zip(of[name], rate, strict=True):
            put(artist, some, values[some - 1], every=30)
        means = heights[1:].reshape(-1, 10).mean(axis=1)
        put(heights_of[name], tens, np.clip([heights[0], *means], 1e-30, 1e30))
        texts[name].set_text(words)

    moving = [*(a for pair in of.values() for a in pair), *heights_of.values(), *texts.values()]
    return SimpleNamespace(figure=figure, show=show, moving=moving)


@styled
def frequent_and_rare(names, steps):
    """Two coordinates by step, one fed at every step, one rarely.

    show(name, theta, words) moves, theta (2, steps + 1); `rare` is the title of the second.
    """
    figure, (left, right) = axes_row(["x: a gradient at every step", ""], 430)
    rare = right.set_title("y", loc="left", fontweight="bold")
    lines = {name: (line(left, name, lw=1.6), line(right, name)) for name in names}
    for ax, name in ((left, "x"), (right, "y")):
        ax.axhline(0, color="black", lw=1, ls=":")
        ax.set(xlim=(0, steps), ylim=(-2.9, 2.9), ylabel=name)
        ax.set_xlabel("step t (± below: over the last 100 steps)")
    texts = scores(figure, names, columns=3)

    def show(name, theta, words):
        for artist, values in zip(lines[name], theta, strict=True):
            put(artist, np.arange(len(values)), values)
        texts[name].set_text(words)

    moving = [*(a for pair in lines.values() for a in pair), *texts.values(), rare]
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
