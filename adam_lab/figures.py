"""The drawings: arrays in, matplotlib artists out. No widgets, no global settings.

Every optimizer keeps one colour, one line style and one marker through the whole
series, so that it is known without its colour too. Colours: Okabe & Ito, safe for
colour-blind readers.
"""

from functools import wraps
from types import SimpleNamespace
from typing import NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D


class Look(NamedTuple):
    label: str
    color: str
    linestyle: str | tuple
    marker: str


LOOKS = {
    "gd": Look("gradient descent", "#000000", "-", "o"),
    "heavy_ball": Look("momentum", "#0072B2", "--", "s"),
    "momentum": Look("momentum (average)", "#56B4E9", (0, (6, 2)), "D"),
    "nesterov": Look("Nesterov", "#CC79A7", "-.", "^"),
    "adagrad": Look("AdaGrad", "#E69F00", ":", "v"),
    "rmsprop": Look("RMSprop", "#009E73", "-.", ">"),
    "adadelta": Look("AdaDelta", "#009E73", ":", "<"),
    "adam": Look("Adam", "#D55E00", "-", "*"),
    "adamw": Look("AdamW", "#D55E00", "--", "P"),
    "amsgrad": Look("AMSGrad", "#CC79A7", "-", "X"),
    "adamax": Look("AdaMax", "#E69F00", "--", "h"),
    "nadam": Look("Nadam", "#56B4E9", "-.", "p"),
}
BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"

_RC = {
    "font.size": 12.5,
    "axes.titlesize": 13,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e4e4e4",
    "lines.linewidth": 2.2,
    "legend.frameon": False,
    "figure.facecolor": "white",
}


def styled(draw):
    """The look of the series, only while `draw` builds its artists."""

    @wraps(draw)
    def drawn(*args, **kwargs):
        with mpl.rc_context(_RC):
            return draw(*args, **kwargs)

    return drawn


def axes_row(titles, height=380, widths=None):
    """A figure 960 pixels wide with axes side by side."""
    figure = Figure(figsize=(960 / 72, height / 72), dpi=72, layout="constrained")
    row = figure.subplots(1, len(titles), width_ratios=widths, squeeze=False)[0]
    for ax, title in zip(row, titles, strict=True):
        ax.set_title(title, loc="left", fontweight="bold")
    return figure, row


def line(ax, name, **more):
    """An empty line in the look of an optimizer, with few markers: they are slow to draw."""
    look = LOOKS[name]
    style = dict(color=look.color, linestyle=look.linestyle, marker=look.marker, label=look.label)
    return ax.plot([], [], markersize=7, **(style | more))[0]


