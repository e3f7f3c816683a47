"""The pictures of 05_tuning_adam."""

from types import SimpleNamespace

import matplotlib as mpl
import numpy as np
from contourpy import contour_generator
from matplotlib.collections import LineCollection
from matplotlib.patheffects import withStroke

from adam_lab.figures import (
    BLUE,
    CONTOUR,
    GREEN,
    HIGHEST,
    ORANGE,
    PROJECTOR,
    RED,
    around,
    axes_row,
    called,
    line,
    put,
    scores,
    sheet,
    styled,
)

GOOD = 0.01  # a run is good if it ends below this part of the height it started from
_BELOW, _ABOVE = ["#0b2f5c", "#6aa9d6"], ["#ead2a6", "#f8efdf"]  # good: blue; not good: sand
TICKS = {
    "lr": ([-4, -2, 0, 2], ["0.0001", "0.01", "1", "100"]),
    "beta1": ([0, 1, 2, 3], ["0", "0.9", "0.99", "0.999"]),
    "eps": ([-10, -6, -2, 2], ["1e-10", "1e-6", "0.01", "100"]),
}
TICKS["beta2"] = TICKS["beta1"]
SIGNS = dict(lr="lr", beta1="β₁", beta2="β₂", eps="ε")


def along(name, value):
    """Where a dial's value stands on its axis: logarithmic, betas in 1 - beta."""
    return -np.log10(1 - value) if name.startswith("beta") else np.log10(value)


def _colors(lowest, bands=8):
    """So many colours from 10**lowest to 1, of two kinds: the border of what is good is seen."""
    good = round(bands * (1 - np.log10(GOOD) / lowest))
    parts = zip((_BELOW, _ABOVE), (good, bands - good), strict=True)
    colors = [mpl.colors.LinearSegmentedColormap.from_list("", ends, n)(range(n))
              for ends, n in parts]  # fmt: skip
    return mpl.colors.ListedColormap(np.vstack(colors)).with_extremes(over="#b4bac1")


def heat(ax, xs, ys, name=None, lowest=-8):
    """An image of log heights (rows: ys) in eight bands from 10**lowest to 1.

    name is the dial on the y axis, None for a strip.
    """
    extent = (
        [*along("lr", xs[[0, -1]]), *along(name, ys[[0, -1]])] if name
        else [*along("lr", xs[[0, -1]]), 0, 1]
    )  # fmt: skip
    image = ax.imshow(np.zeros((2, 2)), extent=extent, origin="lower", aspect="auto",
                      interpolation="none", cmap=_colors(lowest),
                      norm=mpl.colors.BoundaryNorm(np.linspace(lowest, 0, 9), 8))  # fmt: skip
    ax.grid(False)
    ax.set_xticks(*TICKS["lr"])
    if name:
        ax.set_yticks(*TICKS[name])
    return image


def paint(image, heights):
    """Colour an image by heights relative to the start; what has gone is above all colours."""
    with np.errstate(divide="ignore"):
        logs = np.log10(np.atleast_2d(heights))
    low, width = image.norm.vmin, np.diff(image.norm.boundaries)[0]
    bands = np.clip(np.floor((logs - low) / width), 0, 8)
    image.set_data(low + (bands + 0.5) * width)  # the middle of its band


def _cross(ax):
    """Two lines and a dot that are seen on every colour."""
    halo = [withStroke(linewidth=3.2, foreground="white")]
    across = ax.axvline(0, color="black", lw=1.2, path_effects=halo)
    beside = ax.axhline(0, color="black", lw=1.2, path_effects=halo)
    (dot,) = ax.plot([], [], "o", color="white", ms=8, mec="black", mew=1.5, clip_on=False)

    def show(x, y):
        across.set_xdata([x, x])
        beside.set_ydata([y, y])
        dot.set_data([x], [y])

    return show, [across, beside, dot]


def _scale(figure, image, axes):
    """The bar that says what the colours are, with the limit of good marked."""
    ticks = image.norm.boundaries[::2]
    bar = figure.colorbar(image, ax=axes, extend="max", ticks=ticks, aspect=28, pad=0.01)
    names = {0: "start = 1", np.log10(GOOD): "good: 0.01", ticks[0]: f"≤ 1e{ticks[0]:.0f}"}
    bar.ax.set_yticklabels([names.get(tick, f"1e{tick:.0f}") for tick in ticks])
    bar.ax.minorticks_off()
    halo = [withStroke(linewidth=4.5, foreground="white")]
    bar.ax.axhline(np.log10(GOOD), color="black", lw=2.5, path_effects=halo)


