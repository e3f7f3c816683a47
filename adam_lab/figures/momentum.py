"""The pictures of 02_momentum."""

from types import SimpleNamespace

import matplotlib as mpl
import numpy as np
from matplotlib.patheffects import withStroke

from adam_lab.figures import (
    BLUE,
    LOOKS,
    ORANGE,
    PROJECTOR,
    RED,
    Look,
    at_ends,
    axes_row,
    line,
    put,
    styled,
)


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
    left.plot(t, series, ".", color="#8c8c8c", ms=6, label="measured")
    left.plot(t, signal, color="black", lw=1.2, ls=":", label="without noise")
    (average,) = left.plot([], [], color=BLUE, label="average m")
    (corrected,) = left.plot([], [], color=RED, ls="--", label="corrected m / (1 − βᵗ), if ticked")
    left.set(xlim=(0, len(series)), ylim=(-0.3, 4.2), xlabel="step t", ylabel="value")
    narrow = dict(columnspacing=0.6, handlelength=1, handletextpad=0.4) if PROJECTOR else {}
    left.legend(loc="upper right", ncols=2, **narrow)
    bars = right.stairs(np.ones(shown), np.arange(shown + 1), fill=True, color=BLUE, alpha=0.45)
    levels = []  # they move only so that they are drawn over the bars
    for level, name in ((0.5, "a half"), (1 / np.e, "0.37")):
        levels += [right.axhline(level, color="black", lw=1, ls="--", zorder=3)]
        right.text(1.02, level, name, transform=right.get_yaxis_transform(), va="center")
    words = right.text(0.98, 0.98, "", transform=right.transAxes, ha="right", va="top")
    right.set(xlim=(0, shown), ylim=(0, 1.25), xlabel="steps ago", ylabel="weight, newest = 1")

    def show(m, m_hat, weights, text):
        average.set_data(t, m)
        corrected.set_data(t, m_hat)
        bars.set_data(weights)
        words.set_text(text)

    moving = [average, corrected, bars, words, *levels]
    return SimpleNamespace(figure=figure, show=show, moving=moving, corrected=corrected)


RATES = np.array([1, 3, 10, 30, 100, 300])  # steps per factor ten, the map's colours


def _to_the_edge(digit):
    """Colours of the last cells before a run diverges in their place: the edge is drawn exactly."""
    first = np.where(np.isinf(digit).any(axis=1), np.isinf(digit).argmax(axis=1), digit.shape[1])
    last = np.maximum(first - 2, 0)[:, None]
    columns = np.minimum(np.arange(digit.shape[1]), last)
    return np.take_along_axis(digit, columns, axis=1)


@styled
def rate_plane(lrs, betas, steps):
    """The plane of lr and beta, coloured by how many steps one decimal digit costs.

    show(digit, here, best, heights, predicted) moves: digit (betas, lrs) with inf where
    the run diverges, two points (lr, beta), and two curves (steps + 1).
    """
    figure, (left, right) = axes_row(
        ["Steps per digit of the distance", "The run at your dials"], 420
    )
    extent = (lrs[0], lrs[-1], betas[0], betas[-1])
    colors = mpl.colormaps["viridis_r"]
    norm = mpl.colors.LogNorm(RATES[0], RATES[-1], clip=True)
    image = left.imshow(np.ones((2, 2)), extent=extent, origin="lower", aspect="auto",
                        interpolation="nearest", interpolation_stage="rgba",
                        cmap=colors, norm=norm)  # fmt: skip
    bar = figure.colorbar(image, ax=left, ticks=RATES, format="%g")
    bar.ax.minorticks_off()
    bar.ax.set_yticklabels([*map(str, RATES[:-1]), f"≥ {RATES[-1]}"])
    left.grid(False)
    left.set(xlabel="lr of the velocity form", ylabel="β", xlim=extent[:2], ylim=extent[2:])
    halo = [withStroke(linewidth=3.2, foreground="white")]
    across = left.axvline(0, color="black", lw=1.2, path_effects=halo)
    along = left.axhline(0, color="black", lw=1.2, path_effects=halo)
    (best,) = left.plot([], [], "*", color=ORANGE, ms=17, mec="black")
    (here,) = left.plot([], [], "o", color="white", ms=9, mec="black", clip_on=False)
    grey = left.fill_betweenx([0, 1], [2, 4], 5, color="#d9d9d9", lw=0)  # lr > 2 (1 + β)
    said = left.text(0.98, 0.03, "grey: diverges", transform=left.transAxes, ha="right")
    run = line(right, "heavy_ball", label="momentum", marker="")
    (slope,) = right.plot([], [], color=ORANGE, lw=1.8, label="the map's promise")
    words = figure.text(0.985, 0.03, "", ha="right")
    figure.get_layout_engine().set(rect=(0, 0.08, 1, 0.92))
    right.set(yscale="log", xlim=(0, steps), ylim=(1e-12, 1e3), xlabel="step t", ylabel="height")
    right.legend(loc="lower left")

    def show(digit, point, optimum, heights, predicted, text):
        image.set_data(_to_the_edge(digit))
        across.set_xdata([point[0]] * 2)
        along.set_ydata([point[1]] * 2)
        here.set_data([point[0]], [point[1]])
        best.set_data([optimum[0]], [optimum[1]])
        for curve, values in ((run, heights), (slope, predicted)):
            curve.set_data(np.arange(len(values)), np.clip(values, 1e-30, 1e30))
        words.set_text(text.replace("\n", ", "))

    moving = [image, grey, said, across, along, best, here, run, slope, words]
    return SimpleNamespace(figure=figure, show=show, moving=moving)