def put(artist, x, y, every=None):
    """Give a line its points; a marker about six times along it."""
    artist.set_data(np.clip(x, -1e9, 1e9), np.clip(y, -1e9, 1e9))
    artist.set_markevery(every or max(len(x) // 6, 1))


def landscape(ax, surface):
    """Contours of a surface, its minimum and its bounds. Returns a function that removes them."""
    xs, ys = (np.linspace(*bound, 240) for bound in surface.bounds)
    heights = surface.f(np.stack(np.meshgrid(xs, ys)))
    levels = np.geomspace(heights.max() * 1e-4, heights.max(), 13)
    filled = ax.contourf(xs, ys, heights, levels=[0, *levels], cmap="Blues_r", alpha=0.35,
                         norm=mpl.colors.LogNorm(levels[0] / 3, levels[-1]))  # fmt: skip
    lines = ax.contour(xs, ys, heights, levels=levels, colors="#7f97ad", linewidths=0.7)
    (goal,) = ax.plot(*surface.minimum, "+", color="black", ms=13, mew=2.5)
    ax.set(xlim=surface.bounds[0], ylim=surface.bounds[1], xlabel="x", ylabel="y")

    def remove():
        for artist in (filled, lines, goal):
            artist.remove()

    return remove


def scores(figure, handles, widest="diverged at step 9999"):
    """A line of results under the figure: one text per handle, to be set at each change."""
    legend = figure.legend(
        handles=handles,
        labels=[f"{handle.get_label()}: {widest}" for handle in handles],
        loc="outside lower center", ncols=2 if len(handles) > 2 else len(handles), handlelength=3.2,
    )  # fmt: skip
    return legend.get_texts()


@styled
def descent(names, surface, steps):
    """Paths on a surface, heights by step beside it, results below.

    Returns figure, map and curve (axes), redraw(surface) for what stays, show(...) for
    what moves, and moving, the artists that show changes.
    """
    figure, (left, right) = axes_row(["The way down", "Height by step"], 440, [1.15, 1])
    paths = {name: line(left, name) for name in names}
    curves = {name: line(right, name) for name in names}
    runners = {
        name: left.plot([], [], LOOKS[name].marker, color=LOOKS[name].color, ms=11, mec="white")[0]
        for name in names
    }
    right.set(yscale="log", xlim=(0, steps), xlabel="step t")
    handles = [
        Line2D([], [], color=look.color, ls=look.linestyle, marker=look.marker, label=look.label)
        for look in (LOOKS[name] for name in names)
    ]
    texts = dict(zip(names, scores(figure, handles), strict=True))
    note = right.text(0.98, 0.97, "", transform=right.transAxes, ha="right", va="top")
    old = []

    @styled
    def redraw(surface):
        while old:
            old.pop()()
        old.append(landscape(left, surface))
        height = surface.f(surface.start)
        right.set_ylim(height * 1e-10, height * 100)

    def show(name, theta, heights, result):
        """theta (2, steps + 1), heights (steps + 1), and the result in words."""
        put(paths[name], *theta)
        put(curves[name], np.arange(len(heights)), np.clip(heights, 1e-30, 1e30))
        put(runners[name], *theta[:, -1:])
        texts[name].set_text(f"{LOOKS[name].label}: {result}")

    redraw(surface)
    moving = [*paths.values(), *curves.values(), *runners.values(), *texts.values(), note]
    return SimpleNamespace(figure=figure, redraw=redraw, show=show, note=note, moving=moving)


@styled
def averaging(signal, series, shown=60):
    """A noisy series and its moving average; beside it what each past step counts.

    show(average, corrected, weights, words) moves: averages (n,), weights (shown,) with
    the newest first and equal to 1, and the words beside the bars.
    """
    figure, (left, right) = axes_row(
        ["A noisy series and its average", "How much a past step counts"], widths=[1.35, 1]
    )
    t = np.arange(1, len(series) + 1)
    left.plot(t, series, ".", color="#9a9a9a", ms=6, label="measured")
    left.plot(t, signal, color="black", lw=1.2, ls=":", label="without noise")
    (average,) = left.plot([], [], color=BLUE, label="average m")
    (corrected,) = left.plot([], [], color=RED, ls="--", label="corrected m / (1 − βᵗ)")
    left.set(xlim=(0, len(series)), ylim=(-0.3, 3.7), xlabel="step t")
    left.legend(loc="upper right", ncols=2)
    bars = right.stairs(np.ones(shown), np.arange(shown + 1), fill=True, color=BLUE, alpha=0.7)
    for level, name in ((0.5, "a half"), (1 / np.e, "1/e")):
        right.axhline(level, color="black", lw=1, ls="--")
        right.text(shown, level, name, ha="right", va="bottom")
    words = right.text(0.98, 0.97, "", transform=right.transAxes, ha="right", va="top")
    right.set(xlim=(0, shown), ylim=(0, 1.05), xlabel="steps ago", ylabel="weight, newest = 1")

    def show(m, m_hat, weights, text):
        average.set_data(t, m)
        corrected.set_data(t, m_hat)
        bars.set_data(weights)
        words.set_text(text)

    return SimpleNamespace(figure=figure, show=show, moving=[average, corrected, bars, words],
                           corrected=corrected)  # fmt: skip


RATES = np.array([1, 3, 10, 30, 100, 300])  # steps per factor ten, the map's colours


@styled
def rate_plane(lrs, betas, steps):
    """The plane of lr and beta, coloured by how many steps one decimal digit costs.

    show(digit, here, best, heights, predicted) moves: digit (betas, lrs) with inf where
    the run diverges, two points (lr, beta), and two curves (steps + 1).
    """
    figure, (left, right) = axes_row(["Steps per decimal digit", "The run at your dials"], 420)
    extent = (lrs[0], lrs[-1], betas[0], betas[-1])
    colors = mpl.colormaps["viridis_r"].with_extremes(bad="#d9d9d9")
    norm = mpl.colors.LogNorm(RATES[0], RATES[-1], clip=True)
    image = left.imshow(np.ones((2, 2)), extent=extent, origin="lower", aspect="auto",
                        interpolation="nearest", cmap=colors, norm=norm)  # fmt: skip
    bar = figure.colorbar(image, ax=left, ticks=RATES, format="%g")
    bar.ax.minorticks_off()
    left.grid(False)
    left.set(xlabel="lr (as a velocity)", ylabel="β", xlim=extent[:2], ylim=extent[2:])
    across = left.axvline(0, color="white", lw=1.5)
    along = left.axhline(0, color="white", lw=1.5)
    (best,) = left.plot([], [], "*", color=ORANGE, ms=17, mec="black")
    (here,) = left.plot([], [], "o", color="white", ms=9, mec="black")
    left.text(0.98, 0.03, "grey: diverges", transform=left.transAxes, ha="right")
    run = line(right, "heavy_ball", label="momentum", marker="")
    (slope,) = right.plot([], [], color=ORANGE, lw=1.8, label="the map's promise")
    words = right.text(0.98, 0.97, "", transform=right.transAxes, ha="right", va="top")
    right.set(yscale="log", xlim=(0, steps), ylim=(1e-12, 1e4), xlabel="step t", ylabel="height")
    right.legend(loc="lower left")

    def show(digit, point, optimum, heights, predicted, text):
        image.set_data(np.ma.masked_invalid(digit))
        across.set_xdata([point[0]] * 2)
        along.set_ydata([point[1]] * 2)
        here.set_data([point[0]], [point[1]])
        best.set_data([optimum[0]], [optimum[1]])
        for curve, values in ((run, heights), (slope, predicted)):
            curve.set_data(np.arange(len(values)), np.clip(values, 1e-30, 1e30))
        words.set_text(text)

    moving = [image, across, along, best, here, run, slope, words]
    return SimpleNamespace(figure=figure, show=show, moving=moving)