def level_lines(surface, view):
    """Lines of equal height as segments, for a LineCollection: they may move with the rest."""
    xs, ys = (np.linspace(*bound, 90) for bound in view)
    heights = surface.f(np.stack(np.meshgrid(xs, ys)))
    contours = contour_generator(xs, ys, heights)
    levels = np.geomspace(heights.max() * 1e-4, heights.max(), 13)
    return [segment for level in levels for segment in contours.lines(level)]


@styled
def dials(lrs, grids, most_steps):
    """Three maps of the last height with gradient descent's strip under each; a path below.

    grids   dial -> its values, the y axis of a map
    show(...) moves: maps (dial -> heights), the strip, the point (dial -> value), paths and
    heights by name; to(surface) moves the landscape. All heights are relative to the start.
    """
    figure = sheet(490)
    foot = 76 / HIGHEST if PROJECTOR else 46 / 490  # of three lines, else of two
    figure.get_layout_engine().set(rect=(0, foot, 1, 1 - foot), hspace=0.01, h_pad=0.03)
    upper, lower = figure.subfigures(2, 1, height_ratios=[1.55, 1])
    grid = upper.subplots(2, 3, height_ratios=[9, 1], sharex=True)
    images, strips, crosses, moving = {}, [], {}, []
    for (name, values), (top, bottom) in zip(grids.items(), grid.T, strict=True):
        images[name] = heat(top, lrs, values, name)
        top.set_title(f"lr × {SIGNS[name]}", loc="left", fontweight="bold")
        top.set_ylabel(SIGNS[name], rotation=0, labelpad=8)
        crosses[name], artists = _cross(top)
        strips.append(heat(bottom, lrs, values))
        bottom.set_yticks([])
        if PROJECTOR:
            bottom.set_xticks(*(ticks[1:] for ticks in TICKS["lr"]))  # clear of the strip's name
        moving += [*artists, images[name], strips[-1]]
    grid[1, 1].set_xlabel("lr learning rate")
    grid[1, 0].set_ylabel("gradient\ndescent", rotation=0, ha="right", va="center")
    _scale(upper, images["beta1"], list(grid.flat))

    left, right = lower.subplots(1, 2, width_ratios=[1.15, 1])
    left.set_title("The way down at your dials", loc="left", fontweight="bold")
    right.set_title("Height" if PROJECTOR else "Height by step t", loc="left", fontweight="bold")
    left.set(xticks=[], yticks=[])
    left.spines[:].set_visible(False)
    right.set(yscale="log", ylabel="start = 1", xlim=(0, most_steps),
              ylim=(1e-10, 1e2), yticks=[1e-10, 1e-5, 1])  # fmt: skip
    contours = left.add_collection(LineCollection([], colors=CONTOUR, linewidths=0.6))
    (goal,) = left.plot([], [], "+", color="black", ms=12, mew=2)
    lines = {name: (line(left, name), line(right, name)) for name in ("gd", "adam")}
    right.legend(loc="lower right", bbox_to_anchor=(1, 0.97), ncols=2, borderpad=0,
                 columnspacing=1, handlelength=1.8, fontsize=12)  # fmt: skip
    words = figure.text(0.01, 0.01, "", va="bottom", linespacing=1.5)

    def to(surface):
        view = around(surface, 3)
        left.set(xlim=view[0], ylim=view[1], aspect="equal", anchor="W")
        contours.set_segments(level_lines(surface, view))
        goal.set_data(*surface.minimum[:, None])

    def show(maps, strip, point, paths, heights, text):
        for name, image in images.items():
            paint(image, maps[name])
            crosses[name](along("lr", point["lr"]), along(name, point[name]))
        for image in strips:
            paint(image, strip)
        for name, (path, curve) in lines.items():
            put(path, *paths[name])
            steps = len(heights[name]) - 1
            put(curve, np.arange(steps + 1), np.clip(heights[name], 1e-30, 1e30))
        words.set_text(text if PROJECTOR else text.replace("\n", " ", 1))

    moving += [contours, goal, *(artist for pair in lines.values() for artist in pair), words]
    maps = dict(zip(grids, grid[0], strict=True))
    return SimpleNamespace(figure=figure, maps=maps, to=to, show=show, moving=moving)


