"""The pictures of 11_two_networks."""

from types import SimpleNamespace

import matplotlib as mpl
import numpy as np

from adam_lab.figures import (
    BLUE,
    FRAME,
    GREY,
    INK,
    LOOKS,
    ORANGE,
    PROJECTOR,
    axes_row,
    legend_above,
    put,
    styled,
    wish,
)

NEAR, FAR = 1e-6, 1e3  # of the distances that are shown


@styled
def game(start, reach, steps):
    """The plane of the two players, the path in it, and its distance from the middle by step.

    show(name, path, distances, words) moves: the optimizer's name, the path (2, n), (n,).
    """
    titles = ["x lowers f = xy, y raises it", "Distance from (0, 0)"]
    figure, (left, right) = axes_row(titles, 430, [1, 1.15])
    figure.get_layout_engine().set(rect=(0, 34 / 430, 1, 1 - 34 / 430))
    at = np.linspace(-reach, reach, 9)[1::2]
    x, y = np.meshgrid(at, at)
    left.quiver(x, y, -y, x, color=FRAME, angles="xy", scale=14, width=0.006)
    left.set(xlim=(-reach, reach), ylim=(-reach, reach), xlabel="x", ylabel="y")
    left.set_aspect("equal", anchor="W")
    left.plot(0, 0, "+", color="black", ms=13, mew=2)
    left.plot(*start, "o", color=GREY, ms=7)
    right.set(yscale="log", xlim=(0, steps), ylim=(NEAR, FAR), xlabel="step t")
    right.axhline(np.hypot(*start), color=GREY, lw=1.2, ls=":")
    dotted = "dotted: at the start; along the edge: beyond"
    right.text(0.98, 0.03, dotted, transform=right.transAxes, ha="right", color=GREY)
    (path,), (curve,) = left.plot([], [], lw=1.2), right.plot([], [])
    heads = [
        ax.plot([], [], "o", ms=10, mec="white", zorder=4, clip_on=ax is left)[0]
        for ax in (left, right)
    ]
    words = figure.text(0.02, 17 / 430, "", va="center")

    def show(name, points, distances, text):
        seen = np.clip(np.nan_to_num(distances, nan=FAR), NEAR, FAR)
        put(path, *points)
        put(curve, np.arange(len(seen)), seen)
        heads[0].set_data(points[:, -1:])
        heads[1].set_data([len(seen) - 1], seen[-1:])
        for artist in (path, curve, *heads):
            artist.set_color(LOOKS[name].color)
        words.set_text(text)

    return SimpleNamespace(figure=figure, show=show, moving=[path, curve, *heads, words])


@styled
def duel(target, x, rounds):
    """In one dimension: what is real, what is made, and what the critic thinks of each place.

    target   density at each of x
    show(density, numbers, share, off, words) moves: density and the critic's share (len(x),),
    the numbers made, how far off they were by round, and what is said.
    """
    titles = ["Real, made, and what the critic thinks", "How far off, by round"]
    figure, (left, right) = axes_row(titles, 400, [1.45, 1])
    figure.get_layout_engine().set(rect=(0, 34 / 400, 1, 1 - 34 / 400))
    left.fill_between(x, target, color=BLUE, alpha=0.25, lw=0)
    left.plot(x, target, color=BLUE, ls="-.", lw=1.6, label="real")
    (curve,) = left.plot([], [], color=ORANGE, label="made")
    (critic,) = left.plot([], [], color="black", ls="--", lw=1.8, label="critic: share of real")
    (ticks,) = left.plot([], [], "|", color=ORANGE, ms=13, mew=1.5)
    left.axhline(0.5, color=GREY, lw=1, ls=":")
    left.set(xlim=(x[0], x[-1]), ylim=(-0.12, 2.2))
    left.set_xlabel("number (a peak beyond the top: many made in one place)")
    legend_above(left)
    right.set(yscale="log", xlim=(0, rounds), ylim=(0.03, 30), xlabel="round")
    right.set_ylabel("mean distance")
    right.set_yticks([0.1, 1, 10], ["0.1", "1", "10"])
    right.minorticks_off()
    (way,) = right.plot([], [], color=ORANGE)
    (head,) = right.plot([], [], "o", color=ORANGE, ms=9, mec="white", clip_on=False)
    words = figure.text(0.02, 17 / 400, "", va="center")

    def show(density, numbers, share, off, text):
        curve.set_data(x, np.minimum(density, 5))
        critic.set_data(x, share)
        ticks.set_data(numbers, -0.05 + 0 * numbers)
        way.set_data(np.arange(len(off)), off)
        head.set_data([len(off) - 1], off[-1:])
        words.set_text(text)

    moving = [curve, critic, ticks, way, head, words]
    return SimpleNamespace(figure=figure, show=show, moving=moving)