# three that meet, each at its own best lr; the second keeps the beta of a dial
CONTENDERS = {
    "alone": LOOKS["gd"],
    "yours": LOOKS["heavy_ball"]._replace(label="momentum, your β"),
    "best": Look("momentum, best β", ORANGE, (0, (9, 2)), "*"),
}


@styled
def best_of_each(kappas, alone, best, steps):
    """What a digit costs in valleys of every kappa, and the race in one of them.

    alone, best (kappas): steps per digit of gradient descent, and with the best beta.
    show(kappa, yours, here, heights, words, results) moves: yours (kappas) for the beta of
    the dial; by contender its steps per digit at kappa, its heights (steps + 1), its result.
    """
    titles = ["Steps per digit, at the best lr", "The race at your κ"]
    figure, (left, right) = axes_row(titles, 400)
    fixed = {"alone": alone, "best": best}
    curves = {name: line(left, name, CONTENDERS) for name in CONTENDERS}
    for name, values in fixed.items():
        curves[name].set(marker="")
        curves[name].set_data(kappas, values)
    curves["yours"].set(marker="")
    left.set(xscale="log", yscale="log", xlabel="κ of the valley", ylabel="steps",
             xlim=(kappas[0], kappas[-1]), ylim=(1, 10_000))  # fmt: skip
    ticks = [2, 5, 10, 25, 50, 100, 400, 1000]
    left.set_xticks(ticks, list(map(str, ticks)))
    left.set_yticks([1, 10, 100, 1000, 10_000], ["1", "10", "100", "1000", "10000"])
    left.minorticks_off()
    upright = left.axvline(1, color="#767676", lw=1.2, ls=":")
    dots = {
        name: left.plot([], [], look.marker, color=look.color, ms=size, mec="white")[0]
        for (name, look), size in zip(CONTENDERS.items(), (11, 11, 18), strict=True)
    }
    said = left.text(0.03, 0.97, "", transform=left.transAxes, ha="left", va="top")
    races = {name: line(right, name, CONTENDERS) for name in CONTENDERS}
    right.axhline(1e-6, color="#767676", lw=1.2, ls=":")
    right.set(yscale="log", xlim=(0, steps), ylim=(1e-12, 1e3), xlabel="step t")
    right.set_ylabel("height (dotted: a millionth)")
    put_end, labels = at_ends(right, list(CONTENDERS), CONTENDERS, wide=160, rows=3)

    def show(kappa, yours, here, heights, words, results):
        upright.set_xdata([kappa, kappa])
        curves["yours"].set_data(kappas, yours)
        said.set_text(words)
        for name in CONTENDERS:
            dots[name].set_data([kappa], [here[name]])
            put(races[name], np.arange(steps + 1), np.clip(heights[name], 1e-30, 1e30))
            put_end(name, steps, heights[name], "\n".join(results[name].rsplit(", ", 1)))

    moving = [curves["yours"], upright, said, *dots.values(), *races.values(), *labels]
    return SimpleNamespace(figure=figure, show=show, moving=moving)