@styled
def seed_maps(lrs, grids, seeds):
    """The map of one seed beside the median of all, with the best point of every seed.

    show(name, one, median, best, chosen, words) moves: maps of relative heights, the best
    points (lr, value) of every seed, and which seed is the left one.
    """
    figure, axes = axes_row(["One seed", f"Median of {seeds} seeds"], 430)
    figure.get_layout_engine().set(rect=(0, 50 / 430, 1, 1 - 50 / 430))
    name = next(iter(grids))
    images = [heat(ax, lrs, grids[name], name, lowest=-4) for ax in axes]
    for ax in axes:
        ax.set_xlabel("lr learning rate")
    _scale(figure, images[0], list(axes))
    halo = [withStroke(linewidth=3, foreground="white")]
    numbers = [
        [ax.text(0, 0, str(k + 1), ha="center", va="center", size=15, weight="bold",
                 path_effects=halo) for k in range(seeds)]
        for ax in axes
    ]  # fmt: skip
    words = figure.text(0.01, 0.012, "", va="bottom", linespacing=1.5)

    @styled
    def redraw(name):
        for ax, image in zip(axes, images, strict=True):
            low, high = along(name, grids[name][[0, -1]])
            image.set_extent([*along("lr", lrs[[0, -1]]), low, high])
            ax.set_yticks(*TICKS[name])
            ax.set_ylabel(SIGNS[name], rotation=0, labelpad=8)

    def show(name, one, median, best, chosen, text):
        paint(images[0], one)
        paint(images[1], median)
        left, right, low, high = images[0].get_extent()
        wide, tall = 0.04 * (right - left), 0.05 * (high - low)
        places = []
        for k, (lr, value) in enumerate(best):
            x, y = along("lr", lr), np.clip(along(name, value), low + tall, high - tall)
            aside = wide if x < (left + right) / 2 else -wide
            while any(abs(x - a) < wide and abs(y - b) < tall for a, b in places):
                x += aside  # two at one place stand side by side
            places.append((x, y))
            numbers[1][k].set_position(places[k])
            numbers[0][k].set_position((along("lr", lr), y))
            numbers[0][k].set_visible(k == chosen)
        words.set_text(text)

    redraw(name)
    moving = [*images, *numbers[0], *numbers[1], words]
    return SimpleNamespace(figure=figure, redraw=redraw, show=show, moving=moving)


LEAST_DRAWN = 1e-20  # what is lower stands at the edge


@styled
def budget(names, lrs, tries):
    """The last height by lr, and what the best of k random tries reaches.

    show(by_lr, upto, by_tries, k, results, tried) moves: name -> heights relative to the start;
    upto are the numbers of tries shown; `tried` is name -> (lrs, heights), the dots where more
    dials than lr are searched, or None.
    """
    figure, (left, right) = axes_row(["Last height by lr", "Best of k tries"], 440)
    slices = {name: line(left, name) for name in names}
    dots = {name: line(left, name, linestyle="none", markersize=4) for name in names}
    curves = {name: line(right, name) for name in names}
    for ax in (left, right):
        ax.set(xscale="log", yscale="log", ylim=(LEAST_DRAWN, 1e3), ylabel="height, start = 1")
        ax.set_yticks([1, 1e-5, 1e-10, 1e-15, LEAST_DRAWN],
                      ["1", "1e-5", "1e-10", "1e-15", "≤ 1e-20"])  # fmt: skip
        ax.minorticks_off()
        ax.axhline(GOOD, color="black", lw=1, ls="--")
        ax.text(1.01, GOOD, "good", transform=ax.get_yaxis_transform(), va="center")
    left.set(xlim=(lrs[0], lrs[-1]), xlabel="lr learning rate")
    right.set(xlim=(tries[0], tries[-1]), xlabel="k tries, each drawn at random")
    right.set_xticks([1, 3, 10, 30, 100], ["1", "3", "10", "30", "100"])
    mark = right.axvline(1, color="black", lw=1.5)
    texts = scores(figure, names)

    def show(by_lr, upto, by_tries, k, results, tried=None):
        for name in names:
            x, y = (lrs, by_lr[name]) if tried is None else ([], [])
            put(slices[name], x, np.clip(y, LEAST_DRAWN, 1e30))
            x, y = ([], []) if tried is None else tried[name]
            dots[name].set_data(x, np.clip(y, LEAST_DRAWN, 1e30))
            put(curves[name], upto, np.clip(by_tries[name], LEAST_DRAWN, 1e30))
            texts[name].set_text(f"{called(name)}, best of {k}: {results[name]}")
        mark.set_xdata([k, k])

    moving = [*slices.values(), *dots.values(), *curves.values(), mark, *texts.values()]
    return SimpleNamespace(figure=figure, show=show, moving=moving)


SCHEDULE_LOOKS = {
    "constant": (RED, "-"), "cosine": (BLUE, "--"), "1/t": (GREEN, "-."), "warm-up": (ORANGE, ":"),
}  # fmt: skip