@styled
def ring(points, radius, reach, rounds):
    """Left, what the critic thinks of each place, the points, and samples; right, both counts.

    radius   within which of a point a sample is good
    show(share, samples, curve, before, words) moves: share (n, n), samples (m, 2),
    (round, points kept, good samples) of this run and of the one before (3, n), and three
    lines of words.
    """
    figure, (left, right) = axes_row(["Samples, on the critic's map", "By round"], 440, [1, 1.1])
    figure.get_layout_engine().set(rect=(0, 82 / 440, 1, 1 - 82 / 440))
    red, blue = "#e45d2c", "#237aba"  # the less sure the critic is, the more of the page is seen
    colors = mpl.colors.LinearSegmentedColormap.from_list(
        "critic", [(0, (red, 0.45)), (0.5, (red, 0)), (0.5, (blue, 0)), (1, (blue, 0.45))]
    )
    shade = left.imshow(
        np.full((2, 2), 0.5), extent=[-reach, reach] * 2, origin="lower", cmap=colors, vmin=0,
        vmax=1, interpolation="nearest", interpolation_stage="rgba",
    )  # fmt: skip
    bar = figure.colorbar(shade, ax=left, ticks=[0, 0.5, 1], location="left")
    bar.ax.set_yticklabels(["made", "½", "real"])
    left.grid(False)
    left.set(xlim=(-reach, reach), ylim=(-reach, reach), xticks=[], yticks=[])
    angles = np.append(np.linspace(0, 2 * np.pi, 41), np.nan)  # a circle, and the pen is lifted
    circles = points[:, :, None] + radius * np.array([np.cos(angles), np.sin(angles)])
    (goals,) = left.plot(*circles.swapaxes(0, 1).reshape(2, -1), color=INK, lw=1.2)
    (dots,) = left.plot([], [], ".", color="black", ms=4)
    right.set(xlim=(0, rounds), ylim=(-0.02, 1.02), ylabel="share")
    right.set_xlabel("round (thin: the run before)")
    looks = {"points kept": (BLUE, "-"), "good samples": (ORANGE, "--")}
    now = [right.plot([], [], color=c, ls=ls, label=name)[0] for name, (c, ls) in looks.items()]
    old = [right.plot([], [], color=c, ls=ls, lw=1, alpha=0.6)[0] for c, ls in looks.values()]
    narrow = dict(columnspacing=0.6, handlelength=1) if PROJECTOR else {}
    right.legend(loc="lower right", ncols=2, bbox_to_anchor=(1.02, 1), **narrow)
    press = wish(right)
    rows = [figure.text(0.02, y / 440, "", va="center") for y in (66, 42, 18)]

    def show(share, samples, curve, before, words):
        shade.set_data(share)
        dots.set_data(np.clip(samples.T, -reach, reach))
        press.set_visible(curve.shape[1] < 2)
        for artists, (t, *shares) in ((now, curve), (old, before)):
            for artist, values in zip(artists, shares, strict=True):
                artist.set_data(t, values)
        for text, what in zip(rows, words, strict=True):
            text.set_text(what)

    moving = [shade, goals, dots, *now, *old, press, *rows]
    return SimpleNamespace(figure=figure, show=show, moving=moving)