@styled
def schedules(steps, seeds):
    """Adam under four schedules: height by step with its spread, and the length of a step.

    show(name, t, heights, (low, high), moved) moves one of them; `words` is below.
    """
    titles = [f"Height by step: median, 10 to 90% of {seeds} seeds", "Length of a step"]
    figure, (left, right) = axes_row(titles, 460)
    figure.get_layout_engine().set(rect=(0, 78 / 460, 1, 1 - 78 / 460))
    curves, bands, lengths = {}, {}, {}
    front = dict(marker="o", ms=5, markevery=[-1])  # seen at step 0, when there is no line yet
    for name, (color, style) in SCHEDULE_LOOKS.items():
        bands[name] = left.fill_between([0, 1], [1, 1], [1, 1], color=color, alpha=0.13, lw=0)
        (curves[name],) = left.plot([], [], color=color, ls=style, label=name, **front)
        (lengths[name],) = right.plot([], [], color=color, ls=style, **front)
    left.set(yscale="log", xlim=(0, steps), ylim=(2e-3, 30), xlabel="step t", ylabel="height")
    right.set(yscale="log", xlim=(0, steps), ylim=(2e-3, 5), xlabel="step t",
              ylabel="distance per step")  # fmt: skip
    figure.legend(handles=[*curves.values()], loc="lower left", bbox_to_anchor=(0.03, 48 / 460),
                  ncols=4, borderpad=0, handlelength=3)  # fmt: skip
    words = figure.text(0.01, 0.012, "", va="bottom", linespacing=1.5)

    def show(name, t, heights, spread, moved):
        curves[name].set_data(t, np.clip(heights, 1e-9, 1e9))
        bands[name].set_data(t, *np.clip(spread, 1e-9, 1e9))
        lengths[name].set_data(t, np.clip(moved, 1e-9, 1e9))

    moving = [*bands.values(), *curves.values(), *lengths.values(), words]
    return SimpleNamespace(figure=figure, show=show, words=words, moving=moving)


COORDINATES = {"across": (RED, "-"), "along": (BLUE, "--")}


@styled
def long_run(steps):
    """How far each coordinate is from the minimum, and lr / sqrt(v_hat) against its limit.

    show(name, t, distance, ratio, crossing) moves one coordinate, to(limit) the line on the
    right; crossing is a step or None, and a thin line in both pictures; `words` is below.
    """
    titles = ["Distance from the minimum", "lr · curvature / (√v̂ + ε)"]
    figure, (left, right) = axes_row(titles, 450)
    figure.get_layout_engine().set(rect=(0, 84 / 450, 1, 1 - 84 / 450))
    lines, marks = {}, {}
    for name, (color, style) in COORDINATES.items():
        label = dict(across="across, curvature 1", along="along, curvature 1/25")[name]
        look = dict(color=color, ls=style, lw=1.6)
        lines[name] = [ax.plot([], [], label=label, **look)[0] for ax in (left, right)]
        marks[name] = [ax.axvline(0, color=color, lw=1.2, ls=":") for ax in (left, right)]
    limit = right.axhline(1, color="black", lw=1.5, zorder=1.5)
    beside = dict(transform=right.get_yaxis_transform(), va="center")  # where no line comes
    name_of_limit = right.text(1.01, 1, "limit\n11.3", **beside)
    for ax in (left, right):
        ax.set(yscale="log", xlim=(0, steps), xlabel="step t")
        ax.set_xticks(range(0, steps + 1, 3000))
    left.set(ylim=(1e-300, 1e15), yticks=[1, 1e-100, 1e-200, 1e-300])
    left.minorticks_off()
    right.set_ylim(0.01, 1000)
    right.set_yticks([0.01, 0.1, 1, 10, 100, 1000], ["0.01", "0.1", "1", "10", "100", "1000"])
    right.minorticks_off()
    handles = [pair[0] for pair in lines.values()]
    figure.legend(handles=handles, loc="lower left", bbox_to_anchor=(0.03, 54 / 450),
                  ncols=2, borderpad=0, handlelength=3)  # fmt: skip
    words = figure.text(0.01, 0.012, "", va="bottom", linespacing=1.5)

    def show(name, t, distance, ratio, crossing):
        lines[name][0].set_data(t, np.clip(distance, 1e-310, 1e9))
        lines[name][1].set_data(t, np.clip(ratio, 1e-9, 1e9))
        for artist in lines[name]:
            artist.get_path().should_simplify = True
        for mark in marks[name]:
            mark.set_xdata([crossing or -steps] * 2)

    def to(value):
        limit.set_ydata([value, value])
        name_of_limit.set_y(value)
        name_of_limit.set_text(f"limit\n{value:.3g}")

    pairs = [*lines.values(), *marks.values()]
    moving = [*(artist for pair in pairs for artist in pair), limit, name_of_limit, words]
    return SimpleNamespace(figure=figure, show=show, to=to, words=words, moving=moving)
